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

/// The counters of one project: today's, and those of days that are over and not yet summed up.
#[derive(Debug)]
pub(super) struct Quotas {
    project: ProjectId,
    today: CountedDay,
    ended: Vec<CountedDay>,
    /// Of which tokens and kinds of report it is known that an address has used up its limit.
    spent: HashSet<(Submitter, ReportKind)>,
}

/// The counters of a day.
#[derive(Debug)]
pub(super) struct CountedDay {
    pub(super) day: Day,
    pub(super) counts: HashMap<Counted, u32>,
}

impl CountedDay {
    fn new(day: Day) -> Self {
        Self {
            day,
            counts: HashMap::new(),
        }
    }

    /// Where the counters lie in the store.
    pub(super) fn keys(&self, project: ProjectId) -> impl Iterator<Item = Key> {
        self.counts
            .keys()
            .map(move |counted| key(project, self.day, *counted))
    }
}

impl Quotas {
    /// Reads the counters, and gives the keys of what is none. Blocks.
    pub(super) fn load(
        shard: &Shard,
        project: ProjectId,
        today: Day,
    ) -> Result<(Self, Vec<Key>), StorageError> {
        let mut quotas = Self::new(project, today);
        let mut over = Vec::new();
        for (key, count) in shard.load::<QuotaCount>(&prefix(project))? {
            if !quotas.restore(&key, count) {
                over.push(key);
            }
        }
        Ok((quotas, over))
    }

    fn new(project: ProjectId, today: Day) -> Self {
        Self {
            project,
            today: CountedDay::new(today),
            ended: Vec::new(),
            spent: HashSet::new(),
        }
    }

    /// Takes up what was stored, earlier days first; false for what is no counter. Counters of a later day than the
    /// clock's win: the clock stepped back.
    fn restore(&mut self, key: &Key, count: QuotaCount) -> bool {
        let Some((day, counted)) = parse_key(key) else {
            return false;
        };
        self.begin_day(day);
        let place = if day == self.today.day {
            &mut self.today
        } else {
            let is_new = self.ended.last().is_none_or(|ended| ended.day != day);
            if is_new {
                self.ended.push(CountedDay::new(day));
            }
            let Some(ended) = self.ended.last_mut() else {
                return false;
            };
            ended
        };
        place.counts.insert(counted, count.0);
        true
    }

    /// The day that is counted: today, or later when the clock stepped back.
    pub(super) fn day(&self) -> Day {
        self.today.day
    }

    /// Begins a new day when it has come. The one that is over waits to be summed up.
    pub(super) fn begin_day(&mut self, today: Day) {
        if today <= self.today.day {
            return;
        }
        let over = std::mem::replace(&mut self.today, CountedDay::new(today));
        self.spent.clear();
        if !over.counts.is_empty() {
            self.ended.push(over);
        }
    }

    /// Today's counters.
    pub(super) fn today(&self) -> impl Iterator<Item = (&Counted, u32)> {
        self.today.counts.iter().map(|(counted, count)| (counted, *count))
    }

    /// Days that are not summed up yet, today last.
    pub(super) fn days(&self) -> impl Iterator<Item = &CountedDay> {
        self.ended.iter().chain([&self.today])
    }

    /// Takes the days that are over, to sum them up.
    pub(super) fn take_ended(&mut self) -> Vec<CountedDay> {
        std::mem::take(&mut self.ended)
    }

    /// Whether one more report is within the limit; nothing is counted yet.
    pub(super) fn allows(&self, counted: Counted, limit: u32) -> bool {
        self.today.counts.get(&counted).copied().unwrap_or(0) < limit
    }

    /// Whether what was just counted is the first today by which an address has used up the token's limit for the kind.
    /// Says yes once. After a start the counters say whether it was said before.
    pub(super) fn is_first_spent(&mut self, counted: Counted, limit: u32) -> bool {
        let is_same = |other: &Counted| other.submitter == counted.submitter && other.kind == counted.kind;
        self.spent.insert((counted.submitter, counted.kind))
            && !self
                .today
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
        self.raise(counted);
        self.write(counted, limit, batch)
    }

    /// Counts a report; what stores it must also [write](Self::write) the counter.
    pub(super) fn raise(&mut self, counted: Counted) {
        let count = self.today.counts.entry(counted).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// Writes a counter as it stands into the batch that stores what was counted.
    pub(super) fn write(
        &self,
        counted: Counted,
        limit: u32,
        batch: &mut Batch,
    ) -> Result<QuotaState, StorageError> {
        let count = self.today.counts.get(&counted).copied().unwrap_or(0);
        batch.put(key(self.project, self.today.day, counted), &QuotaCount(count))?;
        Ok(self.state(counted, limit))
    }

    /// How a limit stands.
    pub(super) fn state(&self, counted: Counted, limit: u32) -> QuotaState {
        let count = self.today.counts.get(&counted).copied().unwrap_or(0);
        QuotaState {
            limit,
            remaining: limit.saturating_sub(count),
        }
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
        quotas.begin_day(Day(4));
        assert!(!send(&mut quotas, counted(1, ReportKind::Bug), 1));
        quotas.begin_day(Day(6));
        let [ended] = quotas.take_ended().try_into().unwrap();
        assert_eq!(
            ended
                .keys(ProjectId(1))
                .map(|key| parse_key(&key))
                .collect::<Vec<_>>(),
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
        let days: Vec<_> = quotas.days().map(|day| (day.day, day.counts.len())).collect();
        assert_eq!(
            days,
            [(Day(4), 1), (Day(5), 1), (Day(6), 1)],
            "what is over is still to be summed up"
        );
        assert!(!quotas.restore(&Key::new(ProjectId(1).shard(), Table::Quota), QuotaCount(1)));
    }
}
