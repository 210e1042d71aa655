//! How much memory all bodies may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::http::error::ApiError;

/// What each body may take without being counted, in bytes. Nearly every report is smaller, and so asks nobody.
const UNCOUNTED_SIZE: usize = 64 * 1024;

/// Seconds after which others' bodies may well be done with.
const RETRY_AFTER: u32 = 2;

/// The memory that is left for bodies held whole, for all workers together.
#[derive(Debug)]
pub struct MemoryBudget {
    left: AtomicUsize,
}

impl MemoryBudget {
    /// A budget of so many bytes.
    pub const fn new(bytes: usize) -> Self {
        Self {
            left: AtomicUsize::new(bytes),
        }
    }

    fn take(&self, size: usize) -> bool {
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(size)
            });
        taken.is_ok()
    }
}

/// What one body has of the budget; given back when it is dropped.
#[derive(Debug, Default)]
pub struct Reservation(Option<(Arc<MemoryBudget>, usize)>);

impl Reservation {
    /// Sees to it that the reservation covers a body that takes `size` bytes. It never shrinks.
    ///
    /// # Errors
    /// 503 when the budget has not enough left.
    pub fn cover(&mut self, budget: &Arc<MemoryBudget>, size: usize) -> Result<(), ApiError> {
        if size <= UNCOUNTED_SIZE {
            return Ok(());
        }
        let (budget, reserved) = self.0.get_or_insert_with(|| (Arc::clone(budget), 0));
        let more = size.saturating_sub(*reserved);
        if !budget.take(more) {
            return Err(ApiError::unavailable(RETRY_AFTER));
        }
        *reserved += more;
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some((budget, reserved)) = &self.0 {
            budget.left.fetch_add(*reserved, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError;

    use super::*;

    fn left(budget: &MemoryBudget) -> usize {
        budget.left.load(Ordering::Relaxed)
    }

    #[test]
    fn what_is_taken_comes_back() {
        let budget = Arc::new(MemoryBudget::new(300_000));
        let mut first = Reservation::default();
        first.cover(&budget, UNCOUNTED_SIZE).unwrap();
        assert_eq!(left(&budget), 300_000, "small bodies are not counted");
        first.cover(&budget, 100_000).unwrap();
        first.cover(&budget, 250_000).unwrap();
        first.cover(&budget, 10).unwrap();
        assert_eq!(left(&budget), 50_000, "what grows is counted once");

        let mut second = Reservation::default();
        let refused = second.cover(&budget, 100_000).unwrap_err();
        assert_eq!(refused.status_code(), 503);
        second.cover(&budget, UNCOUNTED_SIZE).unwrap();
        drop(second);
        assert_eq!(left(&budget), 50_000, "what was refused is not given back");
        drop(first);
        assert_eq!(left(&budget), 300_000);
    }
}
