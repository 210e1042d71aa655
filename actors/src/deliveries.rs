//! What became of that which is sent to others, webhooks and mail: counted by those who send, for whoever watches the
//! server. Numbers only, of nobody in particular.

use std::sync::atomic::{AtomicU64, Ordering};

/// What came of sending, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryCounts {
    /// Messages that were taken.
    pub delivered: u64,
    /// Attempts that failed and are made again.
    pub failed: u64,
    /// Messages that could not be delivered and are not tried any more.
    pub given_up: u64,
}

/// The same since the start of the server, and how much is still to be sent. It outlives the actor that counts.
#[derive(Debug, Default)]
pub struct Deliveries {
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
    due: AtomicU64,
}

impl Deliveries {
    /// Counts more.
    pub fn add(&self, more: DeliveryCounts) {
        self.delivered.fetch_add(more.delivered, Ordering::Relaxed);
        self.failed.fetch_add(more.failed, Ordering::Relaxed);
        self.given_up.fetch_add(more.given_up, Ordering::Relaxed);
    }

    /// Says how many messages are known to be still to be sent, now or later.
    pub fn set_due(&self, due: usize) {
        self.due
            .store(u64::try_from(due).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What was counted since the start.
    pub fn counts(&self) -> DeliveryCounts {
        DeliveryCounts {
            delivered: self.delivered.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            given_up: self.given_up.load(Ordering::Relaxed),
        }
    }

    /// How many messages are still to be sent, as far as is known.
    pub fn due(&self) -> u64 {
        self.due.load(Ordering::Relaxed)
    }
}
