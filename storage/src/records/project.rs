//! Projects and who belongs to them.

use serde::{Deserialize, Serialize};

use crate::codec::{Record, decode_body};
use crate::{OrganizationId, ProjectId, StorageError, Timestamp, UserId};

/// A game, or whatever reports are collected for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The project's number, behind `pr-` in addresses.
    pub id: ProjectId,
    /// 1 to 120 characters.
    pub name: String,
    /// At most 4000 characters, may be empty.
    pub description: String,
    /// Who may see that the project exists.
    pub visibility: Visibility,
    /// Whether `FormUser anonymous` may create reports (protocol 15: a switch, off by default).
    pub anonymous_reports: bool,
    /// Fewest characters of a report's description from a `FormUser`; 0 is no minimum (protocol 4.2).
    pub description_length_min: u32,
    /// The organization it belongs to, whose members have their role there in the project too.
    pub organization: Option<OrganizationId>,
    /// When the project was made.
    pub created_at: Timestamp,
    /// When one of the fields above last changed.
    pub updated_at: Timestamp,
}

impl Record for Project {
    const VERSION: u8 = 2;
    const NAME: &'static str = "project";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        (version == 1).then(|| decode_body::<ProjectVersion1>(body, Self::NAME).map(Self::from))
    }
}

/// A project as it was before there were organizations.
#[derive(Deserialize)]
pub(super) struct ProjectVersion1 {
    id: ProjectId,
    name: String,
    description: String,
    visibility: Visibility,
    anonymous_reports: bool,
    description_length_min: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<ProjectVersion1> for Project {
    fn from(old: ProjectVersion1) -> Self {
        Self {
            id: old.id,
            name: old.name,
            description: old.description,
            visibility: old.visibility,
            anonymous_reports: old.anonymous_reports,
            description_length_min: old.description_length_min,
            organization: None,
            created_at: old.created_at,
            updated_at: old.updated_at,
        }
    }
}

/// Who may see a project (protocol 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visibility {
    /// Anybody may see its name, description and releases.
    Public,
    /// Members only.
    Private,
}

/// That a user belongs to a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The project.
    pub project: ProjectId,
    /// The member.
    pub user: UserId,
    /// What the member may do there.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

impl Record for Membership {
    const VERSION: u8 = 1;
    const NAME: &'static str = "membership";
}

/// What a member may do; each role may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Reads issues and reports them.
    Tester,
    /// Works on issues, makes project tokens.
    Developer,
    /// Everything, members and the project itself included.
    Owner,
}

/// The range of a sequence that was given out last; all before it was given out earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdLease {
    /// First sequence number of the range.
    pub start: u64,
    /// One past the last.
    pub end: u64,
}

impl Record for IdLease {
    const VERSION: u8 = 1;
    const NAME: &'static str = "id lease";
}
