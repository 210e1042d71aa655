//! Frames of a journal, applied at start: the same way as later ones, in batches.

use super::BATCH_SIZE;
use crate::StorageError;
use crate::block::Blocks;

/// Collects frames and applies them when enough have come.
pub(crate) struct Replay<'a> {
    blocks: &'a Blocks,
    gathered: Vec<Vec<u8>>,
    gathered_bytes: usize,
    /// The last frame that was taken, or that the map already held.
    through: u64,
    frames: u64,
    applied_bytes: usize,
    seen_bytes: usize,
}

/// What a replay brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// The last frame that the map holds now.
    pub(crate) through: u64,
    /// How many frames it did not hold before; none after a stop in good order.
    pub(crate) frames: u64,
    /// Their size in bytes.
    pub(crate) bytes: usize,
    /// Bytes of all frames that the journal still holds. The map may have them from the system's cache alone, so they
    /// count as not flushed: else a process that never lives until its first flush would leave ever more to the next.
    pub(crate) unflushed: usize,
}

impl<'a> Replay<'a> {
    /// Begins behind what the map says it holds.
    pub(crate) fn new(blocks: &'a Blocks) -> Result<Self, StorageError> {
        Ok(Self {
            blocks,
            gathered: Vec::new(),
            gathered_bytes: 0,
            through: blocks.applied_through()?,
            frames: 0,
            applied_bytes: 0,
            seen_bytes: 0,
        })
    }

    /// Takes a frame, unless the map holds it already. One that leaves a gap is refused: the map has lost
    /// something that the journal has let go of.
    pub(crate) fn take(&mut self, sequence: u64, payload: &[u8]) -> Result<(), StorageError> {
        self.seen_bytes += payload.len();
        if sequence <= self.through {
            return Ok(());
        }
        if sequence > self.through + 1 {
            return Err(self.blocks.lost(self.through, sequence));
        }
        self.through = sequence;
        self.frames += 1;
        self.gathered.push(payload.to_vec());
        self.gathered_bytes += payload.len();
        if self.gathered_bytes >= BATCH_SIZE {
            self.apply()?;
        }
        Ok(())
    }

    /// Applies what is left, up to the journal's last frame. A map that ends before it has lost something, too.
    pub(crate) fn finish(mut self, last: u64) -> Result<Replayed, StorageError> {
        self.apply()?;
        if self.through < last {
            return Err(self.blocks.lost(self.through, last + 1));
        }
        Ok(Replayed {
            through: self.through,
            frames: self.frames,
            bytes: self.applied_bytes,
            unflushed: self.seen_bytes,
        })
    }

    fn apply(&mut self) -> Result<(), StorageError> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let payloads = self.gathered.iter().map(Vec::as_slice);
        self.blocks.apply(payloads, self.through)?.or_full(self.blocks)?;
        self.applied_bytes += self.gathered_bytes;
        self.gathered_bytes = 0;
        self.gathered.clear();
        Ok(())
    }
}
