//! Tells who follows the store which records have changed. It says which and not what: a follower that lags
//! behind finds each record once, however often it changed, and costs the store next to nothing meanwhile.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use roaring::RoaringTreemap;

use crate::{ProjectId, Table, changes};

/// How many changes are kept with their sequences for a follower that has not said yet where it stands.
const LOG_LENGTH_MAX: usize = 1 << 18;

/// The sequences of records, by table and project: some bits a record where neighbours have changed.
type Records = BTreeMap<(Table, ProjectId), RoaringTreemap>;

/// A store's changes on their way to its one follower. Only tables that can be followed are in it, see
/// [`Table::is_followed`].
#[derive(Debug, Default)]
pub struct ChangeFeed {
    inner: Mutex<Inner>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    /// The last commit that the store's reads show.
    through: u64,
    state: State,
    woken: bool,
}

#[derive(Debug)]
enum State {
    /// Nobody has followed yet.
    Unfollowed {
        /// Changes of commits after this one are known; `None` while there was no commit at all.
        from: Option<u64>,
        log: Vec<(u64, (Table, ProjectId), u64)>,
    },
    Followed {
        /// Every change of a commit after this one is in `records`.
        complete_after: u64,
        records: Records,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Unfollowed {
            from: None,
            log: Vec::new(),
        }
    }
}

/// Where a follower goes on from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "who goes on where it should begin anew misses changes"]
pub enum Following {
    /// Changes since then are not known any more, or that commit is not of this store: everything must be read once.
    Anew,
    /// All that has changed since then will be told.
    GoOn,
}

/// Records that have changed; what they say now is in the store.
#[derive(Debug, Default)]
pub struct Changed {
    /// Every change up to and including this commit has been told, here or before.
    pub through: u64,
    /// Every change after this commit and up to `through` is here.
    after: u64,
    records: Records,
}

impl Changed {
    /// Whether nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Table and project of the records, and their sequences in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (Table, ProjectId, impl Iterator<Item = u64>)> {
        self.records
            .iter()
            .map(|((table, project), sequences)| (*table, *project, sequences.iter()))
    }
}

