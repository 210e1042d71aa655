//! How a project is set up, and a person's account.

use actix_web::web::ServiceConfig;

/// Pages outside of projects.
pub(super) const fn configure(_config: &mut ServiceConfig) {}

/// Pages below a project; their addresses begin behind the project's.
pub(super) const fn of_project(_config: &mut ServiceConfig) {}
