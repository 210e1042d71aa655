//! Whoever looks at a page, let through by one of the API's own policies.

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::answer::PageError;
use super::form::PageForm;
use super::form_with_files::{FormWithFile, FormWithFiles, FormWithPicture, FormWithPictures};
use super::frame::Frame;
use super::request::own_address;
use crate::http::access::{AsksCaller, Caller, Policy};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Whoever asks for a page, as its policy let them through. Somebody who is not signed in, and would have to be, is led
/// to where they can.
pub struct Viewer<P: Policy> {
    /// What the policy says of them.
    pub pass: P::Pass,
    /// What stands around the page.
    pub frame: Frame,
}

impl<P: Policy> FromRequest for Viewer<P> {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::<P>::from_request(request, payload);
        let request = request.clone();
        async move {
            let framed = frame_of(&request);
            let pass = match caller.await {
                Ok(caller) => caller.0,
                Err(error) => return Err(refusal(error, &request, framed.ok())),
            };
            Ok(Self { pass, frame: framed? })
        }
        .boxed_local()
    }
}

fn frame_of(request: &HttpRequest) -> Result<Frame, ApiError> {
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ApiError::internal("the application has no state"))?;
    Ok(Frame::of(request, state)?.0)
}

fn refusal(error: ApiError, request: &HttpRequest, frame: Option<Frame>) -> PageError {
    let is_signed_in = frame.as_ref().is_some_and(|frame| frame.person.is_some());
    if error.status() == StatusCode::UNAUTHORIZED && !is_signed_in {
        // What a form wanted to change is not done by coming back to its address.
        let back = if request.method().is_safe() {
            own_address(request)
        } else {
            "/".to_owned()
        };
        return PageError::SignIn(back);
    }
    PageError::Refused {
        error,
        frame: frame.map(Box::new),
    }
}

impl<P: Policy> AsksCaller for (Viewer<P>,) {
    type Policy = P;
}
impl<P: Policy, A> AsksCaller for (Viewer<P>, A) {
    type Policy = P;
}
impl<P: Policy, A, B> AsksCaller for (Viewer<P>, A, B) {
    type Policy = P;
}
impl<P: Policy, A, B, C> AsksCaller for (Viewer<P>, A, B, C) {
    type Policy = P;
}

/// The arguments of a handler that changes something: the form comes second, so none is taken without its token.
#[diagnostic::on_unimplemented(
    message = "the handler takes no form",
    note = "its first arguments must be a `Viewer<Policy>` and a `PageForm`"
)]
pub trait TakesForm: AsksCaller {}

impl<P: Policy, A, B> TakesForm for (Viewer<P>, FormWithFiles, A, B) {}
impl<P: Policy, A, B> TakesForm for (Viewer<P>, FormWithFile, A, B) {}
impl<P: Policy, A, B> TakesForm for (Viewer<P>, FormWithPicture, A, B) {}
impl<P: Policy, A, B> TakesForm for (Viewer<P>, FormWithPictures, A, B) {}
impl<P: Policy> TakesForm for (Viewer<P>, PageForm) {}
impl<P: Policy, A> TakesForm for (Viewer<P>, PageForm, A) {}
impl<P: Policy, A, B> TakesForm for (Viewer<P>, PageForm, A, B) {}
