//! An actor's hand on the store: its shard, and what happens when a write fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bugle_storage::records::IdempotencyRecord;
use bugle_storage::{Batch, Fence, Key, Read, ReadBelow, Shard, ShardId, StorageError, Store, StoreState};

use crate::{ActorError, Reply};

/// A shard, and whether a write to it has failed. Once one has, the owner's memory is ahead of the disk, and
/// only a restart from storage mends that: writes are refused until then.
pub(crate) struct Ledger {
    shard: Shard,
    /// How many batches were handed over.
    handed_over: u64,
    outcomes: Arc<Outcomes>,
    /// Called when a commit fails, so that the owner stops at once.
    on_failure: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// What became of the batches that were handed over.
#[derive(Default)]
struct Outcomes {
    failed: AtomicBool,
    /// How many of them, from the first on, are durable.
    durable: AtomicU64,
}

impl Ledger {
    /// Opens a shard. Blocks.
    pub(crate) fn open(store: Arc<dyn Store>, id: ShardId) -> Result<Self, StorageError> {
        Ok(Self {
            shard: Shard::open(store, id)?,
            handed_over: 0,
            outcomes: Arc::default(),
            on_failure: None,
        })
    }

    pub(crate) fn shard(&self) -> &Shard {
        &self.shard
    }

    pub(crate) fn read(&mut self, keys: Vec<Key>) -> Read {
        self.shard.read(keys)
    }

    pub(crate) fn read_below(&mut self, prefix: &Key) -> ReadBelow {
        self.shard.read_below(prefix)
    }

    /// What keeps the owner from writing once it is replaced.
    pub(crate) fn fence(&self) -> &Fence {
        self.shard.fence()
    }

    /// Sets what is done when a commit fails; it runs on the store's thread and must not block.
    pub(crate) fn on_failure(&mut self, stop: impl Fn() + Send + Sync + 'static) {
        self.on_failure = Some(Arc::new(stop));
    }

    /// Whether the owner must stop: a write failed, or another has taken its place.
    pub(crate) fn has_failed(&self) -> bool {
        self.outcomes.failed.load(Ordering::Acquire) || self.fence().is_closed()
    }

    /// Refuses a write up front, before anything has changed in memory.
    pub(crate) fn ensure_writable(&self) -> Result<(), ActorError> {
        if self.has_failed() {
            return Err(ActorError::Busy);
        }
        match self.shard.state() {
            StoreState::Writable => Ok(()),
            StoreState::Full => Err(ActorError::Full),
            StoreState::Busy => Err(ActorError::Busy),
            StoreState::Failed => Err(StorageError::Closed.into()),
        }
    }

    /// For a failure in the middle of a change.
    pub(crate) fn give_up(&self, error: StorageError) -> ActorError {
        self.outcomes.failed.store(true, Ordering::Release);
        error.into()
    }

    /// Hands a batch over; `then` runs on the store's thread once it is durable, or has failed.
    pub(crate) fn commit(
        &mut self,
        batch: Batch,
        then: impl FnOnce(Result<(), StorageError>) + Send + 'static,
    ) {
        self.handed_over += 1;
        let number = self.handed_over;
        let outcomes = Arc::clone(&self.outcomes);
        let fence = self.fence().clone();
        let on_failure = self.on_failure.clone();
        let done = move |outcome: Result<(), StorageError>| {
            if outcome.is_ok() {
                // The store decides in the order of commits, so those before are durable too.
                outcomes.durable.store(number, Ordering::Release);
            } else {
                // What waits behind was decided on top of this batch: a small one that still fits must not be stored
                // without it. This runs before the store looks at the next.
                fence.close();
                outcomes.failed.store(true, Ordering::Release);
                if let Some(stop) = on_failure {
                    stop();
                }
            }
            then(outcome);
        };
        self.shard.commit(batch, Box::new(done));
    }

    /// Hands a batch over; once it is durable, `publish` runs and then `value` is the answer. Where nothing is to be
    /// changed nothing is written: the answer waits for what it repeats.
    pub(crate) fn commit_and_answer<T: Send + 'static>(
        &mut self,
        batch: Batch,
        publish: impl FnOnce() + Send + 'static,
        value: T,
        reply: Reply<T>,
    ) {
        let is_empty = batch.is_empty();
        let answer = move |outcome: Result<(), StorageError>| match outcome {
            Ok(()) => {
                publish();
                reply.send(Ok(value));
            }
            Err(error) => reply.send(Err(error.into())),
        };
        if is_empty {
            self.when_durable(answer);
        } else {
            self.commit(batch, answer);
        }
    }

    /// Calls `then` once everything that was handed over is durable: at once, and without a write, when it is.
    pub(crate) fn when_durable(&mut self, then: impl FnOnce(Result<(), StorageError>) + Send + 'static) {
        let durable = self.outcomes.durable.load(Ordering::Acquire);
        if durable == self.handed_over && !self.has_failed() {
            return then(Ok(()));
        }
        self.shard.when_durable(Box::new(then));
    }

