//! What people write under a report.

use serde::{Deserialize, Serialize};

use crate::codec::Record;
use crate::{RecordId, Timestamp, UserId};

/// A comment (protocol 5.6). What it stands under is in its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The id in the whole installation.
    pub id: RecordId,
    /// The issue it stands under.
    pub issue: RecordId,
    /// Who wrote it.
    pub author: UserId,
    /// What they wrote.
    pub body: String,
    /// When.
    pub created_at: Timestamp,
}

impl Record for Comment {
    const VERSION: u8 = 1;
    const NAME: &'static str = "comment";
}
