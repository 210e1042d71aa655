//! When what has failed is tried again.

use bugle_storage::Timestamp;

/// How long an event is tried, in seconds from when it was first due: three days.
pub(super) const TRIED_SECONDS: i64 = 3 * 24 * 60 * 60;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
/// The pauses between attempts, in seconds: those that the Standard Webhooks specification has, up to three days in all.
const PAUSES: [i64; 9] = [
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    LONGEST_PAUSE,
    LONGEST_PAUSE,
];

/// The longest of them, and the longest that a receiver can have an event wait: nobody's word puts it off for ever.
const LONGEST_PAUSE: i64 = 20 * HOUR;

/// When an event that was tried so often is tried again; `None` when that would be later than three days after it was
/// first due, or all attempts were made. The receiver may have asked for a pause of `asked` seconds: it is not tried before,
/// but for one that is longer than the longest of ours.
pub(super) fn next_due(
    attempts: u32,
    asked: Option<u32>,
    first_due: Timestamp,
    now: Timestamp,
) -> Option<Timestamp> {
    let made = usize::try_from(attempts).unwrap_or(usize::MAX);
    let pause = *PAUSES.get(made.saturating_sub(1))?;
    let asked = asked.map_or(0, i64::from).min(LONGEST_PAUSE);
    let due = now.plus_seconds(pause.max(asked));
    (due <= first_due.plus_seconds(TRIED_SECONDS)).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_795_292_312_000);

    #[test]
    fn pauses_grow_and_all_fit_into_three_days() {
        let mut now = START;
        let mut pauses = Vec::new();
        while let Some(due) = next_due(u32::try_from(pauses.len()).unwrap() + 1, None, START, now) {
            pauses.push(due.seconds() - now.seconds());
            now = due;
        }
        assert_eq!(pauses, PAUSES);
        assert!(pauses.is_sorted());
        let lasted = now.seconds() - START.seconds();
        assert!(
            (TRIED_SECONDS - 2 * HOUR..TRIED_SECONDS).contains(&lasted),
            "{lasted} s"
        );
    }

    #[test]
    fn a_pause_that_the_receiver_asks_for_is_kept_within_bounds() {
        let pause = |attempts, asked| {
            let due = next_due(attempts, Some(asked), START, START)?;
            Some(due.seconds() - START.seconds())
        };
        assert_eq!(pause(1, 0), Some(5), "ours is longer");
        assert_eq!(pause(1, 120), Some(120));
        assert_eq!(pause(3, 120), Some(30 * MINUTE));
        assert_eq!(pause(1, u32::MAX), Some(LONGEST_PAUSE));
        let late = START.plus_seconds(TRIED_SECONDS - HOUR);
        assert!(next_due(2, Some(60), START, late).is_some());
        assert_eq!(
            next_due(2, Some(2 * 3600), START, late),
            None,
            "three days are enough"
        );
    }

    #[test]
    fn nothing_is_tried_for_longer_than_three_days() {
        let late = START.plus_seconds(TRIED_SECONDS - 1);
        assert_eq!(next_due(1, None, START, late), None);
        assert!(next_due(1, None, START, late.plus_seconds(-4)).is_some());
    }
}
