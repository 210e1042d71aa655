//! Which issues have which tags. Most have none, so there is a bitmap a tag and nothing an issue.

use std::collections::BTreeMap;
use std::ops::Range;

use roaring::RoaringBitmap;

use super::IssueIndex;

/// The ordinals of the issues that have each tag.
#[derive(Debug, Default)]
pub(super) struct Tagged(BTreeMap<u32, RoaringBitmap>);

impl Tagged {
    /// Takes out of `matching` what has none of these tags. No tags mean any.
    pub(super) fn keep_any(&self, matching: &mut RoaringBitmap, wanted: &[u32]) {
        if wanted.is_empty() {
            return;
        }
        let mut any = RoaringBitmap::new();
        for bitmap in wanted.iter().filter_map(|tag| self.0.get(tag)) {
            any |= bitmap;
        }
        *matching &= any;
    }
}

impl IssueIndex {
    /// Notes that an issue has a tag. One that is not there has none.
    pub(in crate::project) fn tag(&mut self, sequence: u64, tag: u32) {
        if let Some(ordinal) = self.ordinal(sequence) {
            self.tagged.0.entry(tag).or_default().insert(ordinal);
        }
    }

    /// Gives an issue these tags and no others, and says which of them it did not have, or has no more.
    pub(in crate::project) fn retag(&mut self, sequence: u64, tags: &[u32]) -> Vec<u32> {
        let Some(ordinal) = self.ordinal(sequence) else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        for (tag, bitmap) in &mut self.tagged.0 {
            if !tags.contains(tag) && bitmap.remove(ordinal) {
                changed.push(*tag);
            }
        }
        for tag in tags {
            if self.tagged.0.entry(*tag).or_default().insert(ordinal) {
                changed.push(*tag);
            }
        }
        changed
    }

    /// Whether an issue has these tags and no others.
    pub(in crate::project) fn has_tags(&self, sequence: u64, tags: &[u32]) -> bool {
        let mut wanted = tags.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        wanted == self.tags_of(sequence)
    }

    /// The tags of an issue, ascending.
    pub(in crate::project) fn tags_of(&self, sequence: u64) -> Vec<u32> {
        let Some(ordinal) = self.ordinal(sequence) else {
            return Vec::new();
        };
        let having = self
            .tagged
            .0
            .iter()
            .filter(|(_, bitmap)| bitmap.contains(ordinal));
        having.map(|(tag, _)| *tag).collect()
    }

    /// The sequences of the issues in a range of sequences that have a tag, ascending.
    pub(in crate::project) fn tagged(&self, tag: u32, sequences: Range<u64>) -> impl Iterator<Item = u64> {
        let ordinal = |sequence| {
            let place = self.sequences.partition_point(|known| *known < sequence);
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let ordinals = ordinal(sequences.start)..ordinal(sequences.end);
        let bitmap = self.tagged.0.get(&tag).into_iter();
        bitmap
            .flat_map(move |bitmap| bitmap.range(ordinals.clone()))
            .filter_map(|ordinal| self.sequence(ordinal))
    }

    /// Forgets a tag.
    pub(in crate::project) fn untag_all(&mut self, tag: u32) {
        self.tagged.0.remove(&tag);
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;
    use bugle_storage::records::{Category, IssueRow, IssueStatus, Priority};

    use super::super::IssueFilter;
    use super::*;

    fn index() -> IssueIndex {
        let mut index = IssueIndex::default();
        for number in 1..=4 {
            let row = IssueRow {
                number: Some(number),
                status: IssueStatus::Open,
                priority: Priority::Low,
                category: Category::Bug,
                created_at: Timestamp(0),
                updated_at: Timestamp(0),
            };
            index.push(u64::from(number) * 100, &row);
        }
        index
    }

    fn listed(index: &IssueIndex, tags: &[u32]) -> Vec<u64> {
        let filter = IssueFilter {
            tags: tags.to_vec(),
            ..IssueFilter::default()
        };
        index.page(&filter, 0, 20).sequences
    }

    #[test]
    fn a_filter_takes_any_of_its_tags() {
        let mut index = index();
        index.tag(100, 1);
        index.tag(300, 1);
        index.tag(300, 2);
        index.tag(999, 2);
        assert_eq!(listed(&index, &[1]), [300, 100]);
        assert_eq!(listed(&index, &[2, 7]), [300]);
        assert_eq!(listed(&index, &[7]), [0_u64; 0]);
        assert_eq!(listed(&index, &[]).len(), 4);
        assert_eq!(index.tags_of(300), [1, 2]);
        index.untag_all(1);
        assert_eq!(index.tags_of(300), [2]);
    }

    #[test]
    fn tags_that_change_are_told() {
        let mut index = index();
        assert_eq!(index.retag(200, &[1, 2]), [1, 2]);
        assert_eq!(index.retag(200, &[1, 2]), [0_u32; 0]);
        assert_eq!(index.retag(200, &[3, 2]), [1, 3]);
        assert_eq!(index.tags_of(200), [2, 3]);
        assert_eq!(index.retag(999, &[1]), [0_u32; 0]);
        index.retag(400, &[2]);
        assert_eq!(index.tagged(2, 200..400).collect::<Vec<_>>(), [200]);
        assert_eq!(index.tagged(2, 0..u64::MAX).collect::<Vec<_>>(), [200, 400]);
    }
}
