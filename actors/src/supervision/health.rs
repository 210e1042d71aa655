//! What supervisors tell the rest of the server.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Counters that `/readyz` and `/metrics` read.
#[derive(Debug, Default)]
pub struct Health {
    restarts: AtomicU64,
    recovering: AtomicUsize,
    stopping: AtomicBool,
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

    /// From now on threads end because they were told to, and the actors on them have not failed.
    pub(crate) fn stop_begins(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether the server was told to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(crate) fn recovery_begins(&self) {
        if !self.is_stopping() {
            self.restarts.fetch_add(1, Ordering::Relaxed);
        }
        self.recovering.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn recovery_ends(&self) {
        self.recovering.fetch_sub(1, Ordering::AcqRel);
    }
}
