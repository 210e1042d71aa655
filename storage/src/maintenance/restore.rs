//! Makes a data directory from a backup, and from the journal of the directory that was lost.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::format::{Item, ItemReader};
use super::{Progress, TELL_EVERY, Watcher, decode};
use crate::applier::Replay;
use crate::block::Blocks;
use crate::disk::RealDisk;
use crate::embedded::{DataDirectory, shelf_directory};
use crate::records::BlobHash;
use crate::shelf::SledShelf;
use crate::{BlobStore, BlobWriter, StorageError, Table, batch, journal};

/// Memory for the map's pages.
const CACHE: u64 = 64 << 20;
/// Bytes of records that are applied at once.
const BATCH_SIZE: usize = 8 << 20;

/// What a restore brought back.
#[derive(Debug, Clone, Default)]
pub struct RestoreSummary {
    /// Records of the backup.
    pub records: u64,
    /// Files of the backup.
    pub blobs: u64,
    /// The sequence number of the last commit that is restored.
    pub through: u64,
    /// Commits after the backup that came from the journal.
    pub replayed: u64,
    /// Files after the backup that came from the old data directory.
    pub copied_blobs: u64,
    /// What of the journal could not be read: all commits before it are restored, none behind it.
    pub journal_problem: Option<StorageError>,
    /// Files that records name and that are nowhere.
    pub missing_blobs: Vec<BlobHash>,
}

/// Makes `data`, which must be absent or empty, from the backup `file`. With `journal`, the journal's directory
/// within the old data directory, the commits after the backup come back too, and their files from the `blobs`
/// beside it.
///
/// # Errors
/// When `file` is no backup, nothing is made. When the backup is not whole, `data` then is no data directory yet ([`super::is_half_restored`]): delete it and begin
/// anew.
pub fn restore(
    file: &Path,
    data: &Path,
    journal: Option<&Path>,
    watcher: &mut Watcher<'_>,
) -> Result<RestoreSummary, StorageError> {
    // Before the directory is begun, so that a slip in the file's name leaves nothing to remove.
    let opened = File::open(file).map_err(|error| StorageError::io("opening", file, error))?;
    let reader = ItemReader::new(BufReader::new(opened), file)?;
    let directory = DataDirectory::begin(data)?;
    // Nobody may write to the old directory meanwhile.
    let old = journal.and_then(Path::parent);
    let _old_lock = old
        .filter(|old| old.join("FORMAT").exists())
        .map(DataDirectory::existing)
        .transpose()?;
    let mut restore = Restore {
        blocks: Blocks::new(Box::new(SledShelf::open(&shelf_directory(data), CACHE)?)),
        blobs: BlobStore::open(Arc::new(RealDisk), data)?,
        summary: RestoreSummary::default(),
        watcher,
    };
    restore.backup(reader)?;
    if let Some(journal) = journal {
        restore.journal(journal)?;
    }
    restore.find_blobs(old)?;
    restore.blocks.flush()?.or_full(&restore.blocks)?;
    restore.blocks.close();
    directory.complete()?;
    Ok(restore.summary)
}

struct Restore<'a, 'b> {
    blocks: Blocks,
    blobs: BlobStore,
    summary: RestoreSummary,
    watcher: &'a mut Watcher<'b>,
}

