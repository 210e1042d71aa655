//! Which issues have which tags: bitmaps in the index, stretches of sequences in the store.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bugle_storage::records::{Issue, ReportKind, TaggedIssues};
use bugle_storage::{Batch, ProjectId, Shard, StorageError};

use super::super::index::IssueIndex;
use super::super::{ProjectActor, keys};
use super::IssueTags;
use crate::{ActorError, IssueChange};

/// The most tags of one issue.
pub const TAGS_OF_ISSUE_MAX: usize = 50;

/// Reads which issues have which tags, into an index that knows the issues. Blocks.
pub(in crate::project) fn load_tagged(
    shard: &Shard,
    project: ProjectId,
    index: &mut IssueIndex,
) -> Result<(), StorageError> {
    shard.visit(&keys::all_tagged(project), None, |key, stretch: TaggedIssues| {
        if let Some((tag, number)) = keys::tag_and_stretch(key) {
            let start = number * TaggedIssues::STRETCH;
            for offset in stretch.offsets {
                index.tag(start + u64::from(offset), tag);
            }
        }
        ControlFlow::Continue(())
    })
}

impl ProjectActor {
    /// Refuses tags that an issue cannot have.
    pub(in crate::project) fn check_tags(tags: &[u32], known: &IssueTags) -> Result<(), ActorError> {
        let refuse = |problem| {
            Err(ActorError::Invalid {
                field: "tag_ids",
                problem,
            })
        };
        if tags.len() > TAGS_OF_ISSUE_MAX {
            return refuse("has too many tags (maximum is 50)");
        }
        if tags.iter().any(|tag| known.get(*tag).is_none()) {
            return refuse("has a tag that is not one of the project");
        }
        Ok(())
    }

    /// A change that adds tags, as one that says all the tags that the issue is to have.
    pub(in crate::project) fn with_all_tags(
        &self,
        kind: ReportKind,
        issue: &Issue,
        mut change: IssueChange,
    ) -> IssueChange {
        if let IssueChange::Patch(patch) = &mut change
            && !patch.added_tags.is_empty()
        {
            let own = || self.index_of(kind).tags_of(issue.id.sequence());
            let mut tags = patch.tags.take().unwrap_or_else(own);
            tags.append(&mut patch.added_tags);
            tags.sort_unstable();
            tags.dedup();
            patch.tags = Some(tags);
        }
        change
    }

    /// Gives an issue these tags and no others: in the index, then in the batch. The tags were checked.
    pub(in crate::project) fn retag(
        &mut self,
        sequence: u64,
        tags: &[u32],
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let stretch = sequence / TaggedIssues::STRETCH;
        for tag in self.index.retag(sequence, tags) {
            let place = keys::tagged(self.id, tag, stretch);
            let offsets = self.offsets(tag, stretch);
            if offsets.is_empty() {
                batch.delete(place);
            } else {
                batch.put(place, &TaggedIssues { offsets })?;
            }
        }
        Ok(())
    }

    fn offsets(&self, tag: u32, stretch: u64) -> Vec<u16> {
        let start = stretch * TaggedIssues::STRETCH;
        let tagged = self.index.tagged(tag, start..start + TaggedIssues::STRETCH);
        tagged
            .filter_map(|sequence| u16::try_from(sequence - start).ok())
            .collect()
    }

    /// Takes a tag from every issue that has it.
    pub(super) fn take_from_all(&mut self, tag: u32, batch: &mut Batch) {
        let stretches: BTreeSet<_> = self
            .index
            .tagged(tag, 0..u64::MAX)
            .map(|sequence| sequence / TaggedIssues::STRETCH)
            .collect();
        for stretch in stretches {
            batch.delete(keys::tagged(self.id, tag, stretch));
        }
        self.index.untag_all(tag);
    }
}
