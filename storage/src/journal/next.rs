//! Where the helper thread leaves the next segment for the writer.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::segment::Segment;
use crate::StorageError;

/// Holds at most one segment. It is touched once a segment, never once a commit.
pub(super) struct NextSegment {
    slot: Mutex<Slot>,
    filled: Condvar,
}

enum Slot {
    /// The helper thread is making it.
    Owed,
    Ready(Segment),
    /// It cannot be made now; the helper thread tries again.
    Refused(StorageError),
}

impl NextSegment {
    pub(super) fn new(ready: Option<Segment>) -> Self {
        Self {
            slot: Mutex::new(ready.map_or(Slot::Owed, Slot::Ready)),
            filled: Condvar::new(),
        }
    }

    /// Leaves a segment, or the reason why there is none.
    pub(super) fn put(&self, made: Result<Segment, StorageError>) {
        *self.slot() = made.map_or_else(Slot::Refused, Slot::Ready);
        self.filled.notify_all();
    }

    /// Takes the segment; waits while it is being made.
    pub(super) fn take(&self) -> Result<Segment, StorageError> {
        let mut slot = self
            .filled
            .wait_while(self.slot(), |slot| matches!(slot, Slot::Owed))
            .unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *slot, Slot::Owed) {
            Slot::Ready(segment) => Ok(segment),
            Slot::Refused(error) => {
                *slot = Slot::Refused(error.clone());
                Err(error)
            }
            Slot::Owed => Err(StorageError::Closed),
        }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
