//! What supervisors tell the rest of the server.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counters that `/readyz` and `/metrics` read.
#[derive(Debug, Default)]
pub struct Health {
    restarts: AtomicU64,
    recovering: AtomicUsize,
}

impl Health {
    /// How many actors were restarted since the server started.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Whether no actor is being restarted right now.
    pub fn is_ready(&self) -> bool {
        self.recovering.load(Ordering::Acquire) == 0
    }

    pub(crate) fn recovery_begins(&self) {
        self.restarts.fetch_add(1, Ordering::Relaxed);
        self.recovering.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn recovery_ends(&self) {
        self.recovering.fetch_sub(1, Ordering::AcqRel);
    }
}
