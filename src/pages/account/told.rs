//! A page that says one thing, and asks nothing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use crate::http::state::AppState;
use crate::pages::Frame;
use crate::pages::answer::{Page, PageError, page_with_status};

/// What it says.
#[derive(Template)]
#[template(path = "error.html")]
pub struct Told<'a> {
    /// What stands around it.
    pub frame: &'a Frame,
    /// Its heading.
    pub heading: &'a str,
    /// The rest, as text.
    pub text: &'a str,
}

impl Told<'_> {
    /// As an answer.
    pub fn page(&self, status: StatusCode, state: &AppState) -> Page {
        page_with_status(status, self.frame, state, self)
    }
}

/// A page as the answer of a handler whose refusals are the API's.
pub fn answered(page: Page) -> HttpResponse {
    page.unwrap_or_else(|error: PageError| actix_web::ResponseError::error_response(&error))
}
