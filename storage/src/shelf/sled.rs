//! sled as a shelf. Two things are done for it: it is synced (its own flush never calls `fsync`), and its
//! panics on damaged files become errors.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use sled::{Batch, Config, Db, Mode};

use super::{Shelf, ShelfChange};
use crate::StorageError;
use crate::store::Visit;

/// How long a shelf that was dropped just now may hold its lock still: sled's own threads let go of it late.
const UNLOCK_WAIT: Duration = Duration::from_secs(5);

/// Bytes that sled may write at once beside what it is given: buffers of its log, and nodes that it merges.
const OWN_WRITES: u64 = 16 << 20;

/// The sorted map on a disk.
pub struct SledShelf {
    database: Db,
    directory: PathBuf,
    /// sled's own file, opened once: a flush must not fail because descriptors have run out.
    file: File,
}

impl fmt::Debug for SledShelf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // sled's own shows every value.
        formatter.debug_tuple("SledShelf").field(&self.directory).finish()
    }
}

impl SledShelf {
    /// Opens the map in `directory`, or begins one. `cache` is the memory for its pages in bytes.
    pub fn open(directory: &Path, cache: u64) -> Result<Self, StorageError> {
        let config = Config::new()
            .path(directory)
            .cache_capacity(cache)
            .mode(Mode::HighThroughput)
            .flush_every_ms(None);
        let give_up = Instant::now() + UNLOCK_WAIT;
        loop {
            match guarded(directory, "opening", || config.open()) {
                Ok(database) => return Self::over(database, directory),
                Err(error) if is_locked(&error) && Instant::now() < give_up => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn over(database: Db, directory: &Path) -> Result<Self, StorageError> {
        let path = directory.join("db");
        // For writing, because space is reserved through it; nothing is written.
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| StorageError::io("opening", &path, error))?;
        Ok(Self {
            database,
            directory: directory.to_owned(),
            file,
        })
    }

    fn guarded<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Db) -> sled::Result<T>,
    ) -> Result<T, StorageError> {
        guarded(&self.directory, action, || work(&self.database))
    }
}

impl Shelf for SledShelf {
    fn apply(&self, changes: Vec<ShelfChange>) -> Result<(), StorageError> {
        let mut batch = Batch::default();
        for change in changes {
            match change.value {
                Some(value) => batch.insert(change.key, value),
                None => batch.remove(change.key),
            }
        }
        self.guarded("writing", |database| database.apply_batch(batch))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let found = self.guarded("reading", |database| database.get(key))?;
        Ok(found.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        let start = from.max(prefix);
        let mut entries = self.database.range(start..);
        loop {
            let entry = self.guarded("reading", |_| entries.next().transpose())?;
            match entry {
                Some((key, value)) if key.starts_with(prefix) => {
                    if visit(&key, &value).is_break() {
                        return Ok(());
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// sled appends to one file, and a write of its own that fails is the end of it. So the space behind the file's
    /// end is taken first.
    fn reserve(&self, size: u64) -> Result<(), StorageError> {
        let reserved = self
            .file
            .metadata()
            .and_then(|metadata| allocate(&self.file, metadata.len(), OWN_WRITES + size));
        reserved.map_err(|error| StorageError::io("reserving space in", &self.directory, error))
    }

    fn flush(&self) -> Result<(), StorageError> {
        self.guarded("flushing", |database| database.flush())?;
        // sled has written its pages by now, but its flush ends in `sync_file_range`, which leaves them in the
        // drive's cache. Any descriptor of the file syncs the whole file.
        self.file
            .sync_data()
            .map_err(|error| StorageError::io("syncing", &self.directory, error))
    }

    fn path(&self) -> &Path {
        &self.directory
    }
}

/// Takes space on the disk for a file beyond its end, without making it longer. Where the file system cannot do it,
/// that is no error.
#[cfg(target_os = "linux")]
fn allocate(file: &File, from: u64, size: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    let reserve = || fallocate(file, FallocateFlags::KEEP_SIZE, from, size);
    match rustix::io::retry_on_intr(reserve) {
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// There is no such call here: a disk that is full to the last byte needs a restart.
#[cfg(not(target_os = "linux"))]
fn allocate(_: &File, _: u64, _: u64) -> io::Result<()> {
    Ok(())
}

/// Runs a call into sled, which panics where it meets files that contradict themselves.
fn guarded<T>(
    directory: &Path,
    action: &'static str,
    work: impl FnOnce() -> sled::Result<T>,
) -> Result<T, StorageError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(sled::Error::Io(error))) => Err(StorageError::io(action, directory, error)),
        Ok(Err(error)) => Err(damaged(directory, error.to_string())),
        Err(panic) => {
            let said = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no reason given");
            Err(damaged(directory, format!("sled stopped while {action}: {said}")))
        }
    }
}

fn damaged(directory: &Path, detail: String) -> StorageError {
    StorageError::Damaged {
        path: directory.to_owned(),
        detail,
    }
}

/// sled reports a lock that is held as an error of no particular kind.
fn is_locked(error: &StorageError) -> bool {
    matches!(error, StorageError::Io { source, .. }
        if source.kind() == io::ErrorKind::Other && source.to_string().contains("acquire lock"))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    fn put(key: &[u8], value: &[u8]) -> ShelfChange {
        ShelfChange {
            key: key.to_vec(),
            value: Some(value.to_vec()),
        }
    }

    #[test]
    fn what_was_flushed_is_there_after_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let shelf = SledShelf::open(directory.path(), 1 << 20).unwrap();
        shelf
            .apply(vec![put(b"b1", b"x"), put(b"a", b"y"), put(b"b2", b"z")])
            .unwrap();
        shelf.flush().unwrap();
        drop(shelf);
        let shelf = SledShelf::open(directory.path(), 1 << 20).unwrap();
        let mut keys = Vec::new();
        shelf
            .scan(b"b2", b"b", &mut |key, _| {
                keys.push(key.to_vec());
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(keys, [b"b2".to_vec()], "a scan starts at `from`");
        assert_eq!(shelf.get(b"a").unwrap().as_deref(), Some(&b"y"[..]));
    }

    #[test]
    fn reserved_space_is_taken_from_the_disk_and_the_file_is_no_longer() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().unwrap();
        let shelf = SledShelf::open(directory.path(), 1 << 20).unwrap();
        let before = shelf.file.metadata().unwrap();
        shelf.reserve(1 << 20).unwrap();
        let after = shelf.file.metadata().unwrap();
        assert_eq!(before.len(), after.len());
        let taken = (after.blocks() - before.blocks()) * 512;
        assert!(taken >= OWN_WRITES + (1 << 20), "{taken}");
    }

    #[test]
    fn a_panic_of_sled_is_an_error_that_names_the_directory() {
        let directory = Path::new("/somewhere/store");
        let error = guarded::<()>(directory, "opening", || {
            panic!("tried to serialize Uninitialized")
        })
        .expect_err("a panic");
        assert_eq!(
            error.to_string(),
            "/somewhere/store is damaged (sled stopped while opening: tried to serialize Uninitialized): \
             see \"A damaged store\" in docs/operations.md"
        );
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        std::fs::write(&path, b"").unwrap();
        let error = SledShelf::open(&path, 1 << 20).unwrap_err();
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}
