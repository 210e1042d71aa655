//! One token's use on one day, while it is counted.

use bugle_storage::Day;
use bugle_storage::records::{RefusalReason, RefusedReports, ReportKind, RequestCounts, TokenUsage};

use super::sources::TopSources;

/// How many counters of refused reports there are: one for each kind and reason.
const REFUSALS: usize = ReportKind::ALL.len() * RefusalReason::ALL.len();

/// What is counted of a token on a day. Always of the same size, but for its sources, which are at most 64.
#[derive(Debug, Clone, Default)]
pub(super) struct DayUsage {
    refused: [u64; REFUSALS],
    pub(super) requests: RequestCounts,
    pub(super) sources: TopSources,
    pub(super) user_agent: Option<String>,
}

const fn place(kind: ReportKind, reason: RefusalReason) -> usize {
    kind as usize * RefusalReason::ALL.len() + reason as usize
}

impl DayUsage {
    /// Counts a refused report.
    pub(super) fn refuse(&mut self, kind: ReportKind, reason: RefusalReason) {
        if let Some(count) = self.refused.get_mut(place(kind, reason)) {
            *count += 1;
        }
    }

    /// Adds what was counted later.
    pub(super) fn add(&mut self, later: Self) {
        for (count, more) in self.refused.iter_mut().zip(later.refused) {
            *count += more;
        }
        self.requests.reads_accepted += later.requests.reads_accepted;
        self.requests.reads_refused += later.requests.reads_refused;
        self.requests.writes_accepted += later.requests.writes_accepted;
        self.requests.writes_refused += later.requests.writes_refused;
        self.sources.add(later.sources);
        if later.user_agent.is_some() {
            self.user_agent = later.user_agent;
        }
    }

    /// What is stored of it.
    pub(super) fn to_record(&self, day: Day) -> TokenUsage {
        let all = ReportKind::ALL
            .into_iter()
            .flat_map(|kind| RefusalReason::ALL.map(|reason| (kind, reason)));
        let refused = all.map(|(kind, reason)| RefusedReports {
            kind,
            reason,
            count: self.refused.get(place(kind, reason)).copied().unwrap_or(0),
        });
        TokenUsage {
            day,
            refused: refused.filter(|refused| refused.count > 0).collect(),
            requests: self.requests,
            sources: self.sources.told(),
            user_agent: self.user_agent.clone(),
        }
    }

    /// Goes on from what was stored.
    pub(super) fn of_record(record: TokenUsage) -> Self {
        let mut usage = Self {
            requests: record.requests,
            sources: TopSources::of_stored(&record.sources),
            user_agent: record.user_agent,
            ..Self::default()
        };
        for refused in record.refused {
            if let Some(count) = usage.refused.get_mut(place(refused.kind, refused.reason)) {
                *count = refused.count;
            }
        }
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::AddressHash;

    #[test]
    fn what_was_stored_is_counted_on() {
        let mut usage = DayUsage::default();
        for kind in ReportKind::ALL {
            for reason in RefusalReason::ALL {
                (0..=place(kind, reason)).for_each(|_| usage.refuse(kind, reason));
            }
        }
        usage.requests.reads_accepted = 4;
        usage.requests.writes_refused = 5;
        usage.sources.count(AddressHash(1), true);
        usage.user_agent = Some("Game/1".into());
        let record = usage.to_record(Day(3));
        assert_eq!(record.refused.len(), REFUSALS);
        let counts: Vec<_> = record.refused.iter().map(|refused| refused.count).collect();
        assert_eq!(
            counts,
            (1..=REFUSALS as u64).collect::<Vec<_>>(),
            "each has a place of its own"
        );
        let mut again = DayUsage::of_record(record.clone());
        assert_eq!(again.to_record(Day(3)), record);
        again.add(DayUsage::default());
        assert_eq!(again.to_record(Day(3)), record, "nothing is no agent");
    }
}
