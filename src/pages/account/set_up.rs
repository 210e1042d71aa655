//! `/setup`: makes the account that the first start printed somebody's own, and names the project. It is there until it
//! was done or left; when that is, `bugle_actors::SetUpAccount` knows.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use bugle_actors::{FIRST_OWNER_EMAIL, OwnAccountSetUp, SetUpAccount, UserEntry};
use bugle_storage::ProjectId;
use serde::Deserialize;

use crate::http::access::{Membership, OwnProfile};
use crate::http::body::Text;
use crate::http::error::{ApiError, none_or};
use crate::http::profile::{check_email, check_new_password};
use crate::http::projects::{ProjectBody, edit_from};
use crate::http::state::AppState;
use crate::http::text_rules::{NAME_LENGTH_MAX, required_line};
use crate::pages::answer::{Page, PageError, page_with_status, see, see_with_notice};
use crate::pages::problems::Problems;
use crate::pages::{Frame, PageForm, Viewer};

type State = web::Data<AppState>;

/// Where the set-up is.
pub const ADDRESS: &str = "/setup";

/// Where somebody is led who has just signed in and named no page to go to: to the set-up while it waits for them.
pub fn first_page<'a>(user: &UserEntry, wanted: &'a str) -> &'a str {
    if user.awaits_set_up && wanted == "/" {
        ADDRESS
    } else {
        wanted
    }
}

#[derive(Template)]
#[template(path = "account/set_up.html")]
struct SetUpPage<'a> {
    frame: &'a Frame,
    first_email: &'static str,
    has_project: bool,
    name: &'a str,
    email: &'a str,
    project_name: &'a str,
    problems: Problems,
}

/// What the form sends.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    name: Text,
    email: Text,
    password: Text,
    project_name: Text,
}

/// Refuses once there is nothing to set up any more.
fn ensure_awaited(viewer: &Viewer<OwnProfile>, state: &AppState) -> Result<(), PageError> {
    let user = state.directory().user(viewer.pass.person.user);
    if user.is_some_and(|user| user.awaits_set_up) {
        return Ok(());
    }
    Err(PageError::within(ApiError::not_found(), viewer.frame.clone()))
}

/// The project of the first start, if it is still the only one of theirs.
fn first_project(viewer: &Viewer<OwnProfile>, state: &AppState) -> Option<ProjectId> {
    let projects = state.directory().projects_of(viewer.pass.person.user);
    match projects.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// `GET /setup`
pub async fn show(viewer: Viewer<OwnProfile>, state: State) -> Page {
    ensure_awaited(&viewer, &state)?;
    let template = SetUpPage {
        frame: &viewer.frame,
        first_email: FIRST_OWNER_EMAIL,
        has_project: first_project(&viewer, &state).is_some(),
        name: "",
        email: "",
        project_name: "",
        problems: Problems::default(),
    };
    page_with_status(StatusCode::OK, &viewer.frame, &state, &template)
}

fn check(sent: &Sent, has_project: bool) -> Result<(String, String), ApiError> {
    let mut problems = Vec::new();
    let text = |text: &Text| Some(Text(text.0.clone()));
    let name = required_line("name", text(&sent.name), NAME_LENGTH_MAX, &mut problems);
    let email = sent.email.0.trim().to_owned();
    check_email(&email, &mut problems);
    check_new_password(&sent.password.0, &mut problems);
    if has_project {
        // Looked at before anything is stored, so that it is all or nothing.
        let project = text(&sent.project_name);
        required_line("project_name", project, NAME_LENGTH_MAX, &mut problems);
    }
    none_or(problems, (name, email))
}

async fn set_up(viewer: &Viewer<OwnProfile>, sent: &Sent, state: &AppState) -> Result<(), ApiError> {
    let project = first_project(viewer, state);
    let (name, email) = check(sent, project.is_some())?;
    let person = viewer.pass.person;
    let own = OwnAccountSetUp {
        name,
        email,
        password: sent.password.0.clone(),
        kept: viewer.pass.session,
    };
    // The account first: it can be refused, and the name of the project was looked at.
    state
        .ask_accounts(|reply| SetUpAccount {
            user: person.user,
            set_up: Some(own),
            reply,
        })
        .await?;
    let role = project.and_then(|project| state.directory().role(person.user, project));
    if let (Some(project), Some(role)) = (project, role) {
        let owner = Membership {
            person,
            project,
            role,
        };
        edit_from(&owner, ProjectBody::named(&sent.project_name.0), state).await?;
    }
    Ok(())
}

/// Where the set-up leads on to: the empty dashboard says how a game is connected.
fn next_page(project: Option<ProjectId>) -> String {
    project.map_or_else(
        || "/projects".to_owned(),
        |project| format!("/projects/{project}"),
    )
}

/// `POST /setup`
pub async fn submit(viewer: Viewer<OwnProfile>, form: PageForm, state: State) -> Page {
    ensure_awaited(&viewer, &state)?;
    let sent: Sent = form.read()?;
    let project = first_project(&viewer, &state);
    let error = match set_up(&viewer, &sent, &state).await {
        Ok(()) => return Ok(see_with_notice(&next_page(project), "saved")),
        Err(error) => error,
    };
    let template = SetUpPage {
        frame: &viewer.frame,
        first_email: FIRST_OWNER_EMAIL,
        has_project: project.is_some(),
        name: &sent.name.0,
        email: &sent.email.0,
        project_name: &sent.project_name.0,
        problems: Problems::of_fields(error, &viewer.frame)?,
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}

/// `POST /setup/skip`: leaves all as it is, and asks no more.
pub async fn skip(viewer: Viewer<OwnProfile>, _form: PageForm, state: State) -> Page {
    ensure_awaited(&viewer, &state)?;
    let user = viewer.pass.person.user;
    let project = first_project(&viewer, &state);
    let left = state.ask_accounts(|reply| SetUpAccount {
        user,
        set_up: None,
        reply,
    });
    left.await?;
    Ok(see(&next_page(project)))
}
