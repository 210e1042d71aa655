//! Decodes request bodies: one type, whichever of the encodings a client chose (protocol 2.3).
//!
//! JSON is decoded straight into the type. Forms, URL-encoded or multipart, name fields with Rails' brackets
//! (`issue[custom][mood]`); they become a small tree first. Nothing of the kind is parsed twice unless it is
//! refused, and then only to say which field was wrong.

use std::borrow::Cow;

use actix_web::http::header::{self, HeaderMap};
use serde::Deserialize;
use serde_path_to_error::Path;

use super::error::{ApiError, FieldError};
use brackets::Form;

mod brackets;
mod lenient;
mod names;
mod record;
mod urlencoded;

pub use lenient::{Entries, Flag, Integer, Text};
pub use names::Names;
pub use record::{Record, Wrapped};

/// The most fields that one form may have.
pub const FORM_FIELDS_MAX: usize = 2000;

/// How a body is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/json` and its kin.
    Json,
    /// `application/x-www-form-urlencoded`.
    UrlEncoded,
    /// `multipart/form-data`: read it with [`super::multipart`], then [`decode_pairs`].
    Multipart,
    /// Not said: the body's first byte decides.
    Unstated,
}

impl Encoding {
    /// The encoding that the headers declare; an unknown one is refused.
    pub fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get(header::CONTENT_TYPE) else {
            return Ok(Self::Unstated);
        };
        let value = value.to_str().map_err(|_| ApiError::unsupported_media_type())?;
        let essence = value.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        let ends_with = |suffix: &str| {
            let start = essence.len().checked_sub(suffix.len());
            start
                .and_then(|start| essence.get(start..))
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
        };
        if is("application/json") || is("text/json") || ends_with("+json") {
            Ok(Self::Json)
        } else if is("application/x-www-form-urlencoded") {
            Ok(Self::UrlEncoded)
        } else if is("multipart/form-data") {
            Ok(Self::Multipart)
        } else if essence.is_empty() {
            Ok(Self::Unstated)
        } else {
            Err(ApiError::unsupported_media_type())
        }
    }
}

/// Decodes a whole body. An empty one is an object without fields, whatever it claims to be.
///
/// Broken syntax is 400, a field of the wrong type 422, a multipart body 415: that one is not for here.
pub fn decode<'b, T: Deserialize<'b>>(encoding: Encoding, body: &'b [u8]) -> Result<T, ApiError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let first = body.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    match (encoding, first) {
        (_, None) => decode_form(&Form::default()),
        (Encoding::Multipart, _) => Err(ApiError::unsupported_media_type()),
        (Encoding::Json | Encoding::Unstated, Some(b'{')) => decode_json(body),
        (Encoding::Json, Some(_)) => Err(ApiError::bad_request("The body must be a JSON object")),
        // What curl says of a body unless it is told; no form has a brace in the clear.
        (Encoding::UrlEncoded, Some(b'{')) => Err(ApiError::bad_request(
            "The body is JSON, and its Content-Type says that it is a form: send Content-Type: application/json",
        )),
        (Encoding::UrlEncoded | Encoding::Unstated, Some(_)) => {
            let mut form = Form::default();
            for (count, (key, value)) in urlencoded::pairs(body).enumerate() {
                check_count(count)?;
                form.insert(&key, value);
            }
            decode_form(&form)
        }
    }
}

/// The names and values of a form, in order, as they were sent.
pub fn form_fields(body: &[u8]) -> Vec<(String, String)> {
    let pairs = urlencoded::pairs(body).take(FORM_FIELDS_MAX);
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Decodes the text fields of a multipart form.
pub fn decode_pairs<'p, T: Deserialize<'p>>(pairs: &'p [(String, String)]) -> Result<T, ApiError> {
    let mut form = Form::default();
    for (count, (key, value)) in pairs.iter().enumerate() {
        check_count(count)?;
        form.insert(key, Cow::Borrowed(value));
    }
    decode_form(&form)
}

fn check_count(count: usize) -> Result<(), ApiError> {
    if count < FORM_FIELDS_MAX {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "The form has more than {FORM_FIELDS_MAX} fields"
    )))
}

/// Decodes one line of a body of JSON lines; refused as a body of its own is.
pub fn decode_line<'b, T: Deserialize<'b>>(line: &'b str) -> Result<T, ApiError> {
    if !line.trim_ascii_start().starts_with('{') {
        return Err(ApiError::bad_request("The line must be a JSON object"));
    }
    serde_json::from_str(line).map_err(|error| {
        if error.is_data() {
            return misfit::<T>(line.as_bytes(), &error);
        }
        // Where in the line it is; which line, the client is told beside it.
        let found = error.to_string().replace(" at line 1 column ", " at column ");
        ApiError::bad_request(format!("The line is not valid JSON: {found}"))
    })
}

fn decode_json<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        if !error.is_data() {
            return ApiError::bad_request(format!("The body is not valid JSON: {error}"));
        }
        misfit::<T>(body, &error)
    })
}

/// Finds out which field of JSON has the wrong type, by reading it once more.
fn misfit<'b, T: Deserialize<'b>>(json: &'b [u8], error: &serde_json::Error) -> ApiError {
    let mut again = serde_json::Deserializer::from_slice(json);
    match serde_path_to_error::deserialize::<_, T>(&mut again) {
        Err(error) => wrong_type(error.path(), &error.inner().to_string()),
        Ok(_) => ApiError::bad_request(format!("The JSON cannot be read: {error}")),
    }
}

fn decode_form<'f, T: Deserialize<'f>>(form: &Form<'f>) -> Result<T, ApiError> {
    T::deserialize(form.root()).map_err(
        |error| match serde_path_to_error::deserialize::<_, T>(form.root()) {
            Err(error) => wrong_type(error.path(), &error.inner().to_string()),
            Ok(_) => ApiError::bad_request(format!("The form cannot be read: {error}")),
        },
    )
}

/// Says in a sentence of ours what serde found, which reads `invalid type: map, expected text at line 1 ...`.
fn wrong_type(path: &Path, found: &str) -> ApiError {
    let found = found.rsplit_once(" at line ").map_or(found, |(found, _)| found);
    let path = path.to_string();
    let wrappers = ["issue.", "feature_request.", "ticket."];
    let field = wrappers.iter().find_map(|wrapper| path.strip_prefix(wrapper));
    let field = field.unwrap_or(&path);
    let field = if field == "." { "body" } else { field };
    let twice = found
        .strip_prefix("duplicate field `")
        .and_then(|rest| rest.strip_suffix('`'));
    let (field, message) = match (twice, found.rsplit_once("expected ")) {
        (Some(field), _) => (field, "is given more than once".to_owned()),
        (None, Some((_, expected))) => (field, format!("must be {expected}")),
        (None, None) => (field, format!("is not right: {found}")),
    };
    ApiError::invalid(vec![FieldError::new(field.to_owned(), message)])
}

#[cfg(test)]
mod tests;
