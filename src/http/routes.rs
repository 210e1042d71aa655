//! Which address leads to which handler. The order matters: a report's way comes first.

use actix_web::{Resource, Route, web};

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
                    resource(&[""], "GET, PATCH, PUT")
                        .route(web::get().to(projects::show))
                        .route(web::patch().to(projects::edit))
                        .route(web::put().to(projects::edit)),
                ),
        )
        .service(
            resource(&["/projects.json", "/projects"], "GET, POST")
                .route(web::get().to(projects::list))
                .route(web::post().to(projects::create)),
        )
        .configure(person_routes)
        .service(resource(&["/healthz"], "GET").route(web::get().to(status::alive)))
        .service(resource(&["/readyz"], "GET").route(web::get().to(status::ready)))
        .service(resource(&["/ping.txt"], "GET").route(web::get().to(status::ping)))
        .service(resource(&["/"], "GET").route(web::get().to(status::welcome)))
        .default_service(web::to(front::not_found));
}

/// Where reports arrive: in the form that every client uses it stands before all else, outside the scope, which
/// would cost each report a second look at its path.
fn issue_collection(paths: &'static [&'static str]) -> Resource {
    resource(paths, "GET, POST")
        .route(web::post().to(issues::create))
        .route(web::get().to(issues::list))
}

fn person_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/personal_access_tokens.json", "/personal_access_tokens"],
                "GET, POST",
            )
            .route(web::get().to(personal_access_tokens::list))
            .route(web::post().to(personal_access_tokens::create)),
        )
        .service(
            resource(&["/personal_access_tokens/{token}"], "DELETE")
                .route(web::delete().to(personal_access_tokens::revoke)),
        )
        .service(
            resource(&["/auth/verify", "/auth/verify.json"], "POST").route(web::post().to(account::verify)),
        )
        .service(
            resource(&["/session.json", "/session"], "POST, DELETE")
                .route(web::post().to(sessions::sign_in))
                .route(web::delete().to(sessions::sign_out)),
        )
        .service(resource(&["/profiles/me.json", "/profiles/me"], "GET").route(web::get().to(account::me)));
}

fn issue_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/issues/{issue}/publish.json", "/issues/{issue}/publish"],
                "POST",
            )
            .route(web::post().to(issues::publish)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/set_reporter_email.json",
                    "/issues/{issue}/set_reporter_email",
                ],
                "POST",
            )
            .route(web::post().to(issues::set_reporter_email)),
        )
        .service(
            resource(
                &[
                    "/issues/{issue}/set_contact_info.json",
                    "/issues/{issue}/set_contact_info",
                ],
                "POST",
            )
            .route(web::post().to(issues::set_contact_info)),
        )
        .service(
            resource(&["/issues/{issue}"], "GET, PATCH, PUT")
                .route(web::get().to(issues::show))
                .route(web::patch().to(issues::update))
                .route(web::put().to(issues::update)),
        );
}

fn file_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(
                &["/issues/{issue}/screenshots.json", "/issues/{issue}/screenshots"],
                "GET, POST",
            )
            .route(web::post().to(media::add_screenshot))
            .route(web::get().to(media::list_screenshots)),
        )
        .service(
            resource(
                &["/issues/{issue}/video_clips.json", "/issues/{issue}/video_clips"],
                "GET, POST",
            )
            .route(web::post().to(media::add_video_clip))
            .route(web::get().to(media::list_video_clips)),
        )
        .service(
            resource(
                &["/issues/{issue}/log_files.json", "/issues/{issue}/log_files"],
                "GET, POST",
            )
            .route(web::post().to(media::add_log_file))
            .route(web::get().to(media::list_log_files)),
        )
        .service(
            resource(
                &["/issues/{issue}/{kind:screenshots|video_clips|log_files}/{file}"],
                "GET",
            )
            .route(web::get().to(media::download)),
        );
}

fn token_routes(config: &mut web::ServiceConfig) {
    config
        .service(
            resource(&["/auth_tokens.json", "/auth_tokens"], "GET, POST")
                .route(web::get().to(auth_tokens::list))
                .route(web::post().to(auth_tokens::create)),
        )
        .service(
            resource(&["/auth_tokens/{token}"], "GET, PATCH, PUT, DELETE")
                .route(web::get().to(auth_tokens::show))
                .route(web::patch().to(auth_tokens::edit))
                .route(web::put().to(auth_tokens::edit))
                .route(web::delete().to(auth_tokens::revoke)),
        );
}

/// A resource under these addresses; any method but those in `allow` is answered 405.
fn resource(paths: &'static [&'static str], allow: &'static str) -> Resource {
    let refuse = move || async move { Err::<&'static str, _>(ApiError::method_not_allowed(allow)) };
    web::resource(paths.to_vec()).default_service(Route::new().to(refuse))
}
