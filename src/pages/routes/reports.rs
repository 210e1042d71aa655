//! A project's dashboard, and its reports: lists and each of them.

use actix_web::web::ServiceConfig;

use super::{get, resource};
use crate::pages::projects;

/// Pages below a project; their addresses begin behind the project's.
pub(super) fn of_project(config: &mut ServiceConfig) {
    config.service(resource("").route(get(projects::dashboard)));
}
