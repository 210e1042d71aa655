//! `/projects` and `/projects/new`: the projects that somebody belongs to, and a new one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::ProjectId;

use super::answer::{Page, page, page_with_status, see};
use super::form::{self, PageForm};
use super::frame::Frame;
use super::paging::Paging;
use super::problems::Problems;
use super::turner::Turner;
use super::viewer::Viewer;
use crate::http::access::{Managing, SignedIn};
use crate::http::account::role_name;
use crate::http::body::Text;
use crate::http::error::ApiError;
use crate::http::projects::create_from;
use crate::http::state::AppState;

type State = web::Data<AppState>;

struct Card {
    id: ProjectId,
    name: String,
    description: String,
    members: usize,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "projects.html")]
struct ProjectsPage<'a> {
    frame: &'a Frame,
    projects: Vec<Card>,
    turner: Turner,
}

/// `GET /projects`
pub async fn list(
    viewer: Viewer<SignedIn>,
    state: State,
    request: HttpRequest,
    Paging(query): Paging,
) -> Page {
    let user = viewer.pass.user;
    let mut ids = state.directory().projects_of(user);
    ids.sort_unstable();
    let (shown, _) = query.cut(&ids);
    let cards = shown.iter().filter_map(|id| {
        let entry = state.directory().project(*id)?;
        Some(Card {
            id: *id,
            name: entry.project.name.clone(),
            description: entry.project.description.clone(),
            members: entry.member_count,
            role: role_name(state.directory().role(user, *id)?),
        })
    });
    let template = ProjectsPage {
        frame: &viewer.frame,
        projects: cards.collect(),
        turner: Turner::new("/projects", request.query_string(), query.pages, ids.len() as u64),
    };
    page(&viewer.frame, &state, &template)
}

#[derive(Template)]
#[template(path = "project_new.html")]
struct NewProjectPage<'a> {
    frame: &'a Frame,
    form_key: String,
    name: &'a str,
    description: &'a str,
    problems: Problems,
}

impl<'a> NewProjectPage<'a> {
    fn empty(frame: &'a Frame) -> Self {
        Self {
            frame,
            form_key: form::new_key(),
            name: "",
            description: "",
            problems: Problems::default(),
        }
    }
}

/// `GET /projects/new`
pub async fn ask(viewer: Viewer<Managing<SignedIn>>, state: State) -> Page {
    page(&viewer.frame, &state, &NewProjectPage::empty(&viewer.frame))
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    name: Text,
    description: Text,
}

/// `POST /projects`
pub async fn create(viewer: Viewer<Managing<SignedIn>>, form: PageForm, state: State) -> Page {
    let made = async { create_from(viewer.pass, form.record()?, form.key(), &state).await };
    let error: ApiError = match made.await {
        Ok(created) => return Ok(see(&format!("/projects/{}", created.project.id))),
        Err(error) => error,
    };
    let sent: Sent = form.read()?;
    let template = NewProjectPage {
        name: &sent.name.0,
        description: &sent.description.0,
        problems: Problems::of_fields(error, &viewer.frame)?,
        ..NewProjectPage::empty(&viewer.frame)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}
