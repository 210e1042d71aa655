//! Personal access tokens, a project's API tokens, and what they were used for.

use actix_web::web::ServiceConfig;

use super::{get, post, resource};
use crate::pages::tokens::{personal, project, usage};

/// Pages outside of projects.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/personal_access_tokens")
                .route(get(personal::list))
                .route(post(personal::create)),
        )
        .service(resource("/personal_access_tokens/new").route(get(personal::ask)))
        .service(resource("/personal_access_tokens/{token}").route(get(personal::show)))
        .service(resource("/personal_access_tokens/{token}/delete").route(post(personal::revoke)))
        .service(resource("/personal_access_tokens/{token}/usage").route(get(usage::of_personal_token)));
}

/// Pages below a project; their addresses begin behind the project's.
pub(super) fn of_project(config: &mut ServiceConfig) {
    config
        .service(
            resource("/auth_tokens")
                .route(get(project::list))
                .route(post(project::create)),
        )
        .service(resource("/auth_tokens/new").route(get(project::ask)))
        .service(
            resource("/auth_tokens/{token}")
                .route(get(project::show))
                .route(post(project::edit)),
        )
        .service(resource("/auth_tokens/{token}/delete").route(post(project::revoke)))
        .service(resource("/auth_tokens/{token}/usage").route(get(usage::of_project_token)));
}
