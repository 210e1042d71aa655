//! Which address leads to which handler. The order matters: a report's way comes first.
//!
//! `HEAD` stands in every `Allow` beside `GET`, and in no route: it becomes `GET` on its way here ([`super::front`]).

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Resource, Responder, Route, web};

use super::access::AsksCaller;
use super::error::ApiError;
use super::{account, auth_tokens, front, issues, media, personal_access_tokens, projects, sessions, status};

/// Declares every route.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(issue_collection(&["/projects/{project}/issues.json"]))
        .service(
            web::scope("/projects/{project}")
                .service(issue_collection(&["/issues"]))
                .configure(issue_routes)
                .configure(file_routes)
                .configure(token_routes)
                // Declared here because the scope takes every path that begins as it does, its own included.
                .service(
                    resource(&[""], "GET, HEAD, PATCH, PUT")
                        .route(on(Method::GET, projects::show))
                        .route(on(Method::PATCH, projects::edit))
                        .route(on(Method::PUT, projects::edit)),
                ),
        )
        .service(
            resource(&["/projects.json", "/projects"], "GET, HEAD, POST")
                .route(on(Method::GET, projects::list))
                .route(on(Method::POST, projects::create)),
        )
        .configure(person_routes)
        .service(resource(&["/direct_uploads/{upload}"], "PUT").route(on(Method::PUT, media::store)))
        .service(resource(&["/healthz"], "GET, HEAD").route(on(Method::GET, status::alive)))
        .service(resource(&["/readyz"], "GET, HEAD").route(on(Method::GET, status::ready)))
        .service(resource(&["/ping.txt"], "GET, HEAD").route(on(Method::GET, status::ping)))
        .service(resource(&["/"], "GET, HEAD").route(on(Method::GET, status::welcome)))
        .default_service(web::to(front::not_found));
}

/// Where reports arrive: in the form that every client uses it stands before all else, outside the scope, which
/// would cost each report a second look at its path.
fn issue_collection(paths: &'static [&'static str]) -> Resource {
    resource(paths, "GET, HEAD, POST")
        .route(on(Method::POST, issues::create))
        .route(on(Method::GET, issues::list))
}

fn person_routes(config: &mut web::ServiceConfig) {
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
            resource(&["/personal_access_tokens/{token}"], "DELETE")
                .route(on(Method::DELETE, personal_access_tokens::revoke)),
        )
        .service(
            resource(&["/auth/verify", "/auth/verify.json"], "POST").route(on(Method::POST, account::verify)),
        )
        .service(
            resource(&["/session.json", "/session"], "POST, DELETE")
                .route(on(Method::POST, sessions::sign_in))
                .route(on(Method::DELETE, sessions::sign_out)),
        )
        .service(
            resource(&["/profiles/me.json", "/profiles/me"], "GET, HEAD").route(on(Method::GET, account::me)),
        );
}

fn issue_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/issues/{issue}/publish.json", "/issues/{issue}/publish"],
                "POST",
            )
            .route(on(Method::POST, issues::publish)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/set_reporter_email.json",
                    "/issues/{issue}/set_reporter_email",
                ],
                "POST",
            )
            .route(on(Method::POST, issues::set_reporter_email)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/set_contact_info.json",
                    "/issues/{issue}/set_contact_info",
                ],
                "POST",
            )
            .route(on(Method::POST, issues::set_contact_info)),
        )
        .service(
            resource(&["/issues/{issue}"], "GET, HEAD, PATCH, PUT")
                .route(on(Method::GET, issues::show))
                .route(on(Method::PATCH, issues::update))
                .route(on(Method::PUT, issues::update)),
        );
}

fn file_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/issues/{issue}/video_segments.json", "/issues/{issue}/video_segments"],
                "POST",
            )
            .route(on(Method::POST, media::add_segment)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}.json",
                    "/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}",
                ],
                "GET, HEAD, POST",
            )
            .route(on(Method::POST, media::add))
            .route(on(Method::GET, media::list)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}/presigned_upload.json",
                    "/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}/presigned_upload",
                ],
                "POST",
            )
            .route(on(Method::POST, media::presign)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}/confirm_upload.json",
                    "/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}/confirm_upload",
                ],
                "POST",
            )
            .route(on(Method::POST, media::confirm)),
        )
        .service(
            resource(
                &["/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}/{file}"],
                "GET, HEAD, DELETE",
            )
            .route(on(Method::GET, media::download))
            .route(on(Method::DELETE, media::delete)),
        );
}

fn token_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/auth_tokens.json", "/auth_tokens"], "GET, HEAD, POST")
                .route(on(Method::GET, auth_tokens::list))
                .route(on(Method::POST, auth_tokens::create)),
        )
        .service(
            resource(&["/auth_tokens/{token}"], "GET, HEAD, PATCH, PUT, DELETE")
                .route(on(Method::GET, auth_tokens::show))
                .route(on(Method::PATCH, auth_tokens::edit))
                .route(on(Method::PUT, auth_tokens::edit))
                .route(on(Method::DELETE, auth_tokens::revoke)),
        );
}

/// The way to a handler, whose first argument says who may call it: no other handler can be routed.
#[expect(clippy::disallowed_methods, reason = "this is the one place for it")]
fn on<H, A>(method: Method, handler: H) -> Route
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller + 'static,
{
    web::method(method).to(handler)
}

/// A resource under these addresses; any method but those in `allow` is answered 405.
fn resource(paths: &'static [&'static str], allow: &'static str) -> Resource {
    let refuse = move || async move { Err::<&'static str, _>(ApiError::method_not_allowed(allow)) };
    web::resource(paths.to_vec()).default_service(web::to(refuse))
}
