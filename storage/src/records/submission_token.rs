//! Submission tokens that were used.

use serde::{Deserialize, Serialize};

use crate::RecordId;
use crate::codec::Record;

/// A submission token (protocol 8) that a report was sent with, so that no other is. Until when it would have worked, and
/// which it is, is in its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedSubmissionToken {
    /// The report.
    pub report: RecordId,
}

impl Record for UsedSubmissionToken {
    const VERSION: u8 = 1;
    const NAME: &'static str = "used submission token";
}
