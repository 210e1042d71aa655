//! How often somebody may try something: a count for each subject, over a window that begins with the first try.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use bugle_storage::Timestamp;

/// Subjects remembered at the most, each some 60 bytes. Beyond it the oldest is forgotten, so that a flood of new ones
/// cannot fill the memory.
const SUBJECTS_MAX: usize = 100_000;

/// Counts tries. Plain values in, plain values out: the caller brings the time.
#[derive(Debug)]
pub(super) struct Throttle<S> {
    tries_max: u32,
    window_seconds: i64,
    windows: HashMap<S, Window>,
    /// Windows in the order they began, which is the order they end in; ones that were replaced are still there.
    order: VecDeque<(Timestamp, S)>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    begun: Timestamp,
    tries: u32,
}

impl<S: Copy + Eq + Hash> Throttle<S> {
    /// Allows `tries_max` tries a window of `window_seconds`.
    pub(super) fn new(tries_max: u32, window_seconds: i64) -> Self {
        Self {
            tries_max,
            window_seconds,
            windows: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Whole seconds until the subject may try again; `None` when it may now.
    pub(super) fn wait(&self, subject: S, now: Timestamp) -> Option<i64> {
        let window = self.open_window(subject, now)?;
        let end = window.begun.plus_seconds(self.window_seconds);
        (window.tries >= self.tries_max).then(|| (end.0 - now.0 + 999) / 1000)
    }

    /// Counts a try.
    pub(super) fn count(&mut self, subject: S, now: Timestamp) {
        let mut window = self.open_window(subject, now).unwrap_or_else(|| {
            self.order.push_back((now, subject));
            Window { begun: now, tries: 0 }
        });
        window.tries = window.tries.saturating_add(1);
        self.windows.insert(subject, window);
        self.forget(now);
    }

    /// Takes a try back that turned out to be a good one.
    pub(super) fn refund(&mut self, subject: S) {
        if let Some(window) = self.windows.get_mut(&subject) {
            window.tries = window.tries.saturating_sub(1);
        }
    }

    /// The window that now lies in. A clock that stepped back behind its beginning ends it: nobody outside can
    /// step the clock, and nobody shall be locked out until it has caught up.
    fn open_window(&self, subject: S, now: Timestamp) -> Option<Window> {
        let window = self.windows.get(&subject).copied()?;
        let end = window.begun.plus_seconds(self.window_seconds);
        (window.begun <= now && now < end).then_some(window)
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((begun, subject)) = self.order.front().copied() {
            let over = begun.plus_seconds(self.window_seconds) <= now;
            if !over && self.order.len() <= SUBJECTS_MAX {
                return;
            }
            self.order.pop_front();
            if self
                .windows
                .get(&subject)
                .is_some_and(|window| window.begun == begun)
            {
                self.windows.remove(&subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(12 * 3_600_000);

    fn spent() -> Throttle<u8> {
        let mut throttle = Throttle::new(3, 60);
        for second in 0..3 {
            assert_eq!(throttle.wait(1, NOON), None, "try {second}");
            throttle.count(1, NOON.plus_seconds(second));
        }
        throttle
    }

    #[test]
    fn a_subject_waits_until_its_window_ends() {
        let throttle = spent();
        assert_eq!(throttle.wait(1, NOON.plus_seconds(2)), Some(58));
        assert_eq!(throttle.wait(1, Timestamp(NOON.0 + 59_999)), Some(1));
        assert_eq!(throttle.wait(1, NOON.plus_seconds(60)), None);
        assert_eq!(throttle.wait(2, NOON.plus_seconds(2)), None, "another subject");
    }

    #[test]
    fn a_new_window_counts_from_nothing() {
        let mut throttle = spent();
        let later = NOON.plus_seconds(60);
        throttle.count(1, later);
        assert_eq!(throttle.windows.get(&1).map(|window| window.tries), Some(1));
        assert_eq!(throttle.order.len(), 1, "the old window is forgotten");
    }

    #[test]
    fn a_try_taken_back_is_free_again() {
        let mut throttle = spent();
        throttle.refund(1);
        assert_eq!(throttle.wait(1, NOON.plus_seconds(3)), None);
        throttle.refund(9);
    }

    #[test]
    fn a_clock_that_steps_back_locks_nobody_out() {
        let throttle = spent();
        assert_eq!(throttle.wait(1, NOON.plus_seconds(-86_400)), None);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let mut throttle = Throttle::new(1, 60);
        for subject in 0..=SUBJECTS_MAX {
            throttle.count(subject, NOON);
        }
        assert_eq!(throttle.windows.len(), SUBJECTS_MAX);
        assert_eq!(throttle.wait(0, NOON), None, "the oldest is forgotten");
        assert_eq!(throttle.wait(1, NOON), Some(60));
    }
}
