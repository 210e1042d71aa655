//! How much of its user's rights a personal token carries: the scope that each policy needs, and the token's projects.
//! Both are looked at in one place, behind every policy, so that no handler can forget them.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderValue};
use bugle_actors::PersonalGrant;
use bugle_storage::records::{TokenLimits, TokenScope};
use bugle_storage::{ProjectId, Timestamp};

use super::shown::shown_token;
use super::{Person, Policy, SignedIn, project_of};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// What a personal token must be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: no token is asked for, or any will do.
    Nothing,
    /// Reading, or for methods that change something writing.
    ByMethod,
    /// Looking after tokens, members and settings, whatever the method.
    Admin,
}

impl Needs {
    /// What is needed for a method that changes nothing, or for one that does.
    pub const fn scope(self, is_safe: bool) -> Option<TokenScope> {
        match self {
            Self::Nothing => None,
            Self::ByMethod if is_safe => Some(TokenScope::Read),
            Self::ByMethod => Some(TokenScope::Write),
            Self::Admin => Some(TokenScope::Admin),
        }
    }
}

/// Refuses a personal token that does not reach as far as the policy needs.
pub(super) fn ensure<P: Policy>(request: &HttpRequest) -> Result<(), ApiError> {
    let (Some(token), Some(scope)) = (shown_token(request), P::NEEDS.scope(request.method().is_safe()))
    else {
        return Ok(());
    };
    if token.limits.scope < scope {
        return Err(lacks(scope));
    }
    if token.limits.projects.is_none() || P::KEEPS_TO_PROJECTS {
        return Ok(());
    }
    // As for somebody who is no member: 403, and 404 only for a project that is not there.
    if request.match_info().get("project").is_none() {
        return Err(ApiError::forbidden(
            "This personal access token is for some projects only, and this is part of none",
        ));
    }
    if token.limits.reach(project_of(request)?) {
        Ok(())
    } else {
        Err(ApiError::forbidden(
            "This personal access token is not for this project",
        ))
    }
}

/// 403, in words and as RFC 6750 has it (3.1).
fn lacks(scope: TokenScope) -> ApiError {
    let name = scope.name();
    let error = ApiError::forbidden(format!("This personal access token lacks the scope {name}"));
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{name}\"");
    match HeaderValue::try_from(challenge) {
        Ok(value) => error.with_header(header::WWW_AUTHENTICATE, value),
        Err(_) => error,
    }
}

/// How far whoever asks reaches.
#[derive(Debug, Clone, Default)]
pub struct Reach(Option<Arc<PersonalGrant>>);

impl Reach {
    /// That of the request.
    pub(super) fn of(request: &HttpRequest) -> Self {
        Self(shown_token(request))
    }

    /// Whether it reaches that project.
    pub fn includes(&self, project: ProjectId) -> bool {
        self.0.as_ref().is_none_or(|token| token.limits.reach(project))
    }

    /// What is no wider than this may be given away.
    pub fn limits(&self) -> TokenLimits {
        self.0
            .as_ref()
            .map(|token| token.limits.clone())
            .unwrap_or_default()
    }

    /// When a token that is for some projects only stops working: none that it makes works longer.
    pub fn end(&self) -> Option<Timestamp> {
        let token = self.0.as_ref().filter(|token| token.limits.projects.is_some());
        token.and_then(|token| token.expires_at)
    }
}

/// The pass of somebody who asks for what belongs to no single project, and must be told and given no more than
/// their token reaches.
pub struct Reaching {
    /// Who.
    pub person: Person,
    /// How far.
    pub reach: Reach,
}

/// Somebody with an account, who looks at it.
pub struct OwnAccount;

impl Policy for OwnAccount {
    type Pass = Reaching;

    const NEEDS: Needs = Needs::ByMethod;
    const KEEPS_TO_PROJECTS: bool = true;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Reaching, ApiError> {
        Ok(Reaching {
            person: SignedIn::admit(request, state)?,
            reach: Reach::of(request),
        })
    }
}

/// Somebody with an account, who looks after their personal tokens. What tokens there are helps whoever has found one, so
/// that already to see them takes the widest scope.
pub struct TokenKeeper;

impl Policy for TokenKeeper {
    type Pass = Reaching;

    const NEEDS: Needs = Needs::Admin;
    const KEEPS_TO_PROJECTS: bool = true;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Reaching, ApiError> {
        OwnAccount::admit(request, state)
    }
}

/// Whom `P` lets in, to look after tokens, members or settings.
pub struct Managing<P>(std::marker::PhantomData<P>);

impl<P: Policy> Policy for Managing<P> {
    type Pass = P::Pass;

    const NEEDS: Needs = Needs::Admin;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        P::admit(request, state)
    }
}
