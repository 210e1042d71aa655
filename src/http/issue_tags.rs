//! `/projects/{project}/issue_tags`: the tags by which issues are sorted (protocol 5.2).

mod body;
mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{ChangeIssueTag, CreateIssueTag, Created, IdempotencyKey, IssueTagChange, ListIssueTags};
use bugle_storage::records::IssueTag;
use bugle_storage::{AddressHash, ProjectId};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf, MemberOf, Membership};
use super::body::Record;
use super::error::ApiError;
use super::state::AppState;
use super::views::Iso;
use super::{created, idempotency, numbers, request_body};
pub use body::TagBody;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// A tag (protocol 4, "Issue tag").
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tag)]
struct TagView<'a> {
    id: u32,
    name: &'a str,
    color: &'a str,
    description: Option<&'a str>,
    parent_tag_id: Option<u32>,
    created_at: Iso,
    updated_at: Iso,
}

impl<'a> TagView<'a> {
    fn of(tag: &'a IssueTag) -> Self {
        Self {
            id: tag.number,
            name: &tag.name,
            color: &tag.color,
            description: tag.description.as_deref(),
            parent_tag_id: tag.parent,
            created_at: Iso(tag.created_at),
            updated_at: Iso(tag.updated_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct TagList<'a> {
    tags: Vec<TagView<'a>>,
}

/// `GET /projects/{project}/issue_tags.json`: all of them, oldest first.
pub async fn list(caller: Caller<MemberOf>, state: State) -> Answer {
    let tags = tags_of(caller.0.project, &state).await?;
    let tags = tags.iter().map(TagView::of).collect();
    Ok(HttpResponse::Ok().json(TagList { tags }))
}

/// `POST /projects/{project}/issue_tags.json`
pub async fn create(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<TagBody>>()?.0;
    let address = state.address(&request);
    let created = create_from(&caller.0, sent, (address, key), &state).await?;
    let base = &state.options.public_url;
    let url = format!("{base}/projects/{project}/issue_tags/{}", created.record.number);
    Ok(created::at(&url, created.replayed).json(TagView::of(&created.record)))
}

/// `GET /projects/{project}/issue_tags/{tag}.json`
pub async fn show(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let number = number_of(&request)?;
    let tags = tags_of(caller.0.project, &state).await?;
    let tag = tags.iter().find(|tag| tag.number == number);
    Ok(HttpResponse::Ok().json(TagView::of(tag.ok_or_else(ApiError::not_found)?)))
}

/// `PATCH|PUT /projects/{project}/issue_tags/{tag}.json`: what is absent stays.
pub async fn edit(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let edit = body.decode::<Record<TagBody>>()?.0.check_edit()?;
    change(caller.0.project, &state, &request, IssueTagChange::Edit(edit)).await
}

/// `DELETE /projects/{project}/issue_tags/{tag}.json`
pub async fn delete(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    change(caller.0.project, &state, &request, IssueTagChange::Delete).await
}

async fn change(
    project: ProjectId,
    state: &AppState,
    request: &HttpRequest,
    change: IssueTagChange,
) -> Answer {
    let tag = change_one(project, request, change, state).await?;
    Ok(HttpResponse::Ok().json(TagView::of(&tag)))
}

/// Changes the tag that the path names.
pub async fn change_one(
    project: ProjectId,
    request: &HttpRequest,
    change: IssueTagChange,
    state: &AppState,
) -> Result<IssueTag, ApiError> {
    let number = number_of(request)?;
    state
        .ask_project(project, |reply| ChangeIssueTag {
            number,
            change,
            reply,
        })
        .await
}

/// Makes the tag that a member described.
pub async fn create_from(
    member: &Membership,
    sent: TagBody,
    (address, key): (AddressHash, Option<IdempotencyKey>),
    state: &AppState,
) -> Result<Created<IssueTag>, ApiError> {
    let new = sent.check_new()?;
    let submission = member.person.submission(address, key);
    state
        .ask_project(member.project, |reply| CreateIssueTag {
            new,
            submission,
            reply,
        })
        .await
}

/// A project's tags, oldest first.
pub async fn tags_of(project: ProjectId, state: &AppState) -> Result<Vec<IssueTag>, ApiError> {
    state.ask_project(project, |reply| ListIssueTags { reply }).await
}

/// The tag that the path names.
pub fn number_of(request: &HttpRequest) -> Result<u32, ApiError> {
    numbers::in_path(request, "tag")
}
