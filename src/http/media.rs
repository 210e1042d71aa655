//! Files of an issue (protocol 5.3): `/projects/{project}/issues/{issue}/{kind}`, where the kind is `screenshots`,
//! `video_clips`, `log_files` or `binary_files`.

mod download;
mod operations;
mod presigned;
mod room;
mod segments;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ActorError, ChangeIssue, Changed, ISSUE_FILES_MAX, IssueChange, NewAttachment, REPORTER_FILES_MAX,
    ReportName, ReportReference, Submission,
};
use bugle_storage::ProjectId;
use bugle_storage::records::{Attachment, AttachmentKind, Issue, Reporter, Role, Submitter};
use serde::Deserialize;

pub use download::{download, send_file};
pub use presigned::{confirm, presign, store};
use room::{announce, room, stated_size, writable_issue};
pub use segments::add_segment;

use super::access::{Caller, DeveloperOf, IssueWriter, MemberOf, Membership, Writer, WriterKind};
use super::body::{Encoding, Flag, Text};
use super::error::{ApiError, FieldError};
use super::multipart::{FilePart, FormLimits, read_form};
use super::request_body::{self, BODY_SIZE_MAX, Body};
use super::state::AppState;
use super::upload::{StoredFile, Uploads, named_by, store_text};
use super::views::{AttachmentView, kind_of_folder};
use super::{created, idempotency, issues, sniff};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How long a game may add to a report with its project token alone, or somebody who signed in from it, in milliseconds:
/// 24 hours.
const GAME_MAY_ADD_FOR: i64 = 24 * 60 * 60 * 1000;

/// The fields of an upload, wrapped in the kind's own name.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct UploadBody {
    screenshot: FileFields,
    video_clip: FileFields,
    log_file: FileFields,
    binary_file: FileFields,
    image: FileFields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct FileFields {
    contents: Option<Text>,
    name: Option<Text>,
    developer_private: Option<Flag>,
}

impl UploadBody {
    fn of(self, kind: AttachmentKind) -> FileFields {
        match kind {
            AttachmentKind::Screenshot => self.screenshot,
            AttachmentKind::VideoClip => self.video_clip,
            AttachmentKind::LogFile => self.log_file,
            AttachmentKind::BinaryFile | AttachmentKind::CommentFile => self.binary_file,
            AttachmentKind::Image => self.image,
        }
    }
}

impl FileFields {
    /// What is to be known of a file that has come.
    fn describe(self, kind: AttachmentKind, part: &FilePart, stored: &StoredFile) -> NewAttachment {
        let name = self.name.map(|name| name.0);
        let name = name.filter(|name| !name.trim().is_empty());
        NewAttachment {
            kind,
            filename: sniff::safe_filename(name.as_deref().unwrap_or(&part.filename), kind),
            content_type: stored.content_type.to_owned(),
            size: stored.size,
            blob: stored.blob,
            developer_private: self.developer_private.is_some_and(|flag| flag.0),
        }
    }
}

const fn field_name(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Screenshot => "screenshot[image]",
        AttachmentKind::VideoClip => "video_clip[video]",
        AttachmentKind::LogFile => "log_file[file]",
        AttachmentKind::BinaryFile => "binary_file[file]",
        AttachmentKind::Image => "image[image]",
        AttachmentKind::CommentFile => "file",
    }
}

/// The kind that the path names; no route leads here without one.
fn kind_of(request: &HttpRequest) -> Result<AttachmentKind, ApiError> {
    let folder = request.match_info().get("kind");
    folder.and_then(kind_of_folder).ok_or_else(ApiError::not_found)
}

fn missing_file(kind: AttachmentKind) -> ApiError {
    ApiError::invalid(vec![FieldError::new(field_name(kind), "can't be blank")])
}

/// `POST …/{kind}`
pub async fn add(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let (writer, kind) = (caller.0, kind_of(&request)?);
    // Asked before the bytes are read, so that nobody uploads a gigabyte to be refused.
    let (reference, found) = writable_issue(&writer, &state, &request).await?;
    let size_max = room(&found, &state);
    let must_fit = |content_type| must_fit(content_type, kind);
    let (body, mut files) = read_upload(must_fit, size_max, &state, &request, payload).await?;
    let mut fields = body.decode::<UploadBody>()?.of(kind);
    let (part, stored) = match (files.pop(), fields.contents.take()) {
        (Some(file), _) => file,
        (None, Some(text)) => (text_part(), keep_text(text.0, kind, size_max, &state).await?),
        (None, None) => return Err(missing_file(kind)),
    };
    let key = idempotency::key_of(&request, &body)?;
    let new = fields.describe(kind, &part, &stored);
    let submission = writer.submission(key);
    let attached = attach(&state, writer.project, reference, (new, vec![stored]), submission);
    let (file, replayed) = attached.await?;
    Ok(added(&file, replayed, writer.project, &state))
}

