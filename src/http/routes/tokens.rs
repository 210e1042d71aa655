//! The addresses of tokens of both kinds.

use actix_web::http::Method;
use actix_web::web;

use super::{on, resource};
use crate::http::{auth_tokens, personal_access_tokens};

pub(super) fn personal_token_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/personal_access_tokens.json", "/personal_access_tokens"],
                "GET, HEAD, POST",
            )
            .route(on(Method::GET, personal_access_tokens::list))
            .route(on(Method::POST, personal_access_tokens::create)),
        )
        .service(
            resource(
                &[
                    "/personal_access_tokens/{token}/usage.json",
                    "/personal_access_tokens/{token}/usage",
                ],
                "GET, HEAD",
            )
            .route(on(Method::GET, personal_access_tokens::usage)),
        )
        .service(
            resource(&["/personal_access_tokens/{token}"], "DELETE")
                .route(on(Method::DELETE, personal_access_tokens::revoke)),
        );
}

pub(super) fn token_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/auth_tokens.json", "/auth_tokens"], "GET, HEAD, POST")
                .route(on(Method::GET, auth_tokens::list))
                .route(on(Method::POST, auth_tokens::create)),
        )
        .service(
            resource(
                &["/auth_tokens/{token}/usage.json", "/auth_tokens/{token}/usage"],
                "GET, HEAD",
            )
            .route(on(Method::GET, auth_tokens::usage)),
        )
        .service(
            resource(&["/auth_tokens/{token}"], "GET, HEAD, PATCH, PUT, DELETE")
                .route(on(Method::GET, auth_tokens::show))
                .route(on(Method::PATCH, auth_tokens::edit))
                .route(on(Method::PUT, auth_tokens::edit))
                .route(on(Method::DELETE, auth_tokens::revoke)),
        );
}
