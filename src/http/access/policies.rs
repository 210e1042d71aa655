//! The policies: what each kind of call asks of its caller. Those who report have theirs in `reporting`, those who add to
//! a report in `writing`.

use std::sync::Arc;

use actix_web::HttpRequest;
use bugle_actors::ProjectEntry;
use bugle_storage::ProjectId;
use bugle_storage::records::{Role, Visibility};

use super::session::not_signed_in;
use super::{Needs, Person, Policy, Principal, project_of};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Anybody with an account.
pub struct SignedIn;

impl Policy for SignedIn {
    type Pass = Person;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Person, ApiError> {
        match Principal::of(request, state)? {
            Principal::Person(person) => Ok(person),
            Principal::Visitor => Err(sign_in(request)),
            _ => Err(ApiError::forbidden(
                "Not allowed to do this without a personal access token.",
            )),
        }
    }
}

/// A member of the project in the path, with at least the role `ROLE`.
pub struct AtLeast<const ROLE: u8>;

/// Any member of the project.
pub type MemberOf = AtLeast<{ Role::Tester as u8 }>;
/// A developer or an owner of the project.
pub type DeveloperOf = AtLeast<{ Role::Developer as u8 }>;
/// An owner of the project.
pub type OwnerOf = AtLeast<{ Role::Owner as u8 }>;

/// A member's pass.
pub struct Membership {
    /// Who.
    pub person: Person,
    /// The project.
    pub project: ProjectId,
    /// What they may do there.
    pub role: Role,
}

impl<const ROLE: u8> Policy for AtLeast<ROLE> {
    type Pass = Membership;

    /// What only owners may do is to look after something.
    const NEEDS: Needs = if ROLE == Role::Owner as u8 {
        Needs::Admin
    } else {
        Needs::ByMethod
    };

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Membership, ApiError> {
        let person = SignedIn::admit(request, state)?;
        let project = existing_project(request, state)?.project.id;
        let role = member_role(person, project, state)?;
        if (role as u8) < ROLE {
            return Err(ApiError::not_allowed_to("do this with your role in the project"));
        }
        Ok(Membership {
            person,
            project,
            role,
        })
    }
}

/// Whoever may see that the project in the path is there: its members and tokens, and everybody if it is
/// public.
pub struct ReaderOf;

impl Policy for ReaderOf {
    type Pass = Arc<ProjectEntry>;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?;
        let id = project.project.id;
        let may = match principal {
            _ if project.project.visibility == Visibility::Public => true,
            Principal::Person(person) => {
                member_role(person, id, state)?;
                true
            }
            Principal::Game(game) => game.grant.project == id,
            Principal::Holder(grant) => grant.project == id,
            Principal::Anonymous | Principal::Player(_) => false,
            Principal::Visitor => return Err(sign_in(request)),
        };
        if may {
            Ok(project)
        } else {
            Err(ApiError::not_allowed_to("see this project"))
        }
    }
}

/// The project of the path, or 404.
pub(super) fn existing_project(
    request: &HttpRequest,
    state: &AppState,
) -> Result<Arc<ProjectEntry>, ApiError> {
    state
        .directory()
        .project(project_of(request)?)
        .ok_or_else(ApiError::not_found)
}

pub(super) fn member_role(person: Person, project: ProjectId, state: &AppState) -> Result<Role, ApiError> {
    let role = state.directory().role(person.user, project);
    role.ok_or_else(|| ApiError::forbidden("Your account has no access to this project"))
}

pub(super) fn sign_in(request: &HttpRequest) -> ApiError {
    not_signed_in(request, "An Authorization header is required")
}
