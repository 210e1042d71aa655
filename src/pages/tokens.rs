//! Personal access tokens, a project's API tokens, and what they were used for (both seeds).

pub mod personal;
pub mod project;
mod rights_form;
mod snippets;
pub mod usage;

use bugle_actors::CreatedToken;

use super::answer::PageError;
use super::frame::Frame;
use crate::http::error::ApiError;

/// Turns a refusal into the page that says so, within what stands around the page that was asked for.
fn within(frame: &Frame) -> impl Fn(ApiError) -> PageError + '_ {
    |error| PageError::within(error, frame.clone())
}

/// The token itself in the one answer that shows it. When the page is loaded again, it is gone.
fn shown_once<T>(created: &CreatedToken<T>) -> Option<&str> {
    created.plain.as_ref().map(bugle_actors::PlainToken::reveal)
}
