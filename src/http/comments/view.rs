//! A comment as clients see it.

use bugle_actors::global_prefix;
use bugle_storage::ProjectId;
use bugle_storage::records::{Comment, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::type_name;
use crate::http::state::AppState;
use crate::http::views::{Iso, UserView, report_folder};

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

/// Where a comment is found.
pub(super) fn url_of(comment: &Comment, kind: ReportKind, project: ProjectId, state: &AppState) -> String {
    format!(
        "{}/projects/{project}/{}/{}{}/comments/{}",
        state.options.public_url,
        report_folder(kind),
        global_prefix(kind),
        comment.report,
        comment.id
    )
}
