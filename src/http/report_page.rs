//! `GET /reports/{link}`: the page that a mail's link opens, for whoever sent the report.

pub mod operations;

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use bugle_actors::{ActorError, FindIssue, ListComments, ReportName, ReportReference};
use bugle_storage::records::{Comment, Issue, ReportKind};

use super::access::{Anybody, Caller};
use super::error::ApiError;
use super::html::{self, Escaped};
use super::state::AppState;
use super::view_token::ViewGrant;
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
        Ok((report, comments)) => page(&report, &comments, &state),
        Err(ActorError::NotFound) => nothing(),
        Err(cause) => failed(&state.refusal(cause)),
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

fn page(report: &Issue, comments: &[Comment], state: &AppState) -> HttpResponse {
    let mut body = String::new();
    // Writing into a string cannot fail.
    let _ = write!(
        body,
        "<p><small>Sent on {}. Status: {}</small></p>\n<p class=\"text\" dir=\"auto\">{}</p>",
        report
            .published_at
            .unwrap_or(report.created_at)
            .to_iso()
            .get(..10)
            .unwrap_or_default(),
        report.status.name().replace('_', " "),
        Escaped(&report.description),
    );
    for comment in comments {
        let author = state.directory().user(comment.author);
        let name = author.as_ref().map_or("Somebody", |author| &author.name);
        let _ = write!(
            body,
            "\n<article>\n<p><small><bdi>{}</bdi>, {}</small></p>\n<p class=\"text\" dir=\"auto\">{}</p>\n</article>",
            Escaped(name),
            comment.created_at.to_iso().get(..10).unwrap_or_default(),
            Escaped(&comment.body),
        );
    }
    let title = format!("<bdi>{}</bdi>", Escaped(&report.title));
    answer(StatusCode::OK, &title, &body)
}

fn nothing() -> HttpResponse {
    let body = "<p>The link has ended, or what it showed is gone.</p>";
    answer(StatusCode::NOT_FOUND, "Nothing to see", body)
}

fn failed(error: &ApiError) -> HttpResponse {
    let body = format!("<p>{}</p>", Escaped(error.text()));
    answer(error.status_code(), "Not now", &body)
}

/// The address is a secret: no other site is to learn it.
fn answer(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    html::page(status, title, body, "no-referrer")
}
