//! The daily counters: per submitter, address and kind, exact, back to zero at 00:00 UTC.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use bugle_storage::records::{QuotaCount, ReportKind, Submitter};
use bugle_storage::{AddressHash, Batch, Day, Key, ProjectId, Shard, StorageError, Table};

/// What is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Counted {
    pub(super) submitter: Submitter,
    pub(super) address: AddressHash,
    pub(super) kind: ReportKind,
}

/// How a limit stands after a report was counted or refused; what the `RateLimit` headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaState {
    /// Reports allowed a UTC day.
    pub limit: u32,
    /// How many of them are left today.
    pub remaining: u32,
}

/// Today's counters of one project.
#[derive(Debug)]
pub(super) struct Quotas {
    project: ProjectId,
    day: Day,
    counts: HashMap<Counted, u32>,
    /// Of which tokens and kinds of report it is known that an address has used up its limit.
    spent: HashSet<(Submitter, ReportKind)>,
}

impl Quotas {
    /// Reads today's counters, and gives the keys of those that are over. Blocks.
    pub(super) fn load(
        shard: &Shard,
        project: ProjectId,
        today: Day,
    ) -> Result<(Self, Vec<Key>), StorageError> {
        let mut quotas = Self::new(project, today);
        let mut over = Vec::new();
        for (key, count) in shard.load::<QuotaCount>(&prefix(project))? {
            quotas.restore(&key, count);
            if parse_key(&key).is_none_or(|(day, _)| day < quotas.day()) {
                over.push(key);
            }
        }
        Ok((quotas, over))
    }

    fn new(project: ProjectId, today: Day) -> Self {
        Self {
            project,
            day: today,
            counts: HashMap::new(),
            spent: HashSet::new(),
        }
    }

    /// Takes up what was stored. Counters of a later day than the clock's win: the clock stepped back.
    fn restore(&mut self, key: &Key, count: QuotaCount) {
        let Some((day, counted)) = parse_key(key) else {
            return;
        };
        if day > self.day {
            self.day = day;
            self.counts.clear();
        }
        if day == self.day {
            self.counts.insert(counted, count.0);
        }
    }

    /// The day that is counted: today, or later when the clock stepped back.
    pub(super) fn day(&self) -> Day {
        self.day
    }

    /// Begins a new day when it has come, and gives the keys of the counters that are over.
    pub(super) fn begin_day(&mut self, today: Day) -> Vec<Key> {
        if today <= self.day {
            return Vec::new();
        }
        let over = self
            .counts
            .drain()
            .map(|(counted, _)| key(self.project, self.day, counted))
            .collect();
        self.spent.clear();
        self.day = today;
        over
    }

    /// Whether one more report is within the limit; nothing is counted yet.
    pub(super) fn allows(&self, counted: Counted, limit: u32) -> bool {
        self.counts.get(&counted).copied().unwrap_or(0) < limit
    }

    /// Whether what was just counted is the first today by which an address has used up the token's limit for the kind.
    /// Says yes once. After a start the counters say whether it was said before.
    pub(super) fn is_first_spent(&mut self, counted: Counted, limit: u32) -> bool {
        let is_same = |other: &Counted| other.submitter == counted.submitter && other.kind == counted.kind;
        self.spent.insert((counted.submitter, counted.kind))
            && !self
                .counts
                .iter()
                .any(|(other, count)| is_same(other) && *other != counted && *count >= limit)
    }

    /// Counts a report, and writes the new count into the batch that stores the report.
    pub(super) fn count(
        &mut self,
        counted: Counted,
        limit: u32,
        batch: &mut Batch,
    ) -> Result<QuotaState, StorageError> {
        let count = self.counts.entry(counted).or_insert(0);
        *count = count.saturating_add(1);
        batch.put(key(self.project, self.day, counted), &QuotaCount(*count))?;
        Ok(QuotaState {
            limit,
            remaining: limit.saturating_sub(*count),
        })
    }
}

/// The prefix of every counter of a project.
fn prefix(project: ProjectId) -> Key {
    Key::new(project.shard(), Table::Quota).u64(project.0)
}

fn key(project: ProjectId, day: Day, counted: Counted) -> Key {
    prefix(project)
        .day(day)
        .bytes(&counted.submitter.to_bytes())
        .u64(counted.address.0)
        .bytes(&[counted.kind as u8])
}

