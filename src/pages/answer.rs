//! What a page's handler answers with, and the page that says what went wrong.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError, web};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::frame::Frame;
use super::send_again::SendAgain;
use super::sign_in;
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// What a handler of a page gives.
pub type Page = Result<HttpResponse, PageError>;

/// Styles, scripts, pictures and clips of this server, forms that go to it, and nothing else: no script and no style
/// stands in a page itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; media-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// Somebody has to sign in first, and then comes back to this address.
    #[error("nobody is signed in")]
    SignIn(String),
    /// The form was out of date, and can be sent again.
    #[error("the form is out of date")]
    OutOfDate(Box<SendAgain>),
    /// The request is refused.
    #[error("{error}")]
    Refused {
        /// Why.
        error: ApiError,
        /// What stands around the page, where that is known.
        frame: Option<Box<Frame>>,
    },
}

impl From<ApiError> for PageError {
    fn from(error: ApiError) -> Self {
        Self::Refused { error, frame: None }
    }
}

impl PageError {
    /// The refusal with what stands around the page.
    pub fn within(error: ApiError, frame: Frame) -> Self {
        Self::Refused {
            error,
            frame: Some(Box::new(frame)),
        }
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: &'a Frame,
    heading: &'static str,
    text: &'a str,
}

fn heading(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "Sign in first",
        403 => "Not allowed",
        404 => "Nothing here",
        409 => "Somebody was faster",
        413 => "Too large",
        422 => "That is not right",
        429 => "Too many attempts",
        503 => "Busy",
        500..=599 => "Something went wrong",
        _ => "This did not work",
    }
}

impl ResponseError for PageError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn(_) => StatusCode::SEE_OTHER,
            Self::OutOfDate(_) => StatusCode::FORBIDDEN,
            Self::Refused { error, .. } => error.status(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (error, frame) = match self {
            Self::SignIn(back) => return see(&sign_in::address(back)),
            Self::OutOfDate(again) => {
                let mut builder = HttpResponse::build(StatusCode::FORBIDDEN);
                if let Some(cookie) = &again.cookie {
                    builder.cookie(cookie.clone());
                }
                return html(builder, &**again);
            }
            Self::Refused { error, frame } => (error, frame),
        };
        let bare = Frame::default();
        let text = match error.status() {
            StatusCode::NOT_FOUND => "This page does not exist, or what it showed was deleted.",
            _ => error.text(),
        };
        let template = ErrorPage {
            frame: frame.as_deref().unwrap_or(&bare),
            heading: heading(error.status()),
            text,
        };
        html(refusing(error), &template)
    }
}

/// Begins the page that tells an error. What a client is told by headers (when to come again) holds for a person's
/// browser too.
fn refusing(error: &ApiError) -> HttpResponseBuilder {
    let mut answer = error.error_response();
    let headers = std::mem::replace(answer.headers_mut(), HeaderMap::new());
    let mut builder = HttpResponse::build(error.status());
    for (name, value) in headers {
        if name != header::CONTENT_TYPE && name != header::WWW_AUTHENTICATE {
            builder.append_header((name, value));
        }
    }
    builder
}

/// Answers with the page of a form that was refused, with what it was told.
pub fn refused_page(error: &ApiError, frame: &Frame, state: &AppState, template: &impl Template) -> Page {
    let mut builder = refusing(error);
    if let Some(cookie) = frame.visit_cookie(state) {
        builder.cookie(cookie);
    }
    Ok(html(builder, template))
}

fn html(builder: HttpResponseBuilder, template: &impl Template) -> HttpResponse {
    match template.render() {
        Ok(html) => with_headers(builder, html),
        Err(cause) => ApiError::internal(cause).error_response(),
    }
}

fn with_headers(mut builder: HttpResponseBuilder, html: String) -> HttpResponse {
    builder
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not less: without it, older browsers do not say that a form comes from this page.
        .insert_header((header::REFERRER_POLICY, "same-origin"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html)
}

/// Answers with a page.
pub fn page(frame: &Frame, state: &AppState, template: &impl Template) -> Page {
    page_with_status(StatusCode::OK, frame, state, template)
}

/// Answers with a page and this status.
pub fn page_with_status(
    status: StatusCode,
    frame: &Frame,
    state: &AppState,
    template: &impl Template,
) -> Page {
    Ok(html(builder(status, frame, state), template))
}

/// Answers with a page that may be large, made on a thread that may block: the others answer games too.
pub async fn large_page<T: Template + Send + 'static>(
    status: StatusCode,
    frame: &Frame,
    state: &AppState,
    make: impl FnOnce() -> T + Send + 'static,
) -> Page {
    let rendered = web::block(move || make().render());
    let html = rendered
        .await
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?;
    Ok(with_headers(builder(status, frame, state), html))
}

fn builder(status: StatusCode, frame: &Frame, state: &AppState) -> HttpResponseBuilder {
    let mut builder = HttpResponse::build(status);
    if let Some(cookie) = frame.visit_cookie(state) {
        builder.cookie(cookie);
    }
    builder
}

/// Leads the browser on to another address of this server, which it asks for with `GET`: what follows a form that was
/// taken.
pub fn see(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// The same, to a page that says what was just done (see [`super::notice`]).
pub fn see_with_notice(address: &str, notice: &str) -> HttpResponse {
    let sign = if address.contains('?') { '&' } else { '?' };
    see(&format!("{address}{sign}notice={notice}"))
}

/// A value as it stands in a query.
pub fn in_query(value: &str) -> String {
    utf8_percent_encode(value, NON_ALPHANUMERIC).to_string()
}
