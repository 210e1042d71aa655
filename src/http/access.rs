//! Who may call what. A handler names its callers in the first argument of its signature, `Caller<Policy>`, and only
//! such a handler can be routed ([`AsksCaller`]): forgetting to ask does not compile.

mod fields;
mod limits;
mod open;
mod organization;
mod policies;
mod principal;
mod provenance;
mod releases;
mod reporting;
mod session;
mod shown;
mod upload_address;
mod vouched;
mod writing;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderName;
use actix_web::{FromRequest, HttpRequest, web};
use bugle_storage::ProjectId;
use futures_util::StreamExt;
use futures_util::future::{Either, LocalBoxFuture};

pub use fields::{FieldReader, FieldReading};
pub use limits::{Managing, Needs, OwnAccount, Reach, Reaching, TokenKeeper};
pub use open::{AnyPrincipal, Anybody, Anyone, FormVisitor, Introduced, OpenProject, PublicReporter};
pub use organization::{AtLeastIn, DeveloperIn, MemberIn, OrganizationMembership, OwnerIn};
pub use policies::{AtLeast, DeveloperOf, MemberOf, Membership, OwnerOf, ReaderOf, SignedIn};
pub use principal::{Game, Person, Principal};
pub use releases::{ReleaseCreation, ReleaseCreator, ReleaseReader};
pub use reporting::{BatchReporter, BugReporter, FeatureRequester, Reporting, TicketSender};
pub use session::{Browser, COOKIE_NAME, InSession, Oneself, OwnBrowser, OwnPage, OwnProfile, not_signed_in};
pub use shown::shown_token;
pub use upload_address::UploadAddress;
pub use vouched::ShownSubmission;
pub use writing::{Holder, IssueWriter, Writer, WriterKind};

use super::error::ApiError;
use super::request_body::TimedBody;
use super::state::AppState;

/// Decides who may call a handler, and what the handler learns of them.
pub trait Policy: 'static {
    /// What the handler gets.
    type Pass: 'static;

    /// What a personal token must be good for.
    const NEEDS: Needs;

    /// Whether the handler keeps to the projects of a token that is for some only, where the address names none.
    const KEEPS_TO_PROJECTS: bool = false;

    /// Lets the request through, or says why not.
    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError>;
}

/// A request that its handler's policy let through.
pub struct Caller<P: Policy>(pub P::Pass);

/// The arguments of a handler that says first who may call it.
#[diagnostic::on_unimplemented(
    message = "the handler does not say who may call it",
    note = "its first argument must be a `Caller<Policy>`"
)]
pub trait AsksCaller {
    /// Who may.
    type Policy: Policy;
}

impl<P: Policy> AsksCaller for (Caller<P>,) {
    type Policy = P;
}
impl<P: Policy, A> AsksCaller for (Caller<P>, A) {
    type Policy = P;
}
impl<P: Policy, A, B> AsksCaller for (Caller<P>, A, B) {
    type Policy = P;
}
impl<P: Policy, A, B, C> AsksCaller for (Caller<P>, A, B, C) {
    type Policy = P;
}

impl<P: Policy> FromRequest for Caller<P> {
    type Error = ApiError;
    type Future = Either<Ready<Result<Self, ApiError>>, LocalBoxFuture<'static, Result<Self, ApiError>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<web::Data<AppState>>() else {
            return Either::Left(ready(Err(ApiError::internal("the application has no state"))));
        };
        let admitted = P::admit(request, state).and_then(|pass| {
            limits::ensure::<P>(request)?;
            Ok(pass)
        });
        match admitted {
            Ok(pass) => Either::Left(ready(Ok(Self(pass)))),
            Err(refusal) => {
                let payload = state.bodies.timed(payload.take());
                Either::Right(Box::pin(async move {
                    drain(payload).await;
                    Err(refusal)
                }))
            }
        }
    }
}

/// How much of a refused request's body is read past, in bytes. A connection whose body is left unread must be
/// closed, and a new one costs more than this; beyond it, closing is cheaper.
const DRAINED_SIZE_MAX: usize = 64 * 1024;

async fn drain(mut payload: TimedBody<Payload>) {
    let mut size = 0;
    while let Some(Ok(piece)) = payload.next().await {
        size += piece.len();
        if size > DRAINED_SIZE_MAX {
            return;
        }
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
