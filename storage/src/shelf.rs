//! The sorted map behind the journal, as narrow as its two users need it: blocks are put on it by the
//! applier and taken from it by whoever reads.
//!
//! A shelf may lose what was applied since its last flush, never more: the journal holds that still.

mod memory;
mod sled;

use std::path::Path;

pub use memory::MemoryShelf;
pub use sled::SledShelf;

use crate::StorageError;
use crate::store::Visit;

/// The most bytes one value on a shelf may have. Beyond it sled moves pages into files of their own, which it
/// never syncs.
pub const VALUE_SIZE_MAX: usize = 4096;

/// One write to a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfChange {
    /// Where the value lies.
    pub key: Vec<u8>,
    /// The value, at most [`VALUE_SIZE_MAX`] bytes, or `None` when it is removed.
    pub value: Option<Vec<u8>>,
}

impl ShelfChange {
    /// How many bytes of key and value it has.
    pub(crate) fn size(&self) -> u64 {
        (self.key.len() + self.value.as_ref().map_or(0, Vec::len)) as u64
    }
}

/// A sorted map from bytes to small values. Dropping it closes its files.
pub trait Shelf: Send + Sync {
    /// Makes all `changes`, or none. No key comes twice.
    fn apply(&self, changes: Vec<ShelfChange>) -> Result<(), StorageError>;

    /// The value at `key`.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// Visits the values whose keys are at least `from` and begin with `prefix`, in key order.
    fn scan(&self, from: &[u8], prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError>;

    /// Takes the space on the disk that writing `size` bytes may need. Once this has succeeded, the next
    /// [`Shelf::apply`] or [`Shelf::flush`] does not fail for want of space, whatever others write meanwhile.
    ///
    /// # Errors
    /// [`StorageError::Full`] when there is not as much; nothing has changed then.
    fn reserve(&self, size: u64) -> Result<(), StorageError>;

    /// Makes everything applied before this call last through a power cut.
    fn flush(&self) -> Result<(), StorageError>;

    /// Where its files are, to be named in errors.
    fn path(&self) -> &Path;
}
