//! Where a journal's files are and what their names say.
//!
//! | name | what it is |
//! |---|---|
//! | `0000000007.preparing` | a segment being filled with zeros |
//! | `0000000007.segment` | a live segment: in use, full, or waiting to be used |
//! | `0000000007.released` | its frames are durable elsewhere; waiting to be compressed |
//! | `archive/0000000007.1795300000.segment.lz4` | compressed at that Unix second |
//! | `archive/0000000007.1795300000.writing` | an archived segment that is still being written |

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lz4_flex::frame::FrameDecoder;

use super::JournalOptions;
use crate::StorageError;
use crate::disk::{Disk, OpenMode};

/// A journal's disk, directory and sizes.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) directory: PathBuf,
    pub(super) options: JournalOptions,
}

impl Place {
    pub(super) fn preparing(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:010}.preparing"))
    }

    pub(super) fn live(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:010}.segment"))
    }

    pub(super) fn released(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:010}.released"))
    }

    pub(super) fn archive(&self) -> PathBuf {
        archive_of(&self.directory)
    }

    pub(super) fn archived(&self, number: u64, seconds: i64) -> PathBuf {
        self.archive().join(format!("{number:010}.{seconds}.segment.lz4"))
    }

    pub(super) fn archiving(&self, number: u64, seconds: i64) -> PathBuf {
        self.archive().join(format!("{number:010}.{seconds}.writing"))
    }

    /// Refuses when fewer than `bytes` can be had without touching the reserve.
    pub(super) fn require_space(&self, bytes: u64) -> Result<(), StorageError> {
        let free = self
            .disk
            .free_space(&self.directory)
            .map_err(|error| StorageError::io("asking for the free space of", &self.directory, error))?;
        if free < self.options.reserve.saturating_add(bytes) {
            return Err(StorageError::Full {
                path: self.directory.clone(),
            });
        }
        Ok(())
    }

    /// Gives a file of the journal's directory another name, and makes that last.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> Result<(), StorageError> {
        self.disk
            .rename(from, to)
            .map_err(|error| StorageError::io("renaming", from, error))?;
        self.sync_names(to.parent().unwrap_or(&self.directory))
    }

    /// Removes a file, and makes that last before anything else is removed: so no gap can come about.
    pub(super) fn remove(&self, path: &Path) -> Result<(), StorageError> {
        self.disk
            .remove(path)
            .map_err(|error| StorageError::io("removing", path, error))?;
        self.sync_names(path.parent().unwrap_or(&self.directory))
    }

    /// Makes the names in a directory last.
    pub(super) fn sync_names(&self, directory: &Path) -> Result<(), StorageError> {
        self.disk
            .sync_directory(directory)
            .map_err(|error| StorageError::io("syncing", directory, error))
    }

    /// Removes what a crash left half made.
    pub(super) fn remove_leftovers(&self) -> Result<(), StorageError> {
        for directory in [self.directory.clone(), self.archive()] {
            for path in list(self.disk.as_ref(), &directory)? {
                let suffix = path.extension().and_then(|suffix| suffix.to_str());
                if matches!(suffix, Some("preparing" | "writing")) {
                    self.remove(&path)?;
                }
            }
        }
        Ok(())
    }
}

/// How far a segment has come in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Live,
    Released,
    /// Compressed; since when, in Unix seconds.
    Archived(i64),
}

/// A segment's file.
#[derive(Debug, Clone)]
pub(super) struct SegmentFile {
    pub(super) number: u64,
    pub(super) stage: Stage,
    pub(super) path: PathBuf,
}

impl SegmentFile {
    fn of(path: PathBuf) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let (number, rest) = name.split_once('.')?;
        let number = number.parse().ok()?;
        let stage = match rest {
            "segment" => Stage::Live,
            "released" => Stage::Released,
            _ => Stage::Archived(rest.strip_suffix(".segment.lz4")?.parse().ok()?),
        };
        Some(Self { number, stage, path })
    }

    /// All its bytes, decompressed.
    pub(super) fn load(&self, disk: &dyn Disk) -> Result<Vec<u8>, StorageError> {
        let bytes = self.load_raw(disk)?;
        if !matches!(self.stage, Stage::Archived(_)) {
            return Ok(bytes);
        }
        let mut plain = Vec::new();
        FrameDecoder::new(bytes.as_slice())
            .read_to_end(&mut plain)
            .map_err(|error| self.damaged(format!("it does not decompress: {error}")))?;
        Ok(plain)
    }

    fn load_raw(&self, disk: &dyn Disk) -> Result<Vec<u8>, StorageError> {
        let failed = |error| StorageError::io("reading", &self.path, error);
        let file = disk
            .open(&self.path, OpenMode::Read)
            .map_err(|error| StorageError::io("opening", &self.path, error))?;
        let length = file.len().map_err(failed)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        let count = file.read_at(0, &mut bytes).map_err(failed)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// Says what is wrong with this file.
    pub(super) fn damaged(&self, detail: String) -> StorageError {
        StorageError::Damaged {
            path: self.path.clone(),
            detail,
        }
    }
}

/// Every segment of a journal, oldest first. One that a crash left in two stages counts in the later one.
pub(super) fn segments(disk: &dyn Disk, directory: &Path) -> Result<Vec<SegmentFile>, StorageError> {
    let mut files: Vec<SegmentFile> = list(disk, directory)?
        .into_iter()
        .chain(list(disk, &archive_of(directory))?)
        .filter_map(SegmentFile::of)
        .collect();
    files.sort_by_key(|file| (file.number, std::cmp::Reverse(file.stage)));
    files.dedup_by_key(|file| file.number);
    Ok(files)
}

/// The files of a directory; none if there is no such directory.
fn list(disk: &dyn Disk, directory: &Path) -> Result<Vec<PathBuf>, StorageError> {
    match disk.list(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        outcome => outcome.map_err(|error| StorageError::io("listing", directory, error)),
    }
}

fn archive_of(directory: &Path) -> PathBuf {
    directory.join("archive")
}
