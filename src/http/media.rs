//! Files of an issue (protocol 5.3): `/projects/{project}/issues/{issue}/{screenshots|video_clips|log_files}`.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ActorError, ChangeIssue, IssueChange, IssueReference, NewAttachment, REPORTER_FILES_MAX, Submission,
};
use bugle_storage::records::{Attachment, AttachmentKind, Issue, Reporter, Role, Submitter};
use bytes::Bytes;
use serde::Deserialize;

use super::access::{Caller, IssueWriter, MemberOf, Writer, WriterKind};
use super::body::{Encoding, Flag, Text};
use super::error::{ApiError, FieldError};
use super::multipart::{FilePart, FormLimits, read_form};
use super::request_body::{self, BODY_SIZE_MAX, Body};
use super::state::AppState;
use super::upload::{StoredFile, Uploads, store_text};
use super::views::AttachmentView;
use super::{failure, idempotency, issues, sniff};

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How long a game may add to a report with its project token alone, in milliseconds: 24 hours.
const GAME_MAY_ADD_FOR: i64 = 24 * 60 * 60 * 1000;
/// How much of a file is read from the disk at a time when it is sent, in bytes.
const DOWNLOAD_PIECE_SIZE: usize = 256 * 1024;

/// The fields of an upload, wrapped in the kind's own name.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct UploadBody {
    screenshot: FileFields,
    video_clip: FileFields,
    log_file: FileFields,
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
            AttachmentKind::LogFile | AttachmentKind::BinaryFile => self.log_file,
        }
    }
}

const fn field_name(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Screenshot => "screenshot[image]",
        AttachmentKind::VideoClip => "video_clip[video]",
        AttachmentKind::LogFile | AttachmentKind::BinaryFile => "log_file[file]",
    }
}

/// `POST …/screenshots`
pub async fn add_screenshot(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    add(AttachmentKind::Screenshot, caller.0, state, request, payload).await
}

/// `POST …/video_clips`
pub async fn add_video_clip(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    add(AttachmentKind::VideoClip, caller.0, state, request, payload).await
}

/// `POST …/log_files`
pub async fn add_log_file(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    add(AttachmentKind::LogFile, caller.0, state, request, payload).await
}

fn missing_file(kind: AttachmentKind) -> ApiError {
    ApiError::invalid(vec![FieldError::new(field_name(kind), "can't be blank")])
}

async fn add(
    kind: AttachmentKind,
    writer: Writer,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let reference = writer.issue(issues::reference(&request)?)?;
    // Asked before the bytes are read, so that nobody uploads a gigabyte to be refused.
    let found = issues::find(&state, writer.project, reference, false).await?;
    writer.may_write(&found.issue, &state)?;
    writer.may_add_file(&found.issue, &request)?;
    failure::ensure_writable(&state)?;
    let (body, mut files) = read_upload(kind, &state, &request, payload).await?;
    let fields = body.decode::<UploadBody>()?.of(kind);
    let (part, stored) = match (files.pop(), fields.contents) {
        (Some(file), _) => file,
        (None, Some(text)) => {
            must_fit(sniff::content_type(text.0.as_bytes()), kind)?;
            (text_part(), store_text(&state, text.0).await?)
        }
        (None, None) => return Err(missing_file(kind)),
    };
    let key = idempotency::key_of(&request, &body)?;
    let filename = fields
        .name
        .map(|name| name.0)
        .filter(|name| !name.trim().is_empty());
    let new = NewAttachment {
        kind,
        filename: sniff::safe_filename(filename.as_deref().unwrap_or(&part.filename), kind),
        content_type: stored.content_type.to_owned(),
        size: stored.size,
        blob: stored.blob,
        developer_private: fields.developer_private.is_some_and(|flag| flag.0),
    };
    let (file, replayed) = attach(&state, &writer, reference, new, writer.submission(key)).await?;
    let mut response = HttpResponse::Created();
    if replayed {
        response.insert_header((idempotency::REPLAYED, "true"));
    }
    Ok(response.json(AttachmentView::of(&file, writer.project, &state)))
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

fn text_part() -> FilePart {
    FilePart {
        field: "log_file[contents]".to_owned(),
        filename: String::new(),
        content_type: None,
    }
}

/// Gives the file, and whether it was there already under the request's `Idempotency-Key`.
async fn attach(
    state: &AppState,
    writer: &Writer,
    issue: IssueReference,
    new: NewAttachment,
    submission: Submission,
) -> Result<(Box<Attachment>, bool), ApiError> {
    let change = IssueChange::Attach(Box::new(new));
    let asked = state
        .actors
        .ask_project(writer.project, |reply| ChangeIssue {
            issue,
            change,
            submission,
            reply,
        })
        .await;
    let attached = asked.and_then(|changed| {
        let file = changed.attachment.ok_or(ActorError::Broken)?;
        Ok((file, changed.replayed))
    });
    attached.map_err(|error| failure::answer(error, state.now()))
}

/// Reads the upload: its files go to the blob store as they come.
async fn read_upload(
    kind: AttachmentKind,
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
        file_size: state.options.upload_size_max,
        memory: &state.bodies.memory,
    };
    let mut uploads = Uploads::new(state, |content_type| must_fit(content_type, kind));
    let payload = state.bodies.timed(payload);
    let fields = read_form(request.headers(), payload, &limits, &mut uploads).await?;
    let blobs = uploads.files.iter().map(|(_, stored)| stored.blob).collect();
    Ok((Body::of_form(fields, blobs), uploads.files))
}

