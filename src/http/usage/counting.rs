//! Counting what tokens are used for, once an answer is known.
//!
//! Reports that are accepted pass by here untouched: each of them is counted by its project, with the report itself.

use actix_web::HttpRequest;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::http::header::USER_AGENT;
use bugle_actors::{Grant, TokenKind, parse_token};
use bugle_storage::TokenId;
use bugle_storage::records::{RefusalReason, ReportKind, Submitter};

use crate::http::access::shown_token;
use crate::http::authorization::Credentials;
use crate::http::error::{ApiError, reason_of};
use crate::http::state::AppState;

/// Notes what the client calls itself that uses the token. Once a minute and token is enough.
pub fn note_user_agent(holder: Submitter, request: &HttpRequest, state: &AppState) {
    let sent = request.headers().get(USER_AGENT);
    let text = String::from_utf8_lossy(sent.map_or(b"", |value| value.as_bytes()));
    let today = state.now().day();
    state.directory().usage().note_user_agent(holder, &text, today);
}

/// Counts a request with a personal token, and a report that was refused to a project token.
pub fn count<B>(response: &ServiceResponse<B>, state: &AppState) {
    let request = response.request();
    let is_accepted = response.status().as_u16() < 400;
    if let Some(grant) = shown_token(request) {
        count_request(grant.token, is_accepted, request, state);
    } else if !is_accepted {
        count_refusal(response, state);
    }
}

fn count_request(token: TokenId, is_accepted: bool, request: &HttpRequest, state: &AppState) {
    let is_write = !request.method().is_safe();
    let (source, today) = (state.address(request), state.now().day());
    let usage = state.directory().usage();
    usage.count_request(token, (is_write, is_accepted), source, today);
}

/// Looks the token up again, which costs the refused and nobody else. One that is unknown counts nowhere.
fn count_refusal<B>(response: &ServiceResponse<B>, state: &AppState) {
    let request = response.request();
    let hash = match Credentials::of(request.headers()) {
        Credentials::Personal(token) => parse_token(TokenKind::Personal, token.expose()),
        Credentials::Project { token, .. } => parse_token(TokenKind::Project, token.expose()),
        _ => return,
    };
    match hash.ok().and_then(|hash| state.directory().grant(&hash)) {
        // It has expired.
        Some(Grant::Personal(grant)) => count_request(grant.token, false, request, state),
        Some(Grant::Project(grant)) => {
            if let Some(kind) = new_report(request.method(), request.path()) {
                let error = response
                    .response()
                    .error()
                    .and_then(|error| error.as_error::<ApiError>());
                let reason = error.map_or_else(|| reason_of(response.status()), ApiError::reason);
                refuse_report(grant.token, (kind, reason), request, state);
            }
        }
        None => {}
    }
}

/// Counts one report that was refused.
pub fn refuse_report(
    token: TokenId,
    refusal: (ReportKind, RefusalReason),
    request: &HttpRequest,
    state: &AppState,
) {
    let (source, today) = (state.address(request), state.now().day());
    let usage = state.directory().usage();
    usage.refuse_report(token, refusal, source, today);
}

/// What kind of report a request was to create, if it was.
fn new_report(method: &Method, path: &str) -> Option<ReportKind> {
    let rest = path
        .strip_prefix("/projects/")
        .filter(|_| *method == Method::POST)?;
    let (_, collection) = rest.split_once('/')?;
    match collection.strip_suffix(".json").unwrap_or(collection) {
        // The lines of a batch count for themselves where it is taken; this is for one that is refused whole.
        "issues" | "issues/batch" => Some(ReportKind::Bug),
        "feature_requests" => Some(ReportKind::FeatureRequest),
        "tickets" => Some(ReportKind::SupportTicket),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_report_is_known_by_its_address() {
        for (path, kind) in [
            ("/projects/pr-1/issues.json", Some(ReportKind::Bug)),
            ("/projects/pr-1/issues", Some(ReportKind::Bug)),
            ("/projects/pr-1/issues/batch.json", Some(ReportKind::Bug)),
            ("/projects/pr-1/issues/batch", Some(ReportKind::Bug)),
            (
                "/projects/pr-1/feature_requests.json",
                Some(ReportKind::FeatureRequest),
            ),
            ("/projects/pr-1/tickets.json", Some(ReportKind::SupportTicket)),
            ("/projects/pr-1/issues/1/comments.json", None),
            ("/projects/pr-1/releases.json", None),
            ("/projects/pr-1", None),
            ("/projects.json", None),
            ("/comments.json", None),
        ] {
            assert_eq!(new_report(&Method::POST, path), kind, "{path}");
            assert_eq!(new_report(&Method::GET, path), None, "{path}");
        }
    }
}