/// The day of a stored counter, and what it counts.
fn parse_key(key: &Key) -> Option<(Day, Counted)> {
    let parts = key.as_bytes().get(10..)?;
    let (day, parts) = parts.split_first_chunk::<4>()?;
    let (submitter, parts) = parts.split_first_chunk::<9>()?;
    let (address, parts) = parts.split_first_chunk::<8>()?;
    let counted = Counted {
        submitter: Submitter::from_bytes(submitter)?,
        address: AddressHash(u64::from_be_bytes(*address)),
        kind: ReportKind::from_byte(*parts.first()?)?,
    };
    Some((Day::from_key(*day), counted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::TokenId;

    fn counted(address: u64, kind: ReportKind) -> Counted {
        let submitter = Submitter::ProjectToken(TokenId(1));
        Counted {
            submitter,
            address: AddressHash(address),
            kind,
        }
    }

    fn send(quotas: &mut Quotas, counted: Counted, limit: u32) -> bool {
        let allowed = quotas.allows(counted, limit);
        if allowed {
            quotas.count(counted, limit, &mut Batch::new()).unwrap();
        }
        allowed
    }

    #[test]
    fn a_limit_accepts_exactly_that_many() {
        let mut quotas = Quotas::new(ProjectId(1), Day(1));
        let accepted = (0..20)
            .filter(|_| send(&mut quotas, counted(1, ReportKind::Bug), 8))
            .count();
        assert_eq!(accepted, 8);
        assert!(
            send(&mut quotas, counted(2, ReportKind::Bug), 8),
            "another address has its own counter"
        );
        assert!(
            send(&mut quotas, counted(1, ReportKind::SupportTicket), 8),
            "another kind too"
        );
        assert!(
            !send(&mut quotas, counted(3, ReportKind::Bug), 0),
            "a limit of 0 refuses all"
        );
        assert!(
            send(&mut quotas, counted(1, ReportKind::Bug), 9),
            "a raised limit counts at once"
        );
    }

    #[test]
    fn a_limit_is_spent_for_the_first_time_once_a_day_and_kind() {
        let mut quotas = Quotas::new(ProjectId(1), Day(1));
        let spend = |quotas: &mut Quotas, address, kind| {
            assert!(send(quotas, counted(address, kind), 1));
            quotas.is_first_spent(counted(address, kind), 1)
        };
        assert!(spend(&mut quotas, 1, ReportKind::Bug));
        assert!(!spend(&mut quotas, 2, ReportKind::Bug));
        assert!(spend(&mut quotas, 1, ReportKind::SupportTicket));
        quotas.begin_day(Day(2));
        assert!(spend(&mut quotas, 1, ReportKind::Bug));
        quotas.spent.clear();
        assert!(!spend(&mut quotas, 2, ReportKind::Bug), "a start in between");
    }

    #[test]
    fn midnight_resets_and_a_clock_that_steps_back_does_not() {
        let mut quotas = Quotas::new(ProjectId(1), Day(5));
        assert!(send(&mut quotas, counted(1, ReportKind::Bug), 1));
        assert!(quotas.begin_day(Day(4)).is_empty());
        assert!(!send(&mut quotas, counted(1, ReportKind::Bug), 1));
        let over = quotas.begin_day(Day(6));
        assert_eq!(
            over.iter().map(parse_key).collect::<Vec<_>>(),
            [Some((Day(5), counted(1, ReportKind::Bug)))]
        );
        assert!(send(&mut quotas, counted(1, ReportKind::Bug), 1));
    }

    #[test]
    fn stored_counters_of_the_latest_day_count_on() {
        let stored = |day, address| key(ProjectId(1), Day(day), counted(address, ReportKind::Bug));
        let mut quotas = Quotas::new(ProjectId(1), Day(5));
        quotas.restore(&stored(4, 1), QuotaCount(7));
        assert!(
            quotas.allows(counted(1, ReportKind::Bug), 1),
            "yesterday's do not count"
        );
        quotas.restore(&stored(5, 1), QuotaCount(7));
        assert!(!quotas.allows(counted(1, ReportKind::Bug), 7));
        quotas.restore(&stored(6, 2), QuotaCount(3));
        assert_eq!(
            quotas.day(),
            Day(6),
            "the clock stepped back while the server was down"
        );
        assert!(quotas.allows(counted(1, ReportKind::Bug), 1));
        assert!(!quotas.allows(counted(2, ReportKind::Bug), 3));
    }
}
