//! Pages that need no account: the public report form, documents, the widget.

use actix_web::web;
use actix_web::web::ServiceConfig;

use super::{get, post, resource};
use crate::pages::open::{documents, public_report, widget};

/// The documents by name: `/docs/api` is the API's own page.
const DOCUMENT: &str = "/docs/{document:unity|unreal|roblox|web|scripts|launcher|identity|webhooks|betahub}";

/// Pages outside of projects.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(resource("/docs").route(get(documents::index)))
        .service(resource(DOCUMENT).route(get(documents::show)))
        // A script says that it takes anything.
        .service(web::resource("/widget.js").route(get(widget::script)));
}

/// Pages below a project; their addresses begin behind the project's.
pub(super) fn of_project(config: &mut ServiceConfig) {
    config
        .service(
            resource("/report")
                .route(get(public_report::ask))
                .route(post(public_report::submit)),
        )
        .service(resource("/report/thanks").route(get(public_report::thanks)));
}
