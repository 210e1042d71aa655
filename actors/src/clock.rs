//! The one clock of the server. Everything that asks for the time asks it, so that tests can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bugle_storage::Timestamp;

/// Tells the time in UTC.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Milliseconds since the epoch, as a test set them.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until [`Clock::set`].
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.0)))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(milliseconds) => Timestamp(milliseconds.load(Ordering::Acquire)),
        }
    }

    /// Sets a manual clock, forwards or backwards; the machine's clock stays as it is.
    pub fn set(&self, now: Timestamp) {
        if let Self::Manual(milliseconds) = self {
            milliseconds.store(now.0, Ordering::Release);
        }
    }
}
