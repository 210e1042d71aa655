//! How many reports one address has sent today with one token.

use serde::{Deserialize, Serialize};

use crate::codec::Record;

/// The kinds of report that are counted apart (seed "Rate Limiting and IP Tracking").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum ReportKind {
    /// A bug report.
    Bug = 0,
    /// A suggestion.
    FeatureRequest = 1,
    /// A support ticket.
    SupportTicket = 2,
}

impl ReportKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Bug, Self::FeatureRequest, Self::SupportTicket];

    /// The kind with this number, as it stands at the end of a quota key.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// The counter of one token, address, kind and day. Written with every accepted report, in its batch, so
/// that it is exact after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaCount(pub u32);

impl Record for QuotaCount {
    const VERSION: u8 = 1;
    const NAME: &'static str = "quota count";
}