/// The answer to whatever added a file.
fn added(file: &Attachment, replayed: bool, project: ProjectId, state: &AppState) -> HttpResponse {
    created::without_address(replayed).json(AttachmentView::of(file, project, state))
}

fn must_fit(content_type: &str, kind: AttachmentKind) -> Result<(), ApiError> {
    if sniff::fits(content_type, kind) {
        return Ok(());
    }
    let problem = format!("is not a file of that kind, but {content_type}");
    Err(ApiError::invalid(vec![FieldError::new(
        field_name(kind),
        problem,
    )]))
}

/// Keeps a file that came as a text among the fields; `size_max` is in bytes.
async fn keep_text(
    text: String,
    kind: AttachmentKind,
    size_max: u64,
    state: &AppState,
) -> Result<StoredFile, ApiError> {
    must_fit(sniff::content_type(text.as_bytes()), kind)?;
    if text.len() as u64 > size_max {
        return Err(ApiError::file_too_large(field_name(kind), size_max));
    }
    store_text(state, text).await
}

fn text_part() -> FilePart {
    FilePart {
        field: "log_file[contents]".to_owned(),
        filename: String::new(),
        content_type: None,
    }
}

/// Gives the file, and whether it was there already under the request's `Idempotency-Key`. What is not `stored` with it
/// has a name already.
async fn attach(
    state: &State,
    project: ProjectId,
    issue: ReportReference,
    (new, stored): (NewAttachment, Vec<StoredFile>),
    submission: Submission,
) -> Result<(Box<Attachment>, bool), ApiError> {
    let change = IssueChange::Attach {
        file: Box::new(new),
        size_max: state.options.issue_files_size_max,
        joined: None,
    };
    let asked = change_issue(State::clone(state), project, issue, change, submission);
    let changed = named_by(stored, state, asked).await?;
    let file = changed
        .attachment
        .ok_or_else(|| state.refusal(ActorError::Broken))?;
    Ok((file, changed.replayed))
}

async fn change_issue(
    state: State,
    project: ProjectId,
    issue: ReportReference,
    change: IssueChange,
    submission: Submission,
) -> Result<Changed, ActorError> {
    let change = |reply| ChangeIssue {
        issue,
        change,
        submission,
        reply,
    };
    state.actors.ask_project(project, change).await
}

