//! What whoever sent a report may do to it afterwards. Update tokens and project tokens are in players' hands, so
//! there is an end to it; members know no such limits.

use std::collections::HashMap;
use std::ops::ControlFlow;

use bugle_storage::records::{QuotaCount, Submitter};
use bugle_storage::{Batch, Day, Key, ProjectId, Shard, StorageError};

use super::keys;
use crate::ActorError;

/// Changes to one report a UTC day by those who hold its update token. Far above what any client makes: a draft is
/// completed with two or three.
pub const REPORTER_CHANGES_PER_DAY: u32 = 100;
/// Files of one report beyond which only members add any.
pub const REPORTER_FILES_MAX: usize = 50;

/// What a file counts at the least that comes before a record names it, in bytes, so that they are bounded in number too.
const UNNAMED_SIZE_MIN: u64 = 1024 * 1024;

/// Whether these limits are for them: for all but people with an account.
pub(super) const fn are_for(submitter: Submitter) -> bool {
    matches!(submitter, Submitter::ProjectToken(_) | Submitter::Anonymous)
}

/// How often each report was changed today by its reporter. Each count is in the batch of the change it counts.
#[derive(Debug)]
pub(super) struct ReporterChanges {
    project: ProjectId,
    day: Day,
    /// By the report's sequence.
    counts: HashMap<u64, u32>,
    /// Bytes of today's files that no record may ever name, by the report's sequence. Kept in memory only: nothing is
    /// written for such a file, and a restart that forgets them is not for the reporter to bring about.
    unnamed: HashMap<u64, u64>,
}

impl ReporterChanges {
    /// Reads today's counts, and gives the places of those that are over. Blocks. Counts of a later day than the
    /// clock's win: the clock stepped back.
    pub(super) fn load(
        shard: &Shard,
        project: ProjectId,
        today: Day,
    ) -> Result<(Self, Vec<Key>), StorageError> {
        let mut changes = Self {
            project,
            day: today,
            counts: HashMap::new(),
            unnamed: HashMap::new(),
        };
        let mut over = Vec::new();
        shard.visit(
            &keys::reporter_changes(project),
            None,
            |key, count: QuotaCount| {
                if let Some((day, sequence)) = keys::day_and_sequence(key) {
                    over.extend(changes.begin_day(day));
                    if day == changes.day {
                        changes.counts.insert(sequence, count.0);
                    } else {
                        over.push(keys::reporter_change(project, day, sequence));
                    }
                }
                ControlFlow::Continue(())
            },
        )?;
        Ok((changes, over))
    }

    /// Begins a new day when it has come, and gives the places of the counts that are over.
    pub(super) fn begin_day(&mut self, today: Day) -> Vec<Key> {
        if today <= self.day {
            return Vec::new();
        }
        self.unnamed.clear();
        let past = self.counts.drain();
        let over = past.map(|(sequence, _)| keys::reporter_change(self.project, self.day, sequence));
        let over = over.collect();
        self.day = today;
        over
    }

    /// Whether the report may be changed once more today.
    pub(super) fn allow(&self, sequence: u64) -> bool {
        self.counts.get(&sequence).copied().unwrap_or(0) < REPORTER_CHANGES_PER_DAY
    }

    /// Counts a file of `size` bytes that comes before a record names it; `day_max` is in bytes. Refuses one that is too
    /// much: the sweep would take it only a day later.
    pub(super) fn bring(&mut self, sequence: u64, size: u64, day_max: u64) -> Result<(), ActorError> {
        let brought = self.unnamed.entry(sequence).or_insert(0);
        let sum = brought.saturating_add(size.max(UNNAMED_SIZE_MIN));
        if sum > day_max.max(UNNAMED_SIZE_MIN) {
            return Err(ActorError::NotAllowed("add more files to this report today"));
        }
        *brought = sum;
        Ok(())
    }

    /// Counts a change, in its batch, which must be committed.
    pub(super) fn count(&mut self, sequence: u64, batch: &mut Batch) -> Result<(), StorageError> {
        let count = self.counts.entry(sequence).or_insert(0);
        *count = count.saturating_add(1);
        let place = keys::reporter_change(self.project, self.day, sequence);
        batch.put(place, &QuotaCount(*count))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bugle_storage::MemoryStore;

    use super::*;

    const PROJECT: ProjectId = ProjectId(7);

    fn shard() -> Shard {
        Shard::open(Arc::new(MemoryStore::new()), PROJECT.shard()).unwrap()
    }

    fn change(changes: &mut ReporterChanges, sequence: u64, shard: &mut Shard) -> bool {
        let allowed = changes.allow(sequence);
        if allowed {
            let mut batch = Batch::new();
            changes.count(sequence, &mut batch).unwrap();
            shard.commit(batch, Box::new(Result::unwrap));
        }
        allowed
    }

    fn load(shard: &Shard, day: i32) -> (ReporterChanges, Vec<Key>) {
        ReporterChanges::load(shard, PROJECT, Day(day)).unwrap()
    }

    #[test]
    fn a_report_is_changed_so_often_a_day_also_across_a_restart() {
        let mut shard = shard();
        let (mut changes, _) = load(&shard, 3);
        assert!((0..60).all(|_| change(&mut changes, 5, &mut shard)));
        let (mut changes, over) = load(&shard, 3);
        assert!(over.is_empty());
        let allowed = (0..100).filter(|_| change(&mut changes, 5, &mut shard)).count();
        assert_eq!(allowed, 40);
        assert!(
            change(&mut changes, 6, &mut shard),
            "another report has a count of its own"
        );
    }

    #[test]
    fn a_new_day_begins_at_zero_and_gives_up_the_counts_of_the_last() {
        let mut shard = shard();
        let (mut changes, _) = load(&shard, 3);
        while change(&mut changes, 5, &mut shard) {}
        assert!(
            changes.begin_day(Day(2)).is_empty(),
            "a clock that steps back opens no day"
        );
        assert!(!changes.allow(5));
        let places = [keys::reporter_change(PROJECT, Day(3), 5)];
        let (reloaded, over) = load(&shard, 4);
        assert!(reloaded.allow(5));
        assert_eq!(over, places, "what a restart finds");
        assert_eq!(changes.begin_day(Day(4)), places, "what midnight finds");
        assert!(changes.allow(5));
    }

    #[test]
    fn what_no_record_names_is_bounded_for_each_report_and_day() {
        const MIB: u64 = 1024 * 1024;
        let (mut changes, _) = load(&shard(), 3);
        assert!(changes.bring(5, 6 * MIB, 8 * MIB).is_ok());
        assert!(changes.bring(5, 3 * MIB, 8 * MIB).is_err());
        assert!(changes.bring(5, 1, 8 * MIB).is_ok());
        assert!(changes.bring(5, 1, 8 * MIB).is_ok());
        assert!(
            changes.bring(5, 1, 8 * MIB).is_err(),
            "small files count as a MiB"
        );
        assert!(changes.bring(6, 8 * MIB, 8 * MIB).is_ok());
        changes.begin_day(Day(4));
        assert!(changes.bring(5, 8 * MIB, 8 * MIB).is_ok());
    }

    #[test]
    fn counts_of_a_later_day_than_the_clocks_hold() {
        let mut shard = shard();
        let (mut changes, _) = load(&shard, 4);
        while change(&mut changes, 5, &mut shard) {}
        let (changes, over) = load(&shard, 3);
        assert!(!changes.allow(5) && over.is_empty());
    }
}
