//! The index between starts: chunks of rows in the store, and what was changed since they were written. A start
//! reads the chunks and the little that came after them, not every row. See
//! `docs/decisions/0009-index-snapshot.md`.
//!
//! The rows stay what counts. A chunk holds the rows of `chunk_size` issues in order of arrival. An issue that
//! came after the last chunk is found by its sequence. An issue that was changed after its chunk was written is
//! found by the chunk's mark, which is in the batch of the change; the next writing of the chunk takes it away in
//! its own batch. So whatever part of the journal outlives a crash, chunks, marks and rows fit each other.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use bugle_storage::records::{ChunkMark, IndexChunk, IssueRow, ReportKind};
use bugle_storage::{Batch, Key, ProjectId, Shard, StorageError};

use super::index::IssueIndex;
use super::keys;

/// Issues in a chunk: some 50 KiB, encoded in less than a millisecond.
const CHUNK_SIZE: u32 = 4096;
/// Marked chunks that are left as they are while the project works: each costs a start some milliseconds.
const MARKED_MAX: usize = 32;

/// What of the index of one kind of report is stored as chunks.
#[derive(Debug)]
pub(super) struct IndexSnapshot {
    project: ProjectId,
    kind: ReportKind,
    chunk_size: u32,
    /// How many issues, from the first on, the chunks hold.
    covered: u32,
    /// Chunks with a mark, the one marked first in front.
    marked: VecDeque<u32>,
    /// Where chunks and marks may lie that are of no use. They go before any chunk is written.
    discarded: Vec<Key>,
}

/// How much is worth writing down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Whole chunks, so that the tail stays short while the project works.
    WholeChunks,
    /// Everything, because the project is about to stop.
    Everything,
}

impl IndexSnapshot {
    /// Reads a project's index of one kind of report. Blocks. Where the chunks cannot be used, every row is read in their
    /// place.
    pub(super) fn load(
        shard: &Shard,
        project: ProjectId,
        kind: ReportKind,
    ) -> Result<(IssueIndex, Self), StorageError> {
        Self::load_in_chunks(shard, (project, kind), CHUNK_SIZE)
    }

    fn load_in_chunks(
        shard: &Shard,
        (project, kind): (ProjectId, ReportKind),
        chunk_size: u32,
    ) -> Result<(IssueIndex, Self), StorageError> {
        let mut snapshot = Self {
            project,
            kind,
            chunk_size,
            covered: 0,
            marked: VecDeque::new(),
            discarded: Vec::new(),
        };
        match snapshot.read_chunks(shard) {
            Ok(mut index) => {
                snapshot.covered = index.len();
                snapshot.read_marked(shard, &mut index)?;
                read_tail(shard, &snapshot.rows(), &mut index)?;
                Ok((index, snapshot))
            }
            Err(cause @ (StorageError::Damaged { .. } | StorageError::DamagedRecord { .. })) => {
                tracing::warn!(%project, ?kind, %cause, "a project's index is read from all its rows, because its snapshot cannot be used");
                let mut index = IssueIndex::default();
                read_tail(shard, &snapshot.rows(), &mut index)?;
                snapshot.discard(index.len());
                Ok((index, snapshot))
            }
            Err(error) => Err(error),
        }
    }

