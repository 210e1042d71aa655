//! The policy of an address that is itself the permission: whoever was given it may store the one file it is for.

use actix_web::HttpRequest;

use super::{Needs, Policy};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::http::upload_token::{UploadGrant, UploadPurpose};

/// Whoever knows an upload address that is still good. They show no token (protocol 5.3), and one is not looked at.
pub struct UploadAddress;

impl Policy for UploadAddress {
    type Pass = UploadGrant;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<UploadGrant, ApiError> {
        let token = request.match_info().get("upload").unwrap_or_default();
        let grant = state.upload_tokens.verify(token, UploadPurpose::Store);
        grant.ok_or_else(|| ApiError::forbidden("The upload address is not valid or has expired"))
    }
}
