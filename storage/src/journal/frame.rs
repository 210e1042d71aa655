//! The bytes of one frame: `length u32 | crc u32 | sequence u64 | synced u64 | payload`, little-endian,
//! padded to 8 bytes.
//!
//! `length` counts header and payload, so it is never 0; `crc` covers all but itself and the padding, and
//! starts from the segment's salt, so that no payload can pass for a frame. A frame whose `synced` is its
//! own `sequence` is a seal: it carries nothing but the word that all up to there is durable.

/// Size of a frame's header in bytes, which is also the size of a seal.
pub(super) const HEADER: usize = 24;

/// Every frame begins at a multiple of this many bytes.
pub(super) const ALIGNMENT: usize = 8;

/// A frame that checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// Its place among all frames, from 1 without gaps; a seal repeats the last one's.
    pub(super) sequence: u64,
    /// The highest sequence that was known to be durable when the frame was written.
    pub(super) synced: u64,
    /// The encoded batch.
    pub(super) payload: &'a [u8],
}

impl Frame<'_> {
    /// The bytes that the frame takes, padding included.
    pub(super) fn size(&self) -> usize {
        size(self.payload.len())
    }

    /// Whether it carries no batch.
    pub(super) fn is_seal(&self) -> bool {
        self.sequence == self.synced
    }
}

/// The bytes that a frame with so large a payload takes, padding included.
pub(super) const fn size(payload: usize) -> usize {
    (HEADER + payload).next_multiple_of(ALIGNMENT)
}

/// Appends a frame to `buffer`. The payload has at most [`crate::PAYLOAD_SIZE_MAX`] bytes.
pub(super) fn write(buffer: &mut Vec<u8>, salt: u32, sequence: u64, synced: u64, payload: &[u8]) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the writer refuses payloads above PAYLOAD_SIZE_MAX, which is far below 4 GiB"
    )]
    let length = (HEADER + payload.len()) as u32;
    let mut fields = [0; HEADER - 4];
    let (length_field, rest) = fields.split_at_mut(4);
    let (sequence_field, synced_field) = rest.split_at_mut(8);
    length_field.copy_from_slice(&length.to_le_bytes());
    sequence_field.copy_from_slice(&sequence.to_le_bytes());
    synced_field.copy_from_slice(&synced.to_le_bytes());
    let crc = checksum(salt, &fields, payload);

    let end = buffer.len() + size(payload.len());
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&crc.to_le_bytes());
    buffer.extend_from_slice(&sequence.to_le_bytes());
    buffer.extend_from_slice(&synced.to_le_bytes());
    buffer.extend_from_slice(payload);
    buffer.resize(end, 0);
}

/// The frame at the beginning of `bytes`, if there is one that checks.
pub(super) fn read(bytes: &[u8], salt: u32) -> Option<Frame<'_>> {
    Fields::read(bytes)?.check(bytes, salt)
}

/// Whether any frame in `bytes`, at whatever multiple of [`ALIGNMENT`], checks and says that `floor` was
/// durable when it was written. `limit` is the highest sequence that can be there.
pub(super) fn proves_synced(bytes: &[u8], salt: u32, floor: u64, limit: u64) -> bool {
    let mut rest = bytes;
    while let Some(fields) = Fields::read(rest) {
        let plausible = fields.length != 0
            && (floor..=fields.sequence).contains(&fields.synced)
            && fields.sequence <= limit;
        if plausible && fields.check(rest, salt).is_some() {
            return true;
        }
        rest = rest.get(ALIGNMENT..).unwrap_or_default();
    }
    false
}

/// A header as it stands there, checked or not.
struct Fields {
    length: u32,
    crc: u32,
    sequence: u64,
    synced: u64,
}

impl Fields {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (length, bytes) = bytes.split_first_chunk()?;
        let (crc, bytes) = bytes.split_first_chunk()?;
        let (sequence, bytes) = bytes.split_first_chunk()?;
        let (synced, _) = bytes.split_first_chunk()?;
        Some(Self {
            length: u32::from_le_bytes(*length),
            crc: u32::from_le_bytes(*crc),
            sequence: u64::from_le_bytes(*sequence),
            synced: u64::from_le_bytes(*synced),
        })
    }

    fn check<'a>(&self, bytes: &'a [u8], salt: u32) -> Option<Frame<'a>> {
        let payload = bytes.get(HEADER..self.length as usize)?;
        let mut fields = [0; HEADER - 4];
        fields.get_mut(..4)?.copy_from_slice(bytes.get(..4)?);
        fields.get_mut(4..)?.copy_from_slice(bytes.get(8..HEADER)?);
        (checksum(salt, &fields, payload) == self.crc).then_some(Frame {
            sequence: self.sequence,
            synced: self.synced,
            payload,
        })
    }
}

fn checksum(salt: u32, fields: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(fields);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SALT: u32 = 0x5eed_5a17;

    fn frame(sequence: u64, synced: u64, payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, SALT, sequence, synced, payload);
        bytes
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(sequence: u64, synced: u64, payload: Vec<u8>, behind: Vec<u8>) {
            let mut bytes = frame(sequence, synced, &payload);
            prop_assert_eq!(bytes.len(), size(payload.len()));
            bytes.extend_from_slice(&behind);
            let expected = Frame { sequence, synced, payload: &payload };
            prop_assert_eq!(read(&bytes, SALT), Some(expected));
        }
    }

    #[test]
    fn no_torn_frame_is_read() {
        let whole = frame(7, 6, b"0123456789");
        let unpadded = HEADER + 10;
        for length in 0..unpadded {
            let mut torn = whole[..length].to_vec();
            assert_eq!(read(&torn, SALT), None, "cut to {length} bytes");
            torn.resize(whole.len(), 0);
            assert_eq!(read(&torn, SALT), None, "zeros from byte {length}");
        }
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let whole = frame(7, 6, b"0123456789");
        for bit in 0..(HEADER + 10) * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(&flipped, SALT), None, "bit {bit}");
        }
    }

    #[test]
    fn another_segments_frame_is_not_read() {
        assert_eq!(read(&frame(7, 6, b"x"), SALT + 1), None);
    }

    #[test]
    fn a_later_frame_proves_what_it_says_and_no_more() {
        let mut bytes = vec![0xff; 40];
        bytes.extend(frame(9, 5, b"later"));
        assert!(proves_synced(&bytes, SALT, 5, 100), "it says that 5 was synced");
        assert!(!proves_synced(&bytes, SALT, 6, 100), "it says nothing about 6");
        assert!(!proves_synced(&bytes, SALT, 5, 8), "sequence 9 cannot be there");
        assert!(!proves_synced(&bytes[4..], SALT, 5, 100), "frames are aligned");
    }
}
