//! People as the pages of reports show them.

use bugle_storage::UserId;
use bugle_storage::records::Issue;

use crate::http::state::AppState;
use crate::http::views::Sight;
use crate::pages::frame::initials;

/// Somebody, by name.
#[derive(Debug, Clone)]
pub struct Somebody {
    /// What they are called.
    pub name: String,
    /// What their picture shows.
    pub initials: String,
}

impl Somebody {
    /// Called so.
    pub fn named(name: String) -> Self {
        Self {
            initials: initials(&name),
            name,
        }
    }

    /// A user, unless there is no such user any more.
    pub fn user(user: UserId, state: &AppState) -> Option<Self> {
        let entry = state.directory().user(user)?;
        Some(Self::named(entry.name.clone()))
    }

    /// Whoever wrote something, as far as that is known.
    pub fn author(user: UserId, state: &AppState) -> Self {
        Self::user(user, state).unwrap_or_else(|| Self::named("Somebody who has left".to_owned()))
    }

    /// Whoever sent a report, as far as whoever looks may know.
    pub fn sender(report: &Issue, sight: Sight<'_>, state: &AppState) -> Self {
        let name = sight.sender(report, state.directory()).name;
        let name = name.filter(|name| !name.trim().is_empty());
        Self::named(name.unwrap_or_else(|| "A player".to_owned()))
    }
}
