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
    20 * HOUR,
    20 * HOUR,
];

/// When an event that was tried so often is tried again; `None` when that would be later than three days after it was
/// first due, or all attempts were made.
pub(super) fn next_due(attempts: u32, first_due: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let made = usize::try_from(attempts).unwrap_or(usize::MAX);
    let pause = PAUSES.get(made.saturating_sub(1))?;
    let due = now.plus_seconds(*pause);
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
        while let Some(due) = next_due(u32::try_from(pauses.len()).unwrap() + 1, START, now) {
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
    fn nothing_is_tried_for_longer_than_three_days() {
        let late = START.plus_seconds(TRIED_SECONDS - 1);
        assert_eq!(next_due(1, START, late), None);
        assert!(next_due(1, START, late.plus_seconds(-4)).is_some());
    }
}
