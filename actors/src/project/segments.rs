//! Clips that come in pieces (protocol 5.3, `video_segments`). The pieces are kept until all are there; whoever brought
//! the last one joins them and adds the clip, which ends the group.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use actix::{Context, Handler, Message};
use bugle_storage::records::{BlobHash, VideoSegment};
use bugle_storage::{Batch, Key, ProjectId, RecordId, Shard, StorageError, Timestamp};

use super::{ProjectActor, ReportReference, keys};
use crate::{ActorError, Reply};

/// The most pieces of a clip.
pub const SEGMENTS_MAX: u32 = 1000;
/// The most clips of one issue of which pieces are missing.
pub const UNFINISHED_CLIPS_MAX: usize = 4;
/// How long the pieces of a clip are kept when others are missing, in seconds from the first on: half of what a file
/// has before the sweep takes one that no record names.
pub const SEGMENTS_LIFE_SECONDS: i64 = 12 * 60 * 60;

/// Half a SHA-256 of the name that the client gave to a clip's pieces.
pub type SegmentGroup = [u8; 16];

/// Keeps a piece of a clip whose bytes are in the blob store. The same position again replaces it: that is a retry.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AddSegment {
    /// Which issue.
    pub issue: ReportReference,
    /// Which clip.
    pub group: SegmentGroup,
    /// Which piece of it, from 0.
    pub position: u32,
    /// How many there are, 1 to [`SEGMENTS_MAX`].
    pub total: u32,
    /// Size in bytes.
    pub size: u64,
    /// Its bytes.
    pub blob: BlobHash,
    /// How large the clip may become, in bytes.
    pub size_max: u64,
    /// Where the answer goes.
    pub reply: Reply<AddedSegment>,
}

/// A piece that is on the disk.
#[derive(Debug, PartialEq, Eq)]
pub struct AddedSegment {
    /// How many pieces of the clip are there now.
    pub received: usize,
    /// All pieces in order, once none is missing.
    pub whole: Option<Vec<BlobHash>>,
}

/// The pieces of clips that are not whole.
#[derive(Debug)]
pub(super) struct Segments {
    project: ProjectId,
    /// By the issue's sequence and the clip.
    groups: HashMap<(u64, SegmentGroup), Group>,
}

#[derive(Debug)]
struct Group {
    begun_at: Timestamp,
    total: u32,
    /// By position: size and bytes.
    parts: BTreeMap<u32, (u64, BlobHash)>,
}

impl Segments {
    /// Reads the pieces that are there. Blocks.
    pub(super) fn load(shard: &Shard, project: ProjectId) -> Result<Self, StorageError> {
        let mut segments = Self {
            project,
            groups: HashMap::new(),
        };
        let prefix = keys::segments(project);
        shard.visit(&prefix, None, |key, segment: VideoSegment| {
            let place = key.get(prefix.as_bytes().len()..).and_then(keys::segment_place);
            if let Some((sequence, group, position)) = place {
                segments.insert(sequence, group, position, &segment);
            }
            ControlFlow::Continue(())
        })?;
        Ok(segments)
    }

    /// Refuses a piece that does not fit the others, or is too much.
    fn check(&self, sequence: u64, new: &AddSegment) -> Result<(), ActorError> {
        let invalid = |field, problem| Err(ActorError::Invalid { field, problem });
        if new.total == 0 || new.total > SEGMENTS_MAX {
            return invalid("video_segment[merge_total]", "must be 1 to 1000");
        }
        if new.position >= new.total {
            return invalid("video_segment[position]", "must be less than merge_total");
        }
        let Some(group) = self.groups.get(&(sequence, new.group)) else {
            let unfinished = self.groups.keys().filter(|(of, _)| *of == sequence).count();
            if unfinished >= UNFINISHED_CLIPS_MAX {
                return invalid("video_segment[merge_group]", "is one too many that are not whole");
            }
            return Self::check_size(new.size, new);
        };
        if group.total != new.total {
            return invalid(
                "video_segment[merge_total]",
                "is another than that of the first piece",
            );
        }
        let others = group
            .parts
            .iter()
            .filter(|(position, _)| **position != new.position);
        let size: u64 = others.map(|(_, (size, _))| size).sum();
        Self::check_size(size.saturating_add(new.size), new)
    }

