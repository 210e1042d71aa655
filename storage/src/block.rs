//! Records laid into the small values of a shelf.
//!
//! A shelf charges for each value it takes, whatever its size (sled: some 14 us), so records that are
//! neighbours by [`crate::Grouping`] share one block, compressed as a whole. What is stored:
//!
//! | key                             | value                                                             |
//! |---------------------------------|-------------------------------------------------------------------|
//! | `0`, block key                  | a block: header and the first chunk of its body                   |
//! | `1`, record key                 | a record too large for its block: header and first chunk          |
//! | `2`, one of the above, number   | a further chunk, numbered from 1 in two bytes, big-endian          |
//! | `3`                             | the sequence number of the last journal frame that is in the above |
//!
//! Further chunks stand in a space of their own, so that the keys of blocks sort as the records in them do
//! whatever their lengths.

mod chunks;
mod layout;
mod mark;
mod records;
mod write;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use bytes::Bytes;

use self::records::Slot;
use self::write::Writer;
use crate::StorageError;
use crate::shelf::{Shelf, ShelfChange};
use crate::store::{Visit, VisitKey};

/// Space of the blocks.
const BLOCK: u8 = 0;
/// Space of the records that are too large to share a block.
const APART: u8 = 1;
/// Space of the chunks after the first.
const CHUNK: u8 = 2;
/// Key of the mark of what is applied.
const MARK: u8 = 3;

/// How many keys a step of a scan of keys reads at the most: writes are kept out meanwhile.
const STEP_KEYS_MAX: usize = 512;
/// How many bytes of blocks the first step of a scan reads: many a scan wants a record or two.
const STEP_SIZE_FIRST: usize = 8 << 10;
/// How many bytes a step reads at the most, each four times as many as the one before: writes are kept out meanwhile.
const STEP_SIZE_MAX: usize = 1 << 20;

/// A sorted map of records on a shelf of blocks.
pub(crate) struct Blocks {
    /// Held for reading while the chunks of one value are collected, for writing while a batch is made.
    shelf: RwLock<Option<Box<dyn Shelf>>>,
    writer: Mutex<Writer>,
    path: PathBuf,
}

/// A block as it was found: its key, and its body unless that is damaged.
type Found = (Vec<u8>, Result<Vec<u8>, StorageError>);

impl Blocks {
    pub(crate) fn new(shelf: Box<dyn Shelf>) -> Self {
        Self {
            path: shelf.path().to_owned(),
            shelf: RwLock::new(Some(shelf)),
            writer: Mutex::default(),
        }
    }

