//! One segment file: how it is made ready, and how it is written.
//!
//! A segment begins with a header of 32 bytes that never changes: `magic [8] | version u8 | 0 [3] |
//! salt u32 | number u64 | 0 u32 | crc u32`. The first frame behind it is the opening: a seal, written and
//! synced when the segment comes into use, which says at which sequence the segment before it ended. So
//! each segment tells where it belongs, even when all before it are gone.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::files::{Place, SegmentFile};
use super::frame;
use crate::StorageError;
use crate::disk::{DiskFile, OpenMode};

/// Size of the header in bytes: where the opening begins.
pub(super) const HEADER: usize = 32;

/// Where the first frame with a batch begins.
pub(super) const FIRST_FRAME: usize = HEADER + frame::HEADER;

const MAGIC: [u8; 8] = *b"BugleJnl";
const VERSION: u8 = 1;

/// A segment is never smaller, whatever the options say.
const SIZE_MIN: u64 = 1024;

/// How many zeros are written at once. What is written at once lies together in the system's cache, and later each small
/// write and sync goes through all of it.
const ZEROS: usize = 64 << 10;

/// How many zeros may wait in the system's cache: the writer's syncs queue behind them.
const UNSYNCED_ZEROS_MAX: usize = 8 << 20;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) number: u64,
    /// Starts the checksum of the segment's frames.
    pub(super) salt: u32,
}

impl Header {
    fn encode(self) -> [u8; HEADER] {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&[VERSION, 0, 0, 0]);
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        let crc = crc32fast::hash(&bytes);
        let mut header = [0; HEADER];
        let (fields, crc_field) = header.split_at_mut(HEADER - 4);
        fields.copy_from_slice(&bytes);
        crc_field.copy_from_slice(&crc.to_le_bytes());
        header
    }

    /// The header of a segment's bytes; `Ok(None)` when it does not check.
    pub(super) fn decode(bytes: &[u8]) -> Result<Option<Self>, StorageError> {
        let Some((fields, crc)) = bytes
            .get(..HEADER)
            .and_then(|header| header.split_last_chunk::<4>())
        else {
            return Ok(None);
        };
        if crc32fast::hash(fields) != u32::from_le_bytes(*crc) {
            return Ok(None);
        }
        let Some((&MAGIC, rest)) = fields.split_first_chunk::<8>() else {
            return Ok(None);
        };
        let Some((&[version, _, _, _], rest)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        if version != VERSION {
            return Err(StorageError::UnknownVersion {
                record: "journal segment",
                version,
            });
        }
        let parts = rest.split_first_chunk::<4>();
        Ok(parts.and_then(|(salt, rest)| {
            let (number, _) = rest.split_first_chunk::<8>()?;
            Some(Self {
                number: u64::from_le_bytes(*number),
                salt: u32::from_le_bytes(*salt),
            })
        }))
    }
}

/// A segment that can be written: it is as long as it will be, and all of it is on the disk.
pub(super) struct Segment {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    header: Header,
    /// Bytes that were written and synced when it was made ready.
    size: u64,
    /// Where the next frame goes.
    end: u64,
}

impl Segment {
    /// Makes a new segment: real zeros, because space that is only reserved costs a metadata commit at
    /// each sync. It has its name only once it is whole. `stop` ends the work early.
    pub(super) fn prepare(place: &Place, number: u64, stop: &AtomicBool) -> Result<Self, StorageError> {
        let size = place.options.segment_size.max(SIZE_MIN);
        let size = size.next_multiple_of(frame::ALIGNMENT as u64);
        place.require_space(size)?;
        let preparing = place.preparing(number);
        let made = Self::make(place, number, size, stop).and_then(|mut segment| {
            segment.path = place.live(number);
            place.rename(&preparing, &segment.path)?;
            Ok(segment)
        });
        if made.is_err() {
            // Give its space back; if that fails too, the next opening of the journal does it.
            let _ = place.disk.remove(&preparing);
        }
        made
    }

    fn make(place: &Place, number: u64, size: u64, stop: &AtomicBool) -> Result<Self, StorageError> {
        let path = place.preparing(number);
        let header = Header {
            number,
            salt: rand::random(),
        };
        let mut file = place
            .disk
            .open(&path, OpenMode::CreateNew)
            .map_err(|error| StorageError::io("creating", &path, error))?;
        file.write_at(0, &header.encode())
            .map_err(|error| StorageError::io("writing", &path, error))?;
        let mut segment = Self {
            file,
            path,
            header,
            size: HEADER as u64,
            end: HEADER as u64,
        };
        segment.extend(size, stop)?;
        Ok(segment)
    }

