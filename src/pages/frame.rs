//! What stands around every page: who is signed in, which project it is about, and what its forms carry.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time};
use bugle_actors::UserEntry;
use bugle_storage::records::Role;
use bugle_storage::{ProjectId, UserId};

use super::form_token::{Browsing, VISIT_COOKIE};
use super::{assets, notice, request};
use crate::http::access::{OwnBrowser, Policy};
use crate::http::account::role_name;
use crate::http::error::ApiError;
use crate::http::query;
use crate::http::state::AppState;

/// How long somebody who has not signed in may leave a form open, in hours.
const VISIT_HOURS: i64 = 24;

/// Whoever is signed in.
#[derive(Debug, Clone)]
pub struct PersonCard {
    /// Who.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What their picture shows: two letters at the most.
    pub initials: String,
}

impl PersonCard {
    fn of(user: &UserEntry) -> Self {
        Self {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            initials: initials(&user.name),
        }
    }
}

/// The first letters of the first and the last word of a name.
pub fn initials(name: &str) -> String {
    let letter = |word: &str| word.chars().find(|character| character.is_alphanumeric());
    let mut words = name.split_whitespace().filter_map(letter);
    let first = words.next();
    first
        .into_iter()
        .chain(words.next_back())
        .flat_map(char::to_uppercase)
        .collect()
}

/// The project that a page is about, as one of its members sees it.
#[derive(Debug, Clone)]
pub struct ProjectCard {
    /// Which.
    pub id: ProjectId,
    /// Its name.
    pub name: String,
    /// What the member may do there.
    pub role: Role,
}

impl ProjectCard {
    /// An address of the project: `at("/issues")`.
    pub fn at(&self, part: &str) -> String {
        format!("/projects/{}{part}", self.id)
    }

    /// Whether they may change what all of the project sees: tokens, releases, tags.
    pub fn is_developer(&self) -> bool {
        self.role >= Role::Developer
    }

    /// Whether they may change the project itself.
    pub fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }

    /// The role's name.
    pub const fn role_name(&self) -> &'static str {
        role_name(self.role)
    }
}

/// What stands around a page.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Whoever is signed in.
    pub person: Option<PersonCard>,
    /// The project that the address names, if they belong to it.
    pub project: Option<ProjectCard>,
    /// What every form of the page carries under the name `form_token`.
    pub form_token: String,
    /// The address without its query.
    pub path: String,
    /// What has just been done, where the page before led here.
    pub notice: Option<&'static str>,
    new_visit: Option<String>,
}

impl Frame {
    /// The frame of the page that a request asks for, and what its forms are bound to.
    ///
    /// # Errors
    /// 403 when a browser says that a page which is not ours makes it change something.
    pub fn of(request: &HttpRequest, state: &AppState) -> Result<(Self, Browsing), ApiError> {
        let session = OwnBrowser::admit(request, state)?.session;
        let user = session.and_then(|(_, user)| state.directory().user(user));
        let mut new_visit = None;
        let browsing = if let Some((hash, _)) = session {
            Browsing::Session(hash)
        } else {
            let visit = Browsing::visit_of(request).unwrap_or_else(Browsing::begin);
            // Also one that is there already: it lasts from the last form that was shown.
            if let Browsing::Visit(cookie) = &visit {
                new_visit = Some(cookie.clone());
            }
            visit
        };
        let frame = Self {
            project: user
                .as_deref()
                .and_then(|user| project_of(request, user.id, state)),
            person: user.as_deref().map(PersonCard::of),
            form_token: state.form_tokens.token(&browsing),
            path: request.path().to_owned(),
            notice: query::value_of(request.query_string(), "notice").and_then(|name| notice::text(&name)),
            new_visit,
        };
        Ok((frame, browsing))
    }

    /// The cookie that has to go along, when the browser has none yet.
    pub(super) fn visit_cookie(&self, state: &AppState) -> Option<Cookie<'static>> {
        let value = self.new_visit.clone()?;
        Some(
            Cookie::build(VISIT_COOKIE, value)
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(state.options.public_url.starts_with("https://"))
                .max_age(time::Duration::hours(VISIT_HOURS))
                .finish(),
        )
    }

    /// Whether the page is at this address or below it; the menu marks such entries.
    pub fn is_below(&self, address: &str) -> bool {
        self.path
            .strip_prefix(address)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether the page is at this address of the project, or below it: `/issues`.
    pub fn is_in(&self, part: &str) -> bool {
        let project = self.project.as_ref();
        project.is_some_and(|project| self.is_below(&project.at(part)))
    }

    /// Whether the page is a list of reports, which has a search of its own.
    pub fn is_list(&self) -> bool {
        let project = self.project.as_ref();
        project.is_some_and(|project| LISTS.iter().any(|list| self.path == project.at(list)))
    }

    /// What the search at the top looks through: the list's address, and what it lists. It is what the page is about.
    pub fn searched(&self) -> (&'static str, &'static str) {
        let found = SEARCHED.into_iter().find(|(list, _)| self.is_in(list));
        found.unwrap_or(("/issues", "bug reports"))
    }

    /// Whether the page is about how the project is set up.
    pub fn is_in_settings(&self) -> bool {
        SETTINGS.iter().any(|part| self.is_in(part))
    }

    /// The address of a file that comes with the pages.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// The page's address, to come back to.
    pub fn return_to(&self) -> &str {
        request::own_target(&self.path)
    }
}

/// The lists of reports, by address.
const LISTS: [&str; 3] = ["/issues", "/feature_requests", "/tickets"];

/// The lists that pages below them search, where it is not bug reports.
const SEARCHED: [(&str, &str); 2] = [("/feature_requests", "suggestions"), ("/tickets", "tickets")];

/// What belongs to a project's settings, by address.
const SETTINGS: [&str; 9] = [
    "/settings",
    "/auth_tokens",
    "/members",
    "/custom_fields",
    "/issue_tags",
    "/webhooks",
    "/identity_keys",
    "/invitations",
    "/export",
];

fn project_of(request: &HttpRequest, user: UserId, state: &AppState) -> Option<ProjectCard> {
    let id = request.match_info().get("project")?.parse().ok()?;
    let entry = state.directory().project(id)?;
    let role = state.directory().role(user, id)?;
    Some(ProjectCard {
        id,
        name: entry.project.name.clone(),
        role,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_two_letters() {
        for (name, expected) in [
            ("Ada", "A"),
            ("Ada King Lovelace", "AL"),
            ("  ", ""),
            ("Grace <i>", "GI"),
            ("ölaf von x", "ÖX"),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }

    #[test]
    fn the_menu_marks_whole_names() {
        let frame = Frame {
            path: "/projects/pr-1/issues/3".to_owned(),
            ..Frame::default()
        };
        assert!(frame.is_below("/projects/pr-1/issues"));
        assert!(!frame.is_below("/projects/pr-1/issue"));
        assert!(!frame.is_below("/projects/pr-1/issues/33"));
    }
}
