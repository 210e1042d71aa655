//! Writes a whole data directory into one file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::format::ItemWriter;
use super::{Progress, TELL_EVERY, Watcher, open_store};
use crate::disk::{Disk, RealDisk};
use crate::embedded::{DataDirectory, EmbeddedStore};
use crate::{BlobStore, StorageError, Store};

/// Bytes written at once.
const BUFFER_SIZE: usize = 1 << 20;

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupSummary {
    /// Records of all tables.
    pub records: u64,
    /// Files of reports.
    pub blobs: u64,
    /// The sequence number of the last commit it holds. A restore goes on behind it with the journal.
    pub through: u64,
}

/// Writes everything in the data directory into `file`, which must not exist. The file has its name only when it
/// is whole and on the disk. It holds the installation's secrets: only its owner may read it.
///
/// # Errors
/// [`StorageError::InUse`] while a server runs on the directory; damage is an error too, so that a backup that
/// was made is one that can be restored.
pub fn backup(data: &Path, file: &Path, watcher: &mut Watcher<'_>) -> Result<BackupSummary, StorageError> {
    refuse_existing(file)?;
    let store = open_store(DataDirectory::existing(data)?, data)?;
    let blobs = BlobStore::open(Arc::new(RealDisk), data)?;
    let unfinished = PathBuf::from(format!("{}.unfinished", file.display()));
    let failed = |error| StorageError::io("writing", &unfinished, error);
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(failed)?;
    let writer = ItemWriter::new(BufWriter::with_capacity(BUFFER_SIZE, opened)).map_err(failed)?;
    let mut backup = Backup {
        writer,
        path: &unfinished,
        watcher,
    };
    let through = backup.start(&store)?;
    let records = backup.records(&store)?;
    let blobs = backup.blobs(&blobs)?;
    let finished = backup.writer.end(records, blobs).map_err(failed)?;
    sync(finished).map_err(failed)?;
    refuse_existing(file)?;
    name(&unfinished, file).map_err(|error| StorageError::io("naming", file, error))?;
    store.close()?;
    Ok(BackupSummary {
        records,
        blobs,
        through,
    })
}

struct Backup<'a, 'b> {
    writer: ItemWriter<BufWriter<File>>,
    path: &'a Path,
    watcher: &'a mut Watcher<'b>,
}

impl Backup<'_, '_> {
    fn start(&mut self, store: &EmbeddedStore) -> Result<u64, StorageError> {
        store.settle()?;
        store.applier_works()?;
        let through = store.blocks().applied_through()?;
        self.writer
            .start(through)
            .map_err(|error| failed(self.path, error))?;
        Ok(through)
    }

    fn records(&mut self, store: &EmbeddedStore) -> Result<u64, StorageError> {
        let mut done = 0;
        let mut failure = None;
        store.scan(&[], &mut |key, value| {
            if let Err(error) = self.writer.record(key, value) {
                failure = Some(failed(self.path, error));
                return ControlFlow::Break(());
            }
            done += 1;
            if done % TELL_EVERY == 0 {
                let what = "records";
                (self.watcher)(Progress { done, total: 0, what });
            }
            ControlFlow::Continue(())
        })?;
        failure.map_or(Ok(done), Err)
    }

    fn blobs(&mut self, blobs: &BlobStore) -> Result<u64, StorageError> {
        let list = blobs.list()?;
        let total = list.len() as u64;
        for (done, hash) in (0..).zip(list) {
            let what = "files";
            (self.watcher)(Progress { done, total, what });
            blobs.verify(hash)?;
            self.writer.blob(hash).map_err(|error| failed(self.path, error))?;
            let Some(reader) = blobs.get(hash)? else { continue };
            reader.read_all(&mut |bytes| {
                self.writer
                    .blob_bytes(bytes)
                    .map_err(|error| failed(self.path, error))
            })?;
        }
        Ok(total)
    }
}

fn failed(path: &Path, error: io::Error) -> StorageError {
    StorageError::io("writing", path, error)
}

fn refuse_existing(file: &Path) -> Result<(), StorageError> {
    if file.exists() {
        let error = io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is a file of that name already: choose another",
        );
        return Err(StorageError::io("backing up to", file, error));
    }
    Ok(())
}

fn sync(mut writer: BufWriter<File>) -> io::Result<()> {
    writer.flush()?;
    writer.get_ref().sync_all()
}

fn name(unfinished: &Path, file: &Path) -> io::Result<()> {
    fs::rename(unfinished, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    RealDisk.sync_directory(folder.unwrap_or(Path::new(".")))
}
