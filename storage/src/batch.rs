//! What one command changes, encoded as the payload of one journal frame: there whole or not at all.

use bytes::Bytes;

use crate::codec::{self, Record};
use crate::{Key, StorageError};

const PUT: u8 = 1;
const DELETE: u8 = 2;

/// The largest payload one commit may have, in bytes: well above the largest report (protocol 2.3 has no
/// form cap, Bugle's own is 16 MiB a body) and far below a journal segment.
pub const PAYLOAD_SIZE_MAX: usize = 24 * 1024 * 1024;

/// A batch being built: puts and deletes that become durable together.
#[derive(Debug, Default)]
pub struct Batch {
    payload: Vec<u8>,
    entries: Vec<Entry>,
}

/// Where a change of a batch lies in its payload.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    /// Start and end of the encoded record; `None` for a delete.
    pub(crate) value: Option<(usize, usize)>,
}

/// One change of an encoded batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The record's key.
    pub key: &'a [u8],
    /// The encoded record, or `None` when it is deleted.
    pub value: Option<&'a [u8]>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self {
            payload: Vec::with_capacity(1024),
            entries: Vec::with_capacity(4),
        }
    }

    /// An empty batch with room for this: where it grows step by step, all is copied several times.
    pub fn with_room(bytes: usize, changes: usize) -> Self {
        Self {
            payload: Vec::with_capacity(bytes.min(PAYLOAD_SIZE_MAX)),
            entries: Vec::with_capacity(changes),
        }
    }

    /// Writes `record` at `key`, over whatever is there.
    pub fn put<R: Record>(&mut self, key: Key, record: &R) -> Result<(), StorageError> {
        self.head(PUT, &key);
        let length_at = self.payload.len();
        self.payload.extend_from_slice(&[0; 4]);
        let start = self.payload.len();
        codec::encode_into(record, &mut self.payload)?;
        let end = self.payload.len();
        let length = u32::try_from(end - start).map_err(|_| StorageError::TooLarge {
            size: end - start,
            limit: PAYLOAD_SIZE_MAX,
        })?;
        if let Some(slot) = self.payload.get_mut(length_at..start) {
            slot.copy_from_slice(&length.to_le_bytes());
        }
        self.entries.push(Entry {
            key,
            value: Some((start, end)),
        });
        Ok(())
    }

    /// Removes the record at `key`, if there is one.
    pub fn delete(&mut self, key: Key) {
        self.head(DELETE, &key);
        self.entries.push(Entry { key, value: None });
    }

    /// Whether the batch changes nothing.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes of what is to be written, so that whoever gathers much can begin another batch in time: see
    /// [`PAYLOAD_SIZE_MAX`].
    pub const fn size(&self) -> usize {
        self.payload.len()
    }

    fn head(&mut self, kind: u8, key: &Key) {
        let bytes = key.as_bytes();
        #[expect(clippy::cast_possible_truncation, reason = "a key has at most 48 bytes")]
        self.payload.extend_from_slice(&[kind, bytes.len() as u8]);
        self.payload.extend_from_slice(bytes);
    }

    /// The encoded payload and where each change lies in it.
    pub(crate) fn finish(self) -> Result<(Bytes, Vec<Entry>), StorageError> {
        if self.payload.len() > PAYLOAD_SIZE_MAX {
            return Err(StorageError::TooLarge {
                size: self.payload.len(),
                limit: PAYLOAD_SIZE_MAX,
            });
        }
        Ok((Bytes::from(self.payload), self.entries))
    }
}

/// Appends the put of an encoded record to an encoded batch.
pub(crate) fn push_put(payload: &mut Vec<u8>, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
    let too_large = |_| StorageError::TooLarge {
        size: key.len().max(value.len()),
        limit: PAYLOAD_SIZE_MAX,
    };
    payload.extend_from_slice(&[PUT, u8::try_from(key.len()).map_err(too_large)?]);
    payload.extend_from_slice(key);
    payload.extend_from_slice(&u32::try_from(value.len()).map_err(too_large)?.to_le_bytes());
    payload.extend_from_slice(value);
    Ok(())
}

/// Reads an encoded batch change by change, in the order they were made. `Err` means that the payload is
/// not a batch; a frame whose checksum is right never gives it.
pub fn changes(payload: &[u8]) -> impl Iterator<Item = Result<Change<'_>, StorageError>> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((change, after)) = split_change(rest) {
            rest = after;
            return Some(Ok(change));
        }
        rest = &[];
        Some(Err(StorageError::DamagedRecord {
            record: "batch",
            detail: "it ends in the middle of a change",
        }))
    })
}

fn split_change(bytes: &[u8]) -> Option<(Change<'_>, &[u8])> {
    let (&kind, bytes) = bytes.split_first()?;
    let (&key_size, bytes) = bytes.split_first()?;
    let (key, bytes) = bytes.split_at_checked(usize::from(key_size))?;
    match kind {
        PUT => {
            let (size, bytes) = bytes.split_first_chunk::<4>()?;
            let (value, bytes) = bytes.split_at_checked(u32::from_le_bytes(*size) as usize)?;
            Some((
                Change {
                    key,
                    value: Some(value),
                },
                bytes,
            ))
        }
        DELETE => Some((Change { key, value: None }, bytes)),
        _ => None,
    }
}
