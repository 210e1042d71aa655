//! `/projects/{project}/releases`: the versions of a game.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::{FindRelease, ReleaseChange};
use bugle_storage::ProjectId;
use bugle_storage::records::Release;
use serde::Deserialize;

use crate::http::access::{DeveloperOf, ReleaseCreator, ReleaseReader};
use crate::http::body::Text;
use crate::http::releases::{change_one, create_from, number_of, releases_of};
use crate::http::state::AppState;
use crate::pages::answer::{Page, page, page_with_status, see, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::frame::ProjectCard;
use crate::pages::moments::Moment;
use crate::pages::paging::Paging;
use crate::pages::problems::Problems;
use crate::pages::turner::Turner;
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

struct Row {
    number: u32,
    label: String,
    summary: String,
    description: String,
    download_link: Option<String>,
    by_report: bool,
    published: Option<Moment>,
    made: Moment,
}

impl Row {
    fn of(release: Release) -> Self {
        Self {
            number: release.number,
            label: release.label,
            summary: release.summary.unwrap_or_default(),
            description: release.description.unwrap_or_default(),
            download_link: release.download_link,
            by_report: release.dynamically_created,
            published: release.published_at.map(Moment::date),
            made: Moment::date(release.created_at),
        }
    }
}

#[derive(Template)]
#[template(path = "settings/releases.html")]
struct ReleasesPage<'a> {
    frame: &'a Frame,
    base: String,
    may_change: bool,
    releases: Vec<Row>,
    turner: Turner,
}

fn may_change(frame: &Frame) -> bool {
    frame.project.as_ref().is_some_and(ProjectCard::is_developer)
}

fn base_of(project: ProjectId) -> String {
    format!("/projects/{project}/releases")
}

/// `GET /projects/{project}/releases`: the newest first.
pub async fn list(viewer: Viewer<ReleaseReader>, state: State, Paging(pages): Paging) -> Page {
    let project = viewer.pass;
    let mut releases = releases_of(project, &state).await?;
    releases.reverse();
    let total = releases.len() as u64;
    let (shown, _) = pages.cut(&releases);
    let base = base_of(project);
    let template = ReleasesPage {
        frame: &viewer.frame,
        may_change: may_change(&viewer.frame),
        releases: shown.iter().cloned().map(Row::of).collect(),
        turner: Turner::new(&base, "", pages.pages, total),
        base,
    };
    page(&viewer.frame, &state, &template)
}

#[derive(Template)]
#[template(path = "settings/release.html")]
struct ReleasePage<'a> {
    frame: &'a Frame,
    base: String,
    may_change: bool,
    release: Row,
}

/// `GET /projects/{project}/releases/{release}`
pub async fn show(viewer: Viewer<ReleaseReader>, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass;
    let number = number_of(&request)?;
    let found = state.ask_project(project, |reply| FindRelease { number, reply });
    let template = ReleasePage {
        frame: &viewer.frame,
        base: base_of(project),
        may_change: may_change(&viewer.frame),
        release: Row::of(found.await?),
    };
    page(&viewer.frame, &state, &template)
}

/// What stands in the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    label: Text,
    summary: Text,
    description: Text,
    download_link: Text,
}

#[derive(Template)]
#[template(path = "settings/release_new.html")]
struct NewPage<'a> {
    frame: &'a Frame,
    base: String,
    form_key: String,
    values: Values,
    problems: Problems,
}

/// `GET /projects/{project}/releases/new`
pub async fn ask(viewer: Viewer<DeveloperOf>, state: State) -> Page {
    let template = NewPage {
        frame: &viewer.frame,
        base: base_of(viewer.pass.project),
        form_key: form::new_key(),
        values: Values::default(),
        problems: Problems::default(),
    };
    page(&viewer.frame, &state, &template)
}

/// `POST /projects/{project}/releases`
pub async fn create(viewer: Viewer<ReleaseCreator>, form: PageForm, state: State) -> Page {
    let Viewer { pass, frame } = viewer;
    let base = base_of(pass.project);
    let made = async { create_from(pass, form.record()?, form.key(), &state).await };
    let error = match made.await {
        Ok(made) => {
            let address = format!("{base}/{}", made.record.number);
            return Ok(see_with_notice(&address, "created"));
        }
        Err(error) => error,
    };
    let template = NewPage {
        frame: &frame,
        base,
        form_key: form::new_key(),
        values: form.read()?,
        problems: Problems::of_fields(error, &frame)?,
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &frame, &state, &template)
}

/// `POST /projects/{project}/releases/{release}/publish`
pub async fn publish(
    viewer: Viewer<DeveloperOf>,
    _form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let project = viewer.pass.project;
    let release = change_one(project, &request, ReleaseChange::Publish, &state).await?;
    Ok(see(&format!("{}/{}", base_of(project), release.number)))
}

/// `POST /projects/{project}/releases/{release}/delete`
pub async fn delete(
    viewer: Viewer<DeveloperOf>,
    _form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let project = viewer.pass.project;
    change_one(project, &request, ReleaseChange::Delete, &state).await?;
    Ok(see_with_notice(&base_of(project), "deleted"))
}
