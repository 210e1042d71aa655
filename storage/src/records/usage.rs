//! What tokens were used for, a record for each token and day.

use serde::{Deserialize, Serialize};

use super::ReportKind;
use crate::codec::Record;
use crate::{AddressHash, Day};

/// How many days the use of a token is told of: today and those before it.
pub const USAGE_DAYS: u8 = 90;

/// Where the record of a day lies among those of its token. A day's record takes the place of the one that is
/// [`USAGE_DAYS`] older, so that a token never has more records than that and nothing needs to be cleaned up.
pub const fn usage_slot(day: Day) -> u8 {
    #[expect(clippy::cast_possible_truncation, reason = "a remainder is from 0 to 89")]
    let slot = day.0.rem_euclid(USAGE_DAYS as i32) as u8;
    slot
}

/// What is known of a token's use on a day beside the reports that were accepted: each of those is counted with the
/// report itself, and kept as [`AcceptedReports`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsage {
    /// Which day.
    pub day: Day,
    /// Reports of a project token that were refused; what did not happen is not listed.
    pub refused: Vec<RefusedReports>,
    /// Requests of a personal token.
    pub requests: RequestCounts,
    /// Where most of it came from, most first. For project tokens that is where refused reports came from.
    pub sources: Vec<SourceCount>,
    /// What the client of the day's last use called itself, as far as it is shown.
    pub user_agent: Option<String>,
}

impl Record for TokenUsage {
    const VERSION: u8 = 1;
    const NAME: &'static str = "use of a token";
}

/// How many reports of a kind were refused for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedReports {
    /// What was to be created.
    pub kind: ReportKind,
    /// Why it was not.
    pub reason: RefusalReason,
    /// How often.
    pub count: u64,
}

/// Why a report was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RefusalReason {
    /// The token may not do that, or not in that project.
    Right,
    /// The daily limit of the address was used up.
    Limit,
    /// The submission token that must come along was missing, or no good.
    SubmissionToken,
    /// The request itself was wrong: a field, the encoding, the size.
    Invalid,
    /// The server could not take it: its disk was full, or it was starting again.
    Unavailable,
}

impl RefusalReason {
    /// Every reason, in the order of the variants.
    pub const ALL: [Self; 5] = [
        Self::Right,
        Self::Limit,
        Self::SubmissionToken,
        Self::Invalid,
        Self::Unavailable,
    ];
}

/// Requests of a personal token. Those that read are `GET` and `HEAD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestCounts {
    /// Read, and were answered.
    pub reads_accepted: u64,
    /// Were to read, and were refused.
    pub reads_refused: u64,
    /// Changed something.
    pub writes_accepted: u64,
    /// Were to change something, and were refused.
    pub writes_refused: u64,
}

/// How much came from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCount {
    /// From where.
    pub address: AddressHash,
    /// How much of it was accepted.
    pub accepted: u64,
    /// How much of it was refused.
    pub refused: u64,
}

/// How many reports of a project token were accepted on a day that is over: the sum of its daily counters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedReports {
    /// Which day.
    pub day: Day,
    /// How many of each kind, in the order of [`ReportKind::ALL`].
    pub counts: [u64; ReportKind::ALL.len()],
    /// Where most of them came from, most first.
    pub sources: Vec<SourceCount>,
}

impl Record for AcceptedReports {
    const VERSION: u8 = 1;
    const NAME: &'static str = "accepted reports of a token";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_takes_the_place_of_the_one_90_days_before() {
        for day in [-91, -1, 0, 1, 20_776] {
            let slot = usage_slot(Day(day));
            assert_eq!(slot, usage_slot(Day(day + 90)));
            assert!(slot < USAGE_DAYS);
            for apart in 1..90 {
                assert_ne!(slot, usage_slot(Day(day + apart)));
            }
        }
    }
}
