//! How many commits share one sync: plain functions over plain values, to be tuned by measuring.

use std::time::Duration;

/// A group takes no further commit once it has so many bytes of frames.
pub(super) const GROUP_BYTES_MAX: usize = 4 << 20;

/// How long after one group began the next one begins, at the earliest, while many clients are waiting.
///
/// Each write and sync costs a fixed amount of processor time and wakes every thread on a report's way, so on
/// a fast disk it pays to let more reports share them. A slow disk takes longer than this for a sync, and
/// nothing waits then.
const SPACING: Duration = Duration::from_micros(700);

/// A group this large says that many clients are waiting, each for its answer before it sends again.
const CROWD: usize = 8;

/// How long to wait for more before writing, when the group before had `previous` commits and began so long
/// ago.
pub(super) fn fill_wait(previous: usize, since_previous: Duration) -> Option<Duration> {
    let wait = SPACING.checked_sub(since_previous).filter(|wait| !wait.is_zero());
    wait.filter(|_| previous >= CROWD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_client_never_waits() {
        for previous in 0..CROWD {
            assert_eq!(
                fill_wait(previous, Duration::ZERO),
                None,
                "after a group of {previous}"
            );
        }
    }

    #[test]
    fn a_crowd_shares_the_next_sync_unless_the_last_one_took_long() {
        let after = |microseconds| fill_wait(64, Duration::from_micros(microseconds));
        assert_eq!(after(0), Some(SPACING));
        assert_eq!(after(600), Some(Duration::from_micros(100)));
        assert_eq!(after(700), None);
        assert_eq!(after(20_000), None);
    }
}
