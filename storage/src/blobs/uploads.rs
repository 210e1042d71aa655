//! Uploads that came ahead of whoever confirms them: which blob each of them became. A note is a small file of its own,
//! `blobs/uploads/<16 hex digits>`, because nothing may be in the journal before the confirmation.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::BlobStore;
use crate::disk::OpenMode;
use crate::records::BlobHash;
use crate::{BlobReader, StorageError};

impl BlobStore {
    /// Notes, to last, which blob an upload became. The sweep forgets it after a day, as it does a blob that no record
    /// names.
    pub fn note_upload(&self, upload: u64, blob: BlobHash) -> Result<(), StorageError> {
        let path = self.unnamed_path();
        let written = self.write_note(&path, blob);
        if written.is_err() {
            // What stays behind is removed when the store is opened next.
            let _ = self.disk.remove(&path);
        }
        written?;
        let place = self.note(upload);
        self.disk
            .rename(&path, &place)
            .map_err(|error| StorageError::io("naming", &place, error))?;
        for directory in [self.uploads(), self.incoming()] {
            self.disk
                .sync_directory(&directory)
                .map_err(|error| StorageError::io("syncing", &directory, error))?;
        }
        Ok(())
    }

    /// The blob that an upload became; `None` when it never came, or is forgotten.
    pub fn upload(&self, upload: u64) -> Result<Option<BlobReader>, StorageError> {
        let Some(hash) = self.noted(upload)? else {
            return Ok(None);
        };
        self.get(hash)
    }

    fn noted(&self, upload: u64) -> Result<Option<BlobHash>, StorageError> {
        let Some(note) = self.open_existing(self.note(upload))? else {
            return Ok(None);
        };
        let mut hash = [0; 32];
        let size = note.read_at(0, &mut hash)?;
        Ok((size == hash.len()).then_some(BlobHash(hash)))
    }

    /// Forgets what was noted before `cutoff`.
    pub(super) fn forget_uploads(&self, cutoff: SystemTime) -> Result<(), StorageError> {
        for note in self.names(&self.uploads())? {
            let modified = self.disk.modified(&note);
            if modified.map_err(|error| StorageError::io("looking at", &note, error))? < cutoff {
                let removed = self.disk.remove(&note);
                removed.map_err(|error| StorageError::io("removing", &note, error))?;
            }
        }
        Ok(())
    }

    fn write_note(&self, path: &Path, blob: BlobHash) -> Result<(), StorageError> {
        let written = self.disk.open(path, OpenMode::CreateNew).and_then(|mut file| {
            file.write_at(0, &blob.0)?;
            file.sync()
        });
        written.map_err(|error| StorageError::io("writing", path, error))
    }

    pub(super) fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    fn note(&self, upload: u64) -> PathBuf {
        self.uploads().join(format!("{upload:016x}"))
    }
}
