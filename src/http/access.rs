//! Who may call what. A handler names its callers in its signature, `Caller<Policy>`, and can get at who is
//! calling in no other way: forgetting to ask does not compile.

mod policies;
mod principal;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest, web};
use bugle_storage::ProjectId;

pub use policies::{
    BugReporter, DeveloperOf, Holder, IssueWriter, MemberOf, Membership, ReaderOf, Reporting, SignedIn,
    Writer, WriterKind,
};
pub use principal::{Game, Person, Principal};

use super::error::ApiError;
use super::state::AppState;

/// Decides who may call a handler, and what the handler learns of them.
pub trait Policy: 'static {
    /// What the handler gets.
    type Pass: 'static;

    /// Lets the request through, or says why not.
    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError>;
}

/// A request that its handler's policy let through.
pub struct Caller<P: Policy>(pub P::Pass);

impl<P: Policy> FromRequest for Caller<P> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let state = request.app_data::<web::Data<AppState>>();
        let state = state.ok_or_else(|| ApiError::internal("the application has no state"));
        ready(state.and_then(|state| P::admit(request, state)).map(Self))
    }
}

/// The project that the path names, if it is written as one is. `BetaHub-Project-ID`, where it is sent, must
/// name the same (protocol 2.1).
pub fn project_of(request: &HttpRequest) -> Result<ProjectId, ApiError> {
    let text = request.match_info().get("project").unwrap_or_default();
    let text = text.strip_suffix(".json").unwrap_or(text);
    if let Some(header) = request
        .headers()
        .get(HeaderName::from_static("betahub-project-id"))
    {
        let header = header.to_str().unwrap_or_default().trim();
        if !header.is_empty() && header != text {
            return Err(ApiError::forbidden(
                "BetaHub-Project-ID names another project than the address",
            ));
        }
    }
    text.parse().map_err(|()| ApiError::not_found())
}
