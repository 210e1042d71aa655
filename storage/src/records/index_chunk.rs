//! A project's index as it is kept between starts: the rows of many issues, column by column.

use serde::{Deserialize, Serialize};

use super::{Category, IssueRow, IssueStatus, Priority};
use crate::Timestamp;
use crate::codec::Record;

/// The rows of neighbouring issues, in order of arrival. Numbers that grow are kept as the distance from the one
/// before, so that most of them take a byte or two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexChunk {
    sequences: Vec<u64>,
    created: Vec<i64>,
    /// After `created` of the same issue.
    updated: Vec<i64>,
    /// After the highest number of the issues before in the chunk, which is what most issues are numbered by.
    numbers: Vec<Option<i64>>,
    statuses: Vec<IssueStatus>,
    priorities: Vec<Priority>,
    categories: Vec<Category>,
}

impl Record for IndexChunk {
    const VERSION: u8 = 1;
    const NAME: &'static str = "index chunk";
}

/// What the distances are counted from, while a chunk is written or read.
#[derive(Default)]
struct Before {
    sequence: u64,
    created: i64,
    number: i64,
}

impl IndexChunk {
    /// A chunk of these issues, each with its sequence, which ascend.
    pub fn of(rows: impl Iterator<Item = (u64, IssueRow)>) -> Self {
        let mut chunk = Self::default();
        let mut before = Before::default();
        for (sequence, row) in rows {
            chunk.push(sequence, &row, &mut before);
        }
        chunk
    }

    fn push(&mut self, sequence: u64, row: &IssueRow, before: &mut Before) {
        let created = row.created_at.0;
        self.sequences.push(sequence.wrapping_sub(before.sequence));
        self.created.push(created.wrapping_sub(before.created));
        self.updated.push(row.updated_at.0.wrapping_sub(created));
        let number = row.number.map(i64::from);
        self.numbers.push(number.map(|number| number - before.number));
        self.statuses.push(row.status);
        self.priorities.push(row.priority);
        self.categories.push(row.category);
        *before = Before {
            sequence,
            created,
            number: before.number.max(number.unwrap_or(0)),
        };
    }

    /// How many issues the chunk holds.
    pub fn len(&self) -> usize {
        self.sequences.len()
    }

    /// Whether the chunk holds no issue.
    pub fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    /// The issues in order of arrival, each with its sequence; `None` in place of one that no program can have
    /// written.
    pub fn rows(&self) -> impl Iterator<Item = Option<(u64, IssueRow)>> {
        let mut before = Before::default();
        (0..self.len()).map(move |place| self.row(place, &mut before))
    }

    fn row(&self, place: usize, before: &mut Before) -> Option<(u64, IssueRow)> {
        let sequence = self.sequences.get(place)?.wrapping_add(before.sequence);
        let created = self.created.get(place)?.wrapping_add(before.created);
        let number = match *self.numbers.get(place)? {
            None => None,
            Some(distance) => Some(u32::try_from(distance.checked_add(before.number)?).ok()?),
        };
        *before = Before {
            sequence,
            created,
            number: before.number.max(number.map_or(0, i64::from)),
        };
        let row = IssueRow {
            number,
            status: *self.statuses.get(place)?,
            priority: *self.priorities.get(place)?,
            category: *self.categories.get(place)?,
            created_at: Timestamp(created),
            updated_at: Timestamp(created.wrapping_add(*self.updated.get(place)?)),
        };
        Some((sequence, row))
    }
}

/// That an issue of a chunk was changed since the chunk was written, so that its rows are read one by one at the
/// next start. Written in the batch of the change, removed in the batch of the next writing of the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkMark;

impl Record for ChunkMark {
    const VERSION: u8 = 1;
    const NAME: &'static str = "chunk mark";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: Option<u32>, created: i64, updated: i64) -> IssueRow {
        IssueRow {
            number,
            status: IssueStatus::WontFix,
            priority: Priority::High,
            category: Category::Question,
            created_at: Timestamp(created),
            updated_at: Timestamp(updated),
        }
    }

    #[test]
    fn rows_come_back_as_they_were() {
        let rows = [
            (7, row(Some(4), -5, 9)),
            (8, row(None, -5, -5)),
            (900, row(Some(2), i64::MAX, i64::MIN)),
            (u64::MAX, row(Some(u32::MAX), i64::MAX, 0)),
        ];
        let chunk = IndexChunk::of(rows.into_iter());
        let back: Option<Vec<_>> = chunk.rows().collect();
        assert_eq!(back.as_deref(), Some(&rows[..]));
    }

    #[test]
    fn columns_that_do_not_fit_each_other_are_told() {
        let mut chunk = IndexChunk::of([(7, row(Some(1), 0, 0)), (8, row(Some(2), 0, 0))].into_iter());
        chunk.statuses.pop();
        assert_eq!(
            chunk.rows().map(|row| row.is_some()).collect::<Vec<_>>(),
            [true, false]
        );
    }
}
