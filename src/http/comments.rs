//! `/projects/{project}/issues/{issue}/comments`, the same below feature requests and tickets, and `/comments` (protocol
//! 5.6): what people write under a report.

mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ActorError, AddComment, Created, DeleteComment, EditComment, FindComment, ListComments, NewAttachment,
    ReportReference, Submission, global_prefix,
};
use bugle_storage::records::{AttachmentKind, Comment, ReportKind, Role};
use bugle_storage::{ProjectId, RecordId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, MemberOf, Membership, SignedIn};
use super::body::{Encoding, Record, Text, Wrapped, decode_pairs};
use super::error::{ApiError, FieldError, none_or};
use super::issues::{find_published, reference};
use super::media::send_file;
use super::multipart::{FilePart, FormLimits, read_form};
use super::openapi::fields;
use super::page_query::PageQuery;
use super::report_body::printable;
use super::request_body::{BODY_SIZE_MAX, Body};
use super::state::AppState;
use super::upload::{FilesMax, StoredFile, Uploads, named_by};
use super::views::{Iso, Pagination, UserView, report_folder};
use super::{created, idempotency, numbers, request_body, sniff};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// The longest comment, in bytes.
const TEXT_SIZE_MAX: usize = 64 << 10;
/// The largest file of a comment, in bytes: a long log or a short clip. What belongs to the report itself is uploaded
/// there, where its size is counted.
pub const FILE_SIZE_MAX: u64 = 64 << 20;
/// The most parts of a form with a comment.
const PARTS_MAX: usize = 64;

/// What a request says of a comment, flat or wrapped in `comment`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct CommentBody {
    #[schema(schema_with = fields::printed_of::<TEXT_SIZE_MAX>)]
    body: Option<Text>,
    #[schema(schema_with = fields::report_id)]
    commentable_id: Option<Text>,
    #[schema(schema_with = fields::commentable_type)]
    commentable_type: Option<Text>,
}

impl Wrapped for CommentBody {
    const WRAPPER: &'static str = "comment";
}

/// What people can write under, as `commentable_type` names it.
const fn type_name(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "Issue",
        ReportKind::FeatureRequest => "FeatureRequest",
        ReportKind::SupportTicket => "Ticket",
    }
}

impl CommentBody {
    /// What is written, as it was sent.
    pub fn text(&self) -> &str {
        self.body.as_ref().map_or("", |text| &text.0)
    }

    fn checked_text(&mut self, problems: &mut Vec<FieldError>) -> String {
        let text = printable(self.body.take().map(|text| text.0).unwrap_or_default());
        if text.trim().is_empty() {
            problems.push(FieldError::new("body", "can't be blank"));
        } else if text.len() > TEXT_SIZE_MAX {
            let problem = format!("is too long (maximum is {TEXT_SIZE_MAX} bytes)");
            problems.push(FieldError::new("body", problem));
        }
        text
    }

    /// The report that is named by its global id, with `g-` and the like or without.
    fn checked_subject(&self, problems: &mut Vec<FieldError>) -> (ReportKind, RecordId) {
        let name = self.commentable_type.as_ref().map_or("", |text| text.0.trim());
        let kind = ReportKind::ALL.into_iter().find(|kind| type_name(*kind) == name);
        if kind.is_none() {
            let names = ReportKind::ALL.map(type_name).join(", ");
            problems.push(FieldError::new(
                "commentable_type",
                format!("must be one of {names}"),
            ));
        }
        let kind = kind.unwrap_or(ReportKind::Bug);
        let id = self.commentable_id.as_ref().map_or("", |text| text.0.trim());
        let id = id.strip_prefix(global_prefix(kind)).unwrap_or(id).parse::<u64>();
        if id.is_err() {
            problems.push(FieldError::new("commentable_id", "must be the id of a report"));
        }
        (kind, RecordId(id.unwrap_or(0)))
    }
}

/// A comment as clients see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comment)]
pub struct CommentView<'a> {
    id: u64,
    body: &'a str,
    commentable_id: u64,
    commentable_type: &'static str,
    user: UserView,
    file: Option<FileView<'a>>,
    created_at: Iso,
    updated_at: Iso,
}

/// The file of a comment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommentFile)]
struct FileView<'a> {
    filename: &'a str,
    content_type: &'a str,
    size_bytes: u64,
    url: String,
}

impl<'a> CommentView<'a> {
    /// A comment under a report of this kind.
    pub fn of(comment: &'a Comment, kind: ReportKind, project: ProjectId, state: &AppState) -> Self {
        let file = comment.file.as_ref().map(|file| FileView {
            filename: &file.filename,
            content_type: &file.content_type,
            size_bytes: file.size,
            url: url_of(comment, kind, project, state) + "/file",
        });
        Self {
            id: comment.id.0,
            body: &comment.body,
            commentable_id: comment.report.0,
            commentable_type: type_name(kind),
            user: UserView::of(Some(comment.author), state.directory()),
            file,
            created_at: Iso(comment.created_at),
            updated_at: Iso(comment.updated_at),
        }
    }
}

fn url_of(comment: &Comment, kind: ReportKind, project: ProjectId, state: &AppState) -> String {
    format!(
        "{}/projects/{project}/{}/{}{}/comments/{}",
        state.options.public_url,
        report_folder(kind),
        global_prefix(kind),
        comment.report,
        comment.id
    )
}

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
    let kind = AttachmentKind::CommentFile;
    let attachment = NewAttachment {
        kind,
        filename: sniff::safe_filename(&part.filename, kind),
        content_type: stored.content_type.to_owned(),
        size: stored.size,
        blob: stored.blob,
        developer_private: false,
    };
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