    /// Makes all changes of these encoded batches, in their order, at once: later ones win. `through` is the
    /// sequence number of the last. Where the disk has no room for them, nothing has changed.
    pub(crate) fn apply<'a>(
        &self,
        payloads: impl Iterator<Item = &'a [u8]>,
        through: u64,
    ) -> Result<Applied, StorageError> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changes = {
            let guard = self.read();
            writer.plan(opened(&guard)?, payloads)?
        };
        changes.push(mark::put(through));
        let guard = self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let map = guard.as_deref().ok_or(StorageError::Closed)?;
        let size = changes.iter().map(ShelfChange::size).sum();
        if !has_room(map, size)? {
            return Ok(Applied::NoRoom);
        }
        map.apply(changes)?;
        Ok(Applied::Done)
    }

    /// The record at `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
        let place = layout::Place::of(key);
        let guard = self.read();
        let map = opened(&guard)?;
        let Some((_, body)) = chunks::read(map, &place.stored_key())? else {
            return Ok(None);
        };
        if !place.is_shared() {
            return Ok(Some(Bytes::from(body)));
        }
        match records::find(&body, place.suffix()).map_err(|detail| self.damaged(detail))? {
            None => Ok(None),
            Some(Slot::Here(value)) => Ok(Some(Bytes::copy_from_slice(value))),
            Some(Slot::Apart) => chunks::read(map, &layout::apart_key(key))?
                .map(|(_, body)| Some(Bytes::from(body)))
                .ok_or_else(|| self.damaged("a record that stands apart is missing")),
        }
    }

    /// Visits the records whose keys begin with `prefix` and are not below `from`, in key order. What is applied
    /// meanwhile may be seen.
    pub(crate) fn scan_from(
        &self,
        prefix: &[u8],
        from: &[u8],
        visit: &mut Visit<'_>,
    ) -> Result<(), StorageError> {
        self.walk_from(prefix, from, &mut |found| match found {
            // The first block may begin below.
            Ok((key, _)) if key < from => Ok(ControlFlow::Continue(())),
            Ok((key, value)) => Ok(visit(key, value)),
            Err(error) => Err(error),
        })
    }

    /// Visits the keys that begin with `prefix`, in key order. Of a record that stands alone nothing is read but its
    /// first chunk.
    pub(crate) fn scan_keys(&self, prefix: &[u8], visit: &mut VisitKey<'_>) -> Result<(), StorageError> {
        if layout::Place::of(prefix).is_shared() {
            return self.scan_from(prefix, &[], &mut |key, _| visit(key));
        }
        let within = layout::scan_prefix(prefix);
        let mut from = within.clone();
        loop {
            let mut found = Vec::new();
            opened(&self.read())?.scan(&from, &within, &mut |stored_key, _| {
                found.push(stored_key.to_vec());
                if found.len() < STEP_KEYS_MAX {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            let Some(last) = found.last() else {
                return Ok(());
            };
            from.clone_from(last);
            from.push(0);
            for stored_key in &found {
                if visit(stored_key.get(1..).unwrap_or_default()).is_break() {
                    return Ok(());
                }
            }
        }
    }

    /// Visits every record whose key begins with `prefix`, in key order, and gives each damaged block to the
    /// visitor, who may go on behind it.
    pub(crate) fn walk(&self, prefix: &[u8], visit: &mut Walk<'_>) -> Result<(), StorageError> {
        self.walk_from(prefix, &[], visit)
    }

    /// Walks from the block on that `from` would lie in.
    fn walk_from(&self, prefix: &[u8], from: &[u8], visit: &mut Walk<'_>) -> Result<(), StorageError> {
        let within = layout::scan_prefix(prefix);
        let mut from = layout::Place::of(from).stored_key().max(within.clone());
        let mut size = STEP_SIZE_FIRST;
        loop {
            let found = self.step(&from, &within, size)?;
            size = (4 * size).min(STEP_SIZE_MAX);
            let Some((last, _)) = found.last() else {
                return Ok(());
            };
            from.clone_from(last);
            from.push(0);
            for (stored_key, body) in found {
                if self.visit_block(&stored_key, body, prefix, visit)?.is_break() {
                    return Ok(());
                }
            }
        }
    }

    /// The sequence number of the last frame that was applied, 0 at first.
    pub(crate) fn applied_through(&self) -> Result<u64, StorageError> {
        mark::get(opened(&self.read())?)
    }

    /// What to say when frames between `through` and `next` are neither here nor in the journal.
    pub(crate) fn lost(&self, through: u64, next: u64) -> StorageError {
        self.damaged(&format!(
            "it ends with change {through} and the journal goes on with {next}: what is between is lost here"
        ))
    }

    /// Makes everything applied so far last through a power cut, unless the disk has no room for it.
    pub(crate) fn flush(&self) -> Result<Applied, StorageError> {
        let guard = self.read();
        let map = opened(&guard)?;
        if !has_room(map, 0)? {
            return Ok(Applied::NoRoom);
        }
        map.flush()?;
        Ok(Applied::Done)
    }

    /// Closes the shelf; whatever is asked later is refused.
    pub(crate) fn close(&self) {
        drop(self.shelf.write().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Reads the next few blocks, whole: the chunks of one value must not be of two batches.
    fn step(&self, from: &[u8], within: &[u8], size_max: usize) -> Result<Vec<Found>, StorageError> {
        let guard = self.read();
        let map = opened(&guard)?;
        let mut heads = Vec::new();
        let mut size = 0;
        map.scan(from, within, &mut |key, value| {
            heads.push((key.to_vec(), value.to_vec()));
            size += chunks::size_hint(value);
            if size < size_max {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(heads
            .into_iter()
            .map(|(key, head)| {
                let body = chunks::read_from_head(map, &key, &head);
                (key, body)
            })
            .collect())
    }

    fn visit_block(
        &self,
        stored_key: &[u8],
        body: Result<Vec<u8>, StorageError>,
        prefix: &[u8],
        visit: &mut Walk<'_>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let body = match body {
            Ok(body) => body,
            Err(error) => return visit(Err(error)),
        };
        let block_key = stored_key.get(1..).unwrap_or_default();
        let place = layout::Place::of(block_key);
        if !place.is_shared() {
            return visit(Ok((block_key, &body)));
        }
        for entry in records::entries(&body) {
            let Ok(entry) = entry else {
                return visit(Err(self.damaged("a block does not split into records")));
            };
            let key = place.record_key(entry.suffix);
            if !key.starts_with(prefix) {
                continue;
            }
            let flow = match entry.slot {
                Slot::Here(value) => visit(Ok((&key, value)))?,
                // It is looked up anew, because it may have moved since its block was read.
                Slot::Apart => match self.get(&key) {
                    Ok(Some(value)) => visit(Ok((&key, &value)))?,
                    Ok(None) => ControlFlow::Continue(()),
                    Err(error) => visit(Err(error))?,
                },
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<Box<dyn Shelf>>> {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, detail: &str) -> StorageError {
        StorageError::Damaged {
            path: self.path.clone(),
            detail: detail.to_owned(),
        }
    }
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "it may not have been made"]
pub(crate) enum Applied {
    /// It is made.
    Done,
    /// It was not begun: the disk is full.
    NoRoom,
}

impl Applied {
    /// For those who cannot wait for space.
    pub(crate) fn or_full(self, blocks: &Blocks) -> Result<(), StorageError> {
        match self {
            Self::Done => Ok(()),
            Self::NoRoom => Err(StorageError::Full {
                path: blocks.path.clone(),
            }),
        }
    }
}

fn has_room(map: &dyn Shelf, size: u64) -> Result<bool, StorageError> {
    match map.reserve(size) {
        Ok(()) => Ok(true),
        Err(StorageError::Full { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Called for each record of a walk, and for each block that is damaged.
pub(crate) type Walk<'a> =
    dyn FnMut(Result<(&[u8], &[u8]), StorageError>) -> Result<ControlFlow<()>, StorageError> + 'a;

fn opened<'a>(guard: &'a RwLockReadGuard<'_, Option<Box<dyn Shelf>>>) -> Result<&'a dyn Shelf, StorageError> {
    guard.as_deref().ok_or(StorageError::Closed)
}

#[cfg(test)]
mod tests;
