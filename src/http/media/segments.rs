//! Clips that come in pieces (protocol 5.3): a game in a browser sends what it has recorded so far, and the pieces make
//! one clip, byte behind byte, once the last of them is there.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    AddSegment, AddedSegment, IdempotencyKey, IssueChange, NewAttachment, ReportReference, SEGMENTS_MAX,
    SegmentGroup,
};
use bugle_storage::records::{Attachment, AttachmentKind, BlobHash};
use bugle_storage::{BlobStore, ProjectId, RecordId, StorageError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    Answer, Caller, IssueWriter, State, Writer, announce, change_issue, must_fit, read_upload, room,
    stated_size, writable_issue,
};
use crate::http::body::{Integer, Text};
use crate::http::error::{ApiError, FieldError};
use crate::http::sniff;
use crate::http::text_rules::trimmed;
use crate::http::upload::{StoredFile, named_by};
use crate::http::views::AttachmentView;

/// The longest name of a group, in characters; Unity sends a GUID.
const GROUP_LENGTH_MAX: usize = 255;

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct SegmentBody {
    video_segment: SegmentFields,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
struct SegmentFields {
    position: Option<Integer>,
    merge_group: Option<Text>,
    merge_total: Option<Integer>,
}

/// Where a piece belongs.
struct Place {
    name: String,
    position: u32,
    total: u32,
}

impl Place {
    fn from_fields(fields: SegmentFields) -> Result<Self, Vec<FieldError>> {
        let number = |field: Option<Integer>| field.and_then(|it| u32::try_from(it.0?).ok());
        let mut errors = Vec::new();
        let total = number(fields.merge_total).filter(|total| (1..=SEGMENTS_MAX).contains(total));
        if total.is_none() {
            let problem = format!("must be 1 to {SEGMENTS_MAX}");
            errors.push(FieldError::new("video_segment[merge_total]", problem));
        }
        let most = total.unwrap_or(SEGMENTS_MAX);
        let position = number(fields.position).filter(|position| *position < most);
        if position.is_none() {
            let problem = "must be 0 or more, and less than merge_total";
            errors.push(FieldError::new("video_segment[position]", problem));
        }
        let name = trimmed(fields.merge_group).unwrap_or_default();
        if name.is_empty() || name.chars().count() > GROUP_LENGTH_MAX {
            let problem = format!("must have 1 to {GROUP_LENGTH_MAX} characters");
            errors.push(FieldError::new("video_segment[merge_group]", problem));
        }
        match (position, total) {
            (Some(position), Some(total)) if errors.is_empty() => Ok(Self {
                name,
                position,
                total,
            }),
            _ => Err(errors),
        }
    }

    fn group(&self) -> SegmentGroup {
        first_half(Sha256::new_with_prefix(&self.name))
    }
}

fn first_half(hasher: Sha256) -> [u8; 16] {
    hasher.finalize().first_chunk().copied().unwrap_or_default()
}

/// A piece that is kept, and the clip once it is whole.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VideoSegment)]
pub(super) struct SegmentView<'a> {
    issue_id: u64,
    merge_group: &'a str,
    position: u32,
    merge_total: u32,
    received: usize,
    media_size_bytes: u64,
    processing: bool,
    processed: bool,
    failed: bool,
    video_clip: Option<AttachmentView<'a>>,
}

/// `POST …/video_segments`: 201 once the piece is kept, and for the last of them once the clip is part of the issue.
pub async fn add_segment(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let writer = caller.0;
    let (reference, found) = writable_issue(&writer, &state, &request).await?;
    let size_max = room(&found, &state);
    // Counted as it will be stored: whatever becomes of the piece, the sweep takes it no sooner than in a day.
    let size = stated_size(&request).map_or(size_max, |stated| stated.min(size_max));
    announce(&state, &writer, reference, size).await?;
    // Only the first piece of a stream shows what it is.
    let (body, mut files) = read_upload(|_| Ok(()), size_max, &state, &request, payload).await?;
    let fields = body.decode::<SegmentBody>()?.video_segment;
    let (place, stored) = checked(Place::from_fields(fields), files.pop().map(|(_, stored)| stored))?;
    let size = stored.size;
    let added = keep(&state, writer.project, reference, &place, stored, size_max).await?;
    let clip = match added.whole {
        Some(pieces) => Some(finish(&state, &writer, found.issue.id, &place, pieces).await?),
        None => None,
    };
    Ok(HttpResponse::Created().json(SegmentView {
        issue_id: found.issue.id.0,
        merge_group: &place.name,
        position: place.position,
        merge_total: place.total,
        received: added.received,
        media_size_bytes: size,
        processing: clip.is_none(),
        processed: clip.is_some(),
        failed: false,
        video_clip: clip
            .as_deref()
            .map(|clip| AttachmentView::of(clip, writer.project, &state)),
    }))
}