impl Restore<'_, '_> {
    fn backup(&mut self, mut reader: ItemReader<'_, BufReader<File>>) -> Result<(), StorageError> {
        let mut gathered = Vec::new();
        let mut open: Option<(BlobHash, BlobWriter)> = None;
        let mut through = 0;
        loop {
            let item = reader.next()?;
            if !matches!(item, Item::BlobBytes(_))
                && let Some((hash, writer)) = open.take()
                && writer.finish()?.0 != hash
            {
                return Err(reader.damaged("a file in it is not what its name says"));
            }
            match item {
                Item::Start(sequence) => through = sequence,
                Item::Record(key, value) => self.record(&mut gathered, &key, &value)?,
                Item::Blob(hash) => {
                    open = Some((hash, self.blobs.begin()?));
                    self.summary.blobs += 1;
                    self.tell(self.summary.blobs, "files");
                }
                Item::BlobBytes(bytes) => match &mut open {
                    Some((_, writer)) => writer.write(&bytes)?,
                    None => return Err(reader.damaged("bytes of no file")),
                },
                Item::End(records, blobs) => {
                    if (records, blobs) != (self.summary.records, self.summary.blobs) {
                        return Err(reader.damaged("it does not hold what it says it holds"));
                    }
                    break;
                }
            }
        }
        // With the last of it comes the mark that says how far the backup goes.
        let last = std::iter::once(gathered.as_slice());
        self.blocks.apply(last, through)?.or_full(&self.blocks)?;
        self.summary.through = through;
        Ok(())
    }

    fn record(&mut self, gathered: &mut Vec<u8>, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        batch::push_put(gathered, key, value)?;
        if gathered.len() >= BATCH_SIZE {
            let full = std::iter::once(gathered.as_slice());
            self.blocks.apply(full, 0)?.or_full(&self.blocks)?;
            gathered.clear();
        }
        self.summary.records += 1;
        if self.summary.records.is_multiple_of(TELL_EVERY) {
            self.tell(self.summary.records, "records");
        }
        Ok(())
    }

    fn journal(&mut self, directory: &Path) -> Result<(), StorageError> {
        let first = self.summary.through + 1;
        let mut replay = Replay::new(&self.blocks)?;
        let mut applying = Ok(());
        let mut last = self.summary.through;
        let read = journal::read_from(&RealDisk, directory, first, &mut |sequence, payload| {
            applying = replay.take(sequence, payload);
            last = sequence;
            applying.clone()
        });
        applying?;
        replay.finish(last)?;
        self.summary.replayed = last - self.summary.through;
        self.summary.through = last;
        self.summary.journal_problem = read.err();
        self.tell(self.summary.replayed, "changes of the journal");
        Ok(())
    }

    /// Looks for the files that records name, and takes those that are missing from the old directory.
    fn find_blobs(&mut self, old: Option<&Path>) -> Result<(), StorageError> {
        let mut missing = self.named_blobs()?;
        for there in self.blobs.list()? {
            missing.remove(&there);
        }
        let old = old
            .filter(|old| old.join("blobs").is_dir())
            .map(|old| BlobStore::open(Arc::new(RealDisk), old))
            .transpose()?;
        let mut missing = missing.into_iter().collect::<Vec<_>>();
        missing.sort_unstable();
        for hash in missing {
            if self.copy_blob(old.as_ref(), hash)? {
                self.summary.copied_blobs += 1;
            } else {
                self.summary.missing_blobs.push(hash);
            }
        }
        Ok(())
    }

    fn named_blobs(&self) -> Result<HashSet<BlobHash>, StorageError> {
        let mut named = HashSet::new();
        self.blocks.walk(&[], &mut |found| {
            let (key, value) = found?;
            if key.get(1) == Some(&(Table::Attachment as u8))
                && let Some(attachment) = decode(Table::Attachment, value)?
            {
                named.insert(attachment.blob);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(named)
    }

    fn copy_blob(&self, old: Option<&BlobStore>, hash: BlobHash) -> Result<bool, StorageError> {
        let Some(old) = old.filter(|old| old.verify(hash).is_ok()) else {
            return Ok(false);
        };
        let Some(reader) = old.get(hash)? else {
            return Ok(false);
        };
        let mut writer = self.blobs.begin()?;
        reader.read_all(&mut |bytes| writer.write(bytes))?;
        Ok(writer.finish()?.0 == hash)
    }

    fn tell(&mut self, done: u64, what: &'static str) {
        (self.watcher)(Progress { done, total: 0, what });
    }
}
