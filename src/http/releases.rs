//! `/projects/{project}/releases`: list, read, create, publish, delete (protocol 5.6).

mod body;
mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{ChangeRelease, CreateRelease, FindRelease, ListReleases, ReleaseChange};
use bugle_storage::ProjectId;
use bugle_storage::records::Release;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf, ReleaseCreator, ReleaseReader};
use super::body::Record;
use super::error::ApiError;
use super::state::AppState;
use super::views::Iso;
use super::{created, idempotency, numbers, request_body};
use body::ReleaseBody;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// A release (protocol 4, "Release"). `project_id` is a number here, as clients read it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Release)]
pub struct ReleaseView<'a> {
    id: u32,
    project_id: u64,
    label: &'a str,
    summary: Option<&'a str>,
    description: Option<&'a str>,
    download_link: Option<&'a str>,
    dynamically_created: bool,
    published_at: Option<Iso>,
    created_at: Iso,
    updated_at: Iso,
}

impl<'a> ReleaseView<'a> {
    /// A release of a project.
    pub fn of(release: &'a Release, project: ProjectId) -> Self {
        Self {
            id: release.number,
            project_id: project.0,
            label: &release.label,
            summary: release.summary.as_deref(),
            description: release.description.as_deref(),
            download_link: release.download_link.as_deref(),
            dynamically_created: release.dynamically_created,
            published_at: release.published_at.map(Iso),
            created_at: Iso(release.created_at),
            updated_at: Iso(release.updated_at),
        }
    }
}

/// `GET /projects/{project}/releases.json`: a bare array, oldest first; Unreal takes the last for the latest.
pub async fn list(caller: Caller<ReleaseReader>, state: State) -> Answer {
    let project = caller.0;
    let releases = state.ask_project(project, |reply| ListReleases { reply }).await?;
    let views = releases.iter().map(|release| ReleaseView::of(release, project));
    Ok(HttpResponse::Ok().json(views.collect::<Vec<_>>()))
}

/// `GET /projects/{project}/releases/{release}.json`
pub async fn show(caller: Caller<ReleaseReader>, state: State, request: HttpRequest) -> Answer {
    let project = caller.0;
    let number = number_of(&request)?;
    let release = state
        .ask_project(project, |reply| FindRelease { number, reply })
        .await?;
    Ok(HttpResponse::Ok().json(ReleaseView::of(&release, project)))
}

/// `POST /projects/{project}/releases.json`
pub async fn create(
    caller: Caller<ReleaseCreator>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let creation = caller.0;
    let project = creation.project;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let new = body.decode::<Record<ReleaseBody>>()?.0.check()?;
    let submission = creation.submission(key);
    let created = state
        .ask_project(project, |reply| CreateRelease {
            new,
            submission,
            reply,
        })
        .await?;
    let base = &state.options.public_url;
    let url = format!("{base}/projects/{project}/releases/{}", created.record.number);
    Ok(created::at(&url, created.replayed).json(ReleaseView::of(&created.record, project)))
}

/// `POST /projects/{project}/releases/{release}/publish.json`: once more changes nothing.
pub async fn publish(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    change(caller, &state, &request, ReleaseChange::Publish).await
}

/// `DELETE /projects/{project}/releases/{release}.json`
pub async fn delete(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    change(caller, &state, &request, ReleaseChange::Delete).await
}

async fn change(
    caller: Caller<DeveloperOf>,
    state: &AppState,
    request: &HttpRequest,
    change: ReleaseChange,
) -> Answer {
    let project = caller.0.project;
    let number = number_of(request)?;
    let release = state
        .ask_project(project, |reply| ChangeRelease {
            number,
            change,
            reply,
        })
        .await?;
    Ok(HttpResponse::Ok().json(ReleaseView::of(&release, project)))
}

/// The release that the path names.
fn number_of(request: &HttpRequest) -> Result<u32, ApiError> {
    numbers::in_path(request, "release")
}
