//! How a member's account came to be, for pages: nobody verifies an address, so people are told who says that it is theirs.

use bugle_actors::UserEntry;
use bugle_storage::records::AccountOrigin;

use crate::http::state::AppState;
use crate::pages::Frame;
use crate::pages::moments::Moment;

/// How an account came to be.
pub(super) struct Origin {
    /// How.
    pub way: Way,
    /// When the account was made.
    pub made: Moment,
    /// When its person gave it another address, if they did.
    pub changed: Option<Moment>,
}

/// The ways to an account.
pub(super) enum Way {
    /// Nobody wrote it down.
    Unknown,
    /// Whoever runs the server made it.
    Operator,
    /// Its person did, with a link.
    Link {
        /// What whoever made the link is called, for those who share a project with them.
        inviter: String,
        /// The project it led into, for those who may know that there is one.
        project: Option<String>,
    },
}

impl Origin {
    /// That of an account, as whoever looks at the page may know it.
    pub(super) fn of(user: &UserEntry, frame: &Frame, state: &AppState) -> Self {
        let way = match user.origin {
            AccountOrigin::Unknown => Way::Unknown,
            AccountOrigin::Operator | AccountOrigin::FirstStart => Way::Operator,
            AccountOrigin::Invitation { by, project } => {
                let inviter = state.directory().user(by);
                let viewer = frame.person.as_ref();
                let knows = viewer.and_then(|viewer| state.directory().role(viewer.id, project));
                let entry = knows.and_then(|_| state.directory().project(project));
                let here = frame.project.as_ref();
                let is_here = here.is_some_and(|here| state.directory().role(by, here.id).is_some());
                let inviter = inviter.filter(|_| is_here || knows.is_some());
                Way::Link {
                    inviter: inviter.map_or_else(|| "somebody".to_owned(), |inviter| inviter.name.clone()),
                    project: entry.map(|entry| entry.project.name.clone()),
                }
            }
        };
        Self {
            way,
            made: Moment::date(user.created_at),
            changed: user.email_changed_at.map(Moment::date),
        }
    }

    /// The same, where the address is known to be what its person says it is.
    pub(super) fn doubtful(user: &UserEntry, frame: &Frame, state: &AppState) -> Option<Self> {
        let is_claimed =
            user.email_changed_at.is_some() || matches!(user.origin, AccountOrigin::Invitation { .. });
        is_claimed.then(|| Self::of(user, frame, state))
    }
}
