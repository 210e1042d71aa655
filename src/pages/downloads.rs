//! Files that a browser loads by a link of a page: the same as scripts get, but what goes wrong is told on a page.

use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::{Page, PageError};
use super::frame::Frame;
use super::viewer::Viewer;
use crate::http::access::{Caller, MemberOf, OwnerOf};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::http::{comments, export, media};

type State = web::Data<AppState>;

/// A file of a report.
pub async fn file(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    let sent = media::download(Caller(viewer.pass), state, request).await;
    told_within(sent, viewer.frame)
}

/// The file that came with a comment.
pub async fn file_of_comment(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    let sent = comments::download(Caller(viewer.pass), state, request).await;
    told_within(sent, viewer.frame)
}

/// All reports of a kind, as lines of JSON.
pub async fn all_reports(viewer: Viewer<OwnerOf>, state: State, request: HttpRequest) -> Page {
    let sent = export::download(Caller(viewer.pass), state, request).await;
    told_within(sent, viewer.frame)
}

fn told_within(sent: Result<HttpResponse, ApiError>, frame: Frame) -> Page {
    sent.map_err(|error| PageError::within(error, frame))
}