impl ChangeFeed {
    /// Takes in what changed by commits that reads show from now on; they come in order.
    pub(crate) fn note<'a>(&self, commits: impl Iterator<Item = (u64, &'a [u8])>) {
        let mut inner = self.inner();
        for (sequence, payload) in commits {
            inner.note(sequence, payload);
        }
        drop(inner);
        self.news.notify_all();
    }

    /// Says that reads show everything up to this commit, whether it was noted or not.
    pub(crate) fn begin(&self, through: u64) {
        let mut inner = self.inner();
        inner.through = through;
        if let State::Unfollowed { from, .. } = &mut inner.state {
            from.get_or_insert(through);
        }
    }

    /// Follows the store, for a follower that knows every change up to the commit `since`. From now on it is told
    /// all that changes.
    ///
    /// What was taken and not given back counts as lost, until a follower shows by `since` that it has it. So who
    /// failed at anything, at beginning anew too, follows again and is told the truth.
    pub fn follow(&self, since: Option<u64>) -> Following {
        let mut inner = self.inner();
        let through = inner.through;
        let (complete_after, log) = match &mut inner.state {
            State::Unfollowed { from, log } => (from.unwrap_or_default(), std::mem::take(log)),
            State::Followed { complete_after, .. } => (*complete_after, Vec::new()),
        };
        let since = since.filter(|since| (complete_after..=through).contains(since));
        if let State::Unfollowed { .. } = inner.state {
            let mut records = Records::new();
            for (sequence, place, record) in log {
                if since.is_some_and(|since| sequence > since) {
                    records.entry(place).or_default().insert(record);
                }
            }
            inner.state = State::Followed {
                complete_after: since.unwrap_or(through),
                records,
            };
        }
        since.map_or(Following::Anew, |_| Following::GoOn)
    }

    /// How many records have changed since the last time.
    pub fn count(&self) -> u64 {
        match &self.inner().state {
            State::Followed { records, .. } => records.values().map(RoaringTreemap::len).sum(),
            State::Unfollowed { .. } => 0,
        }
    }

    /// What has changed since the last time.
    pub fn take(&self) -> Changed {
        let mut inner = self.inner();
        let through = inner.through;
        match &mut inner.state {
            State::Followed {
                complete_after,
                records,
            } if !records.is_empty() => Changed {
                through,
                after: std::mem::replace(complete_after, through),
                records: std::mem::take(records),
            },
            _ => Changed {
                through,
                after: through,
                records: Records::new(),
            },
        }
    }

    /// Takes back what a follower could not see to: it is told again.
    pub fn give_back(&self, changed: Changed) {
        let mut inner = self.inner();
        if let State::Followed {
            complete_after,
            records,
        } = &mut inner.state
        {
            *complete_after = changed.after.min(*complete_after);
            for (place, sequences) in changed.records {
                *records.entry(place).or_default() |= sequences;
            }
        }
    }

    /// Waits until something has changed or [`ChangeFeed::wake`] was called, for so long at the most.
    pub fn wait(&self, limit: Duration) {
        let quiet = |inner: &mut Inner| {
            !inner.woken && matches!(&inner.state, State::Followed { records, .. } if records.is_empty())
        };
        let waited = self.news.wait_timeout_while(self.inner(), limit, quiet);
        let (mut inner, _) = waited.unwrap_or_else(PoisonError::into_inner);
        inner.woken = false;
    }

    /// Ends a [`ChangeFeed::wait`] that is under way, or else the next.
    pub fn wake(&self) {
        self.inner().woken = true;
        self.news.notify_all();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn note(&mut self, sequence: u64, payload: &[u8]) {
        self.through = sequence;
        let places = changes(payload)
            .filter_map(Result::ok)
            .filter_map(|change| followed_place(change.key));
        match &mut self.state {
            State::Followed { records, .. } => {
                for (place, record) in places {
                    records.entry(place).or_default().insert(record);
                }
            }
            State::Unfollowed { from, log } => {
                from.get_or_insert(sequence.saturating_sub(1));
                log.extend(places.map(|(place, record)| (sequence, place, record)));
                if log.len() > LOG_LENGTH_MAX {
                    log.clear();
                    log.shrink_to_fit();
                    *from = Some(sequence);
                }
            }
        }
    }
}

