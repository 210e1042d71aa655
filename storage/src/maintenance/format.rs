//! The backup file: a line that names the format, then one LZ4 frame of items.
//!
//! An item is a kind (1 byte), the length of its content (4, little-endian), the content, and a CRC-32 (4) over
//! all three. The first says up to which commit the backup goes, the last how many records and files it holds:
//! without it the backup was not finished.

use std::io::{self, Read, Write};
use std::path::Path;

use lz4_flex::frame::{FrameDecoder, FrameEncoder};

use crate::StorageError;
use crate::records::BlobHash;

/// The first line of a backup.
const MAGIC: &[u8] = b"bugle backup 1\n";
/// What the first line of every backup begins with, whatever its format.
const MAGIC_BEGINS: &[u8] = b"bugle backup ";
/// No item is larger: a record of the largest commit, with room.
const ITEM_SIZE_MAX: u32 = 64 << 20;

const START: u8 = 1;
const RECORD: u8 = 2;
const BLOB: u8 = 3;
const BLOB_BYTES: u8 = 4;
const END: u8 = 5;

/// A part of a backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// The sequence number of the last commit in the backup.
    Start(u64),
    /// A record: key and encoded value.
    Record(Vec<u8>, Vec<u8>),
    /// A file begins.
    Blob(BlobHash),
    /// The next bytes of the file that began last.
    BlobBytes(Vec<u8>),
    /// All is there: so many records, so many files.
    End(u64, u64),
}

/// Writes items.
pub(super) struct ItemWriter<W: Write>(FrameEncoder<W>);

impl<W: Write> ItemWriter<W> {
    pub(super) fn new(mut file: W) -> io::Result<Self> {
        file.write_all(MAGIC)?;
        Ok(Self(FrameEncoder::new(file)))
    }

    pub(super) fn start(&mut self, sequence: u64) -> io::Result<()> {
        self.item(START, &[&sequence.to_le_bytes()])
    }

    pub(super) fn record(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        let size = u8::try_from(key.len()).map_err(io::Error::other)?;
        self.item(RECORD, &[&[size], key, value])
    }

    pub(super) fn blob(&mut self, hash: BlobHash) -> io::Result<()> {
        self.item(BLOB, &[&hash.0])
    }

    pub(super) fn blob_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.item(BLOB_BYTES, &[bytes])
    }

    /// Writes the last item and gives the file back.
    pub(super) fn end(mut self, records: u64, blobs: u64) -> io::Result<W> {
        self.item(END, &[&records.to_le_bytes(), &blobs.to_le_bytes()])?;
        self.0.finish().map_err(io::Error::other)
    }

    fn item(&mut self, kind: u8, parts: &[&[u8]]) -> io::Result<()> {
        let size = parts.iter().map(|part| part.len()).sum::<usize>();
        let size = u32::try_from(size).map_err(io::Error::other)?.to_le_bytes();
        let mut hasher = crc32fast::Hasher::new();
        for part in [&[kind][..], &size].iter().chain(parts) {
            hasher.update(part);
            self.0.write_all(part)?;
        }
        self.0.write_all(&hasher.finalize().to_le_bytes())
    }
}

/// Reads items; every error names the file.
pub(super) struct ItemReader<'a, R: Read> {
    stream: FrameDecoder<R>,
    path: &'a Path,
}

impl<'a, R: Read> ItemReader<'a, R> {
    pub(super) fn new(mut file: R, path: &'a Path) -> Result<Self, StorageError> {
        let mut magic = vec![0; MAGIC.len()];
        if let Err(error) = file.read_exact(&mut magic)
            && error.kind() != io::ErrorKind::UnexpectedEof
        {
            return Err(StorageError::io("reading", path, error));
        }
        if !magic.starts_with(MAGIC_BEGINS) {
            return Err(StorageError::NoBackup {
                path: path.to_owned(),
            });
        }
        if magic != MAGIC {
            let found = String::from_utf8_lossy(&magic);
            let found = found.lines().next().unwrap_or_default().to_owned();
            return Err(StorageError::UnknownFormat {
                path: path.to_owned(),
                found,
            });
        }
        let stream = FrameDecoder::new(file);
        Ok(Self { stream, path })
    }