/// Tells all that is wrong at once.
fn checked(
    place: Result<Place, Vec<FieldError>>,
    stored: Option<StoredFile>,
) -> Result<(Place, StoredFile), ApiError> {
    match (place, stored) {
        (Ok(place), Some(stored)) => {
            if place.position == 0 {
                must_fit(stored.content_type, AttachmentKind::VideoClip)?;
            }
            Ok((place, stored))
        }
        (place, stored) => {
            let mut errors = place.err().unwrap_or_default();
            if stored.is_none() {
                errors.push(FieldError::new("video_segment[video]", "can't be blank"));
            }
            Err(errors.into())
        }
    }
}

async fn keep(
    state: &State,
    project: ProjectId,
    issue: ReportReference,
    place: &Place,
    stored: StoredFile,
    size_max: u64,
) -> Result<AddedSegment, ApiError> {
    let asking = State::clone(state);
    let (group, position, total) = (place.group(), place.position, place.total);
    let (size, blob) = (stored.size, stored.blob);
    let asked = async move {
        let add = |reply| AddSegment {
            issue,
            group,
            position,
            total,
            size,
            blob,
            size_max,
            reply,
        };
        asking.actors.ask_project(project, add).await
    };
    named_by(vec![stored], state, asked).await
}

/// Joins the pieces and adds the clip. Two requests may come here for one clip, when the last piece was sent twice: the
/// group's key makes them one.
async fn finish(
    state: &State,
    writer: &Writer,
    issue: RecordId,
    place: &Place,
    pieces: Vec<BlobHash>,
) -> Result<Box<Attachment>, ApiError> {
    let blobs = Arc::clone(&state.blobs);
    let joined = web::block(move || join(&blobs, &pieces)).await;
    let joined = joined
        .map_err(ApiError::internal)?
        .map_err(|error| state.refusal(error.into()))?;
    let change = IssueChange::Attach {
        file: Box::new(clip_of(&joined)),
        size_max: state.options.issue_files_size_max,
        joined: Some(place.group()),
    };
    let key = IdempotencyKey {
        hash: first_half(
            Sha256::new_with_prefix("video_segments")
                .chain_update(issue.0.to_be_bytes())
                .chain_update(place.group()),
        ),
        fingerprint: 0,
    };
    let submission = writer.submission(Some(key));
    let issue = ReportReference::issue(issue);
    let asked = change_issue(State::clone(state), writer.project, issue, change, submission);
    let changed = named_by(vec![joined], state, asked).await?;
    changed
        .attachment
        .ok_or_else(|| ApiError::internal("a clip was added without a file"))
}

/// Writes the pieces behind each other. Blocks.
fn join(blobs: &BlobStore, pieces: &[BlobHash]) -> Result<StoredFile, StorageError> {
    let mut writer = blobs.begin()?;
    let mut head = Vec::with_capacity(sniff::HEAD_SIZE);
    for piece in pieces {
        let reader = blobs.get(*piece)?.ok_or(StorageError::Closed)?;
        reader.read_all(&mut |bytes| {
            let missing = sniff::HEAD_SIZE.saturating_sub(head.len());
            head.extend(bytes.iter().take(missing));
            writer.write(bytes)
        })?;
    }
    Ok(StoredFile::of(writer.seal()?, sniff::content_type(&head)))
}

fn clip_of(joined: &StoredFile) -> NewAttachment {
    NewAttachment {
        kind: AttachmentKind::VideoClip,
        filename: filename(joined.content_type).to_owned(),
        content_type: joined.content_type.to_owned(),
        size: joined.size,
        blob: joined.blob,
        developer_private: false,
    }
}

fn filename(content_type: &str) -> &'static str {
    match content_type {
        "video/webm" => "clip.webm",
        "video/quicktime" => "clip.mov",
        "video/x-matroska" => "clip.mkv",
        "video/x-msvideo" => "clip.avi",
        _ => "clip.mp4",
    }
}
