//! The policies of organizations.

use std::sync::Arc;

use actix_web::HttpRequest;
use bugle_actors::OrganizationEntry;
use bugle_storage::OrganizationId;
use bugle_storage::records::Role;

use super::{Needs, Person, Policy, SignedIn};
use crate::http::error::ApiError;
use crate::http::numbers;
use crate::http::state::AppState;

/// A member of the organization in the path, with at least the role `ROLE`.
pub struct AtLeastIn<const ROLE: u8>;

/// Any member of the organization.
pub type MemberIn = AtLeastIn<{ Role::Tester as u8 }>;
/// A developer or an owner of the organization.
pub type DeveloperIn = AtLeastIn<{ Role::Developer as u8 }>;
/// An owner of the organization.
pub type OwnerIn = AtLeastIn<{ Role::Owner as u8 }>;

/// The pass of an organization's member.
pub struct OrganizationMembership {
    /// Who.
    pub person: Person,
    /// The organization.
    pub organization: Arc<OrganizationEntry>,
    /// What they may do there.
    pub role: Role,
}

impl<const ROLE: u8> Policy for AtLeastIn<ROLE> {
    type Pass = OrganizationMembership;

    /// What only owners may do is to look after something.
    const NEEDS: Needs = if ROLE == Role::Owner as u8 {
        Needs::Admin
    } else {
        Needs::ByMethod
    };

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        let person = SignedIn::admit(request, state)?;
        let directory = state.directory();
        let id = OrganizationId(numbers::in_path(request, "organization")?);
        let organization = directory.organization(id).ok_or_else(ApiError::not_found)?;
        let role = directory.organization_role(person.user, id);
        let role =
            role.ok_or_else(|| ApiError::forbidden("Your account has no access to this organization"))?;
        if (role as u8) < ROLE {
            return Err(ApiError::not_allowed_to(
                "do this with your role in the organization",
            ));
        }
        Ok(OrganizationMembership {
            person,
            organization,
            role,
        })
    }
}
