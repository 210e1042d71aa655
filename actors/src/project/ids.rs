//! The ids that a project may give out: ranges of its shard's sequence, fetched ahead.

use std::ops::Range;

/// Enough for the bursts that arrive while the next range is on its way to the disk.
const FIRST_RANGE: u64 = 1024;
const LARGEST_RANGE: u64 = 65_536;

/// Sequence numbers leased from the shard.
#[derive(Debug)]
pub(super) struct Sequences {
    current: Range<u64>,
    spare: Range<u64>,
    asked: bool,
    size: u64,
}

impl Sequences {
    /// How many numbers a project begins with.
    pub(super) const FIRST_RANGE: u64 = FIRST_RANGE;

    pub(super) fn new(first: Range<u64>) -> Self {
        Self {
            current: first,
            spare: 0..0,
            asked: false,
            size: FIRST_RANGE,
        }
    }

    /// The next number, or `None` until the lease that was asked for has come.
    pub(super) fn next(&mut self) -> Option<u64> {
        if self.current.is_empty() {
            self.current = std::mem::replace(&mut self.spare, 0..0);
        }
        self.current.next()
    }

    /// How many numbers to ask for now, if it is time: a busy project asks for ever larger ranges.
    pub(super) fn ask(&mut self) -> Option<u64> {
        let left = self.current.end - self.current.start;
        if self.asked || !self.spare.is_empty() || left > self.size / 2 {
            return None;
        }
        self.asked = true;
        self.size = (self.size * 4).min(LARGEST_RANGE);
        Some(self.size)
    }

    /// Takes a lease up; `None` when none could be had, to ask again later.
    pub(super) fn receive(&mut self, range: Option<Range<u64>>) {
        self.asked = false;
        self.spare = range.unwrap_or(0..0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_range_is_fetched_before_the_current_one_ends() {
        let mut sequences = Sequences::new(0..FIRST_RANGE);
        assert_eq!(sequences.ask(), None);
        for expected in 0..FIRST_RANGE / 2 {
            assert_eq!(sequences.next(), Some(expected));
        }
        assert_eq!(sequences.ask(), Some(4 * FIRST_RANGE));
        assert_eq!(sequences.ask(), None, "one question at a time");
        sequences.receive(Some(9000..9256));
        let rest: Vec<_> = std::iter::from_fn(|| sequences.next()).collect();
        assert_eq!(
            rest,
            (FIRST_RANGE / 2..FIRST_RANGE)
                .chain(9000..9256)
                .collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_lease_that_failed_is_asked_for_again() {
        let mut sequences = Sequences::new(0..1);
        assert!(sequences.ask().is_some());
        sequences.receive(None);
        assert!(sequences.ask().is_some());
    }
}
