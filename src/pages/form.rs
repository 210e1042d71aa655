//! What a form of a page sends. It is taken only with the token that the page carried.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_actors::IdempotencyKey;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::PageError;
use super::frame::Frame;
use super::send_again::{self, FileField};
use crate::http::body::{Record, Text, Wrapped};
use crate::http::error::ApiError;
use crate::http::idempotency;
use crate::http::request_body::{self, Body};
use crate::http::state::AppState;

/// The field in which a form carries its token.
pub const TOKEN_FIELD: &str = "form_token";

/// A form whose token was good.
pub struct PageForm {
    body: Body,
    key: Option<IdempotencyKey>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Carried {
    form_token: Option<Text>,
    form_key: Option<Text>,
}

impl Carried {
    /// What shows that a page of ours made the form; empty where it has none.
    pub(super) fn token(&self) -> &str {
        self.form_token.as_ref().map_or("", |token| &token.0)
    }
}

impl PageForm {
    /// A form whose token was found good.
    pub(super) fn checked(body: Body, request: &HttpRequest) -> Result<Self, ApiError> {
        let carried: Carried = body.decode()?;
        let key = carried.form_key.as_ref();
        let key = key.and_then(|key| idempotency::of_form(&key.0, request, &body));
        Ok(Self { body, key })
    }

    /// The fields that `T` knows; others are ignored.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        self.body.decode()
    }

    /// The fields of a record, named as the API names them.
    pub fn record<T: DeserializeOwned + Wrapped + Default>(&self) -> Result<T, ApiError> {
        Ok(self.body.decode::<Record<T>>()?.0)
    }

    /// What makes a form that is sent twice do its work once, where its page carried a `form_key`.
    pub const fn key(&self) -> Option<IdempotencyKey> {
        self.key
    }
}

impl FromRequest for PageForm {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extracted(request, payload, async |request: &HttpRequest, payload| {
            taken(request, payload, &[]).await
        })
    }
}

/// Takes a form out of a request with `take`. What is wrong with it is told on a page.
pub(super) fn extracted<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    take: impl AsyncFnOnce(&HttpRequest, web::Payload) -> Result<T, PageError> + 'static,
) -> LocalBoxFuture<'static, Result<T, PageError>> {
    let payload = web::Payload::from_request(request, payload);
    let request = request.clone();
    async move {
        let payload = payload.await.map_err(ApiError::internal)?;
        take(&request, payload).await
    }
    .boxed_local()
}

/// Reads a form, and refuses one whose token is not good. Its files, if it has any, are passed over; `files` are the
/// fields that could bring some.
pub(super) async fn taken(
    request: &HttpRequest,
    payload: web::Payload,
    files: &'static [FileField],
) -> Result<PageForm, PageError> {
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ApiError::internal("the application has no state"))?;
    let body = request_body::read(state, request, payload).await?;
    let carried: Carried = body.decode()?;
    let (_, browsing) = Frame::of(request, state)?;
    if !state.form_tokens.is_good(carried.token(), &browsing) {
        return Err(send_again::refusal(request, state, body.fields(), files));
    }
    Ok(PageForm::checked(body, request)?)
}

/// 403: the form is not one of ours, or of a session that has ended.
pub fn out_of_date() -> ApiError {
    ApiError::forbidden("This form is out of date. Go back, reload the page, and send it again.")
}

/// A new value for a form's `form_key`.
pub fn new_key() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}