impl Writer {
    /// The issue of the path. A bare number may be the holder's own global id (protocol 3).
    pub fn issue(&self, reference: IssueReference) -> Result<IssueReference, ApiError> {
        let WriterKind::Holder(grant) = &self.kind else {
            return Ok(reference);
        };
        if grant.project != self.project {
            return Err(ApiError::not_allowed_to("add to this issue"));
        }
        match reference {
            IssueReference::Number(number) if u64::from(number) == grant.issue.0 => {
                Ok(IssueReference::Global(grant.issue))
            }
            IssueReference::Global(id) if id != grant.issue => {
                Err(ApiError::not_allowed_to("add to this issue"))
            }
            other => Ok(other),
        }
    }

    /// Whether the pass is good for this issue: a holder's for its own while the project token lives that it came
    /// by, a game's for what the same token sent from the same address within a day, a member's for any (protocol
    /// 5.3).
    pub fn may_write(&self, issue: &Issue, state: &AppState) -> Result<(), ApiError> {
        let may = match &self.kind {
            WriterKind::Holder(grant) => grant.issue == issue.id && submitter_is_live(issue, state),
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
            Err(ApiError::not_allowed_to("add to this issue"))
        }
    }

    /// Whether there is room for one more file of theirs. A retry may be the one that filled it, which the project's
    /// actor knows.
    fn may_add_file(&self, issue: &Issue, request: &HttpRequest) -> Result<(), ApiError> {
        let is_member = matches!(self.kind, WriterKind::Member(..));
        let is_retry = request.headers().contains_key(idempotency::HEADER);
        if is_member || is_retry || issue.attachments.len() < REPORTER_FILES_MAX {
            return Ok(());
        }
        Err(ApiError::not_allowed_to("add more files to this issue"))
    }

    /// The terms of an addition. None counts against a daily limit.
    pub fn submission(&self, key: Option<bugle_actors::IdempotencyKey>) -> Submission {
        let (submitter, reporter, key) = match &self.kind {
            WriterKind::Holder(grant) => {
                let key = key.map(|key| idempotency::of_holder(key, grant.issue));
                (Submitter::Anonymous, Reporter::Anonymous, key)
            }
            WriterKind::Game(game) => (
                Submitter::ProjectToken(game.grant.token),
                Reporter::Anonymous,
                key,
            ),
            WriterKind::Member(person, _) => (person.submitter, Reporter::User(person.user), key),
        };
        Submission {
            submitter,
            grant: None,
            address: self.address,
            reporter,
            key,
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

/// `GET …/screenshots.json`
pub async fn list_screenshots(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    list(AttachmentKind::Screenshot, caller, state, request).await
}

/// `GET …/video_clips.json`
pub async fn list_video_clips(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    list(AttachmentKind::VideoClip, caller, state, request).await
}

/// `GET …/log_files.json`
pub async fn list_log_files(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    list(AttachmentKind::LogFile, caller, state, request).await
}

async fn list(kind: AttachmentKind, caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let project = caller.0.project;
    let files = visible_files(&caller.0, &state, &request).await?;
    let ours = files.iter().filter(|file| file.kind == kind);
    let views: Vec<_> = ours
        .map(|file| AttachmentView::of(file, project, &state))
        .collect();
    Ok(HttpResponse::Ok().json(views))
}

async fn visible_files(
    membership: &super::access::Membership,
    state: &AppState,
    request: &HttpRequest,
) -> Result<Vec<Attachment>, ApiError> {
    let found = issues::find(state, membership.project, issues::reference(request)?, true).await?;
    if found.issue.published_at.is_none() {
        return Err(ApiError::not_found());
    }
    let developer = membership.role >= Role::Developer;
    Ok(found
        .attachments
        .into_iter()
        .filter(|file| developer || !file.developer_private)
        .collect())
}

/// `GET …/{kind}/{file}`: the bytes, always as a download, so that nothing a player sent runs in a browser.
pub async fn download(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let wanted = request.match_info().get("file").unwrap_or_default();
    let files = visible_files(&caller.0, &state, &request).await?;
    let file = files
        .into_iter()
        .find(|file| file.id.0.to_string() == wanted)
        .ok_or_else(ApiError::not_found)?;
    let blobs = std::sync::Arc::clone(&state.blobs);
    let reader = web::block(move || blobs.get(file.blob))
        .await
        .map_err(ApiError::internal)?;
    let reader = reader
        .map_err(ApiError::internal)?
        .ok_or_else(|| ApiError::internal("a blob is missing"))?;
    let pieces = futures_util::stream::try_unfold((reader, 0_u64), |(reader, offset)| async move {
        let piece = web::block(move || {
            let mut buffer = vec![0; DOWNLOAD_PIECE_SIZE];
            let size = reader.read_at(offset, &mut buffer)?;
            buffer.truncate(size);
            Ok::<_, bugle_storage::StorageError>((reader, buffer))
        });
        let (reader, buffer) = piece
            .await
            .map_err(std::io::Error::other)?
            .map_err(std::io::Error::other)?;
        let next = (reader, offset + buffer.len() as u64);
        Ok::<_, std::io::Error>((!buffer.is_empty()).then(|| (Bytes::from(buffer), next)))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.content_type.as_str()))
        .insert_header((header::CONTENT_DISPOSITION, disposition(&file.filename)))
        .insert_header((
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .body(actix_web::body::SizedStream::new(file.size, pieces)))
}

fn disposition(filename: &str) -> header::ContentDisposition {
    header::ContentDisposition {
        disposition: header::DispositionType::Attachment,
        parameters: vec![header::DispositionParam::FilenameExt(header::ExtendedValue {
            charset: header::Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: filename.as_bytes().to_vec(),
        })],
    }
}
