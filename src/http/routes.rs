//! Which address leads to which handler. The order matters: a report's way comes first.
//!
//! `HEAD` stands in every `Allow` beside `GET`, and in no route: it becomes `GET` on its way here ([`super::front`]).

mod identity;
mod reports;
mod tokens;
mod webhooks;

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Resource, Responder, Route, web};

use super::access::AsksCaller;
use super::error::ApiError;
use super::openapi::page;
use super::{
    account, comments, custom_fields, export, invitations, issue_tags, issues, media, members, metrics,
    openapi, organizations, profile, projects, releases, report_page, report_search, sessions, status,
};
use crate::pages;
use identity::{device_routes, identity_key_routes, submission_token_routes};
use reports::{comment_routes, contact_routes, feature_request_routes, history_of, record, ticket_routes};
use tokens::{personal_token_routes, token_routes};
use webhooks::webhook_routes;

/// The addresses of one resource, with and without `.json`.
type Paths = &'static [&'static str];

/// Declares every route.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(issue_collection(&["/projects/{project}/issues.json"]))
        .configure(pages::routes::configure)
        .service(
            web::scope("/projects/{project}")
                .service(issue_collection(&["/issues"]))
                .configure(batch_routes)
                .configure(search_routes)
                .configure(issue_routes)
                .configure(file_routes)
                .configure(feature_request_routes)
                .configure(ticket_routes)
                .configure(token_routes)
                .configure(submission_token_routes)
                .configure(identity_key_routes)
                .configure(member_routes)
                .configure(release_routes)
                .configure(field_routes)
                .configure(tag_routes)
                .configure(export_routes)
                .configure(webhook_routes)
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
        .configure(personal_token_routes)
        .configure(person_routes)
        .configure(organization_routes)
        .configure(device_routes)
        .service(resource(&["/reports/{link}"], "GET, HEAD").route(on(Method::GET, report_page::show)))
        .service(
            resource(&["/comments.json", "/comments"], "POST").route(on(Method::POST, comments::add_by_id)),
        )
        .service(resource(&["/direct_uploads/{upload}"], "PUT").route(on(Method::PUT, media::store)))
        .service(resource(&["/healthz"], "GET, HEAD").route(on(Method::GET, status::alive)))
        .service(resource(&["/readyz"], "GET, HEAD").route(on(Method::GET, status::ready)))
        .service(resource(&["/metrics"], "GET, HEAD").route(on(Method::GET, metrics::show)))
        .service(resource(&["/ping.txt"], "GET, HEAD").route(on(Method::GET, status::ping)))
        .service(resource(&["/"], "GET, HEAD").route(on(Method::GET, status::welcome)))
        .configure(document_routes)
        .default_service(web::to(pages::routes::not_found));
}

/// Where reports arrive: in the form that every client uses it stands before all else, outside the scope, which
/// would cost each report a second look at its path.
fn issue_collection(paths: Paths) -> Resource {
    resource(paths, "GET, HEAD, POST")
        .route(on(Method::POST, issues::create))
        .route(on(Method::GET, issues::list))
}

fn person_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/auth/verify", "/auth/verify.json"], "POST").route(on(Method::POST, account::verify)),
        )
        .service(
            resource(&["/session.json", "/session"], "POST, DELETE")
                .route(on(Method::POST, sessions::sign_in))
                .route(on(Method::DELETE, sessions::sign_out)),
        )
        .service(
            resource(&["/profiles/me.json", "/profiles/me"], "GET, HEAD, PATCH, PUT")
                .route(on(Method::GET, profile::me))
                .route(on(Method::PATCH, profile::edit))
                .route(on(Method::PUT, profile::edit)),
        );
}

fn organization_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/organizations.json", "/organizations"], "GET, HEAD, POST")
                .route(on(Method::GET, organizations::list))
                .route(on(Method::POST, organizations::create)),
        )
        .service(
            resource(
                &[
                    "/organizations/{organization}/members.json",
                    "/organizations/{organization}/members",
                ],
                "GET, HEAD, POST",
            )
            .route(on(Method::GET, organizations::members::list))
            .route(on(Method::POST, organizations::members::add)),
        )
        .service(
            resource(
                &["/organizations/{organization}/members/{user}"],
                "PATCH, PUT, DELETE",
            )
            .route(on(Method::PATCH, organizations::members::change))
            .route(on(Method::PUT, organizations::members::change))
            .route(on(Method::DELETE, organizations::members::remove)),
        )
        .service(
            resource(
                &["/organizations/{organization}"],
                "GET, HEAD, PATCH, PUT, DELETE",
            )
            .route(on(Method::GET, organizations::show))
            .route(on(Method::PATCH, organizations::rename))
            .route(on(Method::PUT, organizations::rename))
            .route(on(Method::DELETE, organizations::delete)),
        );
}

