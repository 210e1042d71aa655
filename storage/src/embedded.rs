//! The store of one process: a journal, and a sorted map behind it.

mod directory;
mod space;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;

pub(crate) use self::directory::{DataDirectory, is_half_restored, is_unused};
use self::space::SpaceWatch;
use crate::applier::{Applier, Backlog, Remainder, Replay, Replayed};
use crate::block::Blocks;
use crate::disk::{Disk, RealDisk};
use crate::journal::{Durable, Journal, JournalOptions};
use crate::shelf::{Shelf, SledShelf};
use crate::store::{Visit, VisitKey};
use crate::{ChangeFeed, Commit, StorageError, Store, StoreState};

/// Bytes that may lie between the journal and the map before commits are refused.
const BACKLOG_SIZE_MAX: usize = 256 << 20;
/// From how many on the store says that it is busy: what was let through by then still fits.
const BACKLOG_SIZE_BUSY: usize = BACKLOG_SIZE_MAX / 2;

/// How much the applier gives way to others, on the system's scale from 0 to 19.
const APPLIER_NICENESS: i32 = 5;

/// Where a store is and how much it may take.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data directory.
    pub data: PathBuf,
    /// Size of one journal segment in bytes.
    pub segment_size: u64,
    /// How long journal segments are kept after the map has taken them over.
    pub keep: Duration,
    /// Free space on the disk in bytes below which writes are refused.
    pub reserve: u64,
    /// Memory for the map's pages in bytes.
    pub cache: u64,
    /// After how many bytes of commits the map is made durable and the journal let go of them.
    pub flush_size: u64,
}

impl StoreOptions {
    /// The usual sizes: segments of 64 MiB, kept for 7 days; 256 MiB in reserve; 64 MiB of cache.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            segment_size: 64 << 20,
            keep: Duration::from_secs(7 * 24 * 3600),
            reserve: 256 << 20,
            cache: 64 << 20,
            flush_size: 64 << 20,
        }
    }

    fn journal(&self, next_sequence_min: u64) -> JournalOptions {
        JournalOptions {
            segment_size: self.segment_size,
            keep: self.keep,
            reserve: self.reserve,
            next_sequence_min,
        }
    }
}

/// The journal's directory within a data directory.
pub(crate) fn journal_directory(data: &Path) -> PathBuf {
    data.join("journal")
}

/// The map's directory within a data directory.
pub(crate) fn shelf_directory(data: &Path) -> PathBuf {
    data.join("store")
}

/// Commits are durable once the journal has them; reads are served by the map, which takes them a little later.
pub struct EmbeddedStore {
    blocks: Arc<Blocks>,
    journal: Arc<Journal>,
    backlog: Arc<Backlog>,
    feed: Arc<ChangeFeed>,
    remainder: Arc<Remainder>,
    low_space: Arc<AtomicBool>,
    data: PathBuf,
    threads: Mutex<Option<Threads>>,
}

/// What lives until the store is closed.
struct Threads {
    applier: JoinHandle<()>,
    /// Wakes the applier: an empty group asks it to apply what it has.
    nudge: Sender<Vec<Durable>>,
    space: SpaceWatch,
    /// Holds the lock on the data directory; released last.
    directory: Option<DataDirectory>,
}

impl EmbeddedStore {
    /// Opens the store in a data directory, or begins one. Frames that the map does not hold are applied before
    /// this returns.
    ///
    /// # Errors
    /// [`StorageError::InUse`] when another process has it; [`StorageError::Damaged`] when journal or map are
    /// not what was written, or the map lacks changes that the journal has let go of.
    pub fn open(options: &StoreOptions) -> Result<Self, StorageError> {
        let directory = DataDirectory::open(&options.data)?;
        Self::open_locked(directory, options)
    }