    pub(super) fn next(&mut self) -> Result<Item, StorageError> {
        let mut head = [0; 5];
        self.fill(&mut head)?;
        let [kind, size @ ..] = head;
        let size = u32::from_le_bytes(size);
        if size > ITEM_SIZE_MAX {
            return Err(self.damaged("an item is impossibly large"));
        }
        let mut content = vec![0; size as usize];
        self.fill(&mut content)?;
        let mut checksum = [0; 4];
        self.fill(&mut checksum)?;
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&head);
        hasher.update(&content);
        if hasher.finalize().to_le_bytes() != checksum {
            return Err(self.damaged("the checksum of an item is wrong"));
        }
        parse(kind, content).ok_or_else(|| self.damaged("an item is of no known kind"))
    }

    /// What to say of this file.
    pub(super) fn damaged(&self, detail: &str) -> StorageError {
        StorageError::Damaged {
            path: self.path.to_owned(),
            detail: detail.to_owned(),
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), StorageError> {
        self.stream
            .read_exact(buffer)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    self.damaged("it ends too early: the backup was not finished")
                }
                io::ErrorKind::InvalidData | io::ErrorKind::Other => self.damaged("it does not decompress"),
                _ => StorageError::io("reading", self.path, error),
            })
    }
}

fn parse(kind: u8, content: Vec<u8>) -> Option<Item> {
    let number = |bytes: &[u8]| bytes.try_into().ok().map(u64::from_le_bytes);
    match kind {
        START => number(&content).map(Item::Start),
        RECORD => {
            let (size, rest) = content.split_first()?;
            let (key, value) = rest.split_at_checked(usize::from(*size))?;
            Some(Item::Record(key.to_vec(), value.to_vec()))
        }
        BLOB => content.try_into().ok().map(|hash| Item::Blob(BlobHash(hash))),
        BLOB_BYTES => Some(Item::BlobBytes(content)),
        END => {
            let (records, blobs) = content.split_at_checked(8)?;
            Some(Item::End(number(records)?, number(blobs)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut writer = ItemWriter::new(Vec::new()).unwrap();
        writer.start(7).unwrap();
        writer.record(b"key", b"value").unwrap();
        writer.blob(BlobHash([3; 32])).unwrap();
        writer.blob_bytes(b"bytes").unwrap();
        writer.end(1, 1).unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<Item>, StorageError> {
        let mut reader = ItemReader::new(bytes, Path::new("some.backup"))?;
        let mut items = Vec::new();
        loop {
            items.push(reader.next()?);
            if let Some(Item::End(..)) = items.last() {
                return Ok(items);
            }
        }
    }

    #[test]
    fn items_come_back() {
        let expected = [
            Item::Start(7),
            Item::Record(b"key".to_vec(), b"value".to_vec()),
            Item::Blob(BlobHash([3; 32])),
            Item::BlobBytes(b"bytes".to_vec()),
            Item::End(1, 1),
        ];
        assert_eq!(read(&written()).unwrap(), expected);
    }

    #[test]
    fn a_backup_that_is_cut_off_is_told() {
        let bytes = written();
        // The last bytes are the frame's own end mark.
        for end in 0..bytes.len() - 4 {
            let error = read(&bytes[..end]).expect_err("a cut-off backup").to_string();
            assert!(error.contains("some.backup"), "cut at {end}: {error}");
        }
    }

    #[test]
    fn a_changed_byte_changes_no_item_unseen() {
        let bytes = written();
        let expected = read(&bytes).unwrap();
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 0x10;
            if let Ok(items) = read(&bad) {
                assert_eq!(items, expected, "byte {at}");
            }
        }
    }
}
