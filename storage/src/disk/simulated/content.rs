//! A file's bytes: what reads show, and what a power cut leaves.

use std::collections::BTreeSet;
use std::io;
use std::time::SystemTime;

use rand::RngExt;
use rand::rngs::StdRng;

use super::coin;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

#[derive(Default)]
pub(super) struct Content {
    /// What reads show.
    written: Vec<u8>,
    /// What is on the platter.
    durable: Vec<u8>,
    /// Sectors whose bytes in `written` a sync would put on the platter.
    unsynced: BTreeSet<usize>,
    /// `None` for the beginning of time.
    modified: Option<SystemTime>,
}

impl Content {
    pub(super) fn len(&self) -> u64 {
        self.written.len() as u64
    }

    pub(super) fn modified(&self) -> SystemTime {
        self.modified.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    pub(super) fn set_modified(&mut self, now: SystemTime) {
        self.modified = Some(now);
    }

    /// How many bytes can be written at `offset` when the file may grow by `free`.
    pub(super) fn room(&self, offset: usize, free: usize) -> usize {
        self.written.len().saturating_add(free).saturating_sub(offset)
    }

    pub(super) fn write(&mut self, offset: usize, bytes: &[u8], random: &mut StdRng) {
        let Some(last) = bytes.len().checked_sub(1) else {
            return;
        };
        let end = offset + bytes.len();
        let first_touched = offset.min(self.written.len()) / SECTOR;
        for sector in first_touched..=(offset + last) / SECTOR {
            // The system may write a page back whenever it likes, so also between two writes to it.
            if self.unsynced.contains(&sector) && coin(random) {
                self.write_back(sector);
            }
            self.unsynced.insert(sector);
        }
        if self.written.len() < end {
            self.written.resize(end, 0);
        }
        if let Some(target) = self.written.get_mut(offset..end) {
            target.copy_from_slice(bytes);
        }
    }

    pub(super) fn read(&self, offset: usize, buffer: &mut [u8]) -> usize {
        let available = self.written.get(offset..).unwrap_or_default();
        let count = available.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..count), available.get(..count)) {
            target.copy_from_slice(source);
        }
        count
    }

    pub(super) fn sync(&mut self) {
        for sector in std::mem::take(&mut self.unsynced) {
            self.write_back(sector);
        }
        self.durable.resize(self.written.len(), 0);
    }

    /// Counts what is unsynced as clean without writing it.
    pub(super) fn forget_unsynced(&mut self) {
        self.unsynced.clear();
    }

    pub(super) fn lose_unsynced(&mut self, random: &mut StdRng) {
        for sector in std::mem::take(&mut self.unsynced) {
            if coin(random) {
                self.write_back(sector);
            }
        }
        // The size is metadata with a fate of its own; it never cuts off what had been synced.
        if self.durable.len() < self.written.len() {
            let size = random.random_range(self.durable.len()..=self.written.len());
            self.durable.resize(size, 0);
        }
        self.written.clone_from(&self.durable);
    }

    pub(super) fn flip_bit(&mut self, bit: usize) -> io::Result<()> {
        let (byte, mask) = (bit / 8, 1 << (bit % 8));
        *self.written.get_mut(byte).ok_or(io::ErrorKind::UnexpectedEof)? ^= mask;
        if let Some(durable) = self.durable.get_mut(byte) {
            *durable ^= mask;
        }
        Ok(())
    }

    fn write_back(&mut self, sector: usize) {
        let start = sector * SECTOR;
        let end = (start + SECTOR).min(self.written.len());
        if self.durable.len() < end {
            self.durable.resize(end, 0);
        }
        if let (Some(target), Some(source)) = (self.durable.get_mut(start..end), self.written.get(start..end))
        {
            target.copy_from_slice(source);
        }
    }
}
