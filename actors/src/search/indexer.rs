//! The thread that keeps the index: it follows the store and owns the writer.
//!
//! Nobody waits for it. When it fails it begins again, with what is on the disk at first and with nothing the
//! second time.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use bugle_storage::{Changed, Following, Key, ProjectId, RecordId, ShardId, Store, StoreState, Table};

use super::index::SearchIndex;
use super::schema::{Collection, Findable, kind_in};
use super::waiting::{LOOK_INTERVAL, Waiting};
use super::{SearchError, Shared};

/// Between two commits of the index, while there are few changes.
const COMMIT_INTERVAL: Duration = Duration::from_millis(500);
/// How long many changes are taken up until what has been taken up is shown.
const SHOWING_INTERVAL: Duration = Duration::from_secs(2);
/// How long a failure is waited out, twice as long after each further one.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);
const FAILURE_PAUSE_MAX: Duration = Duration::from_secs(60);
/// After how long without changes the index is tidied up.
const CALM: Duration = Duration::from_secs(1);
/// How often at the most the whole index is read because a search has failed.
const LOOK_THROUGH_INTERVAL: Duration = Duration::from_secs(600);
/// How long a wait for changes may last; whoever brings some ends it.
const QUIET: Duration = Duration::from_secs(60);
/// How much the thread gives way to all others, on the system's scale from 0 to 19. Tantivy's threads inherit it.
const NICENESS: i32 = 19;
/// Changed records that lie so close together are read in one go; the store keeps 32 neighbours together.
const RUN_GAP_MAX: u64 = 32;

/// Works until it is told to stop.
pub(super) fn run(shared: &Arc<Shared>, store: &Arc<dyn Store>) {
    // Where the system refuses, it works on as it is.
    let _ = rustix::process::nice(NICENESS);
    let mut troubles = Troubles::default();
    while !shared.is_stopping() {
        let mut indexer = Indexer {
            shared,
            store,
            troubles: &mut troubles,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| indexer.work()));
        let cause = match outcome {
            Ok(Ok(()) | Err(SearchError::Stopped)) => return,
            Ok(Err(cause)) => cause,
            Err(_) => SearchError::Damaged("a panic".to_owned()),
        };
        let failures = troubles.note(&cause);
        tracing::warn!(%cause, failures, "the search index failed and is opened again");
        shared.pause((FAILURE_PAUSE * (1 << (failures - 1).min(6))).min(FAILURE_PAUSE_MAX));
    }
}

/// What has gone wrong so far.
#[derive(Default)]
struct Troubles {
    /// Failures of the index since it last took something up.
    failures: u32,
    /// What is there is not to be gone on from.
    begin_anew: bool,
    /// When the files were last read because a search had failed.
    looked_through: Option<Instant>,
}

impl Troubles {
    fn note(&mut self, cause: &SearchError) -> u32 {
        self.failures += 1;
        self.begin_anew = self.failures > 1 || matches!(cause, SearchError::Damaged(_));
        self.failures
    }

    fn may_look_through(&self) -> bool {
        self.looked_through
            .is_none_or(|looked| looked.elapsed() >= LOOK_THROUGH_INTERVAL)
    }
}

struct Indexer<'a> {
    shared: &'a Shared,
    store: &'a Arc<dyn Store>,
    troubles: &'a mut Troubles,
}

