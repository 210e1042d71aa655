//! Reading a journal without opening it: to check it, or to rebuild a store from it.

use std::path::Path;

use super::files::{self, SegmentFile};
use super::walk::{self, FrameVisit};
use crate::StorageError;
use crate::disk::Disk;

/// What a journal holds: archived, released and live segments together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JournalSummary {
    /// Segments in use, full, released or archived.
    pub segments: u64,
    /// Frames that carry a commit.
    pub frames: u64,
    /// The bytes of their payloads.
    pub payload_bytes: u64,
    /// The first sequence that is still there; 0 if there are no frames.
    pub first_sequence: u64,
    /// The last sequence that was given; 0 if none was.
    pub last_sequence: u64,
    /// Whether a write that was never acknowledged is left at the end. Opening the journal cuts it off.
    pub torn_tail: bool,
}

/// Reads the journal in `directory` without changing it. It must not be open.
///
/// # Errors
/// [`StorageError::Damaged`] names the first place that does not hold what was written there.
pub fn verify(disk: &dyn Disk, directory: &Path) -> Result<JournalSummary, StorageError> {
    let mut first_sequence = 0;
    let files = files::segments(disk, directory)?;
    let walked = walk::walk(disk, &files, &mut |sequence, _| {
        if first_sequence == 0 {
            first_sequence = sequence;
        }
        Ok(())
    })?;
    let current = walked.current();
    Ok(JournalSummary {
        segments: walked.begun.len() as u64,
        frames: walked.frames,
        payload_bytes: walked.payload_bytes,
        first_sequence,
        last_sequence: current.map_or(0, |current| current.last),
        torn_tail: current.is_some_and(|current| current.torn_end > current.end),
    })
}

/// Hands the frames from `first_sequence` on to `visit`, in order: sequence and payload. Archived and
/// released segments count too. The journal must not be open.
///
/// # Errors
/// [`StorageError::Damaged`] if the journal begins only behind `first_sequence`, or is damaged; the
/// frames before the damage have been visited then. What `visit` returns is passed on.
pub fn read_from(
    disk: &dyn Disk,
    directory: &Path,
    first_sequence: u64,
    visit: &mut FrameVisit<'_>,
) -> Result<(), StorageError> {
    let files = files::segments(disk, directory)?;
    require_start(disk, directory, &files, first_sequence)?;
    walk::walk(disk, &files, &mut |sequence, payload| {
        if sequence < first_sequence {
            return Ok(());
        }
        visit(sequence, payload)
    })?;
    Ok(())
}

/// Refuses when the frame of `first_sequence` was removed, or never was here.
fn require_start(
    disk: &dyn Disk,
    directory: &Path,
    files: &[SegmentFile],
    first_sequence: u64,
) -> Result<(), StorageError> {
    let Some(oldest) = files.first() else {
        return Ok(());
    };
    let walked = walk::walk(disk, std::slice::from_ref(oldest), &mut |_, _| Ok(()))?;
    match walked.current() {
        Some(begun) if begun.base >= first_sequence => Err(StorageError::Damaged {
            path: directory.to_owned(),
            detail: format!(
                "it begins behind sequence {}, and sequence {first_sequence} is needed",
                begun.base
            ),
        }),
        _ => Ok(()),
    }
}
