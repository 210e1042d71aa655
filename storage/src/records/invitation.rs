//! Links by which people are invited into a project.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Role;
use crate::codec::Record;
use crate::{ProjectId, Timestamp, UserId};

/// A link that makes whoever accepts it first a member of a project. Of its secret only the hash is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Where to.
    pub project: ProjectId,
    /// Its number, by which the project's owners name it. Random.
    pub number: u32,
    /// SHA-256 of the secret in the link.
    pub secret_hash: [u8; 32],
    /// What whoever accepts it may do there.
    pub role: Role,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// What became of it.
    pub fate: InvitationFate,
}

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationFate {
    /// Nobody has accepted it yet.
    Open,
    /// Somebody has.
    Accepted {
        /// Who.
        by: UserId,
        /// When.
        at: Timestamp,
    },
    /// An owner took it back.
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

impl Record for Invitation {
    const VERSION: u8 = 1;
    const NAME: &'static str = "invitation";
}

impl fmt::Debug for Invitation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Invitation")
            .field("project", &self.project)
            .field("number", &self.number)
            .field("fate", &self.fate)
            .finish_non_exhaustive()
    }
}
