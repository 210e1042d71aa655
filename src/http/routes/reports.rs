//! The addresses of suggestions and tickets, and those that every kind of report has below its own.

use actix_web::http::Method;
use actix_web::{Resource, web};

use super::{Paths, on, resource};
use crate::http::{comments, feature_requests, history, issues, media, tickets};

pub(super) fn feature_request_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/feature_requests.json", "/feature_requests"],
                "GET, HEAD, POST",
            )
            .route(on(Method::POST, feature_requests::create))
            .route(on(Method::GET, feature_requests::list)),
        )
        .service(
            resource(
                &[
                    "/feature_requests/{feature_request}/publish.json",
                    "/feature_requests/{feature_request}/publish",
                ],
                "POST",
            )
            .route(on(Method::POST, issues::publish)),
        )
        .service(
            resource(
                &[
                    "/feature_requests/{feature_request}/vote.json",
                    "/feature_requests/{feature_request}/vote",
                ],
                "POST, DELETE",
            )
            .route(on(Method::POST, feature_requests::vote))
            .route(on(Method::DELETE, feature_requests::take_vote_back)),
        )
        .configure(image_routes)
        .configure(suggestion_routes)
        .service(record(&["/feature_requests/{feature_request}"]));
}

/// Pictures of a suggestion.
fn image_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &[
                    "/feature_requests/{feature_request}/{kind:images}.json",
                    "/feature_requests/{feature_request}/{kind:images}",
                ],
                "GET, HEAD, POST",
            )
            .route(on(Method::POST, media::add))
            .route(on(Method::GET, media::list)),
        )
        .service(
            resource(
                &[
                    "/feature_requests/{feature_request}/{kind:images}/presigned_upload.json",
                    "/feature_requests/{feature_request}/{kind:images}/presigned_upload",
                ],
                "POST",
            )
            .route(on(Method::POST, media::presign)),
        )
        .service(
            resource(
                &[
                    "/feature_requests/{feature_request}/{kind:images}/confirm_upload.json",
                    "/feature_requests/{feature_request}/{kind:images}/confirm_upload",
                ],
                "POST",
            )
            .route(on(Method::POST, media::confirm)),
        )
        .service(
            resource(
                &["/feature_requests/{feature_request}/{kind:images}/{file}"],
                "GET, HEAD, DELETE",
            )
            .route(on(Method::GET, media::download))
            .route(on(Method::DELETE, media::delete)),
        );
}

/// What every kind of report has, of a suggestion.
fn suggestion_routes(config: &mut web::ServiceConfig) {
    config
        .configure(|config| {
            contact_routes(
                config,
                &[
                    "/feature_requests/{feature_request}/set_reporter_email.json",
                    "/feature_requests/{feature_request}/set_reporter_email",
                ],
                &[
                    "/feature_requests/{feature_request}/set_contact_info.json",
                    "/feature_requests/{feature_request}/set_contact_info",
                ],
            );
            comment_routes(
                config,
                &[
                    "/feature_requests/{feature_request}/comments.json",
                    "/feature_requests/{feature_request}/comments",
                ],
                &["/feature_requests/{feature_request}/comments/{comment}"],
                &["/feature_requests/{feature_request}/comments/{comment}/file"],
            );
        })
        .service(history_of(&[
            "/feature_requests/{feature_request}/history.json",
            "/feature_requests/{feature_request}/history",
        ]));
}

pub(super) fn ticket_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/tickets.json", "/tickets"], "GET, HEAD, POST")
                .route(on(Method::POST, tickets::create))
                .route(on(Method::GET, tickets::list)),
        )
        .configure(|config| {
            contact_routes(
                config,
                &[
                    "/tickets/{ticket}/set_reporter_email.json",
                    "/tickets/{ticket}/set_reporter_email",
                ],
                &[
                    "/tickets/{ticket}/set_contact_info.json",
                    "/tickets/{ticket}/set_contact_info",
                ],
            );
            comment_routes(
                config,
                &["/tickets/{ticket}/comments.json", "/tickets/{ticket}/comments"],
                &["/tickets/{ticket}/comments/{comment}"],
                &["/tickets/{ticket}/comments/{comment}/file"],
            );
        })
        .service(history_of(&[
            "/tickets/{ticket}/history.json",
            "/tickets/{ticket}/history",
        ]))
        .service(record(&["/tickets/{ticket}"]));
}

/// Saying how whoever sent a report can be reached.
pub(super) fn contact_routes(config: &mut web::ServiceConfig, email: Paths, contact: Paths) {
    config
        .service(resource(email, "POST").route(on(Method::POST, issues::set_reporter_email)))
        .service(resource(contact, "POST").route(on(Method::POST, issues::set_contact_info)));
}

/// Who changed what of a report.
pub(super) fn history_of(paths: Paths) -> Resource {
    resource(paths, "GET, HEAD").route(on(Method::GET, history::list))
}

/// What people write under a report.
pub(super) fn comment_routes(config: &mut web::ServiceConfig, all: Paths, one: Paths, file: Paths) {
    config
        .service(
            resource(all, "GET, HEAD, POST")
                .route(on(Method::GET, comments::list))
                .route(on(Method::POST, comments::add)),
        )
        .service(resource(file, "GET, HEAD").route(on(Method::GET, comments::download)))
        .service(
            resource(one, "DELETE, PATCH, PUT")
                .route(on(Method::PATCH, comments::edit))
                .route(on(Method::PUT, comments::edit))
                .route(on(Method::DELETE, comments::delete)),
        );
}

/// One report of whatever kind.
pub(super) fn record(paths: Paths) -> Resource {
    resource(paths, "GET, HEAD, PATCH, PUT")
        .route(on(Method::GET, issues::show))
        .route(on(Method::PATCH, issues::update))
        .route(on(Method::PUT, issues::update))
}
