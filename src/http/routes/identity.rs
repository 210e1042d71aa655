//! The addresses by which somebody says who reports: submission tokens, identity keys, and signing in from a game.

use actix_web::http::Method;
use actix_web::web;

use super::{on, resource};
use crate::http::{device_auth, identity_keys, submission_tokens};

pub(super) fn submission_token_routes(config: &mut web::ServiceConfig) {
    config.service(
        resource(&["/submission_tokens.json", "/submission_tokens"], "POST")
            .route(on(Method::POST, submission_tokens::create)),
    );
}

pub(super) fn identity_key_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/identity_keys.json", "/identity_keys"], "GET, HEAD, POST")
                .route(on(Method::GET, identity_keys::list))
                .route(on(Method::POST, identity_keys::create)),
        )
        .service(
            resource(&["/identity_keys/{key}"], "GET, HEAD, DELETE")
                .route(on(Method::GET, identity_keys::show))
                .route(on(Method::DELETE, identity_keys::remove)),
        );
}

pub(super) fn device_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/device_auth/create.json", "/device_auth/create"], "POST")
                .route(on(Method::POST, device_auth::begin)),
        )
        .service(
            resource(
                &["/device_auth/{request}/poll.json", "/device_auth/{request}/poll"],
                "GET, HEAD",
            )
            .route(on(Method::GET, device_auth::poll)),
        )
        .service(
            resource(&["/device_auth/{request}/authorize"], "GET, HEAD, POST")
                .route(on(Method::GET, device_auth::show))
                .route(on(Method::POST, device_auth::answer)),
        );
}
