//! The policies of what is open to all, in three degrees.

use actix_web::HttpRequest;

use super::{Needs, Policy, Principal, Reach};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Anybody; nobody looks who it is.
pub struct Anybody;

impl Policy for Anybody {
    type Pass = ();

    const NEEDS: Needs = Needs::Nothing;

    fn admit(_: &HttpRequest, _: &AppState) -> Result<(), ApiError> {
        Ok(())
    }
}

/// Whoever it is, and nobody in particular too; but credentials that are shown must be good.
pub struct AnyPrincipal;

/// The pass of whoever it is.
pub struct Anyone {
    /// Who.
    pub principal: Principal,
    /// How far they reach.
    pub reach: Reach,
}

impl Policy for AnyPrincipal {
    type Pass = Anyone;

    const NEEDS: Needs = Needs::ByMethod;
    const KEEPS_TO_PROJECTS: bool = true;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Anyone, ApiError> {
        Ok(Anyone {
            principal: Principal::of(request, state)?,
            reach: Reach::of(request),
        })
    }
}

/// Anybody, with what their credentials are worth, for a handler whose answer says just that.
pub struct Introduced;

impl Policy for Introduced {
    type Pass = Result<Principal, ApiError>;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        Ok(Principal::of(request, state))
    }
}
