//! `/profiles/me`: name, e-mail address, password, and what somebody belongs to.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use bugle_storage::ProjectId;

use crate::http::access::OwnProfile;
use crate::http::account::role_name;
use crate::http::body::Text;
use crate::http::profile::edit_from;
use crate::http::state::AppState;
use crate::pages::answer::{Page, page_with_status, see_with_notice};
use crate::pages::problems::Problems;
use crate::pages::{Frame, PageForm, Viewer};

type State = web::Data<AppState>;

const ADDRESS: &str = "/profiles/me";
/// Projects that the page lists; the others are on the page of all projects.
const PROJECTS_SHOWN: usize = 20;

struct Place {
    id: ProjectId,
    name: String,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "account/profile.html")]
struct ProfilePage<'a> {
    frame: &'a Frame,
    /// What stands in the field of the name.
    name: &'a str,
    /// What stands in the field of a new e-mail address.
    email: &'a str,
    /// Which form was refused: the current password is asked for in two.
    refused: &'static str,
    projects: Vec<Place>,
    more_projects: usize,
    problems: Problems,
}

fn shown(
    status: StatusCode,
    viewer: &Viewer<OwnProfile>,
    (sent, problems): (&Sent, Problems),
    state: &AppState,
) -> Page {
    let user = viewer.pass.person.user;
    let mut ids = state.directory().projects_of(user);
    ids.sort_unstable();
    let places = ids.iter().take(PROJECTS_SHOWN).filter_map(|id| {
        let entry = state.directory().project(*id)?;
        Some(Place {
            id: *id,
            name: entry.project.name.clone(),
            role: role_name(state.directory().role(user, *id)?),
        })
    });
    let template = ProfilePage {
        frame: &viewer.frame,
        name: sent.name.as_ref().map_or(own_name(&viewer.frame), |name| &name.0),
        email: sent.email.as_ref().map_or("", |email| &email.0),
        refused: sent.form(),
        projects: places.collect(),
        more_projects: ids.len().saturating_sub(PROJECTS_SHOWN),
        problems,
    };
    page_with_status(status, &viewer.frame, state, &template)
}

fn own_name(frame: &Frame) -> &str {
    frame.person.as_ref().map_or("", |person| &person.name)
}

/// `GET /profiles/me`
pub async fn show(viewer: Viewer<OwnProfile>, state: State) -> Page {
    let filled = (&Sent::default(), Problems::default());
    shown(StatusCode::OK, &viewer, filled, &state)
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    name: Option<Text>,
    email: Option<Text>,
}

impl Sent {
    /// Which of the page's forms it came from.
    const fn form(&self) -> &'static str {
        match (&self.name, &self.email) {
            (_, Some(_)) => "email",
            (Some(_), None) => "name",
            (None, None) => "password",
        }
    }
}

/// `POST /profiles/me`: the name, the e-mail address, or the password; each has a form of its own.
pub async fn edit(viewer: Viewer<OwnProfile>, form: PageForm, state: State) -> Page {
    let edited = async { edit_from(&viewer.pass, form.record()?, &state).await };
    let Err(error) = edited.await else {
        return Ok(see_with_notice(ADDRESS, "saved"));
    };
    let sent: Sent = form.read()?;
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    shown(status, &viewer, (&sent, problems), &state)
}
