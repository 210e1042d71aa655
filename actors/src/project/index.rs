//! The in-memory index over a project's issues: columns for what lists show, bitmaps for what they filter
//! by. A page is a rank query over a bitmap, not a scan. Bodies stay in the store.

mod bitmaps;
mod counted;
mod tags;
mod updated;

use std::borrow::Cow;

use bugle_storage::Timestamp;
use bugle_storage::records::{Category, IssueRow, IssueStatus, Priority};
use roaring::RoaringBitmap;

use super::votes::Votes;
use bitmaps::BitmapsBy;
use counted::Counted;
use tags::Tagged;
use updated::Updated;

/// What a list asks for; `None` and empty mean any. Bounds are inclusive (protocol 12).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueFilter {
    /// Any of these.
    pub statuses: Vec<IssueStatus>,
    /// Any of these.
    pub priorities: Vec<Priority>,
    /// Any of these.
    pub categories: Vec<Category>,
    /// The numbers of tags; any of these.
    pub tags: Vec<u32>,
    /// Arrived at or after.
    pub created_after: Option<Timestamp>,
    /// Arrived at or before.
    pub created_before: Option<Timestamp>,
    /// Last changed at or after.
    pub updated_after: Option<Timestamp>,
    /// Last changed at or before.
    pub updated_before: Option<Timestamp>,
}

/// What stands first in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReportOrder {
    /// The newest.
    #[default]
    Newest,
    /// What has most votes; among equals the newest.
    MostVotes,
    /// The oldest.
    Oldest,
    /// The most urgent; among equals the newest.
    MostUrgent,
}

/// A page of sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) sequences: Vec<u64>,
    pub(super) total: u64,
}

/// Index of one project. An issue's ordinal is its place in order of arrival.
#[derive(Debug, Default)]
pub(super) struct IssueIndex {
    /// Ascending: ids are given out in order.
    sequences: Vec<u64>,
    /// Ascending: the clock is held to that.
    created: Vec<i64>,
    updated: Updated,
    rows: Vec<PackedRow>,
    /// Ordinal of each number, from number 1 on.
    by_number: Vec<u32>,
    published: RoaringBitmap,
    statuses: BitmapsBy<IssueStatus>,
    priorities: BitmapsBy<Priority>,
    categories: BitmapsBy<Category>,
    counted: Counted,
    /// Stored apart from the rows: see [`super::issue_tags`].
    tagged: Tagged,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PackedRow {
    number: Option<std::num::NonZeroU32>,
    status: IssueStatus,
    priority: Priority,
    category: Category,
}

impl IssueIndex {
    /// Adds the newest issue. Its sequence is above all others.
    pub(super) fn push(&mut self, sequence: u64, row: &IssueRow) {
        let Ok(ordinal) = u32::try_from(self.sequences.len()) else {
            return;
        };
        self.sequences.push(sequence);
        self.created.push(row.created_at.0);
        self.updated.push(row.updated_at.0);
        let packed = PackedRow {
            number: None,
            status: row.status,
            priority: row.priority,
            category: row.category,
        };
        self.rows.push(packed);
        self.statuses.insert(row.status, ordinal);
        self.priorities.insert(row.priority, ordinal);
        self.categories.insert(row.category, ordinal);
        self.set_number(ordinal, row.number);
        self.counted.change(None, self.place_counted(ordinal));
    }

    /// Takes over what changed of an issue.
    pub(super) fn update(&mut self, sequence: u64, row: &IssueRow) {
        let Some(ordinal) = self.ordinal(sequence) else {
            return;
        };
        let place = ordinal as usize;
        let counted = self.place_counted(ordinal);
        self.updated.set(place, row.updated_at.0);
        self.set_number(ordinal, row.number);
        let Some(packed) = self.rows.get_mut(place) else {
            return;
        };
        self.statuses.change(ordinal, &mut packed.status, row.status);
        self.priorities
            .change(ordinal, &mut packed.priority, row.priority);
        self.categories
            .change(ordinal, &mut packed.category, row.category);
        self.counted.change(counted, self.place_counted(ordinal));
    }

    /// What the issue is counted as; `None` while it is a draft.
    fn place_counted(&self, ordinal: u32) -> Option<counted::Place> {
        let row = self.rows.get(ordinal as usize)?;
        row.number.map(|_| (row.status, row.priority))
    }

