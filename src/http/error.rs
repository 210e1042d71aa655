//! The one place where an error becomes a status and a body.
//!
//! Game clients parse the body of every refusal and show its `error` to the player, so each error is a JSON
//! object with that key. None carries a key `message`: the Roblox plugin would show it instead (protocol 1.3).

use std::borrow::Cow;
use std::fmt;
use std::io;

use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use bugle_actors::WrongField;
use bugle_storage::records::RefusalReason;
use serde::Serialize;
use utoipa::ToSchema;

/// How much of a name that the client chose is told, in characters.
const FIELD_LENGTH_MAX: usize = 100;

/// A field of a body, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field as the client knows it: `description`, `user.email`.
    pub field: Cow<'static, str>,
    /// The rest of the sentence: `can't be blank`.
    pub message: Cow<'static, str>,
}

impl FieldError {
    /// Says what is wrong with a field; the two are read as one sentence.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.field, self.message)
    }
}

impl From<FieldError> for WrongField {
    fn from(wrong: FieldError) -> Self {
        Self {
            field: wrong.field.into_owned(),
            problem: wrong.message.into_owned(),
        }
    }
}

/// Why a request is refused, as the client is told.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    text: Cow<'static, str>,
    fields: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Why, where the status alone does not say it.
    reason: Option<RefusalReason>,
}

impl ApiError {
    fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            text: text.into(),
            fields: Vec::new(),
            headers: Vec::new(),
            reason: None,
        }
    }

    /// 400: the request cannot be read.
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// 401: no credentials, or ones that are not good.
    pub fn unauthorized(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, text)
            .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: good credentials, which do not reach this far.
    pub fn forbidden(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, text)
    }

    /// 403 in the words that clients key on: `Not allowed to create bug reports.`
    pub fn not_allowed_to(action: &str) -> Self {
        Self::forbidden(format!("Not allowed to {action}."))
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found")
    }

    /// 405; `allow` lists the methods that would do, separated by commas.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            .with_header(header::ALLOW, HeaderValue::from_static(allow))
    }

    /// 408: the body came too slowly. The connection is closed behind the answer.
    pub fn timed_out() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "The rest of the request did not come in time",
        )
    }

    /// 409: what is there is not what the request was made for.
    pub fn conflict(text: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, text)
    }

    /// 413; `limit` is in bytes.
    pub fn too_large(limit: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The request is larger than {limit} bytes"),
        )
    }

    /// 413 for a file of a form; `limit` is in bytes.
    pub fn file_too_large(field: &str, limit: u64) -> Self {
        let named: String = field.chars().take(FIELD_LENGTH_MAX).collect();
        let field = FieldError::new(named, format!("is larger than {limit} bytes"));
        Self {
            fields: vec![field.clone()],
            ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, field.to_string())
        }
    }

    /// 415, with what would do in `Accept` too, as RFC 9110 has it (15.5.16).
    pub fn unsupported_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The Content-Type must be application/json, application/x-www-form-urlencoded or multipart/form-data",
        )
        .with_header(
            header::ACCEPT,
            HeaderValue::from_static("application/json, application/x-www-form-urlencoded, multipart/form-data"),
        )
    }

    /// 415 for a body that must be JSON lines, with what they may be called.
    pub fn not_json_lines() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The Content-Type must be application/x-ndjson: one JSON object a line",
        )
        .with_header(
            header::ACCEPT,
            HeaderValue::from_static("application/x-ndjson, application/jsonl, application/json-lines"),
        )
    }

    /// 413 for a body of more lines than are taken.
    pub fn too_many_lines(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The request has more than {limit} lines: send them in several"),
        )
    }

    /// 416: nothing of a file of `size` bytes lies in the range that was asked for.
    pub fn range_not_satisfiable(size: u64) -> Self {
        let error = Self::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            format!("The file has {size} bytes"),
        );
        match HeaderValue::try_from(format!("bytes */{size}")) {
            Ok(value) => error.with_header(header::CONTENT_RANGE, value),
            Err(_) => error,
        }
    }

    /// 422: the request was understood, and these fields are not right. The text names all of them.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let text = match fields.as_slice() {
            [] => Cow::Borrowed("The request is not valid"),
            [only] => Cow::Owned(only.to_string()),
            many => Cow::Owned(
                many.iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; "),
            ),
        };
        Self {
            fields,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, text)
        }
    }

    /// 429: the same request is welcome again after `retry_after` seconds.
    pub fn too_many_requests(text: &'static str, retry_after: i64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, text)
            .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// 500. The client learns nothing; `cause` goes to the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something went wrong on the server",
        )
    }

    /// 503: cannot be done now; worth another try after `retry_after` seconds.
    pub fn unavailable(retry_after: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server cannot do this right now; try again shortly",
        )
        .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after))
    }

    /// The same error with one more header in its answer (`Retry-After`, `RateLimit`).
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same error, counted as refused for this reason.
    #[must_use]
    pub const fn because(mut self, reason: RefusalReason) -> Self {
        self.reason = Some(reason);
        self
    }

    /// What a report that was refused with it is counted as.
    pub fn reason(&self) -> RefusalReason {
        self.reason.unwrap_or_else(|| reason_of(self.status))
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentences that name the fields, for clients that show them one by one.
    pub fn sentences(&self) -> Vec<String> {
        self.fields.iter().map(ToString::to_string).collect()
    }

    /// The fields that are not right.
    pub fn into_fields(self) -> Vec<FieldError> {
        self.fields
    }

    /// The text that the client is shown.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.status.as_u16(), self.text)
    }
}

impl std::error::Error for ApiError {}

/// What a refusal with that status is counted as, unless more is known of it.
pub fn reason_of(status: StatusCode) -> RefusalReason {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => RefusalReason::Right,
        StatusCode::TOO_MANY_REQUESTS => RefusalReason::Limit,
        status if status.is_server_error() => RefusalReason::Unavailable,
        _ => RefusalReason::Invalid,
    }
}

/// What was read of a request, when nothing is wrong with it: 422 otherwise.
pub fn none_or<T>(problems: Vec<FieldError>, checked: T) -> Result<T, ApiError> {
    if problems.is_empty() {
        Ok(checked)
    } else {
        Err(problems.into())
    }
}

impl From<Vec<FieldError>> for ApiError {
    fn from(fields: Vec<FieldError>) -> Self {
        Self::invalid(fields)
    }
}

impl From<PayloadError> for ApiError {
    /// A body that came too slowly, broke off or was badly framed; too large a one is told where the limit is known.
    fn from(error: PayloadError) -> Self {
        match error {
            PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => Self::timed_out(),
            other => Self::bad_request(format!("The body could not be read: {other}")),
        }
    }
}

/// The body of every error. `errors` holds whole sentences: clients that read it show its items as they are.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub struct Envelope<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let envelope = Envelope {
            error: &self.text,
            errors: self.sentences(),
        };
        let mut response = HttpResponseBuilder::new(self.status);
        for (name, value) in &self.headers {
            response.append_header((name.clone(), value.clone()));
        }
        response.json(envelope)
    }
}

#[cfg(test)]
mod tests;