fn member_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/members.json", "/members"], "GET, HEAD, POST")
                .route(on(Method::GET, members::list))
                .route(on(Method::POST, members::add)),
        )
        .service(
            resource(&["/members/{user}"], "PATCH, PUT, DELETE")
                .route(on(Method::PATCH, members::change))
                .route(on(Method::PUT, members::change))
                .route(on(Method::DELETE, members::remove)),
        )
        .service(
            resource(&["/invitations.json", "/invitations"], "GET, HEAD, POST")
                .route(on(Method::GET, invitations::list))
                .route(on(Method::POST, invitations::create)),
        )
        .service(
            resource(&["/invitations/{invitation}"], "DELETE")
                .route(on(Method::DELETE, invitations::withdraw)),
        );
}

/// Stands before the routes of single reports, which would take `batch` for the name of one.
fn batch_routes(config: &mut web::ServiceConfig) {
    config.service(
        resource(&["/issues/batch.json", "/issues/batch"], "POST")
            .route(on(Method::POST, issues::batch::create)),
    );
}

/// Stands before the routes of single reports, which would take `search` for the name of one.
fn search_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/issues/search.json", "/issues/search"], "GET, HEAD")
                .route(on(Method::GET, report_search::issues)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/find_similar.json",
                    "/issues/{issue}/find_similar",
                ],
                "GET, HEAD",
            )
            .route(on(Method::GET, report_search::similar_issues)),
        )
        .service(
            resource(
                &["/feature_requests/search.json", "/feature_requests/search"],
                "GET, HEAD",
            )
            .route(on(Method::GET, report_search::feature_requests)),
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
        .configure(|config| {
            contact_routes(
                config,
                &[
                    "/issues/{issue}/set_reporter_email.json",
                    "/issues/{issue}/set_reporter_email",
                ],
                &[
                    "/issues/{issue}/set_contact_info.json",
                    "/issues/{issue}/set_contact_info",
                ],
            );
            comment_routes(
                config,
                &["/issues/{issue}/comments.json", "/issues/{issue}/comments"],
                &["/issues/{issue}/comments/{comment}"],
                &["/issues/{issue}/comments/{comment}/file"],
            );
        })
        .service(history_of(&[
            "/issues/{issue}/history.json",
            "/issues/{issue}/history",
        ]))
        .service(record(&["/issues/{issue}"]));
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

fn release_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/releases.json", "/releases"], "GET, HEAD, POST")
                .route(on(Method::GET, releases::list))
                .route(on(Method::POST, releases::create)),
        )
        .service(
            resource(
                &["/releases/{release}/publish.json", "/releases/{release}/publish"],
                "POST",
            )
            .route(on(Method::POST, releases::publish)),
        )
        .service(
            resource(&["/releases/{release}"], "GET, HEAD, DELETE")
                .route(on(Method::GET, releases::show))
                .route(on(Method::DELETE, releases::delete)),
        );
}

fn field_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/custom_fields.json", "/custom_fields"], "GET, HEAD, POST")
                .route(on(Method::GET, custom_fields::list))
                .route(on(Method::POST, custom_fields::create)),
        )
        .service(
            resource(&["/custom_fields/{field}"], "GET, HEAD, PATCH, PUT, DELETE")
                .route(on(Method::GET, custom_fields::show))
                .route(on(Method::PATCH, custom_fields::edit))
                .route(on(Method::PUT, custom_fields::edit))
                .route(on(Method::DELETE, custom_fields::delete)),
        )
        .service(
            resource(
                &["/custom_issue_fields.json", "/custom_issue_fields"],
                "GET, HEAD",
            )
            .route(on(Method::GET, custom_fields::list_of_issues)),
        )
        .service(
            resource(
                &["/custom_field_aggregations.json", "/custom_field_aggregations"],
                "GET, HEAD",
            )
            .route(on(Method::GET, custom_fields::aggregate)),
        );
}

fn export_routes(config: &mut web::ServiceConfig) {
    config.service(
        resource(&["/export/{folder}.ndjson"], "GET, HEAD").route(on(Method::GET, export::download)),
    );
}

fn tag_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/issue_tags.json", "/issue_tags"], "GET, HEAD, POST")
                .route(on(Method::GET, issue_tags::list))
                .route(on(Method::POST, issue_tags::create)),
        )
        .service(
            resource(&["/issue_tags/{tag}"], "GET, HEAD, PATCH, PUT, DELETE")
                .route(on(Method::GET, issue_tags::show))
                .route(on(Method::PATCH, issue_tags::edit))
                .route(on(Method::PUT, issue_tags::edit))
                .route(on(Method::DELETE, issue_tags::delete)),
        );
}

fn document_routes(config: &mut web::ServiceConfig) {
    config
        .service(resource(&["/openapi.json"], "GET, HEAD").route(on(Method::GET, openapi::show)))
        .service(resource(&["/docs/api"], "GET, HEAD").route(on(Method::GET, page::show)))
        .service(resource(&["/docs/api/page.js"], "GET, HEAD").route(on(Method::GET, page::script)))
        .service(resource(&["/docs/api/page.css"], "GET, HEAD").route(on(Method::GET, page::style)));
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
fn resource(paths: Paths, allow: &'static str) -> Resource {
    let refuse = move || async move { Err::<&'static str, _>(ApiError::method_not_allowed(allow)) };
    web::resource(paths.to_vec()).default_service(web::to(refuse))
}
