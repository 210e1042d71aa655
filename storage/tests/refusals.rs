//! When a store refuses commits, and what it says.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by a panic"
)]

mod common;

use std::path::Path;
use std::sync::Arc;

use bugle_storage::disk::{Disk, SimulatedDisk};
use bugle_storage::shelf::MemoryShelf;
use bugle_storage::{EmbeddedStore, Key, ShardId, StorageError, Store, StoreOptions, StoreState, Table};

use common::{SimulatedStore, commit, note, read, shard};

fn key(number: u64) -> Key {
    Key::new(ShardId(1), Table::Issue).u64(1).u64(number)
}

#[test]
fn after_a_failed_write_of_the_map_commits_are_refused_and_nothing_is_lost() {
    let simulated = SimulatedStore::new(1);
    let store: Arc<dyn Store> = simulated.open.clone();
    let mut shard = shard(&store, ShardId(1));
    simulated.shelf.fail_writes(true);
    commit(&mut shard, |batch| batch.put(key(1), &note("acknowledged"))).unwrap();
    store.settle().unwrap();
    assert_eq!(store.state(), StoreState::Failed, "the map cannot take it");
    assert_eq!(read(&*store, &key(1)), Some(note("acknowledged")), "reads go on");
    let refused = commit(&mut shard, |batch| batch.put(key(2), &note("refused")));
    assert!(matches!(refused, Err(StorageError::Io { .. })), "{refused:?}");
    assert!(store.close().is_err(), "closing says it too");

    simulated.shelf.fail_writes(false);
    let again = SimulatedStore::on(simulated.disk, simulated.shelf).unwrap();
    assert_eq!(read(&*again.open, &key(1)), Some(note("acknowledged")));
    assert_eq!(read(&*again.open, &key(2)), None);
}

#[test]
fn with_too_little_space_commits_are_refused_and_reads_go_on() {
    let disk = SimulatedDisk::new(2);
    disk.create_directory(Path::new("/data")).unwrap();
    disk.set_free_space(4 << 20);
    let options = |reserve| StoreOptions {
        reserve,
        ..common::options(Path::new("/data"))
    };
    let shelf = MemoryShelf::new();
    let open = |reserve| {
        let store = EmbeddedStore::over(Arc::new(disk.clone()), Box::new(shelf.clone()), &options(reserve));
        Arc::new(store.unwrap()) as Arc<dyn Store>
    };
    let store = open(0);
    commit(&mut shard(&store, ShardId(1)), |batch| {
        batch.put(key(1), &note("x"))
    })
    .unwrap();
    store.close().unwrap();

    let store = open(64 << 20);
    assert_eq!(store.state(), StoreState::Full);
    let refused = commit(&mut shard(&store, ShardId(1)), |batch| {
        batch.put(key(2), &note("y"))
    });
    assert!(matches!(refused, Err(StorageError::Full { .. })), "{refused:?}");
    assert_eq!(read(&*store, &key(1)), Some(note("x")));
}

#[test]
fn a_failed_sync_acknowledges_nothing_and_ends_all_writing() {
    let simulated = SimulatedStore::new(3);
    let store: Arc<dyn Store> = simulated.open.clone();
    let mut shard = shard(&store, ShardId(1));
    commit(&mut shard, |batch| batch.put(key(1), &note("x"))).unwrap();
    // The journal's helper syncs too, so that the first failure may be its own: then the next is tried.
    let mut failed = false;
    for number in 2..50 {
        simulated.disk.fail_next_sync();
        failed |= commit(&mut shard, |batch| batch.put(key(number), &note("y"))).is_err();
    }
    assert!(failed, "no failed sync was told");
    assert_eq!(store.state(), StoreState::Failed);
    store.settle().unwrap();
    assert_eq!(read(&*store, &key(1)), Some(note("x")));
}
