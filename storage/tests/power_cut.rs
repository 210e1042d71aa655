//! The plug is pulled at any moment: what was acknowledged is there, batches are whole, nothing is invented.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by a panic"
)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bugle_storage::disk::SimulatedDisk;
use bugle_storage::records::BlobHash;
use bugle_storage::shelf::MemoryShelf;
use bugle_storage::{Batch, BlobStore, EmbeddedStore, Key, Shard, ShardId, Store, StoreOptions, Table};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use common::{note, read, scan};

const SHARD: ShardId = ShardId(2);
const ROUNDS: usize = 4;
const COMMITS: usize = 60;

type Records = BTreeMap<Key, String>;

/// What is known of a store that loses power again and again.
struct World {
    random: StdRng,
    disk: SimulatedDisk,
    shelf: MemoryShelf,
    /// The records after each batch that was handed over; the first entry is the empty store.
    states: Vec<Records>,
    /// How many of these batches were acknowledged.
    acknowledged: usize,
    blobs: Vec<BlobHash>,
}

fn options() -> StoreOptions {
    StoreOptions {
        segment_size: 16 << 10,
        flush_size: 8 << 10,
        ..common::options(Path::new("/data"))
    }
}

/// Every batch writes how many there were before it.
fn counter() -> Key {
    Key::new(SHARD, Table::Setting).bytes(b"count")
}

impl World {
    fn new(seed: u64) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            disk: SimulatedDisk::new(seed),
            shelf: MemoryShelf::new(),
            states: vec![Records::new()],
            acknowledged: 0,
            blobs: Vec::new(),
        }
    }

    fn open(&self) -> Result<EmbeddedStore, bugle_storage::StorageError> {
        EmbeddedStore::over(
            Arc::new(self.disk.clone()),
            Box::new(self.shelf.clone()),
            &options(),
        )
    }

    /// Finds which of the states the store is in; there is no other than those.
    fn check(&mut self, store: &EmbeddedStore) -> Result<(), String> {
        store.settle().map_err(|error| error.to_string())?;
        let count = read(store, &counter()).map_or(0, |count| count.0.parse::<usize>().unwrap());
        if count < self.acknowledged {
            return Err(format!("{} acknowledged, {count} there", self.acknowledged));
        }
        let expected = self
            .states
            .get(count)
            .ok_or_else(|| format!("batch {count} was never handed over"))?;
        let found = scan(store, &[SHARD.0])
            .into_iter()
            .map(|(key, note)| (key, note.0))
            .collect::<Records>();
        if found != *expected {
            return Err(format!("after {count} batches the records are others"));
        }
        self.states.truncate(count + 1);
        self.acknowledged = count;
        Ok(())
    }

    fn check_blobs(&self) -> Result<(), String> {
        let blobs = BlobStore::open(Arc::new(self.disk.clone()), Path::new("/data"))
            .map_err(|error| error.to_string())?;
        self.blobs
            .iter()
            .try_for_each(|hash| blobs.verify(*hash))
            .map_err(|error| error.to_string())
    }

    /// A batch of puts and deletes of records of many sizes, and the state after it.
    fn batch(&mut self) -> (Batch, Records) {
        let mut batch = Batch::new();
        let mut state = self.states.last().cloned().unwrap_or_default();
        let mut put = |batch: &mut Batch, key: Key, text: String| {
            batch.put(key.clone(), &note(&text)).unwrap();
            state.insert(key, text);
        };
        put(&mut batch, counter(), self.states.len().to_string());
        let mut deleted = Vec::new();
        for _ in 0..self.random.random_range(1..6) {
            let table = [Table::Issue, Table::IssueRow, Table::Attachment][self.random.random_range(0..3)];
            let key = Key::new(SHARD, table).u64(1).u64(self.random.random_range(0..80));
            if self.random.random_bool(0.2) {
                batch.delete(key.clone());
                deleted.push(key);
            } else {
                let size = [5, 50, 500, 20_000][self.random.random_range(0..4)];
                let size = if size == 20_000 && self.random.random_bool(0.9) {
                    9
                } else {
                    size
                };
                let text = self.random.random_range(0..1000_u32).to_string();
                deleted.retain(|deleted| *deleted != key);
                put(&mut batch, key, text.repeat(size / text.len() + 1));
            }
        }
        for key in deleted {
            state.remove(&key);
        }
        (batch, state)
    }

    /// Commits and writes blobs until the power fails or the round is over.
    fn work(&mut self, store: &Arc<EmbeddedStore>) {
        let Ok(mut shard) = Shard::open(store.clone(), SHARD) else {
            return;
        };
        let blobs = BlobStore::open(Arc::new(self.disk.clone()), Path::new("/data"));
        let acknowledged = Arc::new(AtomicUsize::new(self.acknowledged));
        if self.random.random_bool(0.8) {
            self.disk.cut_power_after(self.random.random_range(0..60));
        }
        for _ in 0..COMMITS {
            let (batch, state) = self.batch();
            self.states.push(state);
            let number = self.states.len() - 1;
            let told = Arc::clone(&acknowledged);
            shard.commit(
                batch,
                Box::new(move |outcome| {
                    if outcome.is_ok() {
                        told.fetch_max(number, Ordering::SeqCst);
                    }
                }),
            );
            if self.random.random_bool(0.15) {
                let _ = store.settle();
            }
            if let Ok(blobs) = &blobs
                && self.random.random_bool(0.1)
            {
                let bytes = vec![7; self.random.random_range(0..5000)];
                let written = blobs.begin().and_then(|mut writer| {
                    writer.write(&bytes)?;
                    writer.finish()
                });
                self.blobs.extend(written.ok().map(|(hash, _)| hash));
            }
        }
        if self.random.random_bool(0.2) {
            let _ = store.close();
        }
        // The power fails in the map first or last: they are on one disk, but not in one write.
        self.shelf = self.shelf.power_cut(self.random.random_range(0..4));
        self.disk = self.disk.power_cut();
        let _ = store.close();
        self.acknowledged = acknowledged.load(Ordering::SeqCst);
    }
}

fn lose_power(seed: u64) -> Result<(), String> {
    let mut world = World::new(seed);
    for round in 0..=ROUNDS {
        let say = |what: String| format!("seed {seed}, round {round}: {what}");
        let store = world.open().map_err(|error| say(error.to_string()))?;
        let store = Arc::new(store);
        world.check(&store).map_err(say)?;
        world.check_blobs().map_err(say)?;
        if round < ROUNDS {
            world.work(&store);
        }
    }
    Ok(())
}

#[test]
fn what_was_acknowledged_outlives_every_power_cut() {
    for seed in 0..200 {
        if let Err(what) = lose_power(seed) {
            panic!("{what}");
        }
    }
}

#[test]
fn a_power_cut_while_the_store_opens_loses_nothing() {
    for seed in 1000..1100 {
        let mut world = World::new(seed);
        let store = Arc::new(world.open().unwrap());
        world.work(&store);
        drop(store);
        for cut in 0..12 {
            world.disk.cut_power_after(cut);
            drop(world.open());
            world.disk = world.disk.power_cut();
            world.shelf = world.shelf.power_cut(1);
            let store = world
                .open()
                .unwrap_or_else(|error| panic!("seed {seed}, cut {cut}: {error}"));
            if let Err(what) = world.check(&store) {
                panic!("seed {seed}, cut {cut}: {what}");
            }
        }
    }
}
