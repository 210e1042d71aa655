//! How slowly a body may come.

use std::time::Duration;

/// The fewest bytes a second that a sender must keep up on the whole. A phone at the edge of its network manages more.
const RATE_MIN: u64 = 1024;

/// How many timeouts a sender can be ahead.
const AHEAD_MAX: u32 = 2;

/// The rule: nobody is waited for longer than the timeout at a stretch, nor longer in all than the timeout and a second
/// for each KiB that has come. Only time in which the server waits for the sender counts, none of its own.
///
/// Who sent much at once has not earned hours in which to hold what the server keeps of it: two more timeouts are all
/// that anybody is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    timeout: Duration,
}

impl Pace {
    /// `timeout` is how long a sender may be silent, and how long they may fall short of the slowest rate.
    pub const fn new(timeout: Duration) -> Self {
        Self { timeout }
    }

    /// How long the sender of `received` bytes may be waited for now, when they have been waited for `waited` before.
    pub fn patience(self, received: u64, waited: Duration) -> Duration {
        let left = self
            .timeout
            .saturating_add(earned(received))
            .saturating_sub(waited);
        left.min(self.timeout)
    }

    /// For how long the sender of `received` bytes counts as waited for from now on, when it was `waited`: what they are
    /// too far ahead is taken away.
    pub fn settle(self, received: u64, waited: Duration) -> Duration {
        waited.max(earned(received).saturating_sub(self.timeout * AHEAD_MAX))
    }
}

fn earned(received: u64) -> Duration {
    Duration::from_millis(received.saturating_mul(1000) / RATE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace::new(Duration::from_secs(30));

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn nobody_may_be_silent_for_longer_than_the_timeout() {
        assert_eq!(PACE.patience(0, Duration::ZERO), seconds(30));
        assert_eq!(PACE.patience(1 << 40, Duration::ZERO), seconds(30));
        assert_eq!(PACE.patience(u64::MAX, seconds(1)), seconds(30));
    }

    #[test]
    fn nobody_gets_far_ahead() {
        let sent = 16 << 20;
        let waited = PACE.settle(sent, Duration::ZERO);
        assert_eq!(PACE.patience(sent, waited + seconds(60)), seconds(30));
        assert_eq!(PACE.patience(sent, waited + seconds(90)), Duration::ZERO);
        assert_eq!(
            PACE.settle(1024, seconds(20)),
            seconds(20),
            "who is behind stays so"
        );
    }

    #[test]
    fn what_has_come_earns_time() {
        // A byte every ten seconds: after half a minute the patience is at its end.
        assert_eq!(PACE.patience(2, seconds(20)), Duration::from_millis(10_001));
        assert_eq!(PACE.patience(3, seconds(31)), Duration::ZERO);
        // A KiB a second may go on for ever.
        assert_eq!(PACE.patience(3600 * 1024, seconds(3600)), seconds(30));
        assert_eq!(PACE.patience(1024, seconds(30)), seconds(1));
    }
}