/// Reads the upload: its files go to the blob store as they come. `check` says of a content type whether such a file
/// is wanted, `size_max` is in bytes.
async fn read_upload(
    check: impl Fn(&'static str) -> Result<(), ApiError>,
    size_max: u64,
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Body, Vec<(FilePart, StoredFile)>), ApiError> {
    if Encoding::of(request.headers())? != Encoding::Multipart {
        return Ok((request_body::read(state, request, payload).await?, Vec::new()));
    }
    let limits = FormLimits {
        parts: 64,
        text_size: BODY_SIZE_MAX,
        file_size: size_max,
        memory: &state.bodies.memory,
    };
    let mut uploads = Uploads::new(state, state.address(request), check);
    let payload = state.bodies.timed(payload);
    let fields = read_form(request.headers(), payload, &limits, &mut uploads).await?;
    let blobs = uploads.files.iter().map(|(_, stored)| stored.blob).collect();
    Ok((Body::of_form(fields, blobs), uploads.files))
}

impl Writer {
    /// The issue of the path. A bare number may be the holder's own global id (protocol 3).
    pub fn issue(&self, reference: ReportReference) -> Result<ReportReference, ApiError> {
        let WriterKind::Holder(grant) = &self.kind else {
            return Ok(reference);
        };
        if grant.project != self.project {
            return Err(ApiError::not_allowed_to("add to this report"));
        }
        match reference.name {
            ReportName::Number(number) if u64::from(number) == grant.issue.0 => {
                Ok(ReportReference::global(reference.kind, grant.issue))
            }
            ReportName::Global(id) if id != grant.issue => {
                Err(ApiError::not_allowed_to("add to this report"))
            }
            _ => Ok(reference),
        }
    }

    /// Whether the pass is good for this issue: a holder's for its own while the project token lives that it came
    /// by, a player's for their own likewise and within a day, a game's for what the same token sent from the same address within a day, a member's for any (protocol
    /// 5.3).
    pub fn may_write(&self, issue: &Issue, state: &AppState) -> Result<(), ApiError> {
        let may = match &self.kind {
            WriterKind::Holder(grant) => grant.issue == issue.id && submitter_is_live(issue, state),
            WriterKind::Player(player) => {
                issue.reporter == Reporter::User(player.user)
                    && submitter_is_live(issue, state)
                    && state.now().0 - issue.created_at.0 < GAME_MAY_ADD_FOR
            }
            WriterKind::Game(game) => {
                issue.submitter == Submitter::ProjectToken(game.grant.token)
                    && issue.address == self.address
                    && state.now().0 - issue.created_at.0 < GAME_MAY_ADD_FOR
            }
            WriterKind::Member(..) => true,
        };
        if may {
            Ok(())
        } else {
            Err(ApiError::not_allowed_to("add to this report"))
        }
    }

    /// Whether there is room for one more file of theirs. A retry may be the one that filled it, which the project's
    /// actor knows.
    fn may_add_file(&self, issue: &Issue, request: &HttpRequest) -> Result<(), ApiError> {
        let is_member = matches!(self.kind, WriterKind::Member(..));
        let is_retry = request.headers().contains_key(idempotency::HEADER);
        let most = if is_member {
            ISSUE_FILES_MAX
        } else {
            REPORTER_FILES_MAX
        };
        if is_retry || issue.attachments.len() < most {
            return Ok(());
        }
        Err(ApiError::not_allowed_to("add more files to this report"))
    }

    /// The terms of an addition. None counts against a daily limit.
    pub fn submission(&self, key: Option<bugle_actors::IdempotencyKey>) -> Submission {
        let (submitter, reporter, key) = match &self.kind {
            WriterKind::Holder(grant) => {
                let key = key.map(|key| idempotency::of_holder(key, grant.issue));
                (Submitter::Anonymous, Reporter::Anonymous, key)
            }
            // Not as a member: what whoever sent a report may add to it is bounded.
            WriterKind::Player(player) => {
                let key = key.map(|key| idempotency::of_player(key, player.user));
                (Submitter::Anonymous, Reporter::User(player.user), key)
            }
            WriterKind::Game(game) => (
                Submitter::ProjectToken(game.grant.token),
                Reporter::Anonymous,
                key,
            ),
            WriterKind::Member(person, _) => return person.submission(self.address, key),
        };
        Submission {
            submitter,
            grant: None,
            address: self.address,
            reporter,
            key,
            token: None,
        }
    }
}

/// Whether the project token that the issue was sent with, if it was one, has not been revoked.
fn submitter_is_live(issue: &Issue, state: &AppState) -> bool {
    match issue.submitter {
        Submitter::ProjectToken(token) => state.directory().has_project_token(token),
        _ => true,
    }
}

/// `GET …/{kind}.json`: a bare array, oldest first.
pub async fn list(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let (membership, kind) = (caller.0, kind_of(&request)?);
    let files = visible_files(&membership, &state, &request).await?;
    let ours = files.iter().filter(|file| file.kind == kind);
    let views: Vec<_> = ours
        .map(|file| AttachmentView::of(file, membership.project, &state))
        .collect();
    Ok(HttpResponse::Ok().json(views))
}

/// `DELETE …/{kind}/{file}`: the file is in no list any more; the daily sweep removes its bytes, unless another file
/// has the same.
pub async fn delete(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    let membership = caller.0;
    let file = visible_file(&membership, &state, &request).await?;
    let submission = membership.person.submission(state.address(&request), None);
    let issue = issues::reference(&request)?;
    let change = IssueChange::Detach(file.id);
    let asked = change_issue(
        State::clone(&state),
        membership.project,
        issue,
        change,
        submission,
    );
    asked.await.map_err(|error| state.refusal(error))?;
    Ok(HttpResponse::Ok().json(AttachmentView::of(&file, membership.project, &state)))
}

/// The files of the issue in the path that a member may see.
async fn visible_files(
    membership: &Membership,
    state: &AppState,
    request: &HttpRequest,
) -> Result<Vec<Attachment>, ApiError> {
    let reference = issues::reference(request)?;
    let found = issues::find_published(state, membership.project, reference, true).await?;
    let developer = membership.role >= Role::Developer;
    Ok(found
        .attachments
        .into_iter()
        .filter(|file| developer || !file.developer_private)
        .collect())
}

/// The file that the path names, if the member may see it.
pub async fn visible_file(
    membership: &Membership,
    state: &AppState,
    request: &HttpRequest,
) -> Result<Attachment, ApiError> {
    let kind = kind_of(request)?;
    let wanted = request.match_info().get("file").unwrap_or_default();
    let wanted = wanted.strip_suffix(".json").unwrap_or(wanted);
    let files = visible_files(membership, state, request).await?;
    files
        .into_iter()
        .find(|file| file.kind == kind && file.id.0.to_string() == wanted)
        .ok_or_else(ApiError::not_found)
}
