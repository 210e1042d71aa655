//! An actor's own view of its part of the store: it reads what it has written, at once.

use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use foldhash::{HashMap, HashMapExt};

use crate::codec::{self, Record};
use crate::{
    AppliedMark, Batch, Commit, Completion, Fence, Key, ShardId, StorageError, Store, StoreState, Table,
};

/// A handle on one shard, held by the one actor that owns the keys it writes.
///
/// A batch is readable through this handle from the moment of [`Shard::commit`], though the sorted map
/// behind the journal shows it only later: what lies between is kept here.
pub struct Shard {
    store: Arc<dyn Store>,
    id: ShardId,
    fence: Fence,
    /// How many commits this handle has made.
    committed: u64,
    /// How many of them the store's reads show.
    applied: Arc<AtomicU64>,
    pending: HashMap<Key, PendingValue>,
    order: VecDeque<(u64, Key)>,
}

struct PendingValue {
    commit: u64,
    value: Option<Bytes>,
}

impl Shard {
    /// Opens a shard. Waits until the store's reads show all that earlier handles committed, so it may block.
    pub fn open(store: Arc<dyn Store>, id: ShardId) -> Result<Self, StorageError> {
        store.settle()?;
        Ok(Self {
            store,
            id,
            fence: Fence::default(),
            committed: 0,
            applied: Arc::default(),
            pending: HashMap::new(),
            order: VecDeque::new(),
        })
    }

    /// What closes when another handle takes this one's place.
    pub fn fence(&self) -> &Fence {
        &self.fence
    }

    /// Which shard this is.
    pub fn id(&self) -> ShardId {
        self.id
    }

    /// Whether writes are taken now.
    pub fn state(&self) -> StoreState {
        self.store.state()
    }

