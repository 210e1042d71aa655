//! Who changed what.

use serde::{Deserialize, Serialize};

use super::{Reporter, Submitter};
use crate::codec::Record;
use crate::{RecordId, Timestamp};

/// One change of a published report. Whose it is, is in its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The id in the whole installation.
    pub id: RecordId,
    /// Who made it, as far as that is known.
    pub by: Reporter,
    /// What it was sent with.
    pub submitter: Submitter,
    /// When.
    pub at: Timestamp,
    /// What was different after it.
    pub changes: Vec<FieldChange>,
}

/// A field before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field's name on the wire.
    pub field: String,
    /// What it was; `None` when it was nothing, or is nobody's business.
    pub from: Option<String>,
    /// What it is since.
    pub to: Option<String>,
}

impl Record for HistoryEntry {
    const VERSION: u8 = 1;
    const NAME: &'static str = "history entry";
}
