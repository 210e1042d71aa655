//! `/projects/{project}/issues/{issue}/comments`, the same below feature requests and tickets, and `/comments` (protocol
//! 5.6): what people write under a report.

mod body;
mod operations;
mod view;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ActorError, AddComment, Created, DeleteComment, EditComment, FindComment, ListComments, NewAttachment,
    ReportReference, Submission,
};
use bugle_storage::records::{AttachmentKind, Comment, ReportKind, Role};
use bugle_storage::{ProjectId, RecordId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, MemberOf, Membership, SignedIn};
use super::body::{Encoding, Record, decode_pairs};
use super::error::{ApiError, none_or};
use super::issues::{find_published, reference};
use super::media::send_file;
use super::multipart::{FilePart, FormLimits, read_form};
use super::page_query::PageQuery;
use super::request_body::{BODY_SIZE_MAX, Body};
use super::state::AppState;
use super::upload::{FilesMax, StoredFile, Uploads, named_by};
use super::views::Pagination;
use super::{created, idempotency, numbers, request_body};
pub use body::CommentBody;
pub use operations::operations;
pub use view::CommentView;
use view::url_of;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// The largest file of a comment, in bytes: a long log or a short clip. What belongs to the report itself is uploaded
/// there, where its size is counted.
pub const FILE_SIZE_MAX: u64 = 64 << 20;
/// The most parts of a form with a comment.
const PARTS_MAX: usize = 64;

#[derive(Serialize, ToSchema)]
struct CommentList<'a> {
    comments: Vec<CommentView<'a>>,
    pagination: Pagination,
}

/// `GET …/comments.json`: oldest first.
pub async fn list(caller: Caller<MemberOf>, state: State, request: HttpRequest, query: PageQuery) -> Answer {
    let project = caller.0.project;
    let report = reference(&request)?;
    let asked = state.ask_project(project, |reply| ListComments {
        report,
        skip: query.pages.skip(),
        take: query.pages.per_page,
        reply,
    });
    let found = asked.await?;
    let view = |comment| CommentView::of(comment, report.kind, project, &state);
    Ok(HttpResponse::Ok().json(CommentList {
        comments: found.comments.iter().map(view).collect(),
        pagination: query.pages.pagination(found.total),
    }))
}

/// `POST …/comments.json`
pub async fn add(
    caller: Caller<MemberOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let report = reference(&request)?;
    if Encoding::of(request.headers())? == Encoding::Multipart {
        // Asked before the file comes, so that nobody sends one to be told that the report is not there.
        find_published(&state, membership.project, report, false).await?;
    }
    let (body, file) = read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<CommentBody>>()?.0;
    let submission = membership.person.submission(state.address(&request), key);
    let added = add_from(&membership, report, (sent, file), submission, &state).await?;
    Ok(answer(&added, report.kind, membership.project, &state))
}

/// A file that comes with a comment, and what is to be known of it.
pub type CommentFile = (NewAttachment, StoredFile);

/// Writes a comment under a report of the project, as its fields describe it.
pub async fn add_from(
    membership: &Membership,
    report: ReportReference,
    (mut sent, file): (CommentBody, Option<CommentFile>),
    submission: Submission,
    state: &State,
) -> Result<Created<Comment>, ApiError> {
    let mut problems = Vec::new();
    let text = sent.checked_text(&mut problems);
    let written = Written {
        author: membership.person.user,
        body: none_or(problems, text)?,
        file,
        submission,
    };
    let places = vec![(membership.project, report)];
    let (added, _) = write(places, written, state).await?;
    Ok(added)
}

/// `POST /comments.json`: the body names the report by its global id, and its project is looked for among those of the
/// person's.
pub async fn add_by_id(
    caller: Caller<SignedIn>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let person = caller.0;
    let (body, file) = read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let mut fields = body.decode::<Record<CommentBody>>()?.0;
    let mut problems = Vec::new();
    let (kind, id) = fields.checked_subject(&mut problems);
    let text = fields.checked_text(&mut problems);
    let written = Written {
        author: person.user,
        body: none_or(problems, text)?,
        file,
        submission: person.submission(state.address(&request), key),
    };
    let projects = projects_in_shard_of(id, person.user, &state).into_iter();
    let places = projects.map(|project| (project, ReportReference::global(kind, id)));
    let (added, project) = write(places.collect(), written, &state).await?;
    Ok(answer(&added, kind, project, &state))
}

/// A comment that is not stored yet, and on what terms it is sent.
struct Written {
    author: UserId,
    body: String,
    file: Option<CommentFile>,
    submission: Submission,
}

/// Reads a comment and the file that may come in the same form.
async fn read(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Body, Option<(NewAttachment, StoredFile)>), ApiError> {
    if Encoding::of(request.headers())? != Encoding::Multipart {
        return Ok((request_body::read(state, request, payload).await?, None));
    }
    let limits = FormLimits {
        parts: PARTS_MAX,
        text_size: BODY_SIZE_MAX,
        file_size: FILE_SIZE_MAX.min(state.options.upload_size_max),
        memory: &state.bodies.memory,
    };
    let most = FilesMax {
        count: 1,
        size: FILE_SIZE_MAX,
    };
    let mut uploads = Uploads::new(state, state.address(request), |_| Ok(()))
        .at_most(most)
        .checking_fields(&check_before_file);
    let payload = state.bodies.timed(payload);
    let fields = read_form(request.headers(), payload, &limits, &mut uploads).await?;
    // They tell the request from another; the last of them is kept.
    let blobs = uploads.files.iter().map(|(_, stored)| stored.blob).collect();
    let file = uploads.files.pop().map(|(part, stored)| file_of(&part, stored));
    Ok((Body::of_form(fields, blobs), file))
}

