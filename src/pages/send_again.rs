//! A form that was refused because it is out of date, shown again with what was written. It is sent by a second click,
//! under the eyes of whoever wrote it.
//!
//! Only a browser that says that a page of this server sent the form gets this: what somebody else's page made up is not
//! put before anybody with a good token beside it. Every field is shown, so nobody sends what they do not see; passwords
//! are not, and are asked for again.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::header::{HeaderName, ORIGIN};
use askama::Template;

use super::answer::PageError;
use super::form::{self, TOKEN_FIELD};
use super::frame::Frame;
use super::problems::words_of;
use super::request::{own_address, own_target};
use crate::http::state::AppState;

/// Fields of more bytes than this together are not shown again: a page is made on a thread that answers games too.
pub const SIZE_MAX: usize = 256 << 10;
/// The longest name of a field of ours, in bytes.
const NAME_SIZE_MAX: usize = 100;
/// What a form carries for itself, which says nothing to a person.
const OWN_FIELDS: [&str; 4] = ["form_key", "known", "secret_was", "seen"];
/// What somebody has agreed to is asked again: it may be somebody else who sends the form now.
const AGREED_FIELD: &str = "confirmed";

/// A field by which files come: its name and its label.
pub type FileField = (&'static str, &'static str);

/// The form to be sent again.
#[derive(Debug, Template)]
#[template(path = "send_again.html")]
pub struct SendAgain {
    pub(super) frame: Frame,
    pub(super) cookie: Option<Cookie<'static>>,
    action: String,
    fields: Vec<Field>,
    files: &'static [FileField],
}

#[derive(Debug)]
struct Field {
    name: String,
    label: String,
    value: String,
    is_secret: bool,
    is_shown: bool,
}

impl Field {
    fn of(name: String, value: String) -> Self {
        let is_secret = name.contains("password");
        Self {
            label: words_of(&name),
            is_shown: !is_secret && !OWN_FIELDS.contains(&&*name),
            value: if is_secret { String::new() } else { value },
            name,
            is_secret,
        }
    }
}

/// The refusal of a form that is out of date: with the form itself, where that can be sent again.
pub fn refusal(
    request: &HttpRequest,
    state: &AppState,
    fields: Vec<(String, String)>,
    files: &'static [FileField],
) -> PageError {
    let frame = match Frame::of(request, state) {
        Ok((frame, _)) => frame,
        Err(error) => return error.into(),
    };
    if !says_own_page(request) || !is_small(&fields) {
        return PageError::within(form::out_of_date(), frame);
    }
    let fields = fields
        .into_iter()
        .filter(|(name, _)| name != TOKEN_FIELD && name != AGREED_FIELD);
    let fields: Vec<_> = fields.map(|(name, value)| Field::of(name, value)).collect();
    let is_worth_it = fields
        .iter()
        .any(|field| field.is_shown && !field.value.is_empty());
    if !is_worth_it {
        return PageError::within(form::out_of_date(), frame);
    }
    PageError::OutOfDate(Box::new(SendAgain {
        cookie: frame.visit_cookie(state),
        action: own_target(&own_address(request)).to_owned(),
        frame,
        fields,
        files,
    }))
}

fn is_small(fields: &[(String, String)]) -> bool {
    let size: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    size <= SIZE_MAX && fields.iter().all(|(name, _)| name.len() <= NAME_SIZE_MAX)
}

/// Whether the browser says that a page of this server sent the form. [`Frame::of`] refuses what comes from others; here
/// it is not enough that nothing is said.
fn says_own_page(request: &HttpRequest) -> bool {
    let headers = request.headers();
    match headers.get(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => site.as_bytes() == b"same-origin",
        None => headers.contains_key(ORIGIN),
    }
}