    /// The issues of all chunks as the chunks have them. Notes which of them are marked.
    fn read_chunks(&mut self, shard: &Shard) -> Result<IssueIndex, StorageError> {
        shard.visit(
            &keys::chunk_marks(self.project, self.kind),
            None,
            |key, _: ChunkMark| {
                self.marked.extend(keys::chunk_number(key));
                ControlFlow::Continue(())
            },
        )?;
        let mut index = IssueIndex::default();
        let mut outcome = Ok(());
        shard.visit(
            &keys::index_chunks(self.project, self.kind),
            None,
            |key, chunk: IndexChunk| {
                outcome = self.add_chunk(key, &chunk, &mut index);
                match outcome {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            },
        )?;
        outcome.map(|()| index)
    }

    fn add_chunk(&self, key: &[u8], chunk: &IndexChunk, index: &mut IssueIndex) -> Result<(), StorageError> {
        let starts_at = keys::chunk_number(key).and_then(|number| number.checked_mul(self.chunk_size));
        if starts_at != Some(index.len()) || chunk.len() > self.chunk_size as usize {
            return Err(unfit("it does not follow the one before"));
        }
        for row in chunk.rows() {
            let (sequence, row) = row.ok_or_else(|| unfit("its columns do not fit each other"))?;
            if index.last_sequence().is_some_and(|last| sequence <= last) {
                return Err(unfit("its sequences do not ascend"));
            }
            index.push(sequence, &row);
        }
        Ok(())
    }

    /// Begins anew over so many issues. Chunks that are left of before must go first: nobody has marked them since.
    fn discard(&mut self, issues: u32) {
        self.marked.clear();
        for number in 0..=issues / self.chunk_size {
            self.discarded
                .push(keys::index_chunk(self.project, self.kind, number));
            self.discarded
                .push(keys::chunk_mark(self.project, self.kind, number));
        }
    }

    /// Brings the issues of marked chunks up to their rows.
    fn read_marked(&self, shard: &Shard, index: &mut IssueIndex) -> Result<(), StorageError> {
        let rows = self.rows();
        for chunk in &self.marked {
            let (start, end) = self.bounds(*chunk, self.covered);
            let bounds = index
                .sequence(start)
                .zip(end.checked_sub(1).and_then(|last| index.sequence(last)));
            let Some((first, last)) = bounds else {
                continue;
            };
            let from = rows.clone().u64(first);
            shard.visit(&rows, Some(&from), |key, row: IssueRow| {
                match keys::sequence(key).filter(|sequence| *sequence <= last) {
                    None => ControlFlow::Break(()),
                    Some(sequence) => {
                        index.update(sequence, &row);
                        ControlFlow::Continue(())
                    }
                }
            })?;
        }
        Ok(())
    }

    /// Notes, in the batch of a change to an issue, that the issue's chunk is behind from now on. The batch must
    /// be committed.
    pub(super) fn note_change(&mut self, ordinal: u32, batch: &mut Batch) -> Result<(), StorageError> {
        let chunk = ordinal / self.chunk_size;
        if ordinal >= self.covered || self.marked.contains(&chunk) {
            return Ok(());
        }
        batch.put(keys::chunk_mark(self.project, self.kind, chunk), &ChunkMark)?;
        self.marked.push_back(chunk);
        Ok(())
    }

    /// The next step towards a snapshot of that extent: at most one chunk. The batch must be committed; `None` when
    /// nothing is left to do.
    pub(super) fn step(&mut self, index: &IssueIndex, extent: Extent) -> Result<Option<Batch>, StorageError> {
        let mut batch = Batch::new();
        if !self.discarded.is_empty() {
            self.discarded.drain(..).for_each(|key| batch.delete(key));
            return Ok(Some(batch));
        }
        let Some(chunk) = self.next_chunk(index.len(), extent) else {
            return Ok(None);
        };
        let (start, end) = self.bounds(chunk, index.len());
        let rows = (start..end).filter_map(|ordinal| index.row(ordinal));
        batch.put(
            keys::index_chunk(self.project, self.kind, chunk),
            &IndexChunk::of(rows),
        )?;
        if let Some(place) = self.marked.iter().position(|marked| *marked == chunk) {
            self.marked.remove(place);
            batch.delete(keys::chunk_mark(self.project, self.kind, chunk));
        }
        self.covered = self.covered.max(end);
        Ok(Some(batch))
    }

    fn next_chunk(&self, issues: u32, extent: Extent) -> Option<u32> {
        let next = self.covered / self.chunk_size;
        let (tail_min, marked_max) = match extent {
            Extent::WholeChunks => (self.chunk_size, MARKED_MAX),
            Extent::Everything => (1, 0),
        };
        let is_worth_it = issues > self.covered && issues - next * self.chunk_size >= tail_min;
        if is_worth_it {
            return Some(next);
        }
        self.marked
            .front()
            .copied()
            .filter(|_| self.marked.len() > marked_max)
    }

    fn rows(&self) -> Key {
        keys::report_rows(self.project, self.kind)
    }

    /// The ordinals of a chunk's issues, when there are so many in all.
    fn bounds(&self, chunk: u32, issues: u32) -> (u32, u32) {
        let start = chunk.saturating_mul(self.chunk_size);
        (start, start.saturating_add(self.chunk_size).min(issues))
    }
}

/// Adds the reports that came after those of the index, from their rows.
fn read_tail(shard: &Shard, rows: &Key, index: &mut IssueIndex) -> Result<(), StorageError> {
    let from = index
        .last_sequence()
        .map(|last| rows.clone().u64(last.saturating_add(1)));
    shard.visit(rows, from.as_ref(), |key, row: IssueRow| {
        if let Some(sequence) = keys::sequence(key) {
            index.push(sequence, &row);
        }
        ControlFlow::Continue(())
    })
}

const fn unfit(detail: &'static str) -> StorageError {
    StorageError::DamagedRecord {
        record: "index chunk",
        detail,
    }
}

#[cfg(test)]
mod tests;