    /// Gives what was noted with the first answer to an idempotency key, once that is durable. Must be called
    /// within a tokio runtime.
    pub(crate) fn replay(
        &mut self,
        place: Key,
        fingerprint: u64,
        answer: impl FnOnce(Result<IdempotencyRecord, ActorError>) + Send + 'static,
    ) {
        let read = self.shard.read(vec![place]);
        let (durable, when_durable) = tokio::sync::oneshot::channel();
        self.when_durable(move |outcome| {
            let _ = durable.send(outcome);
        });
        tokio::task::spawn_blocking(move || {
            let outcome = when_durable.blocking_recv().unwrap_or(Err(StorageError::Closed));
            let record = outcome.and_then(|()| read.run::<IdempotencyRecord>());
            answer(match record.map(|mut found| found.pop().flatten()) {
                Ok(Some(record)) if record.fingerprint == fingerprint => Ok(record),
                Ok(Some(_)) => Err(ActorError::KeyReused),
                Ok(None) => Err(ActorError::NotFound),
                Err(error) => Err(error.into()),
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, mpsc};

    use super::*;
    use bugle_storage::records::Secret;
    use bugle_storage::{ChangeFeed, Commit, MemoryStore, Table, Visit};
    use bytes::Bytes;

    /// Keeps commits back until it is told to deliver them, and has room for small ones only.
    #[derive(Default)]
    struct CrampedStore {
        inner: MemoryStore,
        waiting: Mutex<Vec<Commit>>,
    }

    const ROOM: usize = 100;

    impl CrampedStore {
        fn deliver(&self) {
            for commit in self.waiting.lock().unwrap().drain(..) {
                if commit.payload.len() > ROOM {
                    let path = "the test's disk".into();
                    (commit.done)(Err(StorageError::Full { path }));
                } else {
                    self.inner.commit(commit);
                }
            }
        }
    }

    impl Store for CrampedStore {
        fn commit(&self, commit: Commit) {
            self.waiting.lock().unwrap().push(commit);
        }

        fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
            self.inner.get(key)
        }

        fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
            self.inner.scan_from(prefix, from, visit)
        }

        fn settle(&self) -> Result<(), StorageError> {
            Ok(())
        }

        fn feed(&self) -> &ChangeFeed {
            self.inner.feed()
        }

        fn state(&self) -> StoreState {
            StoreState::Writable
        }

        fn close(&self) -> Result<(), StorageError> {
            self.inner.close()
        }
    }

    fn batch(names: std::ops::Range<u8>) -> Batch {
        let mut batch = Batch::new();
        for name in names {
            let key = Key::new(ShardId(1), Table::Setting).bytes(&[name]);
            batch.put(key, &Secret([name; 32])).unwrap();
        }
        batch
    }

    #[test]
    fn an_answer_to_a_change_of_nothing_waits_and_writes_nothing() {
        let store = Arc::new(CrampedStore::default());
        let mut ledger = Ledger::open(Arc::clone(&store) as Arc<dyn Store>, ShardId(1)).unwrap();
        let (published, told) = mpsc::channel();
        let answer = |ledger: &mut Ledger, batch| {
            let (reply, answer) = Reply::parts();
            let published = published.clone();
            let publish = move || published.send(()).unwrap();
            ledger.commit_and_answer(batch, publish, (), reply);
            answer
        };
        let _first = answer(&mut ledger, batch(0..1));
        let mut waiting = answer(&mut ledger, Batch::new());
        assert!(waiting.try_recv().is_err(), "what it repeats is not durable");
        store.deliver();
        assert!(waiting.try_recv().is_ok());
        let commits = store.inner.commits();
        let mut at_once = answer(&mut ledger, Batch::new());
        assert!(at_once.try_recv().is_ok());
        store.deliver();
        assert_eq!(store.inner.commits(), commits);
        assert_eq!(told.try_iter().count(), 3);
    }

    #[test]
    fn nothing_is_stored_behind_a_batch_that_was_refused() {
        let store = Arc::new(CrampedStore::default());
        let mut ledger = Ledger::open(Arc::clone(&store) as Arc<dyn Store>, ShardId(1)).unwrap();
        let (told, outcomes) = mpsc::channel();
        for names in [0..1, 1..9, 9..10] {
            let told = told.clone();
            ledger.commit(batch(names), move |outcome| told.send(outcome.is_ok()).unwrap());
        }
        store.deliver();
        let outcomes = outcomes.try_iter().collect::<Vec<_>>();
        assert_eq!(
            outcomes,
            [true, false, false],
            "the third would fit, but may build on the second"
        );
        assert!(ledger.has_failed());
        let fresh = Ledger::open(store as Arc<dyn Store>, ShardId(1)).unwrap();
        let stored = fresh
            .shard()
            .load::<Secret>(&Key::new(ShardId(1), Table::Setting));
        assert_eq!(stored.unwrap().len(), 1);
    }
}
