//! What the store's tests share. (In `tests/`, only this name keeps cargo from running it as a test.)
// An expectation would not hold in every test program: each uses another part of this.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use bugle_storage::codec::{self, Record};
use bugle_storage::disk::SimulatedDisk;
use bugle_storage::shelf::MemoryShelf;
use bugle_storage::{
    Batch, Completion, EmbeddedStore, Key, Shard, ShardId, StorageError, Store, StoreOptions, Table,
};

/// A record of any size.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Note(pub String);

impl Record for Note {
    const VERSION: u8 = 1;
    const NAME: &'static str = "note";
}

pub fn note(text: &str) -> Note {
    Note(text.to_owned())
}

/// Waits for completions.
pub struct Told {
    sender: Sender<Result<(), StorageError>>,
    receiver: Receiver<Result<(), StorageError>>,
}

impl Default for Told {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self { sender, receiver }
    }
}

impl Told {
    pub fn completion(&self) -> Completion {
        let sender = self.sender.clone();
        Box::new(move |outcome| {
            let _ = sender.send(outcome);
        })
    }

    /// Waits for so many completions; the first error is the outcome.
    pub fn wait(&self, count: usize) -> Result<(), StorageError> {
        let outcomes = (0..count)
            .map(|_| {
                self.receiver
                    .recv_timeout(Duration::from_secs(60))
                    .expect("a completion within a minute")
            })
            .collect::<Vec<_>>();
        outcomes.into_iter().collect()
    }
}

/// Commits one batch and waits until it is durable.
pub fn commit(
    shard: &mut Shard,
    fill: impl FnOnce(&mut Batch) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let mut batch = Batch::new();
    fill(&mut batch)?;
    let told = Told::default();
    shard.commit(batch, told.completion());
    told.wait(1)
}

/// A handle on a shard.
pub fn shard(store: &Arc<dyn Store>, id: ShardId) -> Shard {
    Shard::open(store.clone(), id).unwrap()
}

/// The record that the store's reads show at `key`.
pub fn read(store: &dyn Store, key: &Key) -> Option<Note> {
    let bytes = store.get(key.as_bytes()).unwrap();
    bytes.map(|bytes| codec::decode(&bytes).unwrap())
}

/// The notes below `prefix`, in the order of the scan.
pub fn scan(store: &dyn Store, prefix: &[u8]) -> Vec<(Key, Note)> {
    let mut found = Vec::new();
    store
        .scan(prefix, &mut |key, value| {
            if let Ok(note) = codec::decode(value) {
                found.push((stored_key(key), note));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

fn stored_key(bytes: &[u8]) -> Key {
    let (head, rest) = bytes.split_first_chunk::<2>().expect("shard and table");
    let table = Table::from_byte(head[1]).expect("a table");
    Key::new(ShardId(head[0]), table).bytes(rest)
}

/// Small segments, so that tests cross their borders; no reserve.
pub fn options(data: &Path) -> StoreOptions {
    StoreOptions {
        segment_size: 256 << 10,
        reserve: 0,
        cache: 8 << 20,
        ..StoreOptions::new(data)
    }
}

/// A store on the operating system's disk, with sled.
pub struct RealStore {
    pub open: Arc<EmbeddedStore>,
    pub directory: tempfile::TempDir,
}

impl RealStore {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let open = Arc::new(EmbeddedStore::open(&options(directory.path())).unwrap());
        Self { open, directory }
    }

    pub fn reopen(&mut self) {
        self.open.close().unwrap();
        self.open = Arc::new(EmbeddedStore::open(&options(self.directory.path())).unwrap());
    }
}

/// A store on a simulated disk, with a map in memory.
pub struct SimulatedStore {
    pub open: Arc<EmbeddedStore>,
    pub disk: SimulatedDisk,
    pub shelf: MemoryShelf,
}

impl SimulatedStore {
    pub fn new(seed: u64) -> Self {
        Self::on(SimulatedDisk::new(seed), MemoryShelf::new()).unwrap()
    }

    pub fn on(disk: SimulatedDisk, shelf: MemoryShelf) -> Result<Self, StorageError> {
        let open = EmbeddedStore::over(
            Arc::new(disk.clone()),
            Box::new(shelf.clone()),
            &options(Path::new("/data")),
        )?;
        Ok(Self {
            open: Arc::new(open),
            disk,
            shelf,
        })
    }

    pub fn reopen(&mut self) {
        self.open.close().unwrap();
        *self = Self::on(self.disk.clone(), self.shelf.clone()).unwrap();
    }
}