/// A file of a form as that of a comment.
pub fn file_of(part: &FilePart, stored: StoredFile) -> CommentFile {
    let attachment = stored.describe(&part.filename, AttachmentKind::CommentFile);
    (attachment, stored)
}

/// Refuses what is wrong with the fields that stand before a file. One that is not there may come behind it.
fn check_before_file(fields: &[(String, String)]) -> Result<(), ApiError> {
    let mut fields = decode_pairs::<Record<CommentBody>>(fields)?.0;
    let mut problems = Vec::new();
    if fields.body.is_some() {
        fields.checked_text(&mut problems);
    }
    if fields.commentable_id.is_some() && fields.commentable_type.is_some() {
        fields.checked_subject(&mut problems);
    }
    none_or(problems, ())
}

/// An id says in which shard its project is, but not which it is.
fn projects_in_shard_of(report: RecordId, user: UserId, state: &AppState) -> Vec<ProjectId> {
    let projects = state.directory().projects_of(user);
    let shard = report.shard();
    projects
        .into_iter()
        .filter(|project| project.shard() == shard)
        .collect()
}

/// Writes a comment in the first of the projects that has the report, and says which it was.
async fn write(
    places: Vec<(ProjectId, ReportReference)>,
    written: Written,
    state: &State,
) -> Result<(Created<Comment>, ProjectId), ApiError> {
    let Written {
        author,
        body,
        file,
        submission,
    } = written;
    let (file, stored): (Option<_>, Vec<_>) = match file {
        Some((file, stored)) => (Some(file), vec![stored]),
        None => (None, Vec::new()),
    };
    let asking = State::clone(state);
    let asked = async move {
        for (project, report) in places {
            let (body, file, submission) = (body.clone(), file.clone(), submission.clone());
            let add = |reply| AddComment {
                report,
                author,
                body,
                file,
                submission,
                reply,
            };
            match asking.actors.ask_project(project, add).await {
                Err(ActorError::NotFound) => {}
                outcome => return outcome.map(|added| (added, project)),
            }
        }
        Err(ActorError::NotFound)
    };
    named_by(stored, state, asked).await
}

fn answer(added: &Created<Comment>, kind: ReportKind, project: ProjectId, state: &AppState) -> HttpResponse {
    let comment = &added.record;
    let url = url_of(comment, kind, project, state);
    created::at(&url, added.replayed).json(CommentView::of(comment, kind, project, state))
}

/// `DELETE …/comments/{comment}.json`: whoever wrote it, or a developer.
pub async fn delete(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let membership = caller.0;
    let deleted = delete_named(&membership, &request, &state).await?;
    let kind = reference(&request)?.kind;
    Ok(HttpResponse::Ok().json(CommentView::of(&deleted, kind, membership.project, &state)))
}

/// Deletes the comment that the path names, where the member may.
pub async fn delete_named(
    membership: &Membership,
    request: &HttpRequest,
    state: &AppState,
) -> Result<Comment, ApiError> {
    let comment = find(membership, request, state).await?;
    if comment.author != membership.person.user && membership.role < Role::Developer {
        return Err(ApiError::not_allowed_to("delete the comments of others"));
    }
    let asked = state.ask_project(membership.project, |reply| DeleteComment { comment, reply });
    asked.await
}

/// `PATCH|PUT …/comments/{comment}.json`: whoever wrote it.
pub async fn edit(
    caller: Caller<MemberOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let body = request_body::read(&state, &request, payload).await?;
    let sent = body.decode::<Record<CommentBody>>()?.0;
    let edited = edit_named(&membership, &request, sent, &state).await?;
    let kind = reference(&request)?.kind;
    Ok(HttpResponse::Ok().json(CommentView::of(&edited, kind, membership.project, &state)))
}

/// Changes what the comment says that the path names, where the member wrote it.
pub async fn edit_named(
    membership: &Membership,
    request: &HttpRequest,
    mut sent: CommentBody,
    state: &AppState,
) -> Result<Comment, ApiError> {
    let report = reference(request)?;
    let comment = RecordId(numbers::in_path(request, "comment")?);
    let mut problems = Vec::new();
    let text = sent.checked_text(&mut problems);
    let body = none_or(problems, text)?;
    let asked = state.ask_project(membership.project, |reply| EditComment {
        report,
        comment,
        author: membership.person.user,
        body,
        reply,
    });
    asked.await
}

/// `GET …/comments/{comment}/file`
pub async fn download(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let comment = find(&caller.0, &request, &state).await?;
    let file = comment.file.ok_or_else(ApiError::not_found)?;
    send_file(&file, &state, &request).await
}

/// The comment that the path names.
async fn find(membership: &Membership, request: &HttpRequest, state: &AppState) -> Result<Comment, ApiError> {
    let report = reference(request)?;
    let comment = RecordId(numbers::in_path(request, "comment")?);
    let asked = state.ask_project(membership.project, |reply| FindComment {
        report,
        comment,
        reply,
    });
    asked.await
}
