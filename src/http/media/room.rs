//! Whether there is room for one more file, asked before its bytes are read.

use actix_web::HttpRequest;
use actix_web::http::header;
use bugle_actors::{AnnounceUpload, FoundIssue, ReportReference};

use crate::http::access::{Writer, WriterKind};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::http::{failure, issues};

/// The issue of the path, when the caller may add a file to it now.
pub(super) async fn writable_issue(
    writer: &Writer,
    state: &AppState,
    request: &HttpRequest,
) -> Result<(ReportReference, FoundIssue), ApiError> {
    let reference = writer.issue(issues::reference(request)?)?;
    let found = issues::find(state, writer.project, reference, true).await?;
    writer.may_write(&found.issue, state)?;
    writer.may_add_file(&found.issue, request)?;
    failure::ensure_writable(state)?;
    Ok((reference, found))
}

/// How large one more file of an issue may be, in bytes: what its files may have together counts too.
pub(super) fn room(found: &FoundIssue, state: &AppState) -> u64 {
    let used = found.attachments.iter().map(|file| file.size).sum();
    let left = state.options.issue_files_size_max.saturating_sub(used);
    state.options.upload_size_max.min(left)
}

/// Counts a file that comes before a record names it, in bytes, and refuses one too many of a day. Members are trusted.
pub(super) async fn announce(
    state: &AppState,
    writer: &Writer,
    issue: ReportReference,
    size: u64,
) -> Result<(), ApiError> {
    if matches!(writer.kind, WriterKind::Member(..)) {
        return Ok(());
    }
    state
        .ask_project(writer.project, |reply| AnnounceUpload {
            issue,
            size,
            day_max: state.options.issue_files_size_max,
            reply,
        })
        .await
}

/// What a request says of its body's size, in bytes.
pub(super) fn stated_size(request: &HttpRequest) -> Option<u64> {
    let stated = request.headers().get(header::CONTENT_LENGTH)?;
    stated.to_str().ok()?.parse().ok()
}