    /// Opens a segment that exists.
    pub(super) fn open(
        place: &Place,
        file: &SegmentFile,
        header: Header,
        end: usize,
    ) -> Result<Self, StorageError> {
        let opened = place
            .disk
            .open(&file.path, OpenMode::ReadWrite)
            .map_err(|error| StorageError::io("opening", &file.path, error))?;
        let size = opened
            .len()
            .map_err(|error| StorageError::io("reading", &file.path, error))?;
        Ok(Self {
            file: opened,
            path: file.path.clone(),
            header,
            size,
            end: end as u64,
        })
    }

    pub(super) fn number(&self) -> u64 {
        self.header.number
    }

    pub(super) fn salt(&self) -> u32 {
        self.header.salt
    }

    /// Whether so many bytes of frames fit, with a seal behind them.
    pub(super) fn fits(&self, bytes: usize) -> bool {
        self.end + bytes as u64 + frame::HEADER as u64 <= self.size
    }

    /// Makes a segment that is not yet in use large enough for one frame of so many bytes.
    pub(super) fn grow_for(&mut self, place: &Place, bytes: usize) -> Result<(), StorageError> {
        let size = (FIRST_FRAME + bytes + frame::HEADER) as u64;
        if size <= self.size {
            return Ok(());
        }
        place.require_space(size - self.size)?;
        self.extend(size, &AtomicBool::new(false))
    }

    /// Brings a segment into use: says that the one before it ended at `synced`, and that its own first
    /// frame follows `sequence`.
    pub(super) fn begin(&mut self, sequence: u64, synced: u64) -> Result<(), StorageError> {
        let mut opening = Vec::with_capacity(frame::HEADER);
        frame::write(&mut opening, self.salt(), sequence, synced, &[]);
        self.append(&opening)
    }

    /// Writes the last word of an orderly end: all up to `sequence` is durable.
    pub(super) fn seal(&mut self, sequence: u64) -> Result<(), StorageError> {
        let mut seal = Vec::with_capacity(frame::HEADER);
        frame::write(&mut seal, self.salt(), sequence, sequence, &[]);
        self.append(&seal)
    }

    /// Writes whole frames behind what is there, and syncs. An error is final: nobody knows any longer
    /// what is on the disk, and a second sync may say yes without having written a thing.
    pub(super) fn append(&mut self, frames: &[u8]) -> Result<(), StorageError> {
        self.overwrite(self.end, frames)?;
        self.end += frames.len() as u64;
        Ok(())
    }

    /// Writes over what is there, and syncs.
    pub(super) fn overwrite(&mut self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.file
            .write_at(offset, bytes)
            .map_err(|error| StorageError::io("writing", &self.path, error))?;
        self.sync()
    }

    fn extend(&mut self, size: u64, stop: &AtomicBool) -> Result<(), StorageError> {
        let left = |written: u64| usize::try_from(size - written).unwrap_or(usize::MAX);
        let zeros = vec![0; ZEROS.min(left(self.size))];
        let mut written = self.size;
        let mut unsynced = 0;
        while written < size {
            if stop.load(Ordering::Relaxed) {
                return Err(StorageError::Closed);
            }
            let chunk = zeros.get(..left(written)).unwrap_or(&zeros);
            self.file
                .write_at(written, chunk)
                .map_err(|error| StorageError::io("writing", &self.path, error))?;
            written += chunk.len() as u64;
            unsynced += chunk.len();
            if unsynced >= UNSYNCED_ZEROS_MAX {
                self.sync()?;
                unsynced = 0;
            }
        }
        self.sync()?;
        self.size = size;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StorageError> {
        self.file
            .sync()
            .map_err(|error| StorageError::io("syncing", &self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER_OF_SEVEN: Header = Header { number: 7, salt: 9 };

    #[test]
    fn a_header_is_read_as_it_was_written_and_shows_every_flipped_bit() {
        let bytes = HEADER_OF_SEVEN.encode();
        assert_eq!(Header::decode(&bytes).unwrap(), Some(HEADER_OF_SEVEN));
        for bit in 0..HEADER * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&flipped).unwrap(), None, "bit {bit}");
        }
        assert_eq!(Header::decode(&bytes[..HEADER - 1]).unwrap(), None);
    }

    #[test]
    fn a_newer_format_is_refused_by_name() {
        let mut bytes = HEADER_OF_SEVEN.encode();
        bytes[8] = 2;
        let crc = crc32fast::hash(&bytes[..HEADER - 4]);
        bytes[HEADER - 4..].copy_from_slice(&crc.to_le_bytes());
        let refused = Header::decode(&bytes).unwrap_err();
        assert!(
            matches!(refused, StorageError::UnknownVersion { version: 2, .. }),
            "{refused}"
        );
    }
}
