//! Pieces of a video clip that is not whole yet.

use serde::{Deserialize, Serialize};

use super::BlobHash;
use crate::Timestamp;
use crate::codec::Record;

/// One piece of a clip that comes in several (protocol 5.3). Issue, group and position are in its key. It goes when
/// the clip is whole, or when the rest did not come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoSegment {
    /// How many pieces the clip has.
    pub total: u32,
    /// Size in bytes.
    pub size: u64,
    /// Where its bytes are. The sweep does not ask for pieces: they go before it would take a file as old as theirs.
    pub blob: BlobHash,
    /// When it arrived.
    pub created_at: Timestamp,
}

impl Record for VideoSegment {
    const VERSION: u8 = 1;
    const NAME: &'static str = "video segment";
}
