//! A shelf in memory whose plug can be pulled.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Shelf, ShelfChange};
use crate::StorageError;
use crate::store::Visit;

/// Keeps what was flushed apart from what was only applied. For tests; clones share one map.
#[derive(Debug, Clone, Default)]
pub struct MemoryShelf {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    current: BTreeMap<Vec<u8>, Vec<u8>>,
    durable: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Batches applied since the last flush.
    unflushed: Vec<Vec<ShelfChange>>,
    failing: bool,
    full: bool,
}

impl MemoryShelf {
    /// An empty shelf.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many batches a power cut could take now.
    pub fn unflushed(&self) -> usize {
        self.inner().unflushed.len()
    }

    /// Pulls the plug and puts it back: of the batches applied since the last flush only the first `survivors`
    /// stay, as they do when a map that writes a log has written so far. This handle and its clones fail every
    /// write from now on.
    #[must_use = "the old handle is dead"]
    pub fn power_cut(&self, survivors: usize) -> Self {
        let mut inner = self.inner();
        inner.failing = true;
        let mut after = inner.durable.clone();
        for batch in inner.unflushed.iter().take(survivors) {
            change(&mut after, batch.clone());
        }
        let inner = Arc::new(Mutex::new(Inner {
            current: after.clone(),
            durable: after,
            ..Inner::default()
        }));
        Self { inner }
    }

    /// Makes every later write fail, or succeed again.
    pub fn fail_writes(&self, failing: bool) {
        self.inner().failing = failing;
    }

    /// Leaves no space for later writes, or some again.
    pub fn set_full(&self, full: bool) {
        self.inner().full = full;
    }

    /// Flips one bit of the value at `key`; says whether there is such a bit.
    pub fn flip_bit(&self, key: &[u8], bit: usize) -> bool {
        let mut inner = self.inner();
        let byte = inner
            .current
            .get_mut(key)
            .and_then(|value| value.get_mut(bit / 8));
        byte.map(|byte| *byte ^= 1 << (bit % 8)).is_some()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn check(&self) -> Result<(), StorageError> {
        if self.failing {
            let error = std::io::Error::other("told to fail");
            return Err(StorageError::io("writing", Path::new("memory"), error));
        }
        Ok(())
    }
}

fn change(map: &mut BTreeMap<Vec<u8>, Vec<u8>>, batch: Vec<ShelfChange>) {
    for ShelfChange { key, value } in batch {
        match value {
            Some(value) => map.insert(key, value),
            None => map.remove(&key),
        };
    }
}

impl Shelf for MemoryShelf {
    fn apply(&self, changes: Vec<ShelfChange>) -> Result<(), StorageError> {
        let mut inner = self.inner();
        inner.check()?;
        inner.unflushed.push(changes.clone());
        change(&mut inner.current, changes);
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.inner().current.get(key).cloned())
    }

    fn scan(&self, from: &[u8], prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        let inner = self.inner();
        let from = (Bound::Included(from.max(prefix)), Bound::Unbounded);
        for (key, value) in inner.current.range::<[u8], _>(from) {
            if !key.starts_with(prefix) || visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn reserve(&self, _: u64) -> Result<(), StorageError> {
        if self.inner().full {
            let path = self.path().to_owned();
            return Err(StorageError::Full { path });
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), StorageError> {
        let mut inner = self.inner();
        inner.check()?;
        let batches = std::mem::take(&mut inner.unflushed);
        for batch in batches {
            change(&mut inner.durable, batch);
        }
        Ok(())
    }

    fn path(&self) -> &Path {
        Path::new("memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_cut_takes_what_was_not_flushed() {
        let shelf = MemoryShelf::new();
        for number in 0..4 {
            let value = Some(vec![number]);
            shelf
                .apply(vec![ShelfChange {
                    key: vec![number],
                    value,
                }])
                .unwrap();
            if number == 1 {
                shelf.flush().unwrap();
            }
        }
        let shelf = shelf.power_cut(1);
        let there = [0, 1, 2, 3].map(|number| shelf.get(&[number]).unwrap().is_some());
        assert_eq!(there, [true, true, true, false]);
    }
}