    fn check_size(size: u64, new: &AddSegment) -> Result<(), ActorError> {
        if size <= new.size_max {
            return Ok(());
        }
        Err(ActorError::Invalid {
            field: "video_segment[video]",
            problem: "makes the clip larger than a file may be",
        })
    }

    fn insert(&mut self, sequence: u64, group: SegmentGroup, position: u32, segment: &VideoSegment) {
        let group = self.groups.entry((sequence, group)).or_insert_with(|| Group {
            begun_at: segment.created_at,
            total: segment.total,
            parts: BTreeMap::new(),
        });
        group.begun_at = group.begun_at.min(segment.created_at);
        group.parts.insert(position, (segment.size, segment.blob));
    }

    fn state(&self, sequence: u64, group: SegmentGroup) -> AddedSegment {
        let Some(group) = self.groups.get(&(sequence, group)) else {
            return AddedSegment {
                received: 0,
                whole: None,
            };
        };
        let is_whole = u32::try_from(group.parts.len()) == Ok(group.total);
        AddedSegment {
            received: group.parts.len(),
            whole: is_whole.then(|| group.parts.values().map(|(_, blob)| *blob).collect()),
        }
    }

    /// Ends a group in the batch that adds its clip, which must be committed.
    pub(super) fn close(&mut self, sequence: u64, group: SegmentGroup, batch: &mut Batch) {
        for key in self.remove(sequence, group) {
            batch.delete(key);
        }
    }

    /// Forgets the groups whose time is over, and gives the places of their pieces, which must be deleted.
    pub(super) fn expire(&mut self, now: Timestamp) -> Vec<Key> {
        let is_over = |group: &Group| now >= group.begun_at.plus_seconds(SEGMENTS_LIFE_SECONDS);
        let over = self.groups.iter().filter(|(_, group)| is_over(group));
        let over: Vec<_> = over.map(|(place, _)| *place).collect();
        over.into_iter()
            .flat_map(|(sequence, group)| self.remove(sequence, group))
            .collect()
    }

    fn remove(&mut self, sequence: u64, group: SegmentGroup) -> Vec<Key> {
        let removed = self.groups.remove(&(sequence, group));
        let positions = removed.into_iter().flat_map(|group| group.parts.into_keys());
        positions
            .map(|position| keys::segment(self.project, sequence, group, position))
            .collect()
    }
}

impl Handler<AddSegment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: AddSegment, _: &mut Context<Self>) {
        self.handled += 1;
        match self.add_segment(&message) {
            Ok((batch, added)) => self.ledger.commit_and_answer(batch, || (), added, message.reply),
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl ProjectActor {
    fn add_segment(&mut self, new: &AddSegment) -> Result<(Batch, AddedSegment), ActorError> {
        let sequence = self.resolve(new.issue).ok_or(ActorError::NotFound)?;
        self.ledger.ensure_writable()?;
        self.segments.check(sequence, new)?;
        let segment = VideoSegment {
            total: new.total,
            size: new.size,
            blob: new.blob,
            created_at: self.clock.now(),
        };
        let mut batch = Batch::new();
        let place = keys::segment(self.id, sequence, new.group, new.position);
        batch
            .put(place, &segment)
            .map_err(|error| self.ledger.give_up(error))?;
        self.segments.insert(sequence, new.group, new.position, &segment);
        Ok((batch, self.segments.state(sequence, new.group)))
    }

    /// Ends the group that a clip was joined from.
    pub(super) fn close_segments(&mut self, issue: RecordId, group: SegmentGroup, batch: &mut Batch) {
        self.segments.close(issue.sequence(), group, batch);
    }
}

#[cfg(test)]
mod tests;
