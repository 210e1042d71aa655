//! `GET /reports/{link}`: the page that a mail's link opens, for whoever sent the report.

pub mod operations;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{ActorError, FindIssue, ListComments, ReportName, ReportReference};
use bugle_storage::records::{Comment, Issue, ReportKind};

use super::access::{Anybody, Caller};
use super::state::AppState;
use super::view_token::ViewGrant;
use crate::pages::account::mailed_report;
pub use operations::operations;

/// The most comments that are shown: the newest, the oldest of them first.
const COMMENTS_MAX: u32 = 200;

/// `GET /reports/{link}`
pub async fn show(_: Caller<Anybody>, state: web::Data<AppState>, request: HttpRequest) -> HttpResponse {
    let token = request.match_info().get("link").unwrap_or_default();
    let shown = match state.view_tokens.verify(token) {
        Some(grant) => read(grant, &state).await,
        None => Err(ActorError::NotFound),
    };
    match shown {
        Ok((report, comments)) => mailed_report::shown(&report, &comments, &state),
        Err(ActorError::NotFound) => {
            let text = "The link has ended, or what it showed is gone.";
            mailed_report::told(StatusCode::NOT_FOUND, "Nothing to see", text, &state)
        }
        Err(cause) => {
            let error = state.refusal(cause);
            mailed_report::told(error.status(), "Not now", error.text(), &state)
        }
    }
}

/// The report, and of a ticket what was written under it: under others people of the project talk among themselves.
async fn read(grant: ViewGrant, state: &AppState) -> Result<(Box<Issue>, Vec<Comment>), ActorError> {
    if state.directory().project(grant.project).is_none() {
        return Err(ActorError::NotFound);
    }
    let reference = ReportReference {
        kind: grant.kind,
        name: ReportName::Global(grant.report),
    };
    let find = |reply| FindIssue {
        issue: reference,
        with_attachments: false,
        reply,
    };
    let found = state.actors.ask_project(grant.project, find).await?;
    if found.issue.published_at.is_none() {
        return Err(ActorError::NotFound);
    }
    if grant.kind != ReportKind::SupportTicket {
        return Ok((found.issue, Vec::new()));
    }
    let list = |skip| {
        let list = move |reply| ListComments {
            report: reference,
            skip,
            take: COMMENTS_MAX,
            reply,
        };
        state.actors.ask_project(grant.project, list)
    };
    let mut page = list(0).await?;
    let older = page.total.saturating_sub(COMMENTS_MAX.into());
    if older > 0 {
        page = list(older).await?;
    }
    Ok((found.issue, page.comments))
}
