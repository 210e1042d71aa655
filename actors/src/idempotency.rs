//! Which `Idempotency-Key` was answered with what: the same key from the same submitter within 24 hours
//! makes no second record.

use std::collections::{HashMap, VecDeque};

use bugle_storage::records::{FirstAnswer, IdempotencyRecord, Submitter};
use bugle_storage::{Batch, Key, StorageError, Timestamp};

/// How long a key is remembered, in seconds.
pub const KEY_LIFE_SECONDS: i64 = 24 * 60 * 60;

/// Keys that are over and removed along with one new one, at the most.
const EXPIRED_MAX: usize = 100;

/// An `Idempotency-Key` as a request brings it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// First half of the SHA-256 of the header's value.
    pub hash: [u8; 16],
    /// A hash of method, path and body, to tell a retry from another request.
    pub fingerprint: u64,
}

/// The keys that one actor remembers.
#[derive(Debug)]
pub(crate) struct IdempotencyKeys {
    /// Where the records lie: the table and the owner's part of the key.
    prefix: Key,
    known: HashMap<(Submitter, [u8; 16]), Timestamp>,
    order: VecDeque<(Timestamp, Submitter, [u8; 16])>,
}

impl IdempotencyKeys {
    pub(crate) fn new(prefix: Key) -> Self {
        Self {
            prefix,
            known: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Takes up the stored keys, in any order.
    pub(crate) fn restore(&mut self, stored: impl IntoIterator<Item = (Key, Timestamp)>) {
        let skip = self.prefix.as_bytes().len();
        let mut entries: Vec<_> = stored
            .into_iter()
            .filter_map(|(key, created_at)| {
                let (submitter, hash) = key.as_bytes().get(skip..)?.split_first_chunk::<9>()?;
                Some((
                    created_at,
                    Submitter::from_bytes(submitter)?,
                    <[u8; 16]>::try_from(hash).ok()?,
                ))
            })
            .collect();
        entries.sort_by_key(|entry| entry.0);
        for (created_at, submitter, hash) in entries {
            self.remember(submitter, hash, created_at);
        }
    }

    /// Where the first answer to this key is stored, if the key came before.
    pub(crate) fn find(&self, submitter: Submitter, hash: [u8; 16], now: Timestamp) -> Option<Key> {
        let created_at = self.known.get(&(submitter, hash))?;
        (now < created_at.plus_seconds(KEY_LIFE_SECONDS)).then(|| self.key(submitter, hash))
    }

    /// Notes a key; its record is to be stored at the key returned.
    pub(crate) fn remember(&mut self, submitter: Submitter, hash: [u8; 16], now: Timestamp) -> Key {
        self.known.insert((submitter, hash), now);
        self.order.push_back((now, submitter, hash));
        self.key(submitter, hash)
    }

    /// Adds to the batch that makes something what its key is to be answered with from now on, and takes keys
    /// that are over out of the store along with it.
    pub(crate) fn store_answer(
        &mut self,
        batch: &mut Batch,
        (submitter, key): (Submitter, Option<IdempotencyKey>),
        answer: FirstAnswer,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        if let Some(key) = key {
            let record = IdempotencyRecord {
                created_at: now,
                fingerprint: key.fingerprint,
                answer,
            };
            batch.put(self.remember(submitter, key.hash, now), &record)?;
        }
        for over in self.expire(now, EXPIRED_MAX) {
            batch.delete(over);
        }
        Ok(())
    }

    /// Forgets up to `most` keys that are older than 24 hours, and gives their records' places.
    pub(crate) fn expire(&mut self, now: Timestamp, most: usize) -> Vec<Key> {
        let mut over = Vec::new();
        while let Some((created_at, submitter, hash)) = self.order.front().copied() {
            if over.len() >= most || now < created_at.plus_seconds(KEY_LIFE_SECONDS) {
                break;
            }
            self.order.pop_front();
            if self.known.get(&(submitter, hash)) == Some(&created_at) {
                self.known.remove(&(submitter, hash));
                over.push(self.key(submitter, hash));
            }
        }
        over
    }

    fn key(&self, submitter: Submitter, hash: [u8; 16]) -> Key {
        self.prefix.clone().bytes(&submitter.to_bytes()).bytes(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugle_storage::{ShardId, Table, TokenId};

    fn keys() -> IdempotencyKeys {
        IdempotencyKeys::new(Key::new(ShardId(1), Table::Idempotency).u64(5))
    }

    const A: Submitter = Submitter::ProjectToken(TokenId(1));
    const B: Submitter = Submitter::ProjectToken(TokenId(2));

    #[test]
    fn a_key_is_known_to_its_submitter_for_a_day() {
        let mut keys = keys();
        let place = keys.remember(A, [7; 16], Timestamp(0));
        let end = Timestamp(0).plus_seconds(KEY_LIFE_SECONDS);
        assert_eq!(keys.find(A, [7; 16], Timestamp(end.0 - 1)), Some(place.clone()));
        assert_eq!(keys.find(A, [7; 16], end), None);
        assert_eq!(keys.find(B, [7; 16], Timestamp(1)), None);
        assert!(keys.expire(Timestamp(end.0 - 1), 10).is_empty());
        assert_eq!(keys.expire(end, 10), [place]);
    }

    #[test]
    fn a_key_used_again_after_its_day_lives_a_day_more() {
        let mut keys = keys();
        let end = Timestamp(0).plus_seconds(KEY_LIFE_SECONDS);
        keys.remember(A, [7; 16], Timestamp(0));
        keys.remember(A, [7; 16], end);
        assert!(
            keys.expire(end, 10).is_empty(),
            "the first use is over, the second is not"
        );
        assert!(keys.find(A, [7; 16], end).is_some());
    }

    #[test]
    fn stored_keys_are_known_again() {
        let mut first = keys();
        let place = first.remember(A, [7; 16], Timestamp(50));
        let mut second = keys();
        second.restore([(place.clone(), Timestamp(50))]);
        assert_eq!(second.find(A, [7; 16], Timestamp(60)), Some(place));
    }
}
