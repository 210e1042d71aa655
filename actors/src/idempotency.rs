//! Which `Idempotency-Key` was answered with what: the same key from the same submitter within 24 hours
//! makes no second record.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use bugle_storage::records::{FirstAnswer, IdempotencyRecord, Submitter};
use bugle_storage::{Batch, Key, Shard, StorageError, Timestamp};
use foldhash::{HashMap, HashMapExt};

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
    /// Reads the keys whose records lie below `prefix`. Blocks.
    pub(crate) fn load(shard: &Shard, prefix: Key) -> Result<Self, StorageError> {
        let mut entries = Vec::new();
        let skip = prefix.as_bytes().len();
        shard.visit(&prefix, None, |key, record: IdempotencyRecord| {
            if let Some((submitter, hash)) = key.get(skip..).and_then(split_key) {
                entries.push((record.created_at, submitter, hash));
            }
            ControlFlow::Continue(())
        })?;
        entries.sort_by_key(|entry| entry.0);
        let mut keys = Self {
            prefix,
            known: HashMap::with_capacity(entries.len()),
            order: VecDeque::with_capacity(entries.len()),
        };
        for (created_at, submitter, hash) in entries {
            keys.remember(submitter, hash, created_at);
        }
        Ok(keys)
    }

    /// Where the first answer to this key is stored, if the key came before.
    pub(crate) fn find(&self, submitter: Submitter, hash: [u8; 16], now: Timestamp) -> Option<Key> {
        let created_at = self.known.get(&(submitter, hash))?;
        (now < created_at.plus_seconds(KEY_LIFE_SECONDS)).then(|| self.key(submitter, hash))
    }

    /// Notes a key; its record is to be stored at the key returned.
    fn remember(&mut self, submitter: Submitter, hash: [u8; 16], now: Timestamp) -> Key {
        self.known.insert((submitter, hash), now);
        self.order.push_back((now, submitter, hash));
        self.key(submitter, hash)
    }

    /// Adds to the batch that makes something what its key is to be answered with from now on. `answer` runs only
    /// where there is a key.
    pub(crate) fn note_answer(
        &mut self,
        batch: &mut Batch,
        (submitter, key): (Submitter, Option<IdempotencyKey>),
        answer: impl FnOnce() -> FirstAnswer,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let Some(key) = key else { return Ok(()) };
        let place = self.remember(submitter, key.hash, now);
        let record = IdempotencyRecord {
            created_at: now,
            fingerprint: key.fingerprint,
            answer: answer(),
        };
        batch.put(place, &record)
    }

    /// Does what [`IdempotencyKeys::note_answer`] does, and takes keys that are over out of the store along with it:
    /// for an owner that does not remove them from time to time.
    pub(crate) fn store_answer(
        &mut self,
        batch: &mut Batch,
        sender: (Submitter, Option<IdempotencyKey>),
        answer: FirstAnswer,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        self.note_answer(batch, sender, || answer, now)?;
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

/// Submitter and hash, as they stand behind the prefix of a record's key.
fn split_key(rest: &[u8]) -> Option<(Submitter, [u8; 16])> {
    let (submitter, hash) = rest.split_first_chunk::<9>()?;
    Some((Submitter::from_bytes(submitter)?, hash.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use bugle_storage::{MemoryStore, ShardId, Table, TokenId};

    fn shard() -> Shard {
        Shard::open(Arc::new(MemoryStore::new()), ShardId(1)).unwrap()
    }

    fn load(shard: &Shard) -> IdempotencyKeys {
        IdempotencyKeys::load(shard, Key::new(ShardId(1), Table::Idempotency).u64(5)).unwrap()
    }

    fn keys() -> IdempotencyKeys {
        load(&shard())
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
        let mut shard = shard();
        let mut first = load(&shard);
        for (submitter, hash, moment) in [(B, 8, 50), (A, 7, 60), (A, 9, 40)] {
            let mut batch = Batch::new();
            let key = IdempotencyKey {
                hash: [hash; 16],
                fingerprint: 1,
            };
            let answer = FirstAnswer::ProjectToken(TokenId(3));
            let stored = first.store_answer(&mut batch, (submitter, Some(key)), answer, Timestamp(moment));
            stored.unwrap();
            shard.commit(batch, Box::new(Result::unwrap));
        }
        let mut second = load(&shard);
        assert_eq!(
            second.find(A, [7; 16], Timestamp(70)),
            first.find(A, [7; 16], Timestamp(70))
        );
        assert!(second.find(B, [8; 16], Timestamp(70)).is_some());
        assert!(second.find(B, [7; 16], Timestamp(70)).is_none());
        let end = Timestamp(50).plus_seconds(KEY_LIFE_SECONDS);
        let oldest_first = [second.key(A, [9; 16]), second.key(B, [8; 16])];
        assert_eq!(second.expire(end, 10), oldest_first);
    }

    #[test]
    fn what_is_over_goes_in_steps() {
        let mut keys = keys();
        for hash in 0..5 {
            keys.remember(A, [hash; 16], Timestamp(0));
        }
        let end = Timestamp(0).plus_seconds(KEY_LIFE_SECONDS);
        assert_eq!([(); 4].map(|()| keys.expire(end, 2).len()), [2, 2, 1, 0]);
    }
}