/// The parts of a key `project, sequence` of a table that can be followed.
fn followed_place(key: &[u8]) -> Option<((Table, ProjectId), u64)> {
    let (head, rest) = key.split_first_chunk::<2>()?;
    let table = Table::from_byte(head[1]).filter(|table| table.is_followed())?;
    let (project, sequence) = rest.split_first_chunk::<8>()?;
    let project = ProjectId(u64::from_be_bytes(*project));
    Some(((table, project), u64::from_be_bytes(sequence.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Key, ShardId};

    fn commit(records: &[u64]) -> Vec<u8> {
        let mut batch = Batch::new();
        for record in records {
            batch.delete(Key::new(ShardId(1), Table::Issue).u64(1).u64(*record));
            batch.delete(Key::new(ShardId(1), Table::IssueRow).u64(1).u64(*record));
        }
        batch.finish().unwrap().0.to_vec()
    }

    fn note(feed: &ChangeFeed, sequence: u64, records: &[u64]) {
        feed.note(std::iter::once((sequence, commit(records).as_slice())));
    }

    fn taken(feed: &ChangeFeed) -> (u64, Vec<u64>) {
        let changed = feed.take();
        let records = changed.iter().flat_map(|(_, _, sequences)| sequences);
        (changed.through, records.collect())
    }

    #[test]
    fn each_changed_record_is_told_once() {
        let feed = ChangeFeed::default();
        assert_eq!(feed.follow(Some(0)), Following::GoOn);
        note(&feed, 1, &[7, 8]);
        note(&feed, 2, &[7]);
        assert_eq!(feed.count(), 2);
        assert_eq!(taken(&feed), (2, vec![7, 8]));
        assert_eq!(feed.count(), 0);
        assert_eq!(taken(&feed), (2, vec![]));
    }

    #[test]
    fn what_came_before_following_is_told_from_where_the_follower_stands() {
        let feed = ChangeFeed::default();
        note(&feed, 5, &[1]);
        note(&feed, 6, &[2]);
        note(&feed, 7, &[3]);
        assert_eq!(feed.follow(Some(5)), Following::GoOn);
        assert_eq!(taken(&feed), (7, vec![2, 3]));
    }

    #[test]
    fn a_gap_is_told() {
        for since in [None, Some(3), Some(8)] {
            let feed = ChangeFeed::default();
            note(&feed, 5, &[1]);
            assert_eq!(
                feed.follow(since),
                Following::Anew,
                "{since:?} and what is known begins behind 4"
            );
            assert_eq!(taken(&feed), (5, vec![]));
        }
    }

    #[test]
    fn a_store_without_frames_to_read_back_has_no_gap() {
        let feed = ChangeFeed::default();
        feed.begin(9);
        assert_eq!(feed.follow(Some(9)), Following::GoOn);
    }

    #[test]
    fn a_log_that_grows_too_long_becomes_a_gap() {
        let feed = ChangeFeed::default();
        let many: Vec<u64> = (0..=LOG_LENGTH_MAX as u64).collect();
        note(&feed, 1, &many);
        note(&feed, 2, &[1]);
        assert_eq!(feed.follow(Some(0)), Following::Anew);
        let feed = ChangeFeed::default();
        note(&feed, 1, &many);
        note(&feed, 2, &[1]);
        assert_eq!(feed.follow(Some(1)), Following::GoOn);
        assert_eq!(taken(&feed), (2, vec![1]));
    }

    #[test]
    fn what_is_given_back_is_told_again() {
        let feed = ChangeFeed::default();
        assert_eq!(feed.follow(Some(0)), Following::GoOn);
        note(&feed, 1, &[1, 2]);
        let failed = feed.take();
        note(&feed, 2, &[2, 3]);
        feed.give_back(failed);
        assert_eq!(feed.follow(Some(0)), Following::GoOn);
        assert_eq!(taken(&feed), (2, vec![1, 2, 3]));
    }

    #[test]
    fn who_could_not_begin_anew_is_told_so_again() {
        let feed = ChangeFeed::default();
        note(&feed, 5, &[1]);
        note(&feed, 6, &[2]);
        assert_eq!(feed.follow(Some(3)), Following::Anew);
        // The old index could not be removed and is opened once more.
        assert_eq!(
            feed.follow(Some(3)),
            Following::Anew,
            "the changes of 4 are not known"
        );
        let changed = feed.take();
        assert_eq!((changed.through, changed.is_empty()), (6, true));
        note(&feed, 7, &[3]);
        assert_eq!(
            feed.follow(Some(6)),
            Following::GoOn,
            "it has read everything meanwhile"
        );
        assert_eq!(taken(&feed), (7, vec![3]));
    }

    #[test]
    fn what_was_taken_and_not_given_back_is_a_gap() {
        let feed = ChangeFeed::default();
        assert_eq!(feed.follow(Some(0)), Following::GoOn);
        note(&feed, 1, &[1]);
        assert_eq!(taken(&feed), (1, vec![1]));
        assert_eq!(feed.follow(Some(0)), Following::Anew, "a panic, and 1 is lost");
        note(&feed, 2, &[2]);
        assert_eq!(feed.follow(Some(1)), Following::GoOn, "it has what it took");
        assert_eq!(feed.follow(Some(3)), Following::Anew, "not of this store");
        assert_eq!(taken(&feed), (2, vec![2]));
    }
}
