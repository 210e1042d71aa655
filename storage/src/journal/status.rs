//! What the journal's threads and its callers tell each other without asking.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use crate::StoreState;

const WRITABLE: u8 = 0;
const FULL: u8 = 1;
const FAILED: u8 = 2;

#[derive(Debug, Default)]
pub(super) struct Status {
    state: AtomicU8,
    synced: AtomicU64,
    /// Set when the journal closes: the helper thread leaves its work where it is.
    pub(super) stopping: AtomicBool,
}

impl Status {
    pub(super) fn new(synced: u64) -> Self {
        Self {
            synced: AtomicU64::new(synced),
            ..Self::default()
        }
    }

    pub(super) fn state(&self) -> StoreState {
        match self.state.load(Ordering::Acquire) {
            WRITABLE => StoreState::Writable,
            FULL => StoreState::Full,
            _ => StoreState::Failed,
        }
    }

    /// Says whether there is space. A failed journal stays failed.
    pub(super) fn set_full(&self, full: bool) {
        let (from, to) = if full { (WRITABLE, FULL) } else { (FULL, WRITABLE) };
        // The other outcomes are that it says so already, or that it has failed: both are right as they are.
        let _ = self
            .state
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }

    pub(super) fn fail(&self) {
        self.state.store(FAILED, Ordering::Release);
    }

    /// The highest sequence that is durable.
    pub(super) fn synced(&self) -> u64 {
        self.synced.load(Ordering::Acquire)
    }

    pub(super) fn set_synced(&self, sequence: u64) {
        self.synced.store(sequence, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_comes_and_goes_but_failed_stays() {
        let status = Status::new(3);
        assert_eq!((status.state(), status.synced()), (StoreState::Writable, 3));
        status.set_full(true);
        assert_eq!(status.state(), StoreState::Full);
        status.set_full(false);
        assert_eq!(status.state(), StoreState::Writable);
        status.fail();
        status.set_full(true);
        status.set_full(false);
        assert_eq!(status.state(), StoreState::Failed);
    }
}
