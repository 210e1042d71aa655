//! How a record becomes bytes: one version byte, the body, a CRC-32 behind. Only this module knows bincode.

use bincode::Options;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    let damaged = |detail| StorageError::DamagedRecord {
        record: R::NAME,
        detail,
    };
    let (checked, checksum) = bytes
        .split_last_chunk::<CHECKSUM_SIZE>()
        .ok_or_else(|| damaged("it is too short"))?;
    if crc32fast::hash(checked) != u32::from_le_bytes(*checksum) {
        return Err(damaged("its checksum is wrong"));
    }
    let (&version, body) = checked.split_first().ok_or_else(|| damaged("it is empty"))?;
    if version == R::VERSION {
        return decode_body(body, R::NAME);
    }
    R::decode_older(version, body).unwrap_or(Err(StorageError::UnknownVersion {
        record: R::NAME,
        version,
    }))
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
