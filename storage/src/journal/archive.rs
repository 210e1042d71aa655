//! Released segments: compressed, kept for some days, removed. With a backup, they rebuild a store.

use std::io::{self, Write};
use std::path::Path;

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

use super::files::{self, Place, SegmentFile, Stage};
use crate::StorageError;
use crate::disk::{DiskFile, OpenMode};

/// How much of a segment is read at once, in bytes.
const CHUNK: usize = 256 << 10;

/// Takes a segment out of what is replayed. Trying again after an error is right.
pub(super) fn release(place: &Place, number: u64) -> Result<(), StorageError> {
    match place.rename(&place.live(number), &place.released(number)) {
        // An earlier try renamed it, but could not make that last.
        Err(StorageError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            place.sync_names(&place.directory)
        }
        outcome => outcome,
    }
}

/// Compresses the oldest released segment. `now` is in Unix seconds; its age in the archive counts from
/// there. Returns how many released segments are left.
pub(super) fn compress_oldest(place: &Place, now: i64) -> Result<usize, StorageError> {
    let all = files::segments(place.disk.as_ref(), &place.directory)?;
    remove_compressed(place, &all)?;
    let mut released = all.iter().filter(|file| file.stage == Stage::Released);
    let Some(oldest) = released.next() else {
        return Ok(0);
    };
    let (writing, done) = (
        place.archiving(oldest.number, now),
        place.archived(oldest.number, now),
    );
    if let Err(error) = compress(place, &oldest.path, &writing) {
        // Give its space back; if that fails too, the next opening of the journal does it.
        let _ = place.disk.remove(&writing);
        return Err(error);
    }
    place.rename(&writing, &done)?;
    place.remove(&oldest.path)?;
    Ok(released.count())
}

/// Removes the raw segments that a crash left beside their compressed ones.
fn remove_compressed(place: &Place, all: &[SegmentFile]) -> Result<(), StorageError> {
    for file in all.iter().filter(|file| matches!(file.stage, Stage::Archived(_))) {
        let raw = place.released(file.number);
        match place.remove(&raw) {
            Err(StorageError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            outcome => outcome?,
        }
    }
    Ok(())
}

fn compress(place: &Place, from: &Path, to: &Path) -> Result<(), StorageError> {
    let source = place
        .disk
        .open(from, OpenMode::Read)
        .map_err(|error| StorageError::io("opening", from, error))?;
    let file = place
        .disk
        .open(to, OpenMode::CreateNew)
        .map_err(|error| StorageError::io("creating", to, error))?;
    let frame = FrameInfo::new()
        .block_size(BlockSize::Max256KB)
        .block_mode(BlockMode::Linked);
    // Into memory and from there to the file, for lz4_flex 0.11.6 panics on some errors of its writer.
    let mut encoder = FrameEncoder::with_frame_info(frame, Vec::new());
    let mut output = Appending {
        file,
        path: to,
        end: 0,
    };
    let mut buffer = vec![0; CHUNK];
    let mut offset = 0;
    loop {
        let count = source
            .read_at(offset, &mut buffer)
            .map_err(|error| StorageError::io("reading", from, error))?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        encoder
            .write_all(chunk)
            .map_err(|error| StorageError::io("compressing", from, error))?;
        output.append(encoder.get_mut())?;
        offset += count as u64;
    }
    let mut rest = encoder
        .finish()
        .map_err(|error| StorageError::io("compressing", from, error.into()))?;
    output.append(&mut rest)?;
    output
        .file
        .sync()
        .map_err(|error| StorageError::io("syncing", to, error))
}

/// A file that is written from its beginning to its end.
struct Appending<'a> {
    file: Box<dyn DiskFile>,
    path: &'a Path,
    end: u64,
}

impl Appending<'_> {
    /// Writes `bytes` and empties them.
    fn append(&mut self, bytes: &mut Vec<u8>) -> Result<(), StorageError> {
        self.file
            .write_at(self.end, bytes)
            .map_err(|error| StorageError::io("writing", self.path, error))?;
        self.end += bytes.len() as u64;
        bytes.clear();
        Ok(())
    }
}

/// Removes the archived segments that are older than they need be, oldest first, so that what is left
/// has no gap. `now` is in Unix seconds.
pub(super) fn expire(place: &Place, now: i64) -> Result<(), StorageError> {
    let keep = i64::try_from(place.options.keep.as_secs()).unwrap_or(i64::MAX);
    for file in files::segments(place.disk.as_ref(), &place.directory)? {
        match file.stage {
            Stage::Archived(since) if now.saturating_sub(since) >= keep => place.remove(&file.path)?,
            _ => break,
        }
    }
    Ok(())
}
