//! How a project is set up, and a person's account.

use actix_web::web::ServiceConfig;

use super::{get, post, resource};
use crate::pages::account::{invitation, profile, set_up};
use crate::pages::settings::members;

/// Pages outside of projects.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/profiles/me")
                .route(get(profile::show))
                .route(post(profile::edit)),
        )
        .service(
            resource(set_up::ADDRESS)
                .route(get(set_up::show))
                .route(post(set_up::submit)),
        )
        .service(resource("/setup/skip").route(post(set_up::skip)))
        .service(
            resource("/invitations/{secret}")
                .route(get(invitation::show))
                .route(post(invitation::accept)),
        )
        .service(
            resource("/invitations/{secret}/join")
                .route(get(invitation::show))
                .route(post(invitation::join)),
        );
}

/// Pages below a project; their addresses begin behind the project's.
pub(super) fn of_project(config: &mut ServiceConfig) {
    config
        .service(
            resource("/members")
                .route(get(members::list))
                .route(post(members::add)),
        )
        .service(resource("/members/{user}").route(post(members::change)))
        .service(resource("/members/{user}/delete").route(post(members::remove)))
        .service(
            resource("/invitations")
                .route(get(members::lead))
                .route(post(members::invite)),
        )
        .service(resource("/invitations/{invitation}/delete").route(post(members::withdraw)));
}
