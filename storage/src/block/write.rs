//! Changes of many batches, turned into one set of writes: each block they touch is written once.

use std::collections::BTreeMap;
use std::iter::Peekable;

use super::layout::{self, Place};
use super::records::{self, Entry, Slot};
use super::{APART, chunks};
use crate::shelf::{Shelf, ShelfChange};
use crate::{Change, StorageError, Table, changes};

/// A record above this many bytes stands apart from its block, so that one huge report does not make every
/// write to its neighbours dear.
pub(super) const SHARED_SIZE_MAX: usize = 16 * 1024;

/// Plans writes; keeps its buffer between batches.
#[derive(Debug, Default)]
pub(super) struct Writer {
    body: Vec<u8>,
}

impl Writer {
    /// The writes that make all changes of these encoded batches. Reads the blocks that they touch.
    pub(super) fn plan<'a>(
        &mut self,
        map: &dyn Shelf,
        payloads: impl Iterator<Item = &'a [u8]>,
    ) -> Result<Vec<ShelfChange>, StorageError> {
        // Apart by table: within one, changes come almost sorted, and sorting them costs next to nothing.
        let mut tables = BTreeMap::<_, Vec<_>>::new();
        for payload in payloads {
            for change in changes(payload) {
                let change = known(change?)?;
                tables.entry(change.key.get(..2)).or_default().push(change);
            }
        }
        let mut out = Vec::new();
        for changes in tables.values_mut() {
            // The sort keeps the order of changes to one key, so the last of each run is the one that counts.
            changes.sort_by(|one, other| one.key.cmp(other.key));
            let runs = changes.chunk_by(|one, next| one.key == next.key);
            let latest = runs.filter_map(|run| run.last().copied()).collect::<Vec<_>>();
            self.plan_table(map, &latest, &mut out)?;
        }
        Ok(out)
    }

    /// The writes of one table's changes, which are in key order, one for each key.
    fn plan_table(
        &mut self,
        map: &dyn Shelf,
        latest: &[Change<'_>],
        out: &mut Vec<ShelfChange>,
    ) -> Result<(), StorageError> {
        for block in latest.chunk_by(|one, next| Place::of(one.key).same_block(&Place::of(next.key))) {
            let Some(first) = block.first() else { continue };
            if Place::of(first.key).is_shared() {
                self.rewrite(map, block, out)?;
            } else {
                write_single(map, *first, out)?;
            }
        }
        Ok(())
    }

    /// Writes a shared block anew with these changes, which are all of it and in key order.
    fn rewrite(
        &mut self,
        map: &dyn Shelf,
        block: &[Change<'_>],
        out: &mut Vec<ShelfChange>,
    ) -> Result<(), StorageError> {
        let Some(first) = block.first() else {
            return Ok(());
        };
        let stored_key = Place::of(first.key).stored_key();
        let (chunks_before, before) = chunks::read(map, &stored_key)?.unwrap_or_default();
        self.body.clear();
        let mut old = records::entries(&before).peekable();
        for change in block {
            let suffix = Place::of(change.key).suffix();
            let was_apart = self
                .copy_until(&mut old, suffix)
                .map_err(|detail| damaged(map, detail))?;
            if let Some(slot) = place_value(map, change, was_apart, out)? {
                records::push(&mut self.body, Entry { suffix, slot });
            }
        }
        for entry in old {
            records::push(&mut self.body, entry.map_err(|detail| damaged(map, detail))?);
        }
        if self.body.is_empty() {
            chunks::remove(out, stored_key, chunks_before);
            return Ok(());
        }
        chunks::put(out, stored_key, &self.body, true, chunks_before)
    }

    /// Copies the old records before `suffix`, drops the one at it, and says whether that one stood apart.
    fn copy_until<'a>(
        &mut self,
        old: &mut Peekable<impl Iterator<Item = Result<Entry<'a>, &'static str>>>,
        suffix: &[u8],
    ) -> Result<bool, &'static str> {
        while let Some(entry) =
            old.next_if(|entry| entry.as_ref().map_or(true, |entry| entry.suffix <= suffix))
        {
            let entry = entry?;
            if entry.suffix == suffix {
                return Ok(entry.slot == Slot::Apart);
            }
            records::push(&mut self.body, entry);
        }
        Ok(false)
    }
}

/// Decides where the value of a changed record goes and writes or removes it where it stands apart.
fn place_value<'a>(
    map: &dyn Shelf,
    change: &Change<'a>,
    was_apart: bool,
    out: &mut Vec<ShelfChange>,
) -> Result<Option<Slot<'a>>, StorageError> {
    let apart = change.value.filter(|value| value.len() > SHARED_SIZE_MAX);
    if apart.is_some() || was_apart {
        let key = layout::apart_key(change.key);
        let chunks_before = if was_apart { chunks::count(map, &key)? } else { 0 };
        match apart {
            Some(value) => chunks::put(out, key, value, true, chunks_before)?,
            None => chunks::remove(out, key, chunks_before),
        }
    }
    Ok(change.value.map(|value| match apart {
        Some(_) => Slot::Apart,
        None => Slot::Here(value),
    }))
}

fn write_single(map: &dyn Shelf, change: Change<'_>, out: &mut Vec<ShelfChange>) -> Result<(), StorageError> {
    let stored_key = Place::of(change.key).stored_key();
    let chunks_before = chunks::count(map, &stored_key)?;
    let Some(value) = change.value else {
        chunks::remove(out, stored_key, chunks_before);
        return Ok(());
    };
    let compress = value.len() > SHARED_SIZE_MAX;
    chunks::put(out, stored_key, value, compress, chunks_before)
}

/// Refuses a change to a table that a newer program made up: its layout is not known here.
fn known(change: Change<'_>) -> Result<Change<'_>, StorageError> {
    match change.key.get(1).map(|byte| Table::from_byte(*byte)) {
        Some(Some(_)) => Ok(change),
        _ => Err(StorageError::DamagedRecord {
            record: "batch",
            detail: "it changes a table that this program does not know: use a newer bugle",
        }),
    }
}

fn damaged(map: &dyn Shelf, detail: &str) -> StorageError {
    StorageError::Damaged {
        path: map.path().to_owned(),
        detail: detail.to_owned(),
    }
}

const _: () = assert!(
    APART != super::BLOCK,
    "a record and its block must not share a key"
);
