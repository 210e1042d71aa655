//! How far the journal has been applied, written with every batch.
//!
//! sled opens a file whose middle is damaged without a word, as it was before the damage: half the values may
//! be gone. The mark goes back with them, and is then behind what the journal has let go of.

use super::MARK;
use crate::StorageError;
use crate::shelf::{Shelf, ShelfChange};

/// The write that says that every frame up to and including `sequence` is applied.
pub(super) fn put(sequence: u64) -> ShelfChange {
    let number = sequence.to_le_bytes();
    let checksum = crc32fast::hash(&number).to_le_bytes();
    ShelfChange {
        key: vec![MARK],
        value: Some([&number[..], &checksum[..]].concat()),
    }
}

/// The last sequence number that was applied; 0 on a shelf that never had one.
pub(super) fn get(shelf: &dyn Shelf) -> Result<u64, StorageError> {
    let Some(value) = shelf.get(&[MARK])? else {
        return Ok(0);
    };
    value
        .split_first_chunk::<8>()
        .filter(|(number, checksum)| *checksum == crc32fast::hash(&number[..]).to_le_bytes())
        .map(|(number, _)| u64::from_le_bytes(*number))
        .ok_or_else(|| StorageError::Damaged {
            path: shelf.path().to_owned(),
            detail: "the mark of what is applied does not check".to_owned(),
        })
}
