//! When each issue last changed. Most questions are for what changed lately, and most issues lie in stretches of which
//! none did: those are passed over whole.

use std::ops::RangeInclusive;

use roaring::RoaringBitmap;

/// Issues in a stretch.
const STRETCH: usize = 4096;

/// The moments of the last changes, by ordinal.
#[derive(Debug, Default)]
pub(super) struct Updated {
    moments: Vec<i64>,
    /// Between which moments all of a stretch lie. Wider than it need be once issues have changed again.
    bounds: Vec<RangeInclusive<i64>>,
}

impl Updated {
    /// Adds the newest issue.
    pub(super) fn push(&mut self, moment: i64) {
        self.moments.push(moment);
        self.widen(self.moments.len() - 1, moment);
    }

    /// Takes over a change.
    pub(super) fn set(&mut self, place: usize, moment: i64) {
        if let Some(slot) = self.moments.get_mut(place) {
            *slot = moment;
            self.widen(place, moment);
        }
    }

    /// When the issue at this place last changed.
    pub(super) fn get(&self, place: usize) -> Option<i64> {
        self.moments.get(place).copied()
    }

    /// Takes out of `matching` what did not last change within these moments.
    pub(super) fn keep(&self, matching: &mut RoaringBitmap, within: &RangeInclusive<i64>) {
        let mut outside = RoaringBitmap::new();
        for (number, bounds) in self.bounds.iter().enumerate() {
            let start = ordinal(number * STRETCH);
            let end = ordinal((number + 1) * STRETCH);
            if bounds.end() < within.start() || bounds.start() > within.end() {
                outside.insert_range(start..end);
            } else if !within.contains(bounds.start()) || !within.contains(bounds.end()) {
                let changed = |ordinal: &u32| self.get(*ordinal as usize);
                let is_outside =
                    |ordinal: &u32| changed(ordinal).is_none_or(|moment| !within.contains(&moment));
                outside.extend(matching.range(start..end).filter(is_outside));
            }
        }
        *matching -= outside;
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.moments.capacity() * size_of::<i64>() + self.bounds.capacity() * size_of::<RangeInclusive<i64>>()
    }

    fn widen(&mut self, place: usize, moment: i64) {
        match self.bounds.get_mut(place / STRETCH) {
            Some(bounds) => *bounds = moment.min(*bounds.start())..=moment.max(*bounds.end()),
            None => self.bounds.push(moment..=moment),
        }
    }
}

fn ordinal(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
impl PartialEq for Updated {
    fn eq(&self, other: &Self) -> bool {
        self.moments == other.moments
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    use super::*;

    #[test]
    fn what_is_kept_is_what_a_look_at_each_would_keep() {
        let mut random = StdRng::seed_from_u64(5);
        let count = 3 * STRETCH + 100;
        let mut updated = Updated::default();
        (0..count).for_each(|place| updated.push(place.try_into().unwrap()));
        let all =
            RoaringBitmap::from_sorted_iter((0..ordinal(count)).filter(|number| number % 3 > 0)).unwrap();
        for round in 0..200 {
            let moment = random.random_range(0..20_000);
            updated.set(random.random_range(0..count), moment);
            let (one, other) = (random.random_range(-9..20_000), random.random_range(-9..20_000));
            let within = if round % 9 == 0 {
                one..=i64::MAX
            } else {
                one.min(other)..=one.max(other)
            };
            let is_within = |ordinal: &u32| within.contains(&updated.get(*ordinal as usize).unwrap());
            let expected: Vec<u32> = all.iter().filter(is_within).collect();
            let mut kept = all.clone();
            updated.keep(&mut kept, &within);
            assert!(kept.iter().eq(expected), "round {round}: {within:?}");
        }
    }
}
