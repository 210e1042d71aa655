//! What a store must do. Embedded it is a journal with a sorted map behind it; the in-memory one is the
//! model; one test suite holds for both. Kept narrow, so that several nodes can share one database later.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;

use crate::{ChangeFeed, StorageError};

/// Called once, when a commit is durable or cannot be. It runs on the store's own thread: it must not block
/// and must not panic.
pub type Completion = Box<dyn FnOnce(Result<(), StorageError>) + Send>;

/// Tells the owner of a [`crate::Shard`] which of its commits the store's reads show.
#[derive(Debug, Clone)]
pub struct AppliedMark {
    through: Arc<AtomicU64>,
    number: u64,
}

impl AppliedMark {
    pub(crate) fn new(through: Arc<AtomicU64>, number: u64) -> Self {
        Self { through, number }
    }

    /// Says that reads show this commit and all before it of the same owner.
    pub fn set(&self) {
        self.through.store(self.number, Ordering::Release);
    }
}

/// Keeps an owner that was replaced from writing beside its successor.
///
/// Every commit carries its owner's fence, and the store looks at it in the order of commits: once a fence is
/// closed and the store has settled, nothing of that owner's is written any more, however late it comes.
#[derive(Debug, Clone, Default)]
pub struct Fence(Arc<AtomicBool>);

impl Fence {
    /// Refuses everything that the owner commits from now on.
    pub fn close(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the owner was replaced.
    pub fn is_closed(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A batch on its way to the disk.
pub struct Commit {
    /// Whether its owner may still write.
    pub fence: Fence,
    /// The encoded batch, see [`crate::changes`].
    pub payload: Bytes,
    /// Set once reads show the batch.
    pub applied: AppliedMark,
    /// Called once the batch is durable, or has failed.
    pub done: Completion,
}

/// Whether the store takes writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreState {
    /// All is well.
    Writable,
    /// Too little space is left: writes are refused until there is more.
    Full,
    /// More has come than the disk has taken so far: writes are refused until it has caught up.
    Busy,
    /// A write or sync failed. Reads may go on; writes need a restart.
    Failed,
}

/// Called for each record of a scan, with key and value; `Break` ends it.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> ControlFlow<()> + 'a;

/// Called for each record's key; `Break` ends it.
pub type VisitKey<'a> = dyn FnMut(&[u8]) -> ControlFlow<()> + 'a;

/// A sorted map from keys to encoded records with durable, atomic batches.
///
/// Commits of one thread are applied in the order in which they were handed over. Everything but `commit`
/// and `state` may block on the disk.
pub trait Store: Send + Sync {
    /// Takes a batch. Never blocks on the disk; the completion tells the outcome.
    fn commit(&self, commit: Commit);

    /// The record at `key`, as of the batches applied so far.
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError>;

    /// Visits the records whose keys begin with `prefix` and are not below `from`, in key order, as of the
    /// batches applied so far. It is no snapshot: of a batch that is applied meanwhile it may show what lies further on,
    /// and not what lies where it has been.
    fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError>;

    /// Visits every record whose key begins with `prefix`; see [`Store::scan_from`].
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        self.scan_from(prefix, &[], visit)
    }

    /// Visits the key of every record that begins with `prefix`, in key order, for whoever need not know what they hold;
    /// see [`Store::scan_from`].
    fn scan_keys(&self, prefix: &[u8], visit: &mut VisitKey<'_>) -> Result<(), StorageError> {
        self.scan(prefix, &mut |key, _| visit(key))
    }

    /// Waits until reads show every batch handed over before this call.
    fn settle(&self) -> Result<(), StorageError>;

    /// Which records have changed, for the one who follows.
    fn feed(&self) -> &ChangeFeed;

    /// Whether writes are taken now. Cheap: asked before every write.
    fn state(&self) -> StoreState;

    /// Stops taking commits, makes durable and readable what was taken, and closes the files.
    fn close(&self) -> Result<(), StorageError>;
}
