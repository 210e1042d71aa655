//! Which block a record lies in.

use super::{APART, BLOCK};
use crate::{Grouping, Table};

/// Where a record lies: its block's key, and what tells it from the other records of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    key: &'a [u8],
    /// For a shared block: how many whole bytes of the key name it, and the mask of the byte after them.
    shared: Option<(usize, u8)>,
}

impl<'a> Place<'a> {
    /// The place of the record with this key. A block's own key gives the place of its first record.
    pub(super) fn of(key: &'a [u8]) -> Self {
        let grouping = key
            .get(1)
            .and_then(|byte| Table::from_byte(*byte))
            .map_or(Grouping::Single, Table::grouping);
        let shared = match grouping {
            Grouping::Single => None,
            Grouping::Leading { bits } => Some((bits / 8, !(0xff_u8 >> (bits % 8)))),
        };
        Self { key, shared }
    }

    /// Whether the block may hold other records too.
    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// The key under which the shelf has the block.
    pub(super) fn stored_key(&self) -> Vec<u8> {
        let mut stored = Vec::with_capacity(1 + self.key.len());
        stored.push(BLOCK);
        let Some((whole, mask)) = self.shared else {
            stored.extend_from_slice(self.key);
            return stored;
        };
        stored.extend_from_slice(self.named());
        if let Some(byte) = self.key.get(whole).filter(|_| mask != 0) {
            stored.push(byte & mask);
        }
        stored
    }

    /// Whether the record at `other` lies in the same block.
    pub(super) fn same_block(&self, other: &Self) -> bool {
        let Some((whole, mask)) = self.shared else {
            return self.key == other.key;
        };
        let partial = |place: &Self| place.key.get(whole).filter(|_| mask != 0).map(|byte| byte & mask);
        self.named() == other.named() && partial(self) == partial(other)
    }

    /// The end of the key that tells the record from the others in its block; empty in a block of its own.
    pub(super) fn suffix(&self) -> &'a [u8] {
        self.key.get(self.named().len()..).unwrap_or_default()
    }

    /// The key of the block's record with this suffix.
    pub(super) fn record_key(&self, suffix: &[u8]) -> Vec<u8> {
        [self.named(), suffix].concat()
    }

    /// The whole bytes that name the block.
    fn named(&self) -> &'a [u8] {
        match self.shared {
            Some((whole, _)) => self.key.get(..whole).unwrap_or(self.key),
            None => self.key,
        }
    }
}

/// The key under which the shelf has a record that is too large for its block.
pub(super) fn apart_key(key: &[u8]) -> Vec<u8> {
    [&[APART], key].concat()
}

/// What the stored keys of all blocks with records below `prefix` begin with.
pub(super) fn scan_prefix(prefix: &[u8]) -> Vec<u8> {
    Place::of(prefix).stored_key()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, ShardId};

    fn issue(sequence: u64) -> Key {
        Key::new(ShardId(3), Table::Issue).u64(9).u64(sequence)
    }

    #[test]
    fn thirty_two_neighbours_share_a_block() {
        let block = |sequence| Place::of(issue(sequence).as_bytes()).stored_key();
        assert_eq!(block(32), block(63));
        assert_ne!(block(31), block(32));
        assert_ne!(block(63), block(64));
    }

    #[test]
    fn a_record_key_comes_back_from_block_key_and_suffix() {
        let key = issue(77);
        let stored = Place::of(key.as_bytes()).stored_key();
        let suffix = Place::of(key.as_bytes()).suffix();
        assert_eq!(Place::of(&stored[1..]).record_key(suffix), key.as_bytes());
    }

    #[test]
    fn a_single_record_has_a_block_of_its_own() {
        let key = Key::new(ShardId::SYSTEM, Table::Setting).bytes(b"name");
        let place = Place::of(key.as_bytes());
        assert_eq!(place.stored_key(), [&[BLOCK], key.as_bytes()].concat());
        assert!(place.suffix().is_empty() && !place.is_shared());
    }

    #[test]
    fn same_block_agrees_with_the_stored_key() {
        for (one, other) in [(0, 1), (31, 32), (5, 5), (64, 95), (95, 96)] {
            let (first, second) = (issue(one), issue(other));
            let (first, second) = (Place::of(first.as_bytes()), Place::of(second.as_bytes()));
            assert_eq!(
                first.same_block(&second),
                first.stored_key() == second.stored_key(),
                "{one} and {other}"
            );
        }
    }
}