    pub(crate) fn open_locked(
        directory: DataDirectory,
        options: &StoreOptions,
    ) -> Result<Self, StorageError> {
        let shelf = SledShelf::open(&shelf_directory(&options.data), options.cache)?;
        let mut store = Self::over(Arc::new(RealDisk), Box::new(shelf), options)?;
        if let Some(threads) = store
            .threads
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            threads.directory = Some(directory);
        }
        Ok(store)
    }

    /// Opens the store on any disk and shelf; nothing keeps others out. For tests.
    pub fn over(
        disk: Arc<dyn Disk>,
        shelf: Box<dyn Shelf>,
        options: &StoreOptions,
    ) -> Result<Self, StorageError> {
        let blocks = Arc::new(Blocks::new(shelf));
        let (nudge, groups) = channel();
        let begun = Instant::now();
        let mut replay = Replay::new(&blocks)?;
        let feed = Arc::<ChangeFeed>::default();
        let journal = Arc::new(Journal::open(
            Arc::clone(&disk),
            &journal_directory(&options.data),
            options.journal(blocks.applied_through()? + 1),
            &mut |sequence, payload| {
                feed.note(std::iter::once((sequence, payload)));
                replay.take(sequence, payload)
            },
            nudge.clone(),
        )?);
        // Dropping the journal on an error closes it.
        let replayed = replay.finish(journal.last_durable())?;
        feed.begin(replayed.through);
        log_recovery(replayed, begun.elapsed());
        let backlog = Arc::<Backlog>::default();
        let remainder = Arc::<Remainder>::default();
        let release = {
            let journal = Arc::clone(&journal);
            Box::new(move |sequence| journal.release_through(sequence))
        };
        let applier = Applier::new(
            Arc::clone(&blocks),
            Arc::clone(&backlog),
            Arc::clone(&feed),
            Arc::clone(&remainder),
            release,
            options.flush_size,
            replayed,
        );
        let space = SpaceWatch::start(disk, &options.data, options.reserve)?;
        Ok(Self {
            low_space: space.low(),
            threads: Mutex::new(Some(Threads {
                applier: spawn_applier(applier, groups)?,
                nudge,
                space,
                directory: None,
            })),
            blocks,
            journal,
            backlog,
            feed,
            remainder,
            data: options.data.clone(),
        })
    }

    /// The sequence number of the last commit that is durable; 0 when there was none.
    pub fn last_durable(&self) -> u64 {
        self.journal.last_durable()
    }

    pub(crate) fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Says why a commit cannot be taken now.
    fn refusal(&self) -> Option<StorageError> {
        if self.backlog.is_closing() {
            return Some(StorageError::Closed);
        }
        if self.backlog.has_failed() {
            return Some(self.backlog.failure().unwrap_or(StorageError::Closed));
        }
        if self.is_full() {
            let path = self.data.clone();
            return Some(StorageError::Full { path });
        }
        (self.backlog.bytes() > BACKLOG_SIZE_MAX).then_some(StorageError::Busy)
    }

    /// The error that the applier has given up on, if it has.
    pub(crate) fn applier_works(&self) -> Result<(), StorageError> {
        self.backlog.failure().map_or(Ok(()), Err)
    }

    fn is_full(&self) -> bool {
        self.low_space.load(Ordering::Relaxed) || self.backlog.is_full()
    }

    fn threads(&self) -> MutexGuard<'_, Option<Threads>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_applied(&self, nudge: &Sender<Vec<Durable>>) -> Result<(), StorageError> {
        self.backlog.wait_decided();
        self.backlog.wait_applied(|| nudge.send(Vec::new()).is_ok())
    }
}

impl Store for EmbeddedStore {
    fn commit(&self, commit: Commit) {
        if let Some(error) = self.refusal() {
            return (commit.done)(Err(error));
        }
        let size = commit.payload.len();
        self.backlog.hand_over(size);
        let backlog = Arc::clone(&self.backlog);
        let done = commit.done;
        self.journal.append(Commit {
            fence: commit.fence,
            payload: commit.payload,
            applied: commit.applied,
            done: Box::new(move |outcome| {
                backlog.decide(size, outcome.is_ok());
                done(outcome);
            }),
        });
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
        self.remainder.get(key).map_or_else(|| self.blocks.get(key), Ok)
    }

    fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        self.remainder.scan_from(prefix, from, visit, |visit| {
            self.blocks.scan_from(prefix, from, visit)
        })
    }

    fn scan_keys(&self, prefix: &[u8], visit: &mut VisitKey<'_>) -> Result<(), StorageError> {
        let mut visit = |key: &[u8], _: &[u8]| visit(key);
        self.remainder.scan_from(prefix, &[], &mut visit, |visit| {
            self.blocks.scan_keys(prefix, &mut |key| visit(key, &[]))
        })
    }

    fn settle(&self) -> Result<(), StorageError> {
        let nudge = self.threads().as_ref().map(|threads| threads.nudge.clone());
        self.wait_applied(&nudge.ok_or(StorageError::Closed)?)
    }

    fn feed(&self) -> &ChangeFeed {
        &self.feed
    }

    fn state(&self) -> StoreState {
        if self.backlog.has_failed() || self.backlog.is_closing() {
            return StoreState::Failed;
        }
        match self.journal.state() {
            StoreState::Writable if self.is_full() => StoreState::Full,
            StoreState::Writable if self.backlog.bytes() > BACKLOG_SIZE_BUSY => StoreState::Busy,
            state => state,
        }
    }

    fn close(&self) -> Result<(), StorageError> {
        self.backlog.set_closing();
        let Some(threads) = self.threads().take() else {
            return Ok(());
        };
        // The map is flushed before the journal closes, so that the journal can still let go of its frames.
        let applied = self.wait_applied(&threads.nudge).and(self.applier_works());
        let sealed = self.journal.close();
        drop(threads.nudge);
        let ended = threads.applier.join().map_err(|_| StorageError::Closed);
        self.blocks.close();
        threads.space.stop();
        drop(threads.directory);
        applied.and(sealed).and(ended)
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "closing the store: what was acknowledged is in its journal");
        }
    }
}

/// After a stop in good order there is nothing to tell.
fn log_recovery(replayed: Replayed, took: Duration) {
    if replayed.frames > 0 {
        let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            commits = replayed.frames,
            bytes = replayed.bytes,
            milliseconds,
            "the last stop was not in good order: the journal gave back what the store did not hold yet"
        );
    }
}

fn spawn_applier(applier: Applier, groups: Receiver<Vec<Durable>>) -> Result<JoinHandle<()>, StorageError> {
    thread::Builder::new()
        .name("applier".into())
        .spawn(move || {
            // Nobody waits for it, so it gives way to the threads that somebody waits for. Where the system
            // refuses, it works on as it is.
            let _ = rustix::process::nice(APPLIER_NICENESS);
            applier.run(&groups);
        })
        .map_err(|error| StorageError::io("starting a thread for", Path::new("the store"), error))
}
