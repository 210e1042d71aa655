//! How quickly one endpoint is told of one event after the other.
//!
//! A flood of reports must not become a flood of messages: for whoever receives them, nor for the processors on which
//! reports are taken. What comes more quickly waits in the store.

use std::time::{Duration, Instant};

/// Messages a second, on average.
pub(super) const MESSAGES_PER_SECOND: u32 = 100;
/// What may be caught up on at once: this much of the time in which nothing was sent.
const BURST: Duration = Duration::from_secs(1);

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When the next message would be due if one went out at each even interval.
    next: Option<Instant>,
}

impl Pace {
    /// Whether a message may be sent now.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.next
            .is_none_or(|next| next.saturating_duration_since(now) < BURST)
    }

    /// Says that one is sent.
    pub(super) fn sent(&mut self, now: Instant) {
        let interval = Duration::from_secs(1) / MESSAGES_PER_SECOND;
        let due = self.next.map_or(now, |next| next.max(now));
        self.next = Some(due + interval);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many are sent by whoever asks this often for so long.
    fn sent(pace: &mut Pace, from: Instant, asks: u32, every: Duration) -> u32 {
        let moments = (0..asks).map(|ask| from + every * ask);
        let sent = moments.filter(|now| {
            let is_allowed = pace.allows(*now);
            if is_allowed {
                pace.sent(*now);
            }
            is_allowed
        });
        u32::try_from(sent.count()).unwrap()
    }

    #[test]
    fn a_flood_is_sent_at_the_pace_and_a_little_at_once() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let at_once = sent(&mut pace, start, 1_000, Duration::ZERO);
        assert_eq!(at_once, MESSAGES_PER_SECOND);
        let in_ten_seconds = sent(&mut pace, start, 10_000, Duration::from_millis(1));
        assert!(
            in_ten_seconds.abs_diff(10 * MESSAGES_PER_SECOND) <= 1,
            "{in_ten_seconds}"
        );
    }

    #[test]
    fn what_comes_seldom_is_never_held_back_and_saves_nothing_up() {
        let start = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(sent(&mut pace, start, 100, Duration::from_secs(1)), 100);
        let later = start + Duration::from_secs(3_600);
        assert_eq!(sent(&mut pace, later, 1_000, Duration::ZERO), MESSAGES_PER_SECOND);
    }
}
