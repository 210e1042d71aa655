//! `/projects/{project}/export/{folder}.ndjson` (ours; the protocol has no such thing): all reports of a kind with what was
//! written under them, a line each, for whoever wants to take them elsewhere.
//!
//! They are read some at a time while they are sent, so that it makes no difference how many there are.

mod operations;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{ActorError, IssuePage, ListComments, ReadBehind, ReportName, ReportReference};
use bugle_storage::records::{Comment, Issue, ReportKind, Role};
use bugle_storage::{ProjectId, RecordId, UserId};
use futures_util::stream;
use serde::Serialize;

use super::access::{Caller, OwnerOf};
use super::comments::CommentView;
use super::error::ApiError;
use super::feature_requests::votes_of;
use super::state::AppState;
use super::views::{Beside, ReportView, Sight, report_folder};
pub use operations::operations;

type State = web::Data<AppState>;

/// Reports that are read at a time: some hundred kilobytes.
const REPORTS_AT_ONCE: u32 = 50;
/// Comments of a report that are read at a time.
const COMMENTS_AT_ONCE: u32 = 200;

/// A report, and what was written under it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    report: ReportView<'a>,
    comments: Vec<CommentView<'a>>,
}

/// What is exported, and how far that is.
struct Export {
    state: State,
    project: ProjectId,
    kind: ReportKind,
    user: UserId,
    after: Option<RecordId>,
}

/// `GET /projects/{project}/export/{folder}.ndjson`: oldest first. What arrives meanwhile is at the end of it.
pub async fn download(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let folder = request.match_info().get("folder").unwrap_or_default();
    let kind = ReportKind::ALL
        .into_iter()
        .find(|kind| report_folder(*kind) == folder);
    let kind = kind.ok_or_else(ApiError::not_found)?;
    let project = caller.0.project;
    let name = format!("attachment; filename=\"{project}-{folder}.ndjson\"");
    let export = Export {
        state,
        project,
        kind,
        user: caller.0.person.user,
        after: None,
    };
    // The first lines before the answer begins: so what is wrong from the start is a refusal.
    let first = export.next().await.map_err(|error| export.state.refusal(error))?;
    let pieces = stream::try_unfold(first, |begun| async {
        let Some((piece, export)) = begun else {
            return Ok(None);
        };
        match export.next().await {
            Ok(next) => Ok(Some((piece, next))),
            Err(cause) => {
                // The connection is cut, so that nobody takes what they have for all of it.
                tracing::warn!(%cause, "an export was cut short");
                Err(ApiError::internal(cause))
            }
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", "application/x-ndjson"))
        .insert_header(("Content-Disposition", name))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .streaming(pieces))
}

impl Export {
    /// The next lines, and the export behind them; `None` at its end.
    async fn next(&self) -> Result<Option<(Bytes, Self)>, ActorError> {
        // It may take long, and whoever began it may have been removed meanwhile.
        if self.state.directory().role(self.user, self.project) != Some(Role::Owner) {
            return Err(ActorError::NotAllowed("read this project"));
        }
        let read = |reply| ReadBehind {
            kind: self.kind,
            after: self.after,
            take: REPORTS_AT_ONCE,
            reply,
        };
        let page = self.state.actors.ask_project(self.project, read).await?;
        let Some(last) = page.issues.last().map(|report| report.id) else {
            return Ok(None);
        };
        let lines = self.lines(&page).await?;
        let behind = Self {
            state: self.state.clone(),
            after: Some(last),
            ..*self
        };
        Ok(Some((lines, behind)))
    }

    async fn lines(&self, page: &IssuePage) -> Result<Bytes, ActorError> {
        let ids = page.issues.iter().map(|report| report.id).collect();
        let votes = votes_of(self.kind, ids, self.project, self.user, &self.state).await?;
        let mut lines = Vec::new();
        for (place, report) in page.issues.iter().enumerate() {
            let comments = self.comments_of(report).await?;
            let beside = Beside {
                links: page.links.get(&report.id),
                votes: votes.get(place).copied().unwrap_or_default(),
                sight: Sight::Developer,
                potential_duplicate: None,
            };
            let view = |comment| CommentView::of(comment, self.kind, self.project, &self.state);
            let line = Line {
                report: ReportView::of(self.kind, report, beside, self.project, &self.state),
                comments: comments.iter().map(view).collect(),
            };
            serde_json::to_writer(&mut lines, &line).map_err(|cause| {
                tracing::error!(%cause, "a report cannot be written as JSON");
                ActorError::Broken
            })?;
            lines.push(b'\n');
        }
        Ok(lines.into())
    }

    async fn comments_of(&self, report: &Issue) -> Result<Vec<Comment>, ActorError> {
        let reference = ReportReference {
            kind: self.kind,
            name: ReportName::Global(report.id),
        };
        let mut comments = Vec::new();
        loop {
            let skip = comments.len() as u64;
            let list = |reply| ListComments {
                report: reference,
                skip,
                take: COMMENTS_AT_ONCE,
                reply,
            };
            let page = self.state.actors.ask_project(self.project, list).await?;
            let is_last = page.comments.is_empty() || skip + page.comments.len() as u64 >= page.total;
            comments.extend(page.comments);
            if is_last {
                return Ok(comments);
            }
        }
    }
}
