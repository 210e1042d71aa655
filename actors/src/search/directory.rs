//! Where tantivy keeps its files: memory-mapped as usual, but nothing is synced. A sync for every file of every
//! commit would take turns with the journal's, and what a power cut takes away is rebuilt.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite, WatchCallback,
    WatchHandle, WritePtr,
};
use tantivy::{Directory, TantivyError};

#[derive(Debug, Clone)]
pub(super) struct UnsyncedDirectory {
    path: PathBuf,
    mapped: MmapDirectory,
}

impl UnsyncedDirectory {
    /// Opens the directory, which is made when it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, TantivyError> {
        fs::create_dir_all(path)?;
        Ok(Self {
            path: path.to_owned(),
            mapped: MmapDirectory::open(path)?,
        })
    }
}

/// A file that is done when it is written.
struct PlainFile(File);

impl Write for PlainFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for PlainFile {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        self.0.flush()
    }
}

impl Directory for UnsyncedDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.mapped.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.mapped.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.mapped.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let file = File::create_new(self.path.join(path)).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenWriteError::FileAlreadyExists(path.to_owned()),
            _ => OpenWriteError::wrap_io_error(error, path.to_owned()),
        })?;
        Ok(BufWriter::new(Box::new(PlainFile(file))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.mapped.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        // One name for each file: tantivy's threads write the list of segments and that of files at the same time.
        let mut unfinished = self.path.join(path).into_os_string();
        unfinished.push(".unfinished");
        fs::write(&unfinished, data)?;
        fs::rename(unfinished, self.path.join(path))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.mapped.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.mapped.watch(callback)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_replaced_at_the_same_time_keep_to_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let directory = UnsyncedDirectory::open(folder.path()).unwrap();
        std::thread::scope(|scope| {
            for name in ["meta.json", ".managed.json"] {
                let directory = &directory;
                scope.spawn(move || {
                    for _ in 0..2000 {
                        directory.atomic_write(Path::new(name), name.as_bytes()).unwrap();
                        let read = directory.atomic_read(Path::new(name)).unwrap();
                        assert_eq!(String::from_utf8(read).unwrap(), name);
                    }
                });
            }
        });
    }
}
