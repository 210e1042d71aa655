//! A file as clients see it, and what its kind is called.

use bugle_actors::global_prefix;
use bugle_storage::ProjectId;
use bugle_storage::records::{Attachment, AttachmentKind, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Iso, UserView, report_folder};
use crate::http::state::AppState;

/// A file of a report: the union of what upload answers and lists have (protocol 4 and 14.11).
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field that clients read by its name"
)]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = File)]
pub struct AttachmentView<'a> {
    id: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feature_request_id: Option<u64>,
    filename: &'a str,
    content_type: &'a str,
    size_bytes: u64,
    media_size_bytes: u64,
    developer_private: bool,
    #[schema(value_type = Option<String>)]
    description: Option<()>,
    #[schema(value_type = Option<String>)]
    layer_a_url: Option<()>,
    #[schema(value_type = Option<String>)]
    layer_a_filename: Option<()>,
    user: Option<UserView>,
    status: u8,
    processing: bool,
    processed: bool,
    failed: bool,
    url: String,
    created_at: Iso,
    updated_at: Iso,
}

impl<'a> AttachmentView<'a> {
    /// A file of a report of a project.
    pub fn of(file: &'a Attachment, project: ProjectId, state: &AppState) -> Self {
        let (kind, folder) = kind_names(file.kind);
        let owner = owner_of(file.kind);
        let base = &state.options.public_url;
        Self {
            id: file.id.0,
            kind,
            issue_id: (owner == ReportKind::Bug).then_some(file.issue.0),
            feature_request_id: (owner == ReportKind::FeatureRequest).then_some(file.issue.0),
            filename: &file.filename,
            content_type: &file.content_type,
            size_bytes: file.size,
            media_size_bytes: file.size,
            developer_private: file.developer_private,
            description: None,
            layer_a_url: None,
            layer_a_filename: None,
            user: file.user.map(|user| UserView::of(Some(user), state.directory())),
            status: 0,
            processing: false,
            processed: true,
            failed: false,
            url: format!(
                "{base}/projects/{project}/{}/{}{}/{folder}/{}",
                report_folder(owner),
                global_prefix(owner),
                file.issue,
                file.id
            ),
            created_at: Iso(file.created_at),
            updated_at: Iso(file.created_at),
        }
    }
}

/// A kind's name in answers, and in paths.
pub const fn kind_names(kind: AttachmentKind) -> (&'static str, &'static str) {
    match kind {
        AttachmentKind::Screenshot => ("screenshot", "screenshots"),
        AttachmentKind::VideoClip => ("video_clip", "video_clips"),
        AttachmentKind::LogFile => ("log_file", "log_files"),
        AttachmentKind::BinaryFile => ("binary_file", "binary_files"),
        AttachmentKind::Image => ("image", "images"),
        AttachmentKind::CommentFile => ("comment_file", "comment_files"),
    }
}

/// The kind of report that has such files.
const fn owner_of(kind: AttachmentKind) -> ReportKind {
    match kind {
        AttachmentKind::Image => ReportKind::FeatureRequest,
        _ => ReportKind::Bug,
    }
}

/// The kind that a path names, if it names one.
pub fn kind_of_folder(folder: &str) -> Option<AttachmentKind> {
    use AttachmentKind::{BinaryFile, Image, LogFile, Screenshot, VideoClip};
    [Screenshot, VideoClip, LogFile, BinaryFile, Image]
        .into_iter()
        .find(|kind| kind_names(*kind).1 == folder)
}
