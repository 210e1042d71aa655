//! `/projects/{project}/releases`: list, read, create, publish, delete (protocol 5.6).

mod body;
mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ChangeRelease, CreateRelease, Created, FindRelease, IdempotencyKey, ListReleases, ReleaseChange,
};
use bugle_storage::ProjectId;
use bugle_storage::records::Release;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf, ReleaseCreation, ReleaseCreator, ReleaseReader};
use super::body::Record;
use super::error::ApiError;
use super::state::AppState;
use super::views::Iso;
use super::{created, idempotency, numbers, request_body};
pub use body::ReleaseBody;
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
    let releases = releases_of(project, &state).await?;
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
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<ReleaseBody>>()?.0;
    let created = create_from(caller.0, sent, key, &state).await?;
    let base = &state.options.public_url;
    let url = format!("{base}/projects/{project}/releases/{}", created.record.number);
    Ok(created::at(&url, created.replayed).json(ReleaseView::of(&created.record, project)))
}

/// Makes the release that somebody described.
pub async fn create_from(
    creation: ReleaseCreation,
    sent: ReleaseBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<Created<Release>, ApiError> {
    let new = sent.check()?;
    let project = creation.project;
    let submission = creation.submission(key);
    state
        .ask_project(project, |reply| CreateRelease {
            new,
            submission,
            reply,
        })
        .await
}

/// A project's releases, oldest first.
pub async fn releases_of(project: ProjectId, state: &AppState) -> Result<Vec<Release>, ApiError> {
    state.ask_project(project, |reply| ListReleases { reply }).await
}

/// `POST /projects/{project}/releases/{release}/publish.json`: once more changes nothing.
pub async fn publish(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    change(caller.0.project, &state, &request, ReleaseChange::Publish).await
}

/// `DELETE /projects/{project}/releases/{release}.json`
pub async fn delete(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    change(caller.0.project, &state, &request, ReleaseChange::Delete).await
}

async fn change(
    project: ProjectId,
    state: &AppState,
    request: &HttpRequest,
    change: ReleaseChange,
) -> Answer {
    let release = change_one(project, request, change, state).await?;
    Ok(HttpResponse::Ok().json(ReleaseView::of(&release, project)))
}

/// Changes the release that the path names.
pub async fn change_one(
    project: ProjectId,
    request: &HttpRequest,
    change: ReleaseChange,
    state: &AppState,
) -> Result<Release, ApiError> {
    let number = number_of(request)?;
    state
        .ask_project(project, |reply| ChangeRelease {
            number,
            change,
            reply,
        })
        .await
}

/// The release that the path names.
pub fn number_of(request: &HttpRequest) -> Result<u32, ApiError> {
    numbers::in_path(request, "release")
}
