//! Which of the records that were found a page shows.

use std::ops::Range;

use bugle_storage::RecordId;
use roaring::RoaringBitmap;
use tantivy::index::SegmentReader;

use super::SearchError;
use super::schema::ID;

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundIds {
    /// Best first.
    pub ids: Vec<RecordId>,
    /// How many there are in all.
    pub total: u64,
}

/// The ids with these ranks among records of several segments, the newest first.
pub(super) fn newest(
    records: &[(&SegmentReader, RoaringBitmap)],
    wanted: &Range<u64>,
) -> Result<Vec<RecordId>, SearchError> {
    let bound = |bound: u64| usize::try_from(bound).unwrap_or(usize::MAX);
    let mut newest = Newest::new(bound(wanted.end));
    for (segment, records) in records.iter().rev() {
        let column = segment.fast_fields().u64(ID)?.first_or_default_col(0);
        let mut places = [0; PORTION];
        let mut ids = [0; PORTION];
        // The last ones are the newest as a rule, and then most of the others are passed over at a glance.
        let mut rest = records.iter().rev();
        loop {
            let mut count = 0;
            for (slot, place) in places.iter_mut().zip(&mut rest) {
                *slot = place;
                count += 1;
            }
            let (Some(places), Some(ids)) = (places.get(..count), ids.get_mut(..count)) else {
                break;
            };
            if places.is_empty() {
                break;
            }
            column.get_vals(places, ids);
            newest.extend(ids);
        }
    }
    Ok(newest.from(bound(wanted.start)))
}

/// How many ids are read at once.
const PORTION: usize = 256;

/// Keeps the highest of the ids that it is given.
struct Newest {
    limit: usize,
    ids: Vec<u64>,
    /// What is not above it is not among the highest.
    floor: u64,
}

impl Newest {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            ids: Vec::new(),
            floor: 0,
        }
    }

    fn extend(&mut self, ids: &[u64]) {
        let floor = self.floor;
        self.ids.extend(ids.iter().copied().filter(|id| *id > floor));
        if self.ids.len() >= self.limit.saturating_mul(2).max(PORTION) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        if self.limit < self.ids.len() {
            let (_, next, _) = self.ids.select_nth_unstable_by(self.limit, |a, b| b.cmp(a));
            self.floor = *next;
            self.ids.truncate(self.limit);
        }
    }

    /// Those that were kept, from this rank on.
    fn from(mut self, start: usize) -> Vec<RecordId> {
        self.trim();
        if start >= self.ids.len() {
            return Vec::new();
        }
        if start > 0 {
            self.ids.select_nth_unstable_by(start, |a, b| b.cmp(a));
        }
        let mut page = self.ids.split_off(start);
        page.sort_unstable_by(|a, b| b.cmp(a));
        page.into_iter().map(RecordId).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_ids_are_kept_whatever_their_order() {
        let ids: Vec<u64> = (1..=2000).map(|number| number * 7919 % 2003).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        for (start, end) in [
            (0, 1),
            (0, 20),
            (20, 40),
            (1980, 2000),
            (1990, 2100),
            (2000, 2100),
            (0, 0),
        ] {
            let mut newest = Newest::new(end);
            for ids in ids.chunks(PORTION) {
                newest.extend(ids);
            }
            let expected: Vec<_> = sorted[start..end.min(2000)]
                .iter()
                .copied()
                .map(RecordId)
                .collect();
            assert_eq!(newest.from(start), expected, "{start}..{end}");
        }
    }
}
