//! The ids that a project may give out: ranges of its shard's sequence, fetched ahead.

use std::collections::VecDeque;
use std::ops::Range;

/// Enough for the bursts that arrive while the next range is on its way to the disk.
const FIRST_RANGE: u64 = 1024;
const LARGEST_RANGE: u64 = 65_536;

/// Sequence numbers leased from the shard.
#[derive(Debug)]
pub(super) struct Sequences {
    current: Range<u64>,
    spare: VecDeque<Range<u64>>,
    asked: bool,
    size: u64,
}

impl Sequences {
    /// How many numbers a project begins with.
    pub(super) const FIRST_RANGE: u64 = FIRST_RANGE;

    pub(super) fn new(first: Range<u64>) -> Self {
        Self {
            current: first,
            spare: VecDeque::new(),
            asked: false,
            size: FIRST_RANGE,
        }
    }

    /// The next number, or `None` until the lease that was asked for has come.
    pub(super) fn next(&mut self) -> Option<u64> {
        while self.current.is_empty() {
            self.current = self.spare.pop_front()?;
        }
        self.current.next()
    }

    /// How many numbers can be given out before another lease is needed.
    pub(super) fn left(&self) -> u64 {
        let size = |range: &Range<u64>| range.end - range.start;
        size(&self.current) + self.spare.iter().map(size).sum::<u64>()
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

    /// How many numbers to ask for, so that `needed` can be given out at once. One lease at a time, because those that come
    /// later must be above those that came before: where one is on its way, it is for whoever waits to ask again.
    pub(super) fn ask_for(&mut self, needed: u64) -> Option<u64> {
        if self.asked || self.left() >= needed {
            return None;
        }
        self.asked = true;
        Some(needed.max(FIRST_RANGE))
    }

    /// Takes a lease up; `None` when none could be had, to ask again later.
    pub(super) fn receive(&mut self, range: Option<Range<u64>>) {
        self.asked = false;
        self.spare.extend(range);
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
    fn many_at_once_are_asked_for_and_given_out_in_order() {
        let mut sequences = Sequences::new(0..2);
        assert_eq!(sequences.ask_for(2), None, "there are enough");
        assert_eq!(sequences.ask_for(5000), Some(5000));
        assert_eq!(sequences.ask_for(9000), None, "one lease at a time");
        sequences.receive(Some(10..5010));
        assert_eq!(sequences.left(), 5002);
        assert_eq!(sequences.ask_for(9000), Some(9000));
        sequences.receive(Some(6000..15_000));
        let all: Vec<_> = std::iter::from_fn(|| sequences.next()).collect();
        assert_eq!(
            all,
            (0..2).chain(10..5010).chain(6000..15_000).collect::<Vec<_>>()
        );
        assert_eq!(sequences.left(), 0);
    }

    #[test]
    fn a_lease_that_failed_is_asked_for_again() {
        let mut sequences = Sequences::new(0..1);
        assert!(sequences.ask().is_some());
        sequences.receive(None);
        assert!(sequences.ask().is_some());
    }
}
