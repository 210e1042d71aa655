//! A store that does as it should until it is told otherwise.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bugle_storage::{ChangeFeed, Commit, MemoryStore, StorageError, Store, StoreState, Visit};
use bytes::Bytes;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    #[default]
    None,
    /// A commit that holds this text panics, on the thread of the actor that makes it.
    PanicOn(&'static str),
    /// Every commit fails for want of space. `seen` says whether the store's state tells so beforehand, as it does once
    /// the watch over the disk has looked.
    Full { seen: bool },
}

/// A store in memory, and its fault.
#[derive(Clone, Default)]
pub(crate) struct FaultyStore {
    inner: Arc<MemoryStore>,
    fault: Arc<Mutex<Fault>>,
}

impl FaultyStore {
    pub(crate) fn set(&self, fault: Fault) {
        *self.fault() = fault;
    }

    fn fault(&self) -> MutexGuard<'_, Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for FaultyStore {
    fn commit(&self, commit: Commit) {
        let fault = *self.fault();
        match fault {
            Fault::PanicOn(text) if holds(&commit.payload, text) => {
                panic!("as told: the batch holds {text:?}")
            }
            Fault::None | Fault::PanicOn(_) => self.inner.commit(commit),
            Fault::Full { .. } => {
                let path = "the test's disk".into();
                (commit.done)(Err(StorageError::Full { path }));
            }
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
        self.inner.get(key)
    }

    fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        self.inner.scan_from(prefix, from, visit)
    }

    fn settle(&self) -> Result<(), StorageError> {
        self.inner.settle()
    }

    fn feed(&self) -> &ChangeFeed {
        self.inner.feed()
    }

    fn state(&self) -> StoreState {
        match *self.fault() {
            Fault::Full { seen: true } => StoreState::Full,
            _ => StoreState::Writable,
        }
    }

    fn close(&self) -> Result<(), StorageError> {
        self.inner.close()
    }
}

fn holds(payload: &[u8], text: &str) -> bool {
    payload
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
