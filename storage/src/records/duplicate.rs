//! Which report is the same as which.

use serde::{Deserialize, Serialize};

use crate::codec::Record;
use crate::{RecordId, Timestamp};

/// That a report is a duplicate of another one. Which is, is in its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DuplicateMark {
    /// What it is a duplicate of; that is none itself.
    pub original: RecordId,
    /// Since when.
    pub since: Timestamp,
}

impl Record for DuplicateMark {
    const VERSION: u8 = 1;
    const NAME: &'static str = "duplicate mark";
}
