//! The one error of the storage floor.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the store could not do what it was asked.
///
/// It is `Clone` because one failed disk write fails every commit that shared it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// No space is left (or too little to go on safely). Writes are refused, reads go on.
    #[error("the disk that holds {path} is full: free some space, nothing was lost")]
    Full {
        /// The directory or file that could not grow.
        path: PathBuf,
    },
    /// The operating system refused a read, a write or a sync.
    #[error("{action} {path}: {source}")]
    Io {
        /// What was being done, as a gerund: "opening", "syncing".
        action: &'static str,
        /// The file or directory it was done to.
        path: PathBuf,
        /// What the operating system said.
        source: Arc<std::io::Error>,
    },
    /// Bytes on the disk are not what was written there.
    #[error("{path} is damaged ({detail}): see \"A damaged store\" in docs/operations.md")]
    Damaged {
        /// The file that holds the bad bytes.
        path: PathBuf,
        /// What does not check, and where.
        detail: String,
    },
    /// A record does not decode: its checksum or its shape is wrong.
    #[error("a stored {record} record is damaged: {detail}")]
    DamagedRecord {
        /// The record type's name.
        record: &'static str,
        /// What does not check.
        detail: &'static str,
    },
    /// A record was written by a newer Bugle than this one.
    #[error(
        "a stored {record} record has version {version}, which this program does not know: use a newer bugle"
    )]
    UnknownVersion {
        /// The record type's name.
        record: &'static str,
        /// The version byte that was found.
        version: u8,
    },
    /// Another process has the data directory open.
    #[error(
        "the data directory {path} is in use by another bugle: stop that one first, or choose another --data"
    )]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// A value is larger than a frame of the journal may be.
    #[error("a change of {size} bytes is larger than the {limit} bytes one commit may have")]
    TooLarge {
        /// Size of the change in bytes.
        size: usize,
        /// The most it may have, in bytes.
        limit: usize,
    },
    /// More has been handed over than the disk has kept up with.
    #[error("the disk is slower than what arrives: try again in a moment")]
    Busy,
    /// The data directory was laid out by a newer Bugle, or by something else.
    #[error(
        "{path} says \"{found}\", which this program does not know: use a newer bugle, or another --data"
    )]
    UnknownFormat {
        /// The file that names the format.
        path: PathBuf,
        /// What it names, cut off after some characters.
        found: String,
    },
    /// What was to be restored was never written by a backup.
    #[error("{path} is no Bugle backup: name the file that `bugle backup` wrote; nothing was restored")]
    NoBackup {
        /// The file.
        path: PathBuf,
    },
    /// Something is in the directory that a restore was to fill.
    #[error("{path} is not empty, it holds {found}: restore into a directory that is empty or not there")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// The name of something in it.
        found: String,
    },
    /// A restore into the data directory was begun and did not end.
    #[error(
        "a restore into {path} was interrupted, and what it left is not whole: delete that directory and restore again"
    )]
    HalfRestored {
        /// The data directory.
        path: PathBuf,
    },
    /// The owner was replaced by another, which alone may write.
    #[error("the owner of these records was replaced")]
    Replaced,
    /// The store has stopped: it is shutting down, or it failed before and said so then.
    #[error("the store is closed")]
    Closed,
}

impl StorageError {
    /// Wraps what the operating system said; "no space left" becomes [`StorageError::Full`].
    pub fn io(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full {
                path: path.to_owned(),
            },
            _ => Self::Io {
                action,
                path: path.to_owned(),
                source: Arc::new(source),
            },
        }
    }
}
