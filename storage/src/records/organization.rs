//! Studios that hold projects, and who belongs to which.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::codec::Record;
use crate::{OrganizationId, Timestamp, UserId};

/// A studio, or whoever else has several projects and the same people in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The organization's number.
    pub id: OrganizationId,
    /// 1 to 120 characters; empty once it is deleted.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last renamed.
    pub updated_at: Timestamp,
    /// When it was deleted. What is left of it then keeps its number from being given out again.
    pub deleted_at: Option<Timestamp>,
}

impl Record for Organization {
    const VERSION: u8 = 1;
    const NAME: &'static str = "organization";
}

/// That a user belongs to an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationMember {
    /// The organization.
    pub organization: OrganizationId,
    /// The member.
    pub user: UserId,
    /// What the member may do there, and at the least in each of its projects.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

impl Record for OrganizationMember {
    const VERSION: u8 = 1;
    const NAME: &'static str = "organization member";
}
