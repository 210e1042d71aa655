//! How a record becomes bytes: one version byte, the body, a CRC-32 behind. Only this module knows bincode.

use bincode::Options;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::StorageError;

const CHECKSUM_SIZE: usize = 4;
/// No record comes near this; a damaged length must not allocate gigabytes.
const BODY_SIZE_MAX: u64 = 32 * 1024 * 1024;

/// Something that is stored. Every version ever written decodes for ever: `storage/tests/golden` holds one
/// file of each.
pub trait Record: Serialize + DeserializeOwned {
    /// The version that this program writes, counted from 1.
    const VERSION: u8;
    /// The record's name in errors.
    const NAME: &'static str;

    /// Decodes the body of an older version; `None` when there was none with that number.
    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        let _ = (version, body);
        None
    }
}

fn options() -> impl Options {
    bincode::DefaultOptions::new().with_limit(BODY_SIZE_MAX)
}

/// Appends the encoded record to `out`.
pub fn encode_into<R: Record>(record: &R, out: &mut Vec<u8>) -> Result<(), StorageError> {
    let start = out.len();
    out.push(R::VERSION);
    // A limit would have bincode walk the record a second time beforehand, to learn its size.
    bincode::DefaultOptions::new()
        .serialize_into(&mut *out, record)
        .map_err(|_| StorageError::DamagedRecord {
            record: R::NAME,
            detail: "it does not encode",
        })?;
    if (out.len() - start) as u64 > BODY_SIZE_MAX {
        return Err(StorageError::DamagedRecord {
            record: R::NAME,
            detail: "it is too large to be read back",
        });
    }
    let checksum = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// Decodes what [`encode_into`] of this or an older program wrote.
pub fn decode<R: Record>(bytes: &[u8]) -> Result<R, StorageError> {
    let (version, body) = checked::<R>(bytes)?;
    if version == R::VERSION {
        return decode_body(body, R::NAME);
    }
    R::decode_older(version, body).unwrap_or(Err(unknown_version::<R>(version)))
}

/// Decodes the first fields of a record and leaves out the rest: for who reads many records and needs little of each.
/// Only for records whose first fields are alike in every version.
pub fn decode_beginning<'a, R: Record, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StorageError> {
    let (version, body) = checked::<R>(bytes)?;
    if version > R::VERSION {
        return Err(unknown_version::<R>(version));
    }
    options()
        .allow_trailing_bytes()
        .deserialize(body)
        .map_err(|_| damaged::<R>("its body does not decode"))
}

/// The version and body of a record whose checksum is right.
fn checked<R: Record>(bytes: &[u8]) -> Result<(u8, &[u8]), StorageError> {
    let (checked, checksum) = bytes
        .split_last_chunk::<CHECKSUM_SIZE>()
        .ok_or_else(|| damaged::<R>("it is too short"))?;
    if crc32fast::hash(checked) != u32::from_le_bytes(*checksum) {
        return Err(damaged::<R>("its checksum is wrong"));
    }
    let (&version, body) = checked.split_first().ok_or_else(|| damaged::<R>("it is empty"))?;
    Ok((version, body))
}

fn damaged<R: Record>(detail: &'static str) -> StorageError {
    StorageError::DamagedRecord {
        record: R::NAME,
        detail,
    }
}

fn unknown_version<R: Record>(version: u8) -> StorageError {
    StorageError::UnknownVersion {
        record: R::NAME,
        version,
    }
}

/// Decodes a body of any serde type: what [`Record::decode_older`] calls with the older version's struct.
pub fn decode_body<T: DeserializeOwned>(body: &[u8], record: &'static str) -> Result<T, StorageError> {
    options()
        .deserialize(body)
        .map_err(|_| StorageError::DamagedRecord {
            record,
            detail: "its body does not decode",
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Note(String);

    impl Record for Note {
        const VERSION: u8 = 2;
        const NAME: &'static str = "note";
    }

    fn encoded(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_into(&Note(text.into()), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_was_encoded_decodes() {
        assert_eq!(decode::<Note>(&encoded("hello")).unwrap(), Note("hello".into()));
    }

    #[test]
    fn a_beginning_decodes_without_the_rest() {
        assert_eq!(
            decode_beginning::<Note, &str>(&encoded("hello")).unwrap(),
            "hello"
        );
        let letters: (u8, u8) = decode_beginning::<Note, _>(&encoded("hello")).unwrap();
        assert_eq!(letters, (5, b'h'));
        let mut bad = encoded("hello");
        bad[3] ^= 1;
        decode_beginning::<Note, &str>(&bad).unwrap_err();
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let bytes = encoded("hello");
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(decode::<Note>(&bad).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn an_unknown_version_is_refused_by_name() {
        let mut bytes = encoded("hello");
        bytes[0] = 9;
        let end = bytes.len() - CHECKSUM_SIZE;
        let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
        bytes[end..].copy_from_slice(&checksum);
        let error = decode::<Note>(&bytes).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a stored note record has version 9, which this program does not know: use a newer bugle"
        );
    }

    #[test]
    fn a_length_that_lies_allocates_nothing() {
        let mut bytes = vec![2];
        bytes.extend_from_slice(&[253, 255, 255, 255, 255, 255, 255, 255, 127]);
        let checksum = crc32fast::hash(&bytes).to_le_bytes();
        bytes.extend_from_slice(&checksum);
        assert!(matches!(
            decode::<Note>(&bytes),
            Err(StorageError::DamagedRecord { .. })
        ));
    }
}