    fn set_number(&mut self, ordinal: u32, number: Option<u32>) {
        let Some(number) = number.and_then(std::num::NonZeroU32::new) else {
            return;
        };
        let Some(row) = self.rows.get_mut(ordinal as usize) else {
            return;
        };
        if row.number.is_some() {
            return;
        }
        row.number = Some(number);
        self.published.insert(ordinal);
        let place = number.get() as usize - 1;
        if self.by_number.len() <= place {
            self.by_number.resize(place + 1, u32::MAX);
        }
        if let Some(slot) = self.by_number.get_mut(place) {
            *slot = ordinal;
        }
    }

    /// The number that the next published issue gets.
    pub(super) fn next_number(&self) -> u32 {
        u32::try_from(self.by_number.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }

    /// How many issues there are, drafts among them.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.sequences.len()).unwrap_or(u32::MAX)
    }

    /// The sequence of the issue with this ordinal.
    pub(super) fn sequence(&self, ordinal: u32) -> Option<u64> {
        self.sequences.get(ordinal as usize).copied()
    }

    /// The sequence of the newest issue.
    pub(super) fn last_sequence(&self) -> Option<u64> {
        self.sequences.last().copied()
    }

    /// The issue with this ordinal: its sequence and its row.
    pub(super) fn row(&self, ordinal: u32) -> Option<(u64, IssueRow)> {
        let place = ordinal as usize;
        let packed = self.rows.get(place)?;
        let row = IssueRow {
            number: packed.number.map(std::num::NonZeroU32::get),
            status: packed.status,
            priority: packed.priority,
            category: packed.category,
            created_at: Timestamp(*self.created.get(place)?),
            updated_at: Timestamp(self.updated.get(place)?),
        };
        Some((self.sequence(ordinal)?, row))
    }

    /// When the newest issue arrived.
    pub(super) fn last_created(&self) -> Timestamp {
        Timestamp(self.created.last().copied().unwrap_or(i64::MIN))
    }

    /// Whether the project has an issue with this sequence, draft or not.
    pub(super) fn contains(&self, sequence: u64) -> bool {
        self.ordinal(sequence).is_some()
    }

    /// Whether the project has an issue with this sequence that is no draft.
    pub(super) fn is_published(&self, sequence: u64) -> bool {
        let ordinal = self.ordinal(sequence);
        ordinal.is_some_and(|ordinal| self.published.contains(ordinal))
    }

    /// The sequence of the issue with this number.
    pub(super) fn sequence_of_number(&self, number: u32) -> Option<u64> {
        let ordinal = *self.by_number.get(number.checked_sub(1)? as usize)?;
        self.sequences.get(ordinal as usize).copied()
    }

    /// The place of the issue with this sequence in order of arrival.
    pub(super) fn ordinal(&self, sequence: u64) -> Option<u32> {
        self.sequences
            .binary_search(&sequence)
            .ok()
            .and_then(|place| u32::try_from(place).ok())
    }

    /// Published issues that fit the filter, newest first, `skip` passed over, `take` at the most.
    pub(super) fn page(&self, filter: &IssueFilter, skip: u64, take: u32) -> Page {
        let matching = self.matching(filter);
        Page {
            sequences: self.newest_of(&matching, skip, take).collect(),
            total: matching.len(),
        }
    }

    fn newest_of(
        &self,
        matching: &RoaringBitmap,
        skip: u64,
        take: u32,
    ) -> impl DoubleEndedIterator<Item = u64> {
        let newest = matching.len().saturating_sub(skip);
        let oldest = newest.saturating_sub(u64::from(take));
        (oldest..newest)
            .rev()
            .filter_map(|rank| matching.select(u32::try_from(rank).ok()?))
            .filter_map(|ordinal| self.sequence(ordinal))
    }

    /// The same with the oldest first.
    pub(super) fn oldest_page(&self, filter: &IssueFilter, skip: u64, take: u32) -> Page {
        let matching = self.matching(filter);
        let total = matching.len();
        let last = skip.saturating_add(u64::from(take)).min(total);
        let count = u32::try_from(last.saturating_sub(skip)).unwrap_or(take);
        Page {
            sequences: self.newest_of(&matching, total - last, count).rev().collect(),
            total,
        }
    }

