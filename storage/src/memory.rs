//! A store that is a plain sorted map: the model that the others are tested against.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::store::Visit;
use crate::{ChangeFeed, Commit, StorageError, Store, StoreState, changes};

/// Keeps nothing on a disk. For tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    feed: ChangeFeed,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    records: BTreeMap<Vec<u8>, Bytes>,
    closed: bool,
    commits: u64,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many batches it took, for tests of what writes nothing.
    pub fn commits(&self) -> u64 {
        self.inner().commits
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn apply(&self, payload: &Bytes) -> Result<(), StorageError> {
        let mut inner = self.inner();
        if inner.closed {
            return Err(StorageError::Closed);
        }
        inner.commits += 1;
        let all = changes(payload).collect::<Result<Vec<_>, _>>()?;
        for change in all {
            match change.value {
                Some(value) => {
                    inner
                        .records
                        .insert(change.key.to_vec(), payload.slice_ref(value));
                }
                None => {
                    inner.records.remove(change.key);
                }
            }
        }
        let sequence = inner.commits;
        drop(inner);
        self.feed.note(std::iter::once((sequence, payload.as_ref())));
        Ok(())
    }
}

impl Store for MemoryStore {
    fn commit(&self, commit: Commit) {
        let outcome = if commit.fence.is_closed() {
            Err(StorageError::Replaced)
        } else {
            self.apply(&commit.payload)
        };
        commit.applied.set();
        (commit.done)(outcome);
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
        Ok(self.inner().records.get(key).cloned())
    }

    fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        let inner = self.inner();
        let from = (Bound::Included(prefix.max(from)), Bound::Unbounded);
        for (key, value) in inner.records.range::<[u8], _>(from) {
            if !key.starts_with(prefix) || visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn settle(&self) -> Result<(), StorageError> {
        Ok(())
    }

    fn feed(&self) -> &ChangeFeed {
        &self.feed
    }

    fn state(&self) -> StoreState {
        StoreState::Writable
    }

    fn close(&self) -> Result<(), StorageError> {
        self.inner().closed = true;
        Ok(())
    }
}
