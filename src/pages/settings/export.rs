//! `/projects/{project}/export`: what can be taken along, and how.

use actix_web::web;
use askama::Template;

use crate::http::access::OwnerOf;
use crate::http::state::AppState;
use crate::pages::answer::{Page, page};
use crate::pages::{Frame, Viewer};

#[derive(Template)]
#[template(path = "settings/export.html")]
struct ExportPage<'a> {
    frame: &'a Frame,
    base: String,
    address: String,
}

/// `GET /projects/{project}/export`
pub async fn show(viewer: Viewer<OwnerOf>, state: web::Data<AppState>) -> Page {
    let base = format!("/projects/{}/export", viewer.pass.project);
    let template = ExportPage {
        frame: &viewer.frame,
        address: format!("{}{base}/issues.ndjson", state.options.public_url),
        base,
    };
    page(&viewer.frame, &state, &template)
}
