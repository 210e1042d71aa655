//! People, projects and organizations as requests see them.

use std::collections::HashMap;

use bugle_storage::records::{AccountOrigin, Organization, Project, Role};
use bugle_storage::{OrganizationId, ProjectId, Timestamp, UserId};

/// A user as requests see them.
#[derive(Debug, Clone)]
pub struct UserEntry {
    /// The user's number.
    pub id: UserId,
    /// What they are called.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they are owners of every project.
    pub administrator: bool,
    /// Whether the first start made the account and nobody has made it theirs.
    pub awaits_set_up: bool,
    /// When the account was made.
    pub created_at: Timestamp,
    /// How the account came to be.
    pub origin: AccountOrigin,
    /// When the person last gave the account another address themselves.
    pub email_changed_at: Option<Timestamp>,
    /// The projects they belong to, also through an organization, with the higher role.
    pub roles: HashMap<ProjectId, Role>,
    /// The organizations they belong to.
    pub organizations: HashMap<OrganizationId, Role>,
}

impl UserEntry {
    /// Whether whoever runs the server gave the account its address. Every other one is what its person says it is:
    /// no mail was ever sent there to find out.
    pub fn is_address_vouched(&self) -> bool {
        let is_theirs = matches!(self.origin, AccountOrigin::Operator | AccountOrigin::FirstStart);
        is_theirs && self.email_changed_at.is_none()
    }
}

/// A project as requests see it.
#[derive(Debug, Clone)]
pub struct ProjectEntry {
    /// Its settings.
    pub project: Project,
    /// How many members it has, those through its organization included.
    pub member_count: usize,
}

/// An organization as requests see it.
#[derive(Debug, Clone)]
pub struct OrganizationEntry {
    /// Its name and dates.
    pub organization: Organization,
    /// How many members it has.
    pub member_count: usize,
}
