//! When the index waits: while reports pour in, what it would take of the processors is wanted for them.
//!
//! What waits costs some bits a record in the store's feed, and is read and written at once later, which is cheaper than
//! in many small pieces. How far the index may be behind is decided in `docs/decisions/0020-search-waits.md`.

use std::time::{Duration, Instant};

/// How many changed records a second are a flood, for each processor of the machine. The index would spend about a
/// hundredth of the machine on them.
const FLOOD: u64 = 2_500;
/// How old the oldest change that waits may become, as far as the index decides.
pub(super) const LAG_MAX: Duration = Duration::from_secs(10);
/// How many changed records may wait. A processor that is free takes them up within a second or so.
pub(super) const BACKLOG_MAX: u64 = 200_000;
/// Over what time a rate is looked at, and how long until the next look.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// What is known of the changes that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    /// How many changed records a second are a flood on this machine.
    flood: u64,
    /// When they were looked at last, and how many there were.
    looked: Instant,
    seen: u64,
    /// None of them came earlier.
    oldest: Instant,
}

impl Waiting {
    /// Nothing waits, on a machine with so many processors.
    pub(super) fn new(now: Instant, processors: usize) -> Self {
        Self {
            flood: FLOOD.saturating_mul(u64::try_from(processors).unwrap_or(u64::MAX)),
            looked: now,
            seen: 0,
            oldest: now,
        }
    }

    /// Looks at how many changed records wait now. Says whether they are to wait on, until the next look.
    pub(super) fn is_to_go_on(&mut self, now: Instant, backlog: u64) -> bool {
        let elapsed = now.saturating_duration_since(self.looked).max(LOOK_INTERVAL);
        let arrived = backlog.saturating_sub(self.seen);
        // A record that changes twice counts once, so this is rather too low.
        let is_flood = u128::from(arrived) * 1000 > u128::from(self.flood) * elapsed.as_millis();
        if self.seen == 0 {
            self.oldest = self.looked;
        }
        self.looked = now;
        self.seen = backlog;
        is_flood && backlog < BACKLOG_MAX && now.saturating_duration_since(self.oldest) < LAG_MAX
    }

    /// What waited was taken.
    pub(super) fn end(&mut self, now: Instant) {
        self.looked = now;
        self.seen = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is just no flood yet on two processors, a second.
    const NO_FLOOD: u64 = 2 * FLOOD;

    /// Looks every half second while so many records come in each; for how many looks they wait on.
    fn looks(waiting: &mut Waiting, start: Instant, arriving: u64) -> u32 {
        let mut backlog = 0;
        for look in 1..1000 {
            backlog += arriving;
            if !waiting.is_to_go_on(start + LOOK_INTERVAL * look, backlog) {
                return look - 1;
            }
        }
        panic!("they wait for ever");
    }

    #[test]
    fn a_report_on_a_quiet_server_does_not_wait() {
        let start = Instant::now();
        let mut waiting = Waiting::new(start, 2);
        for milliseconds in [1, 700, 60_000] {
            let now = start + Duration::from_millis(milliseconds);
            assert!(!waiting.is_to_go_on(now, 1), "after {milliseconds} ms");
            waiting.end(now);
        }
    }

    #[test]
    fn what_pours_in_waits_until_the_oldest_is_ten_seconds_old() {
        let start = Instant::now();
        let mut waiting = Waiting::new(start, 2);
        assert_eq!(
            looks(&mut waiting, start, NO_FLOOD / 2 + 1),
            19,
            "the next look is at 10 s"
        );
        let later = start + LAG_MAX;
        waiting.end(later);
        assert_eq!(looks(&mut waiting, later, NO_FLOOD / 2 + 1), 19, "and again");
    }

    #[test]
    fn the_more_processors_the_more_is_a_flood() {
        let start = Instant::now();
        assert_eq!(looks(&mut Waiting::new(start, 2), start, NO_FLOOD / 2), 0);
        assert_eq!(looks(&mut Waiting::new(start, 16), start, NO_FLOOD / 2 + 1), 0);
    }

    #[test]
    fn no_more_than_the_limit_waits() {
        let start = Instant::now();
        let mut waiting = Waiting::new(start, 2);
        assert_eq!(looks(&mut waiting, start, BACKLOG_MAX / 4), 3);
    }

    #[test]
    fn they_wait_no_longer_than_the_flood() {
        let start = Instant::now();
        let mut waiting = Waiting::new(start, 2);
        let after = |looks: u32| start + LOOK_INTERVAL * looks;
        assert!(waiting.is_to_go_on(after(1), 10_000));
        assert!(waiting.is_to_go_on(after(2), 20_000));
        assert!(!waiting.is_to_go_on(after(3), 20_100), "100 in half a second");
    }

    #[test]
    fn a_batch_waits_for_one_look() {
        let start = Instant::now();
        let mut waiting = Waiting::new(start, 2);
        let now = start + Duration::from_secs(60);
        assert!(
            !waiting.is_to_go_on(now, 10_000),
            "nothing came in the minute before"
        );
        waiting.end(now);
        assert!(waiting.is_to_go_on(now + Duration::from_millis(20), 10_000));
        assert!(!waiting.is_to_go_on(now + Duration::from_millis(520), 10_000));
    }
}
