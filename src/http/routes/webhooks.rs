//! The addresses of webhooks and their logs.

use actix_web::http::Method;
use actix_web::web;

use super::{on, resource};
use crate::http::webhooks;

pub(super) fn webhook_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/webhooks.json", "/webhooks"], "GET, HEAD, POST")
                .route(on(Method::GET, webhooks::list))
                .route(on(Method::POST, webhooks::create)),
        )
        .service(
            resource(
                &[
                    "/webhooks/{webhook}/rotate_secret.json",
                    "/webhooks/{webhook}/rotate_secret",
                ],
                "POST",
            )
            .route(on(Method::POST, webhooks::rotate_secret)),
        )
        .service(
            resource(
                &["/webhooks/{webhook}/test.json", "/webhooks/{webhook}/test"],
                "POST",
            )
            .route(on(Method::POST, webhooks::test)),
        )
        .service(
            resource(
                &[
                    "/webhooks/{webhook}/deliveries.json",
                    "/webhooks/{webhook}/deliveries",
                ],
                "GET, HEAD",
            )
            .route(on(Method::GET, webhooks::deliveries)),
        )
        .service(
            resource(
                &[
                    "/webhooks/{webhook}/deliveries/{delivery}/redeliver.json",
                    "/webhooks/{webhook}/deliveries/{delivery}/redeliver",
                ],
                "POST",
            )
            .route(on(Method::POST, webhooks::redeliver)),
        )
        .service(
            resource(&["/webhooks/{webhook}"], "GET, HEAD, PATCH, PUT, DELETE")
                .route(on(Method::GET, webhooks::show))
                .route(on(Method::PATCH, webhooks::edit))
                .route(on(Method::PUT, webhooks::edit))
                .route(on(Method::DELETE, webhooks::delete)),
        );
}
