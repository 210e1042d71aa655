//! `/projects/{project}/issues/{issue}/comments` and `/comments` (protocol 5.6): what people write under an issue.

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{ActorError, AddComment, DeleteComment, IssueReference, ListComments};
use bugle_storage::records::{Comment, Role};
use bugle_storage::{ProjectId, RecordId, UserId};
use serde::{Deserialize, Serialize};

use super::access::{Caller, MemberOf, SignedIn};
use super::body::{Record, Text, Wrapped};
use super::error::{ApiError, FieldError, none_or};
use super::issues::reference;
use super::report_body::printable;
use super::state::AppState;
use super::views::{Iso, UserView};
use super::{created, numbers, request_body};

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// The longest comment, in bytes.
const BODY_SIZE_MAX: usize = 64 << 10;

/// What a request says of a comment, flat or wrapped in `comment`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct CommentBody {
    body: Option<Text>,
    commentable_id: Option<Text>,
    commentable_type: Option<Text>,
}

impl Wrapped for CommentBody {
    const WRAPPER: &'static str = "comment";
}

impl CommentBody {
    fn checked_text(&mut self, problems: &mut Vec<FieldError>) -> String {
        let text = printable(self.body.take().map(|text| text.0).unwrap_or_default());
        if text.trim().is_empty() {
            problems.push(FieldError::new("body", "can't be blank"));
        } else if text.len() > BODY_SIZE_MAX {
            let problem = format!("is too long (maximum is {BODY_SIZE_MAX} bytes)");
            problems.push(FieldError::new("body", problem));
        }
        text
    }

    /// The issue that is named by its global id, with `g-` or without.
    fn checked_subject(&self, problems: &mut Vec<FieldError>) -> RecordId {
        if self.commentable_type.as_ref().map(|text| text.0.trim()) != Some("Issue") {
            problems.push(FieldError::new("commentable_type", "must be Issue"));
        }
        let id = self.commentable_id.as_ref().map_or("", |text| text.0.trim());
        let id = id.strip_prefix("g-").unwrap_or(id).parse::<u64>();
        if id.is_err() {
            problems.push(FieldError::new("commentable_id", "must be the id of an issue"));
        }
        RecordId(id.unwrap_or(0))
    }
}

/// A comment as clients see it.
#[derive(Debug, Serialize)]
struct CommentView<'a> {
    id: u64,
    body: &'a str,
    commentable_id: u64,
    commentable_type: &'static str,
    user: UserView,
    created_at: Iso,
    updated_at: Iso,
}

impl<'a> CommentView<'a> {
    fn of(comment: &'a Comment, state: &AppState) -> Self {
        Self {
            id: comment.id.0,
            body: &comment.body,
            commentable_id: comment.issue.0,
            commentable_type: "Issue",
            user: UserView::of(Some(comment.author), state.directory()),
            created_at: Iso(comment.created_at),
            updated_at: Iso(comment.created_at),
        }
    }
}

#[derive(Serialize)]
struct CommentList<'a> {
    comments: Vec<CommentView<'a>>,
}

/// `GET /projects/{project}/issues/{issue}/comments.json`: oldest first.
pub async fn list(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let comments = comments_of(caller.0.project, reference(&request)?, &state).await?;
    let comments = comments
        .iter()
        .map(|comment| CommentView::of(comment, &state))
        .collect();
    Ok(HttpResponse::Ok().json(CommentList { comments }))
}

async fn comments_of(
    project: ProjectId,
    issue: IssueReference,
    state: &AppState,
) -> Result<Vec<Comment>, ApiError> {
    state
        .ask_project(project, |reply| ListComments { issue, reply })
        .await
}

/// `POST /projects/{project}/issues/{issue}/comments.json`
pub async fn add(
    caller: Caller<MemberOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let issue = reference(&request)?;
    let body = request_body::read(&state, &request, payload).await?;
    let mut fields = body.decode::<Record<CommentBody>>()?.0;
    let mut problems = Vec::new();
    let text = fields.checked_text(&mut problems);
    let text = none_or(problems, text)?;
    let added = write(membership.project, issue, membership.person.user, text, &state).await;
    let comment = added.map_err(|error| state.refusal(error))?;
    Ok(answer(&comment, membership.project, &state))
}

/// `POST /comments.json`: the body names the issue by its global id, and its project is looked for among those of the
/// person's.
pub async fn add_by_id(
    caller: Caller<SignedIn>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let user = caller.0.user;
    let body = request_body::read(&state, &request, payload).await?;
    let mut fields = body.decode::<Record<CommentBody>>()?.0;
    let mut problems = Vec::new();
    let issue = fields.checked_subject(&mut problems);
    let text = fields.checked_text(&mut problems);
    let text = none_or(problems, text)?;
    for project in projects_in_shard_of(issue, user, &state) {
        match write(project, IssueReference::Global(issue), user, text.clone(), &state).await {
            Err(ActorError::NotFound) => {}
            Err(error) => return Err(state.refusal(error)),
            Ok(comment) => return Ok(answer(&comment, project, &state)),
        }
    }
    Err(ApiError::not_found())
}

/// An id says in which shard its project is, but not which it is.
fn projects_in_shard_of(issue: RecordId, user: UserId, state: &AppState) -> Vec<ProjectId> {
    let projects = state.directory().projects_of(user);
    let shard = issue.shard();
    projects
        .into_iter()
        .filter(|project| project.shard() == shard)
        .collect()
}

async fn write(
    project: ProjectId,
    issue: IssueReference,
    author: UserId,
    body: String,
    state: &AppState,
) -> Result<Comment, ActorError> {
    let asked = state.actors.ask_project(project, |reply| AddComment {
        issue,
        author,
        body,
        reply,
    });
    asked.await
}

fn answer(comment: &Comment, project: ProjectId, state: &AppState) -> HttpResponse {
    let base = &state.options.public_url;
    let url = format!(
        "{base}/projects/{project}/issues/g-{}/comments/{}",
        comment.issue, comment.id
    );
    created::at(&url, false).json(CommentView::of(comment, state))
}

/// `DELETE /projects/{project}/issues/{issue}/comments/{comment}.json`: whoever wrote it, or a developer.
pub async fn delete(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let membership = caller.0;
    let wanted = comment_of(&request)?;
    let comments = comments_of(membership.project, reference(&request)?, &state).await?;
    let comment = comments
        .iter()
        .find(|comment| comment.id == wanted)
        .ok_or_else(ApiError::not_found)?;
    if comment.author != membership.person.user && membership.role < Role::Developer {
        return Err(ApiError::not_allowed_to("delete the comments of others"));
    }
    let (issue, comment_id) = (comment.issue, comment.id);
    state
        .ask_project(membership.project, |reply| DeleteComment {
            issue,
            comment: comment_id,
            reply,
        })
        .await?;
    Ok(HttpResponse::Ok().json(CommentView::of(comment, &state)))
}

fn comment_of(request: &HttpRequest) -> Result<RecordId, ApiError> {
    numbers::in_path(request, "comment").map(RecordId)
}
