//! The policies of what is open to all, in three degrees.

use actix_web::HttpRequest;

use super::{Policy, Principal};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Anybody; nobody looks who it is.
pub struct Anybody;

impl Policy for Anybody {
    type Pass = ();

    fn admit(_: &HttpRequest, _: &AppState) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Whoever it is, and nobody in particular too; but credentials that are shown must be good.
pub struct AnyPrincipal;

impl Policy for AnyPrincipal {
    type Pass = Principal;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Principal, ApiError> {
        Principal::of(request, state)
    }
}

/// Anybody, with what their credentials are worth, for a handler whose answer says just that.
pub struct Introduced;

impl Policy for Introduced {
    type Pass = Result<Principal, ApiError>;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        Ok(Principal::of(request, state))
    }
}
