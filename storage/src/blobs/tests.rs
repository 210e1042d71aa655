use std::time::SystemTime;

use super::*;
use crate::disk::{RealDisk, SimulatedDisk};

fn simulated() -> (SimulatedDisk, BlobStore) {
    let disk = SimulatedDisk::new(7);
    let store = BlobStore::open(Arc::new(disk.clone()), Path::new("/data")).unwrap();
    (disk, store)
}

fn write(store: &BlobStore, pieces: &[&[u8]]) -> BlobHash {
    let mut writer = store.begin().unwrap();
    for piece in pieces {
        writer.write(piece).unwrap();
    }
    writer.finish().unwrap().0
}

fn content(store: &BlobStore, hash: BlobHash) -> Vec<u8> {
    let mut bytes = Vec::new();
    let reader = store.get(hash).unwrap().expect("the blob");
    reader
        .read_all(&mut |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
    bytes
}

#[test]
fn a_blob_is_named_by_its_bytes() {
    let (_, store) = simulated();
    let hash = write(&store, &[b"a", b"bc"]);
    assert_eq!(
        hash.to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(content(&store, hash), b"abc");
    assert_eq!(store.get(hash).unwrap().unwrap().len().unwrap(), 3);
    store.verify(hash).unwrap();
    assert!(store.get(BlobHash([0; 32])).unwrap().is_none());
}

#[test]
fn equal_blobs_are_one_and_an_empty_one_is_a_blob() {
    let (_, store) = simulated();
    let one = write(&store, &[b"same"]);
    assert_eq!(write(&store, &[b"sa", b"me"]), one);
    let empty = write(&store, &[]);
    let mut all = vec![one, empty];
    all.sort_unstable();
    assert_eq!(store.list().unwrap(), all);
}

#[test]
fn what_is_not_finished_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Arc::new(RealDisk);
    let store = BlobStore::open(disk.clone(), directory.path()).unwrap();
    let mut dropped = store.begin().unwrap();
    dropped.write(b"half").unwrap();
    drop(dropped);
    assert!(store.names(&store.incoming()).unwrap().is_empty());
    let mut forgotten = store.begin().unwrap();
    forgotten.write(b"half").unwrap();
    std::mem::forget(forgotten);
    let store = BlobStore::open(disk, directory.path()).unwrap();
    assert!(store.names(&store.incoming()).unwrap().is_empty());
    assert!(store.list().unwrap().is_empty());
}

#[test]
fn a_finished_blob_outlives_a_power_cut() {
    for seed in 0..50 {
        let disk = SimulatedDisk::new(seed);
        let store = BlobStore::open(Arc::new(disk.clone()), Path::new("/data")).unwrap();
        let hash = write(&store, &[&[1; 5000]]);
        let disk = disk.power_cut();
        let store = BlobStore::open(Arc::new(disk), Path::new("/data")).unwrap();
        store
            .verify(hash)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    }
}

#[test]
fn a_changed_blob_is_found() {
    let (disk, store) = simulated();
    let hash = write(&store, &[b"some bytes"]);
    disk.flip_bit(&store.place(hash), 3).unwrap();
    let error = store.verify(hash).unwrap_err().to_string();
    assert!(error.contains(&hash.to_string()), "{error}");
}

#[test]
fn a_full_disk_is_told_as_such() {
    let (disk, store) = simulated();
    disk.set_free_space(100);
    let mut writer = store.begin().unwrap();
    let outcome = writer.write(&[0; 4096]);
    assert!(matches!(outcome, Err(StorageError::Full { .. })), "{outcome:?}");
}

#[test]
fn what_an_upload_became_is_known_after_a_power_cut_and_forgotten_in_time() {
    for seed in 0..20 {
        let disk = SimulatedDisk::new(seed);
        let store = BlobStore::open(Arc::new(disk.clone()), Path::new("/data")).unwrap();
        let (first, second) = (write(&store, &[b"first"]), write(&store, &[b"second"]));
        store.note_upload(7, first).unwrap();
        store.note_upload(7, second).unwrap();
        let store = BlobStore::open(Arc::new(disk.power_cut()), Path::new("/data")).unwrap();
        let found = store.upload(7).unwrap().unwrap();
        assert_eq!(found.hash(), Some(second), "the last one counts");
        assert!(store.upload(8).unwrap().is_none());
        let mut all = vec![first, second];
        all.sort_unstable();
        assert_eq!(store.list().unwrap(), all, "a note is no blob");
        store.forget_uploads(SystemTime::UNIX_EPOCH).unwrap();
        assert!(store.upload(7).unwrap().is_some(), "it is young");
        let later = SystemTime::now() + std::time::Duration::from_secs(1_000_000_000);
        store.forget_uploads(later).unwrap();
        assert!(store.upload(7).unwrap().is_none());
    }
}