    /// Reads every record below `prefix` in key order. Blocks; meant for an actor's start, before its first
    /// commit.
    pub fn load<R: Record>(&self, prefix: &Key) -> Result<Vec<(Key, R)>, StorageError> {
        let mut found = Vec::new();
        self.visit(prefix, None, |key, record| {
            found.push((Key::from_stored(key), record));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Visits the records below `prefix` in key order, those below the key `from` left out. Blocks, and sees what
    /// [`Shard::load`] sees, but holds one record at a time.
    pub fn visit<R: Record>(
        &self,
        prefix: &Key,
        from: Option<&Key>,
        mut take: impl FnMut(&[u8], R) -> ControlFlow<()>,
    ) -> Result<(), StorageError> {
        let mut failure = None;
        let from = from.map_or(&[][..], Key::as_bytes);
        self.store.scan_from(prefix.as_bytes(), from, &mut |key, value| {
            codec::decode(value).map_or_else(
                |error| {
                    failure = Some(error);
                    ControlFlow::Break(())
                },
                |record| take(key, record),
            )
        })?;
        failure.map_or(Ok(()), Err)
    }

    /// Hands a batch over. `done` is called when it is durable, or has failed.
    pub fn commit(&mut self, batch: Batch, done: Completion) {
        let (payload, entries) = match batch.finish() {
            Ok(finished) => finished,
            Err(error) => return done(Err(error)),
        };
        self.forget_applied();
        self.committed += 1;
        for entry in entries {
            if entry.key.table().is_some_and(Table::is_mirrored) {
                continue;
            }
            let value = entry.value.map(|(start, end)| payload.slice(start..end));
            self.order.push_back((self.committed, entry.key.clone()));
            self.pending.insert(
                entry.key,
                PendingValue {
                    commit: self.committed,
                    value,
                },
            );
        }
        let applied = AppliedMark::new(Arc::clone(&self.applied), self.committed);
        self.store.commit(Commit {
            fence: self.fence.clone(),
            payload,
            applied,
            done,
        });
    }

    /// Calls `done` once everything committed through this handle so far is durable. It costs a small frame
    /// of its own, so it is for the rare answer that promises an earlier commit.
    pub fn when_durable(&mut self, done: Completion) {
        let mut nothing = Batch::new();
        nothing.delete(Key::new(self.id, Table::IdLease).bytes(b"barrier"));
        self.commit(nothing, done);
    }

    /// Plans the reading of `keys`: what is still on its way to the sorted map is taken now, the rest when
    /// the plan is run, on a thread that may block.
    pub fn read(&mut self, keys: Vec<Key>) -> Read {
        self.forget_applied();
        let source = |key| match self.pending.get(key) {
            Some(pending) => Source::Pending(pending.value.clone()),
            None => Source::Store,
        };
        let sources = keys.iter().map(source).collect();
        Read {
            store: Arc::clone(&self.store),
            keys,
            sources,
        }
    }

    /// Plans the search for every key below `prefix`, as [`Shard::read`] does that for records.
    pub fn read_below(&mut self, prefix: &Key) -> ReadBelow {
        self.forget_applied();
        let below = |key: &Key| key.as_bytes().starts_with(prefix.as_bytes());
        let pending = self
            .pending
            .iter()
            .filter(|(key, _)| below(key))
            .map(|(key, pending)| (key.clone(), pending.value.is_some()))
            .collect();
        ReadBelow {
            store: Arc::clone(&self.store),
            prefix: prefix.clone(),
            pending,
        }
    }

    fn forget_applied(&mut self) {
        let applied = self.applied.load(Ordering::Acquire);
        while let Some((commit, _)) = self.order.front() {
            if *commit > applied {
                break;
            }
            let Some((commit, key)) = self.order.pop_front() else {
                break;
            };
            if self
                .pending
                .get(&key)
                .is_some_and(|pending| pending.commit == commit)
            {
                self.pending.remove(&key);
            }
        }
    }
}

/// A planned reading; see [`Shard::read`].
pub struct Read {
    store: Arc<dyn Store>,
    keys: Vec<Key>,
    sources: Vec<Source>,
}

/// A planned search for all that lies below a prefix; see [`Shard::read_below`].
pub struct ReadBelow {
    store: Arc<dyn Store>,
    prefix: Key,
    /// What is on its way to the sorted map, and whether it will be there.
    pending: Vec<(Key, bool)>,
}

impl ReadBelow {
    /// Finds the keys of the records, in order, without reading what these hold. Blocks on the disk.
    pub fn run_keys(self) -> Result<Vec<Key>, StorageError> {
        let mut keys = BTreeSet::new();
        self.store.scan_keys(self.prefix.as_bytes(), &mut |key| {
            keys.insert(Key::from_stored(key));
            ControlFlow::Continue(())
        })?;
        for (key, is_there) in self.pending {
            if is_there {
                keys.insert(key);
            } else {
                keys.remove(&key);
            }
        }
        Ok(keys.into_iter().collect())
    }
}

/// Where a planned reading finds a record.
enum Source {
    /// In the store's map.
    Store,
    /// On its way there: the encoded record, or `None` when it is deleted.
    Pending(Option<Bytes>),
}

impl Read {
    /// Reads the records, in the order of the keys. Blocks on the disk.
    pub fn run<R: Record>(self) -> Result<Vec<Option<R>>, StorageError> {
        let store = &*self.store;
        let values = self.keys.iter().zip(self.sources);
        values
            .map(|(key, source)| {
                source
                    .value(key, store)?
                    .map(|value| codec::decode(&value))
                    .transpose()
            })
            .collect()
    }

    /// Reads the records that are there, in the order of the keys, and ends behind the one with which they have `most`
    /// bytes together. Blocks on the disk.
    pub fn run_within<R: Record>(self, most: usize) -> Result<Vec<R>, StorageError> {
        let mut records = Vec::new();
        let mut size = 0;
        for (key, source) in self.keys.iter().zip(self.sources) {
            if size >= most {
                break;
            }
            if let Some(value) = source.value(key, &*self.store)? {
                size += value.len();
                records.push(codec::decode(&value)?);
            }
        }
        Ok(records)
    }
}

impl Source {
    fn value(self, key: &Key, store: &dyn Store) -> Result<Option<Bytes>, StorageError> {
        match self {
            Self::Pending(value) => Ok(value),
            Self::Store => store.get(key.as_bytes()),
        }
    }
}
