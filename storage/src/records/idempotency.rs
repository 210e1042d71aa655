//! What an `Idempotency-Key` was first answered with.

use serde::{Deserialize, Serialize};

use super::{Attachment, Issue, Project};
use crate::codec::Record;
use crate::{Timestamp, TokenId};

/// The first answer to a request with an `Idempotency-Key`, written in the batch of what it created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// When the first request came; the key is forgotten 24 hours later.
    pub created_at: Timestamp,
    /// A hash of the first request, so that a key used for another request is refused.
    pub fingerprint: u64,
    /// What the request created, as it was then.
    pub answer: FirstAnswer,
}

impl Record for IdempotencyRecord {
    const VERSION: u8 = 1;
    const NAME: &'static str = "idempotency key";
}

/// What a request created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstAnswer {
    /// A bug report.
    Issue(Box<Issue>),
    /// A file of a report.
    Attachment(Box<Attachment>),
    /// A project.
    Project(Box<Project>),
    /// A project token. The token itself was in the first answer only.
    ProjectToken(TokenId),
    /// A personal access token. The token itself was in the first answer only.
    PersonalToken(TokenId),
}
