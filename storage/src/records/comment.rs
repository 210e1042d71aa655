//! What people write under a report.

use serde::{Deserialize, Serialize};

use super::Attachment;
use crate::codec::{Record, decode_body};
use crate::{RecordId, StorageError, Timestamp, UserId};

/// A comment (protocol 5.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The id in the whole installation.
    pub id: RecordId,
    /// The report it stands under. Ids are given once, so they tell an issue from a suggestion or a ticket.
    pub report: RecordId,
    /// Who wrote it.
    pub author: UserId,
    /// What they wrote.
    pub body: String,
    /// When.
    pub created_at: Timestamp,
    /// When they last changed what it says; as `created_at` until they do. Since version 3.
    pub updated_at: Timestamp,
    /// The file that came with it. Its record lies among the attachments too, where the sweep looks for what is named.
    pub file: Option<Attachment>,
}

impl Record for Comment {
    const VERSION: u8 = 3;
    const NAME: &'static str = "comment";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        match version {
            1 => Some(decode_body::<Version1>(body, Self::NAME).map(Self::from)),
            2 => Some(decode_body::<Version2>(body, Self::NAME).map(Self::from)),
            _ => None,
        }
    }
}

/// Version 1 had no files.
#[derive(Deserialize)]
struct Version1 {
    id: RecordId,
    issue: RecordId,
    author: UserId,
    body: String,
    created_at: Timestamp,
}

impl From<Version1> for Comment {
    fn from(old: Version1) -> Self {
        Self {
            id: old.id,
            report: old.issue,
            author: old.author,
            body: old.body,
            created_at: old.created_at,
            updated_at: old.created_at,
            file: None,
        }
    }
}

/// Version 2 could not be changed.
#[derive(Deserialize)]
struct Version2 {
    id: RecordId,
    report: RecordId,
    author: UserId,
    body: String,
    created_at: Timestamp,
    file: Option<Attachment>,
}

impl From<Version2> for Comment {
    fn from(old: Version2) -> Self {
        Self {
            id: old.id,
            report: old.report,
            author: old.author,
            body: old.body,
            created_at: old.created_at,
            updated_at: old.created_at,
            file: old.file,
        }
    }
}
