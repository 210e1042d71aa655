//! Reads everything and says what is not as it was written.

use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use super::{Progress, TELL_EVERY, Watcher, decode, open_store};
use crate::block::Blocks;
use crate::disk::RealDisk;
use crate::embedded::{DataDirectory, journal_directory, shelf_directory};
use crate::records::BlobHash;
use crate::shelf::SledShelf;
use crate::{BlobStore, Key, StorageError, Table, journal};

/// How much memory the map's pages may take while only it is read.
const CACHE: u64 = 64 << 20;

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct CheckReport {
    /// How many records each table holds.
    pub records: BTreeMap<Table, u64>,
    /// Commits that the journal holds.
    pub journal_frames: u64,
    /// Files of reports.
    pub blobs: u64,
    /// Files that no record names: uploads that were never finished. They harm nothing.
    pub unreferenced_blobs: u64,
    /// What is wrong, one sentence each; empty when all is well.
    pub problems: Vec<String>,
}

/// Checks the data directory: every frame of the journal, every block and record of the map, every file.
///
/// What a crash left in the journal is applied first, as at every start. Problems are collected, not returned
/// as errors.
///
/// # Errors
/// When the directory cannot be looked at: it is absent, of another format, or in use.
pub fn check(data: &Path, watcher: &mut Watcher<'_>) -> Result<CheckReport, StorageError> {
    let mut check = Check {
        report: CheckReport::default(),
        needed: HashSet::new(),
        watcher,
    };
    let directory = DataDirectory::existing(data)?;
    match journal::verify(&RealDisk, &journal_directory(data)) {
        Ok(summary) => {
            check.report.journal_frames = summary.frames;
            match open_store(directory, data) {
                Ok(store) => check.records(store.blocks()),
                Err(error) => {
                    check.problem(&error);
                    check.shelf_alone(data)?;
                }
            }
        }
        Err(error) => {
            check.problem(&error);
            drop(directory);
            check.shelf_alone(data)?;
        }
    }
    check.blobs(data);
    Ok(check.report)
}

struct Check<'a, 'b> {
    report: CheckReport,
    /// Files that records name.
    needed: HashSet<BlobHash>,
    watcher: &'a mut Watcher<'b>,
}

impl Check<'_, '_> {
    fn problem(&mut self, error: &StorageError) {
        self.report.problems.push(error.to_string());
    }

    /// Looks at the map without the journal, when the two cannot be opened together.
    fn shelf_alone(&mut self, data: &Path) -> Result<(), StorageError> {
        let _directory = DataDirectory::existing(data)?;
        match SledShelf::open(&shelf_directory(data), CACHE) {
            Ok(map) => self.records(&Blocks::new(Box::new(map))),
            Err(error) => self.problem(&error),
        }
        Ok(())
    }

    fn records(&mut self, blocks: &Blocks) {
        let mut done = 0;
        let walked = blocks.walk(&[], &mut |found| {
            match found {
                Ok((key, value)) => self.record(key, value),
                Err(error) => self.problem(&error),
            }
            done += 1;
            if done % TELL_EVERY == 0 {
                let what = "records";
                (self.watcher)(Progress { done, total: 0, what });
            }
            Ok(ControlFlow::Continue(()))
        });
        if let Err(error) = walked {
            self.problem(&error);
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) {
        let Some(table) = key.get(1).and_then(|byte| Table::from_byte(*byte)) else {
            let key = Key::from_stored(key);
            let text = format!("{key:?} is in no table that this program knows: use a newer bugle");
            return self.report.problems.push(text);
        };
        *self.report.records.entry(table).or_default() += 1;
        match decode(table, value) {
            Ok(Some(attachment)) => {
                self.needed.insert(attachment.blob);
            }
            Ok(None) => {}
            Err(error) => {
                let key = Key::from_stored(key);
                self.report.problems.push(format!("{key:?}: {error}"));
            }
        }
    }

    fn blobs(&mut self, data: &Path) {
        let listed = BlobStore::open(Arc::new(RealDisk), data).and_then(|blobs| {
            let list = blobs.list()?;
            Ok((blobs, list))
        });
        let (blobs, list) = match listed {
            Ok(listed) => listed,
            Err(error) => return self.problem(&error),
        };
        let total = list.len() as u64;
        self.report.blobs = total;
        for (done, hash) in (0..).zip(list) {
            let what = "files";
            (self.watcher)(Progress { done, total, what });
            if !self.needed.remove(&hash) {
                self.report.unreferenced_blobs += 1;
            }
            if let Err(error) = blobs.verify(hash) {
                self.problem(&error);
            }
        }
        for missing in std::mem::take(&mut self.needed) {
            if let Err(error) = blobs.verify(missing) {
                self.problem(&error);
            }
        }
    }
}
