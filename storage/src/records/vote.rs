//! Who is for which suggestion.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::codec::Record;

/// A vote for a suggestion (protocol 5.5). Whose it is, and for what, is in its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// When it was given.
    pub created_at: Timestamp,
}

impl Record for Vote {
    const VERSION: u8 = 1;
    const NAME: &'static str = "vote";
}