impl Indexer<'_> {
    fn work(&mut self) -> Result<(), SearchError> {
        let mut index = self.open()?;
        let mut changed = self.store.feed().take();
        if index.through().is_none() {
            let begun = Instant::now();
            let filled = self.fill(&mut index);
            if let Err(error) = filled {
                self.store.feed().give_back(changed);
                return Err(error);
            }
            let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(milliseconds, "the search index was built from the store");
        }
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let mut waiting = Waiting::new(Instant::now(), processors);
        loop {
            let taken_up = self.take_up(&mut index, &changed);
            if let Err(error) = taken_up {
                self.store.feed().give_back(changed);
                return Err(error);
            }
            self.troubles.failures = 0;
            self.troubles.begin_anew = false;
            self.shared.publish(index.reader());
            if self.shared.is_stopping() && changed.is_empty() {
                return Ok(());
            }
            if !changed.is_empty() {
                self.shared.pause(COMMIT_INTERVAL);
            }
            self.look_through(&index)?;
            changed = self.next(&mut index, &mut waiting)?;
        }
    }

    /// Reads the index whole when a search has failed and that was not done lately: what fails for another reason than
    /// damage would fail again however often the index was built anew.
    fn look_through(&mut self, index: &SearchIndex) -> Result<(), SearchError> {
        if !self.is_to_be_looked_through() {
            return Ok(());
        }
        self.shared.is_doubted.store(false, Ordering::Release);
        self.troubles.looked_through = Some(Instant::now());
        match index.ensure_whole() {
            Err(SearchError::Damaged(file)) => Err(SearchError::Damaged(file)),
            Err(cause) => {
                tracing::warn!(%cause, "the search index could not be looked through");
                Ok(())
            }
            Ok(()) => {
                tracing::info!("the search index is whole");
                Ok(())
            }
        }
    }

    fn is_to_be_looked_through(&self) -> bool {
        self.shared.is_doubted.load(Ordering::Acquire) && self.troubles.may_look_through()
    }

    /// The index as it is when it can be gone on from, or an empty one.
    fn open(&self) -> Result<SearchIndex, SearchError> {
        let path = &self.shared.path;
        let mut found = None;
        if !self.troubles.begin_anew {
            match SearchIndex::open(path) {
                Ok(index) => found = Some(index),
                Err(cause) => tracing::warn!(%cause, "the search index cannot be used and is built anew"),
            }
        }
        let since = found.as_ref().and_then(SearchIndex::through);
        match (found, self.store.feed().follow(since)) {
            (Some(index), Following::GoOn) => return Ok(index),
            // Its files are closed before they are removed.
            (found, _) => drop(found),
        }
        self.shared.withdraw();
        self.wait_for_space()?;
        SearchIndex::begin(path)
    }

    fn wait_for_space(&self) -> Result<(), SearchError> {
        while self.store.state() == StoreState::Full {
            self.shared.pause(FAILURE_PAUSE);
            self.shared.ensure_running()?;
        }
        Ok(())
    }

    /// Waits for changes, and tidies up meanwhile; and lets a flood of them pass.
    fn next(&self, index: &mut SearchIndex, waiting: &mut Waiting) -> Result<Changed, SearchError> {
        let mut is_tidy = false;
        let mut calm_since = Instant::now();
        loop {
            if !self.shared.is_stopping() {
                let feed = self.store.feed();
                feed.wait(if is_tidy { QUIET } else { CALM });
            }
            if waiting.is_to_go_on(Instant::now(), self.store.feed().count()) && !self.shared.is_stopping() {
                self.shared.pause(LOOK_INTERVAL);
                calm_since = Instant::now();
                continue;
            }
            waiting.end(Instant::now());
            let changed = self.store.feed().take();
            if self.shared.is_stopping() || self.is_to_be_looked_through() {
                return Ok(changed);
            }
            // The reserve on the disk is not for an index.
            let is_full = self.store.state() == StoreState::Full;
            if !changed.is_empty() && !is_full {
                return Ok(changed);
            }
            self.store.feed().give_back(changed);
            if is_full {
                self.shared.pause(FAILURE_PAUSE);
            } else if !is_tidy && calm_since.elapsed() >= CALM {
                // A search that failed ends the waiting early, too.
                is_tidy = index.tidy()?;
                calm_since = Instant::now();
            }
        }
    }

    /// Puts every record of the store into the empty index.
    fn fill(&self, index: &mut SearchIndex) -> Result<(), SearchError> {
        for shard in (0..ShardId::COUNT).map(ShardId) {
            for table in Table::ALL.iter().copied() {
                let Some(kind) = kind_in(table) else {
                    continue;
                };
                let prefix = Key::new(shard, table);
                let mut outcome = Ok(());
                self.store.scan(prefix.as_bytes(), &mut |key, value| {
                    outcome = self.shared.ensure_running().and_then(|()| match place(key) {
                        Some((project, sequence)) => {
                            put(index, Collection { kind, project }, sequence, Some(value))
                        }
                        None => Ok(()),
                    });
                    if outcome.is_ok() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    }
                })?;
                outcome?;
            }
        }
        Ok(())
    }

    /// Brings the index to what the store says of the changed records.
    fn take_up(&self, index: &mut SearchIndex, changed: &Changed) -> Result<(), SearchError> {
        let mut committed = Instant::now();
        for (table, project, sequences) in changed.iter() {
            let Some(kind) = kind_in(table) else {
                continue;
            };
            let collection = Collection { kind, project };
            let mut run: Vec<u64> = Vec::new();
            for sequence in sequences {
                if run.last().is_some_and(|last| sequence - last > RUN_GAP_MAX) {
                    self.refresh(index, table, collection, &run)?;
                    run.clear();
                }
                run.push(sequence);
                // What has come is shown although not all of it was seen to.
                if run.len() >= 256 && committed.elapsed() >= SHOWING_INTERVAL {
                    self.refresh(index, table, collection, &run)?;
                    run.clear();
                    index.commit(index.through())?;
                    committed = Instant::now();
                }
            }
            self.refresh(index, table, collection, &run)?;
        }
        let is_whole = index.through().is_some() && changed.is_empty();
        if is_whole && (index.through() == Some(changed.through) || self.store.state() == StoreState::Full) {
            return Ok(());
        }
        index.commit(Some(changed.through))
    }

    /// Reads neighbouring records and puts them into the index.
    fn refresh(
        &self,
        index: &mut SearchIndex,
        table: Table,
        collection: Collection,
        sequences: &[u64],
    ) -> Result<(), SearchError> {
        let Some(first) = sequences.first() else {
            return Ok(());
        };
        self.shared.ensure_running()?;
        let prefix = Key::new(collection.project.shard(), table).u64(collection.project.0);
        let from = prefix.clone().u64(*first);
        let mut wanted = sequences.iter().copied().peekable();
        let mut outcome = Ok(());
        self.store
            .scan_from(prefix.as_bytes(), from.as_bytes(), &mut |key, value| {
                let Some((_, found)) = place(key) else {
                    return ControlFlow::Continue(());
                };
                while let Some(gone) = wanted.next_if(|wanted| *wanted < found) {
                    outcome = put(index, collection, gone, None);
                }
                if wanted.next_if_eq(&found).is_some() && outcome.is_ok() {
                    outcome = put(index, collection, found, Some(value));
                }
                if outcome.is_err() || wanted.peek().is_none() {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
        outcome?;
        wanted.try_for_each(|gone| put(index, collection, gone, None))
    }
}

/// Puts one record into the index, as it is stored or not stored any more.
fn put(
    index: &mut SearchIndex,
    collection: Collection,
    sequence: u64,
    value: Option<&[u8]>,
) -> Result<(), SearchError> {
    let id = RecordId::new(sequence, collection.project.shard());
    let found = value.map_or(Ok(None), Findable::decode);
    let found = found.unwrap_or_else(|cause| {
        tracing::error!(%cause, %id, "a record cannot be read and is not found by searches");
        None
    });
    index.put(collection, id, found.as_ref())
}

/// Project and sequence, which the keys of all searched records end with.
fn place(key: &[u8]) -> Option<(ProjectId, u64)> {
    let (rest, sequence) = key.split_last_chunk::<8>()?;
    let project = rest.last_chunk::<8>()?;
    Some((
        ProjectId(u64::from_be_bytes(*project)),
        u64::from_be_bytes(*sequence),
    ))
}
