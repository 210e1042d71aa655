//! The data directory: one process at a time, and only of a format that this program knows.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::StorageError;
use crate::disk::{Disk, RealDisk};

/// What the file `FORMAT` says.
const FORMAT: &str = "bugle data directory, format 1\n";
/// What may be in a directory that is to become a data directory.
const HARMLESS: [&str; 3] = ["LOCK", "FORMAT.new", "lost+found"];

/// Stands in a directory from before the first thing that is restored into it until all is there.
const RESTORING: &str = "RESTORING";

/// Whether a restore into the directory was begun and did not end.
pub(crate) fn is_half_restored(path: &Path) -> bool {
    path.join(RESTORING).exists() && !path.join("FORMAT").exists()
}

/// Whether nothing was ever kept in a directory.
pub(crate) fn is_unused(path: &Path) -> io::Result<bool> {
    Ok(first_entry(path)?.is_none())
}

/// The name of something in a directory that is not harmless.
fn first_entry(path: &Path) -> io::Result<Option<String>> {
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if !HARMLESS.iter().any(|harmless| name == *harmless) {
            return Ok(Some(name.to_string_lossy().into_owned()));
        }
    }
    Ok(None)
}

/// A data directory whose lock this process holds until the value is dropped.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

impl DataDirectory {
    /// Opens a data directory, or makes one of an absent or empty directory.
    pub(crate) fn open(path: &Path) -> Result<Self, StorageError> {
        let directory = Self::lock(path)?;
        if directory.format()?.is_none() {
            directory.must_be_empty()?;
            directory.complete()?;
        }
        Ok(directory)
    }

    /// Opens a data directory that must be there.
    pub(crate) fn existing(path: &Path) -> Result<Self, StorageError> {
        refuse_half_restored(path)?;
        let file = path.join("FORMAT");
        fs::metadata(&file).map_err(|error| StorageError::io("reading", &file, error))?;
        let directory = Self::lock(path)?;
        directory.format()?;
        Ok(directory)
    }

    /// Takes an absent or empty directory to restore into. It is no data directory before
    /// [`DataDirectory::complete`].
    pub(crate) fn begin(path: &Path) -> Result<Self, StorageError> {
        let directory = Self::lock(path)?;
        refuse_half_restored(path)?;
        if let Some(found) = directory.first_entry()? {
            let path = path.to_owned();
            return Err(StorageError::NotEmpty { path, found });
        }
        let marker = path.join(RESTORING);
        File::create(&marker)
            .and_then(|file| file.sync_all())
            .and_then(|()| RealDisk.sync_directory(path))
            .map_err(|error| StorageError::io("writing", &marker, error))?;
        Ok(directory)
    }

    /// Makes it a data directory, to last.
    pub(crate) fn complete(&self) -> Result<(), StorageError> {
        let (new, file) = (self.path.join("FORMAT.new"), self.path.join("FORMAT"));
        fs::write(&new, FORMAT)
            .and_then(|()| File::open(&new)?.sync_all())
            .and_then(|()| fs::rename(&new, &file))
            .and_then(|()| RealDisk.sync_directory(&self.path))
            .map_err(|error| StorageError::io("writing", &file, error))?;
        // Without meaning from now on, should it stay.
        let _ = fs::remove_file(self.path.join(RESTORING));
        Ok(())
    }

    fn lock(path: &Path) -> Result<Self, StorageError> {
        RealDisk
            .create_directory(path)
            .map_err(|error| StorageError::io("creating", path, error))?;
        let file = path.join("LOCK");
        let failed = |error| StorageError::io("locking", &file, error);
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&file)
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.to_owned();
                return Err(StorageError::InUse { path });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Checks the format; `None` when there is no word of it.
    fn format(&self) -> Result<Option<()>, StorageError> {
        let path = self.path.join("FORMAT");
        match fs::read(&path) {
            Ok(found) if found == FORMAT.as_bytes() => Ok(Some(())),
            Ok(found) => {
                let text = String::from_utf8_lossy(&found);
                let found = text.trim().chars().take(60).collect();
                Err(StorageError::UnknownFormat { path, found })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("reading", &path, error)),
        }
    }

    fn must_be_empty(&self) -> Result<(), StorageError> {
        refuse_half_restored(&self.path)?;
        let Some(found) = self.first_entry()? else {
            return Ok(());
        };
        let text = format!("it holds {found} but no FORMAT, so it is no data directory: choose an empty one");
        let cause = io::Error::new(io::ErrorKind::AlreadyExists, text);
        Err(StorageError::io("listing", &self.path, cause))
    }

    fn first_entry(&self) -> Result<Option<String>, StorageError> {
        first_entry(&self.path).map_err(|error| StorageError::io("listing", &self.path, error))
    }
}

fn refuse_half_restored(path: &Path) -> Result<(), StorageError> {
    if is_half_restored(path) {
        let path = path.to_owned();
        return Err(StorageError::HalfRestored { path });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_once_and_opened_again() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        drop(DataDirectory::open(&path).unwrap());
        drop(DataDirectory::open(&path).unwrap());
        drop(DataDirectory::existing(&path).unwrap());
        assert!(DataDirectory::begin(&path).is_err(), "it is not empty any more");
    }

    #[test]
    fn one_process_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let first = DataDirectory::open(parent.path()).unwrap();
        let error = DataDirectory::open(parent.path()).unwrap_err();
        assert!(
            matches!(&error, StorageError::InUse { path } if path == parent.path()),
            "{error}"
        );
        drop(first);
        DataDirectory::open(parent.path()).unwrap();
    }

    #[test]
    fn a_directory_of_something_else_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("photo.jpeg"), b"").unwrap();
        let error = DataDirectory::open(parent.path()).unwrap_err().to_string();
        assert!(
            error.contains("photo.jpeg") && error.contains("choose an empty one"),
            "{error}"
        );
    }

    #[test]
    fn another_format_is_refused_by_name() {
        let parent = tempfile::tempdir().unwrap();
        fs::write(parent.path().join("FORMAT"), "bugle data directory, format 2\n").unwrap();
        let error = DataDirectory::open(parent.path()).unwrap_err().to_string();
        assert!(
            error.contains("\"bugle data directory, format 2\"") && error.contains("use a newer bugle"),
            "{error}"
        );
    }

    #[test]
    fn a_restore_that_did_not_end_is_no_data_directory() {
        let parent = tempfile::tempdir().unwrap();
        drop(DataDirectory::begin(parent.path()).unwrap());
        fs::create_dir(parent.path().join("store")).unwrap();
        for again in [
            DataDirectory::open(parent.path()),
            DataDirectory::existing(parent.path()),
            DataDirectory::begin(parent.path()),
        ] {
            let error = again.unwrap_err().to_string();
            assert!(
                error.contains("delete that directory and restore again"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_restore_that_ended_leaves_a_data_directory() {
        let parent = tempfile::tempdir().unwrap();
        let directory = DataDirectory::begin(parent.path()).unwrap();
        assert!(is_half_restored(parent.path()));
        directory.complete().unwrap();
        assert!(!is_half_restored(parent.path()));
        drop(directory);
        drop(DataDirectory::open(parent.path()).unwrap());
        let error = DataDirectory::begin(parent.path()).unwrap_err();
        assert!(matches!(error, StorageError::NotEmpty { .. }), "{error}");
    }
}
