//! One value of any size, as chunks that a shelf takes: a header with a checksum, then the body.
//!
//! The header is the body's format (1 byte), the number of chunks (2), the body's size before compression (4)
//! and a CRC-32 (4) over the key, the header before it and the body as stored, little-endian. It stands in
//! front of the first chunk. The key is in the checksum so that a value in the wrong place is found.

use crate::StorageError;
use crate::shelf::{Shelf, ShelfChange, VALUE_SIZE_MAX};

use super::CHUNK;

const HEADER_SIZE: usize = 11;
const PLAIN: u8 = 1;
const LZ4: u8 = 2;
/// Below this many bytes compression saves nothing that the shelf would notice.
const COMPRESS_MIN: usize = 256;

/// Adds the writes that put `body` at `key`, over a value of `chunks_before` chunks (0 when there is none).
pub(super) fn put(
    out: &mut Vec<ShelfChange>,
    key: Vec<u8>,
    body: &[u8],
    compress: bool,
    chunks_before: u16,
) -> Result<(), StorageError> {
    let raw_size = u32::try_from(body.len()).map_err(|_| too_large(body))?;
    let mut stored = vec![0; HEADER_SIZE];
    let format = if compress && body.len() >= COMPRESS_MIN {
        compress_into(&mut stored, body)
    } else {
        stored.extend_from_slice(body);
        PLAIN
    };
    let chunks = u16::try_from(stored.len().div_ceil(VALUE_SIZE_MAX)).map_err(|_| too_large(body))?;
    let header = header(&key, format, chunks, raw_size, stored.get(HEADER_SIZE..));
    if let Some(slot) = stored.get_mut(..HEADER_SIZE) {
        slot.copy_from_slice(&header);
    }
    for number in chunks..chunks_before {
        out.push(ShelfChange {
            key: chunk_key(&key, number),
            value: None,
        });
    }
    for (number, chunk) in (0..chunks).zip(stored.chunks(VALUE_SIZE_MAX)).skip(1) {
        out.push(ShelfChange {
            key: chunk_key(&key, number),
            value: Some(chunk.to_vec()),
        });
    }
    stored.truncate(VALUE_SIZE_MAX);
    out.push(ShelfChange {
        key,
        value: Some(stored),
    });
    Ok(())
}

/// Adds the writes that remove the value of `chunks` chunks at `key`.
pub(super) fn remove(out: &mut Vec<ShelfChange>, key: Vec<u8>, chunks: u16) {
    if chunks == 0 {
        return;
    }
    for number in 1..chunks {
        out.push(ShelfChange {
            key: chunk_key(&key, number),
            value: None,
        });
    }
    out.push(ShelfChange { key, value: None });
}

/// How many chunks the value at `key` has; 0 when there is none.
pub(super) fn count(shelf: &dyn Shelf, key: &[u8]) -> Result<u16, StorageError> {
    match shelf.get(key)? {
        None => Ok(0),
        Some(head) => Ok(Header::read(&head)
            .ok_or_else(|| damaged(shelf, "a value is too short"))?
            .chunks),
    }
}

/// The value at `key` and how many chunks it has.
pub(super) fn read(shelf: &dyn Shelf, key: &[u8]) -> Result<Option<(u16, Vec<u8>)>, StorageError> {
    let Some(head) = shelf.get(key)? else {
        return Ok(None);
    };
    let body = read_from_head(shelf, key, &head)?;
    Ok(Header::read(&head).map(|header| (header.chunks, body)))
}

/// The value at `key`, of which `head` is the first chunk.
pub(super) fn read_from_head(shelf: &dyn Shelf, key: &[u8], head: &[u8]) -> Result<Vec<u8>, StorageError> {
    let header = Header::read(head).ok_or_else(|| damaged(shelf, "a value is too short"))?;
    let mut stored = head.get(HEADER_SIZE..).unwrap_or_default().to_vec();
    for number in 1..header.chunks {
        let chunk = shelf
            .get(&chunk_key(key, number))?
            .ok_or_else(|| damaged(shelf, "a chunk of a value is missing"))?;
        stored.extend_from_slice(&chunk);
    }
    if checksum(key, head.get(..HEADER_SIZE - 4), Some(&stored)) != header.checksum {
        return Err(damaged(shelf, "the checksum of a value is wrong"));
    }
    match header.format {
        PLAIN => Ok(stored),
        LZ4 => lz4_flex::block::decompress(&stored, header.raw_size)
            .map_err(|_| damaged(shelf, "a value does not decompress")),
        _ => Err(damaged(
            shelf,
            "a value has a format that this program does not know",
        )),
    }
}

/// About how large the whole value is of which `head` is the first chunk.
pub(super) fn size_hint(head: &[u8]) -> usize {
    Header::read(head).map_or(0, |header| header.raw_size)
}

