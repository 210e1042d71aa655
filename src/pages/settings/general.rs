//! `/projects/{project}/settings`: what a project is called, who sees it, and from whom it takes reports.

use actix_web::http::StatusCode;
use actix_web::web;
use askama::Template;
use bugle_actors::ProjectEntry;
use bugle_storage::records::Visibility;
use serde::Deserialize;

use crate::http::access::{DeveloperOf, OwnerOf};
use crate::http::body::Text;
use crate::http::error::ApiError;
use crate::http::projects::edit_from;
use crate::http::state::AppState;
use crate::pages::answer::{Page, page_with_status, see_with_notice};
use crate::pages::frame::ProjectCard;
use crate::pages::moments::Moment;
use crate::pages::problems::Problems;
use crate::pages::{Frame, PageForm, Viewer};

type State = web::Data<AppState>;

/// What stands in the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    name: Text,
    description: Text,
    visibility: Text,
    anonymous_reports: Text,
    description_length_min: Text,
}

impl Values {
    fn of(entry: &ProjectEntry) -> Self {
        let project = &entry.project;
        let visibility = match project.visibility {
            Visibility::Public => "public",
            Visibility::Private => "private",
        };
        Self {
            name: Text(project.name.clone()),
            description: Text(project.description.clone()),
            visibility: Text(visibility.to_owned()),
            anonymous_reports: Text(u8::from(project.anonymous_reports).to_string()),
            description_length_min: Text(project.description_length_min.to_string()),
        }
    }
}

#[derive(Template)]
#[template(path = "settings/general.html")]
struct GeneralPage<'a> {
    frame: &'a Frame,
    base: String,
    id: String,
    is_owner: bool,
    members: usize,
    made: Moment,
    address: String,
    /// Where the public form is, if there is one.
    public_form: Option<String>,
    values: Values,
    problems: Problems,
}

fn shown(
    status: StatusCode,
    frame: &Frame,
    entry: &ProjectEntry,
    (values, problems): (Values, Problems),
    state: &AppState,
) -> Page {
    let id = entry.project.id.to_string();
    let template = GeneralPage {
        frame,
        base: format!("/projects/{id}"),
        is_owner: frame.project.as_ref().is_some_and(ProjectCard::is_owner),
        members: entry.member_count,
        made: Moment::date(entry.project.created_at),
        public_form: entry.project.anonymous_reports.then(|| {
            let server = state.options.public_url.trim_end_matches('/');
            format!("{server}/projects/{id}/report")
        }),
        address: state.options.public_url.clone(),
        id,
        values,
        problems,
    };
    page_with_status(status, frame, state, &template)
}

/// `GET /projects/{project}/settings`
pub async fn show(viewer: Viewer<DeveloperOf>, state: State) -> Page {
    let entry = state.directory().project(viewer.pass.project);
    let entry = entry.ok_or_else(ApiError::not_found)?;
    let filled = (Values::of(&entry), Problems::default());
    shown(StatusCode::OK, &viewer.frame, &entry, filled, &state)
}

/// `POST /projects/{project}/settings`
pub async fn edit(viewer: Viewer<OwnerOf>, form: PageForm, state: State) -> Page {
    let edited = async { edit_from(&viewer.pass, form.record()?, &state).await };
    let error = match edited.await {
        Ok(project) => {
            let address = format!("/projects/{}/settings", project.id);
            return Ok(see_with_notice(&address, "saved"));
        }
        Err(error) => error,
    };
    let entry = state.directory().project(viewer.pass.project);
    let entry = entry.ok_or_else(ApiError::not_found)?;
    let filled = (form.read()?, Problems::of_fields(error, &viewer.frame)?);
    shown(
        StatusCode::UNPROCESSABLE_ENTITY,
        &viewer.frame,
        &entry,
        filled,
        &state,
    )
}
