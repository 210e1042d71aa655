//! Which report is a duplicate of which. An original is never a duplicate itself: whoever reads follows one step.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use bugle_storage::records::{DuplicateMark, ReportKind};
use bugle_storage::{Batch, ProjectId, RecordId, Shard, StorageError, Timestamp};

use super::{ProjectActor, ReportReference, keys};
use crate::ActorError;

/// What stands beside a report's record: tags, and what it is a duplicate of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportLinks {
    /// The numbers of its tags, ascending.
    pub tags: Vec<u32>,
    /// What it is a duplicate of.
    pub duplicate_of: Option<RecordId>,
    /// How many reports are duplicates of it.
    pub duplicates_count: u32,
}

/// All duplicates of a project, by sequence, in memory. Those that have none and are none cost nothing.
#[derive(Debug, Default)]
pub(super) struct Duplicates {
    original_of: HashMap<u64, u64>,
    copies_of: HashMap<u64, BTreeSet<u64>>,
}

/// What a report is to be a duplicate of from now on, if of any.
pub(super) type Move = (u64, Option<u64>);

impl Duplicates {
    /// Reads a project's marks. Blocks.
    pub(super) fn load(shard: &Shard, project: ProjectId) -> Result<Self, StorageError> {
        let mut duplicates = Self::default();
        shard.visit(&keys::duplicates(project), None, |key, mark: DuplicateMark| {
            if let Some(sequence) = keys::sequence(key) {
                duplicates.set(sequence, Some(mark.original.sequence()));
            }
            ControlFlow::Continue(())
        })?;
        Ok(duplicates)
    }

    fn original_of(&self, sequence: u64) -> Option<u64> {
        self.original_of.get(&sequence).copied()
    }

    fn copies_of(&self, sequence: u64) -> impl ExactSizeIterator<Item = u64> {
        self.copies_of
            .get(&sequence)
            .map(BTreeSet::iter)
            .unwrap_or_default()
            .copied()
    }

    fn set(&mut self, sequence: u64, original: Option<u64>) {
        let before = match original {
            Some(original) => self.original_of.insert(sequence, original),
            None => self.original_of.remove(&sequence),
        };
        if let Some(before) = before
            && let Some(copies) = self.copies_of.get_mut(&before)
        {
            copies.remove(&sequence);
            if copies.is_empty() {
                self.copies_of.remove(&before);
            }
        }
        if let Some(original) = original {
            self.copies_of.entry(original).or_default().insert(sequence);
        }
    }

    /// What has to move so that a report is a duplicate of another one, or of none: its own duplicates go with it. To be
    /// a duplicate of a duplicate is to be one of the original. Nothing when it is so already, and `None` when the
    /// original would be one of itself.
    fn moves(&self, sequence: u64, original: Option<u64>) -> Option<Vec<Move>> {
        let original = original.map(|original| self.original_of(original).unwrap_or(original));
        if original == Some(sequence) {
            return None;
        }
        if original == self.original_of(sequence) {
            return Some(Vec::new());
        }
        let own = self.copies_of(sequence).filter(|_| original.is_some());
        let moved = std::iter::once(sequence).chain(own);
        Some(moved.map(|sequence| (sequence, original)).collect())
    }
}

impl ProjectActor {
    /// What stands beside a report's record.
    pub(super) fn links_of(&self, kind: ReportKind, sequence: u64) -> ReportLinks {
        let original = self.duplicates.original_of(sequence);
        let count = self.duplicates.copies_of(sequence).len();
        ReportLinks {
            tags: self.index_of(kind).tags_of(sequence),
            duplicate_of: original.map(|original| RecordId::new(original, self.id.shard())),
            duplicates_count: u32::try_from(count).unwrap_or(u32::MAX),
        }
    }

    /// What has to move so that a report is a duplicate of `original`, which must be a published one of its kind.
    pub(super) fn duplicate_moves(
        &self,
        kind: ReportKind,
        sequence: u64,
        original: Option<RecordId>,
    ) -> Result<Vec<Move>, ActorError> {
        let refuse = |problem| ActorError::Invalid {
            field: "duplicate_of_id",
            problem,
        };
        let original = original.map(|id| self.published(ReportReference::global(kind, id)));
        let original = original
            .transpose()
            .map_err(|_| refuse("is none of the project's"))?
            .map(RecordId::sequence);
        let moves = self.duplicates.moves(sequence, original);
        moves.ok_or_else(|| refuse("is this one, or a duplicate of it"))
    }

    /// Makes the moves, in the batch and in memory.
    pub(super) fn write_duplicates(
        &mut self,
        moves: Vec<Move>,
        since: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        for (sequence, original) in moves {
            let place = keys::duplicate(self.id, sequence);
            match original {
                Some(original) => {
                    let original = RecordId::new(original, self.id.shard());
                    batch.put(place, &DuplicateMark { original, since })?;
                }
                None => batch.delete(place),
            }
            self.duplicates.set(sequence, original);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(marks: &[(u64, u64)]) -> Duplicates {
        let mut duplicates = Duplicates::default();
        for (copy, original) in marks {
            duplicates.set(*copy, Some(*original));
        }
        duplicates
    }

    #[test]
    fn a_duplicate_of_a_duplicate_is_one_of_the_original() {
        let duplicates = marked(&[(2, 1)]);
        assert_eq!(duplicates.moves(3, Some(2)), Some(vec![(3, Some(1))]));
        assert_eq!(duplicates.moves(3, Some(1)), Some(vec![(3, Some(1))]));
    }

    #[test]
    fn its_own_duplicates_go_with_it() {
        let duplicates = marked(&[(2, 1), (3, 1)]);
        let moves = duplicates.moves(1, Some(9)).unwrap();
        assert_eq!(moves, [(1, Some(9)), (2, Some(9)), (3, Some(9))]);
    }

    #[test]
    fn nothing_is_a_duplicate_of_itself() {
        let duplicates = marked(&[(2, 1)]);
        assert_eq!(duplicates.moves(1, Some(1)), None);
        assert_eq!(duplicates.moves(1, Some(2)), None, "it is one of this one");
    }

    #[test]
    fn what_is_so_already_moves_nothing() {
        let duplicates = marked(&[(2, 1)]);
        assert_eq!(duplicates.moves(2, Some(1)), Some(Vec::new()));
        assert_eq!(duplicates.moves(3, None), Some(Vec::new()));
    }

    #[test]
    fn a_mark_that_is_taken_back_leaves_nothing() {
        let mut duplicates = marked(&[(2, 1), (3, 1)]);
        assert_eq!(duplicates.copies_of(1).len(), 2);
        assert_eq!(duplicates.moves(2, None), Some(vec![(2, None)]));
        duplicates.set(2, None);
        duplicates.set(3, Some(4));
        assert_eq!(duplicates.copies_of(1).len(), 0);
        assert!(duplicates.copies_of.len() == 1 && duplicates.original_of.len() == 1);
    }
}
