//! Which address leads to which page. They stand before the API's routes, which have the same addresses, and take only
//! what [`WantsPage`] lets through.

mod open;
mod reports;
mod settings;
mod tokens;

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, web};

use super::answer::PageError;
use super::request::{WantsPage, wants_page};
use super::viewer::TakesForm;
use super::{Frame, assets, downloads, home, projects, sign_in};
use crate::http::access::AsksCaller;
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Declares every page.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(project_pages())
        .configure(tokens::configure)
        .configure(settings::configure)
        .configure(open::configure)
        .service(
            resource("/projects")
                .route(get(projects::list))
                .route(post(projects::create)),
        )
        .service(resource("/projects/new").route(get(projects::ask)))
        .service(
            resource("/sign_in")
                .route(get(sign_in::show))
                .route(post(sign_in::submit)),
        )
        .service(resource("/sign_out").route(post(sign_in::sign_out)))
        .service(resource("/").route(get(home::show)))
        .service(web::resource("/assets/{name}").route(on(Method::GET, assets::show)));
}

/// Whatever a browser asks for below a project. What is not found here is not found at all: the API's answers are not
/// for people.
fn project_pages() -> actix_web::Scope {
    web::scope("/projects/{project:pr-[0-9]+}")
        .guard(WantsPage)
        .configure(reports::of_project)
        .configure(tokens::of_project)
        .configure(settings::of_project)
        .configure(open::of_project)
        // Files are for browsers as they are for scripts.
        .service(
            resource("/issues/{issue}/{kind:screenshots|video_clips|log_files|binary_files}/{file}")
                .route(get(downloads::file)),
        )
        .default_service(web::to(not_found))
}

/// An address that names nothing: a page for browsers, JSON for scripts.
pub async fn not_found(
    request: HttpRequest,
    state: web::Data<AppState>,
) -> Result<HttpResponse, actix_web::Error> {
    let error = ApiError::not_found();
    if !wants_page(request.path(), request.headers()) {
        return Err(error.into());
    }
    let (frame, _) = Frame::of(&request, &state)?;
    Err(PageError::within(error, frame).into())
}

/// The way to a handler that shows something.
fn get<H, A>(handler: H) -> Route
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + AsksCaller + 'static,
{
    on(Method::GET, handler)
}

/// The way to a handler that changes something: it takes the form, and with it what shows that a page of ours carried it.
fn post<H, A>(handler: H) -> Route
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + TakesForm + 'static,
{
    on(Method::POST, handler)
}

#[expect(clippy::disallowed_methods, reason = "its callers ask who may")]
fn on<H, A>(method: Method, handler: H) -> Route
where
    H: Handler<A, Output: Responder>,
    A: FromRequest + 'static,
{
    web::method(method).to(handler)
}

fn resource(path: &str) -> Resource {
    web::resource(path)
        .guard(WantsPage)
        .default_service(web::to(not_found))
}