    /// The same with the most urgent first.
    pub(super) fn urgent_page(&self, filter: &IssueFilter, mut skip: u64, take: u32) -> Page {
        let matching = self.matching(filter);
        let mut sequences = Vec::new();
        for priority in Priority::ALL.iter().rev() {
            let mut alike = matching.clone().into_owned();
            self.priorities.keep_any(&mut alike, &[*priority]);
            let missing = take.saturating_sub(u32::try_from(sequences.len()).unwrap_or(take));
            sequences.extend(self.newest_of(&alike, skip, missing));
            skip = skip.saturating_sub(alike.len());
        }
        Page {
            sequences,
            total: matching.len(),
        }
    }

    /// Published issues in the order in which they came, from behind that sequence on, `take` at the most.
    pub(super) fn page_behind(&self, after: Option<u64>, take: u32) -> Page {
        let passed = after.map_or(0, |after| {
            self.sequences.partition_point(|sequence| *sequence <= after)
        });
        let first = u32::try_from(passed).unwrap_or(u32::MAX);
        let behind = self.published.range(first..).take(take as usize);
        let sequences = behind.filter_map(|ordinal| self.sequence(ordinal));
        Page {
            sequences: sequences.collect(),
            total: self.published.len(),
        }
    }

    /// The same with most votes first.
    pub(super) fn top_page(&self, filter: &IssueFilter, votes: &Votes, skip: u64, take: u32) -> Page {
        let matching = self.matching(filter);
        let top = votes.top(&matching, skip, take);
        Page {
            sequences: top
                .into_iter()
                .filter_map(|ordinal| self.sequence(ordinal))
                .collect(),
            total: matching.len(),
        }
    }

    /// How many issues are published.
    pub(super) fn published_count(&self) -> u64 {
        self.published.len()
    }

    /// How many published issues have one of these statuses and this priority.
    pub(super) fn count(&self, statuses: &[IssueStatus], priority: Priority) -> u64 {
        self.counted.of(statuses, priority)
    }

    /// How many published issues arrived from one moment on and before another.
    pub(super) fn count_created(&self, from: Timestamp, until: Timestamp) -> u64 {
        let before = |moment: Timestamp| {
            let place = self.created.partition_point(|created| *created < moment.0);
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        self.published.range_cardinality(before(from)..before(until))
    }

    /// Those of the issues that are published and fit the filter, in the order that is given.
    pub(super) fn fitting(&self, sequences: impl Iterator<Item = u64>, filter: &IssueFilter) -> Vec<u64> {
        let matching = self.matching(filter);
        let fits = |sequence: &u64| {
            let ordinal = self.ordinal(*sequence);
            ordinal.is_some_and(|ordinal| matching.contains(ordinal))
        };
        sequences.filter(fits).collect()
    }

    fn matching(&self, filter: &IssueFilter) -> Cow<'_, RoaringBitmap> {
        if *filter == IssueFilter::default() {
            return Cow::Borrowed(&self.published);
        }
        let mut matching = self.published.clone();
        self.statuses.keep_any(&mut matching, &filter.statuses);
        self.priorities.keep_any(&mut matching, &filter.priorities);
        self.categories.keep_any(&mut matching, &filter.categories);
        self.tagged.keep_any(&mut matching, &filter.tags);
        self.keep_created(&mut matching, filter);
        self.keep_updated(&mut matching, filter);
        Cow::Owned(matching)
    }

    fn keep_created(&self, matching: &mut RoaringBitmap, filter: &IssueFilter) {
        let ordinal = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        if let Some(after) = filter.created_after {
            matching.remove_range(..ordinal(self.created.partition_point(|created| *created < after.0)));
        }
        if let Some(before) = filter.created_before {
            matching.remove_range(ordinal(self.created.partition_point(|created| *created <= before.0))..);
        }
    }

    fn keep_updated(&self, matching: &mut RoaringBitmap, filter: &IssueFilter) {
        if filter.updated_after.is_none() && filter.updated_before.is_none() {
            return;
        }
        let from = filter.updated_after.map_or(i64::MIN, |bound| bound.0);
        let to = filter.updated_before.map_or(i64::MAX, |bound| bound.0);
        self.updated.keep(matching, &(from..=to));
    }
}

#[cfg(test)]
mod tests;