struct Header {
    format: u8,
    chunks: u16,
    raw_size: usize,
    checksum: u32,
}

impl Header {
    fn read(head: &[u8]) -> Option<Self> {
        let (&format, rest) = head.split_first()?;
        let (chunks, rest) = rest.split_first_chunk()?;
        let (raw_size, rest) = rest.split_first_chunk()?;
        let (checksum, _) = rest.split_first_chunk()?;
        Some(Self {
            format,
            chunks: u16::from_le_bytes(*chunks),
            raw_size: u32::from_le_bytes(*raw_size) as usize,
            checksum: u32::from_le_bytes(*checksum),
        })
    }
}

fn header(key: &[u8], format: u8, chunks: u16, raw_size: u32, stored: Option<&[u8]>) -> [u8; HEADER_SIZE] {
    let [c0, c1] = chunks.to_le_bytes();
    let [s0, s1, s2, s3] = raw_size.to_le_bytes();
    let start = [format, c0, c1, s0, s1, s2, s3];
    let [k0, k1, k2, k3] = checksum(key, Some(&start), stored).to_le_bytes();
    [format, c0, c1, s0, s1, s2, s3, k0, k1, k2, k3]
}

fn checksum(key: &[u8], header_start: Option<&[u8]>, stored: Option<&[u8]>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(key);
    hasher.update(header_start.unwrap_or_default());
    hasher.update(stored.unwrap_or_default());
    hasher.finalize()
}

/// Appends `body` in whichever format is smaller, and says which.
fn compress_into(stored: &mut Vec<u8>, body: &[u8]) -> u8 {
    let start = stored.len();
    stored.resize(start + lz4_flex::block::get_maximum_output_size(body.len()), 0);
    let room = stored.get_mut(start..).unwrap_or_default();
    match lz4_flex::block::compress_into(body, room) {
        Ok(size) if size < body.len() => {
            stored.truncate(start + size);
            LZ4
        }
        _ => {
            stored.truncate(start);
            stored.extend_from_slice(body);
            PLAIN
        }
    }
}

fn chunk_key(key: &[u8], number: u16) -> Vec<u8> {
    [&[CHUNK], key, &number.to_be_bytes()].concat()
}

fn too_large(body: &[u8]) -> StorageError {
    StorageError::TooLarge {
        size: body.len(),
        limit: usize::from(u16::MAX) * VALUE_SIZE_MAX - HEADER_SIZE,
    }
}

fn damaged(shelf: &dyn Shelf, detail: &str) -> StorageError {
    StorageError::Damaged {
        path: shelf.path().to_owned(),
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelf::MemoryShelf;

    fn store(shelf: &MemoryShelf, body: &[u8], compress: bool) {
        let before = count(shelf, b"k").unwrap();
        let mut changes = Vec::new();
        put(&mut changes, b"k".to_vec(), body, compress, before).unwrap();
        assert!(changes.iter().all(|change| {
            change
                .value
                .as_ref()
                .is_none_or(|value| value.len() <= VALUE_SIZE_MAX)
        }));
        shelf.apply(changes).unwrap();
    }

    fn noise(size: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..size).map(|_| next()).collect()
    }

    #[test]
    fn values_of_every_size_come_back_and_leave_nothing_behind() {
        let shelf = MemoryShelf::new();
        for size in [0, 1, 4085, 4086, 100_000, 8181, 8182, 5_000_000, 3] {
            for compress in [false, true] {
                for body in [noise(size), vec![7; size]] {
                    store(&shelf, &body, compress);
                    let (chunks, found) = read(&shelf, b"k").unwrap().unwrap();
                    assert!(found == body, "{size} bytes, compress {compress}");
                    assert_eq!(chunk_total(&shelf), usize::from(chunks), "{size} bytes");
                }
            }
        }
        let mut changes = Vec::new();
        remove(&mut changes, b"k".to_vec(), count(&shelf, b"k").unwrap());
        shelf.apply(changes).unwrap();
        assert_eq!(chunk_total(&shelf), 0);
    }

    fn chunk_total(shelf: &MemoryShelf) -> usize {
        let mut total = 0;
        shelf
            .scan(b"", b"", &mut |_, _| {
                total += 1;
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        total
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let shelf = MemoryShelf::new();
        store(&shelf, &noise(40), false);
        for bit in 0..(HEADER_SIZE + 40) * 8 {
            assert!(shelf.flip_bit(b"k", bit));
            let error = read(&shelf, b"k").expect_err("a flipped bit");
            assert!(
                matches!(error, StorageError::Damaged { .. }),
                "bit {bit}: {error}"
            );
            shelf.flip_bit(b"k", bit);
        }
        assert!(read(&shelf, b"k").is_ok());
    }
}
