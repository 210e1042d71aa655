use std::collections::BTreeMap;

use proptest::prelude::*;

use super::write::SHARED_SIZE_MAX;
use super::*;
use crate::shelf::MemoryShelf;
use crate::{Key, ShardId, Table};

/// Puts and deletes as an encoded batch; the values need not be records here.
fn payload(changes: &[(Vec<u8>, Option<Vec<u8>>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in changes {
        bytes.push(if value.is_some() { 1 } else { 2 });
        bytes.push(u8::try_from(key.len()).unwrap());
        bytes.extend_from_slice(key);
        if let Some(value) = value {
            bytes.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(value);
        }
    }
    bytes
}

fn scanned(blocks: &Blocks, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    blocks
        .scan_from(prefix, &[], &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

/// Keys of every table, close enough together to collide; some end early, as prefixes do.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let table = prop::sample::select(Table::ALL);
    let tail = prop::collection::vec(prop::sample::select(&[0_u8, 1, 0x80, 0xff][..]), 0..6);
    (0..2_u8, table, 0..200_u64, 0..2_u64, 0..=5_usize, tail).prop_map(
        |(shard, table, number, project, shape, tail)| {
            let key = Key::new(ShardId(shard), table);
            match shape {
                0 => key.bytes(&tail),
                1 => key.u64(project).bytes(&tail),
                _ => key.u64(project).u64(number).bytes(match table {
                    Table::Quota => &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
                    _ => &[],
                }),
            }
            .as_bytes()
            .to_vec()
        },
    )
}

fn value() -> impl Strategy<Value = Option<Vec<u8>>> {
    prop_oneof![
        2 => Just(None),
        6 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Some),
        2 => prop::collection::vec(any::<u8>(), 3000..9000).prop_map(Some),
        1 => prop::collection::vec(any::<u8>(), SHARED_SIZE_MAX - 1..SHARED_SIZE_MAX + 5000).prop_map(Some),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn blocks_are_a_sorted_map(
        batches in prop::collection::vec(prop::collection::vec((key(), value()), 1..30), 1..12),
        group in 1..4_usize,
        probe in key(),
    ) {
        let shelf = MemoryShelf::new();
        let blocks = Blocks::new(Box::new(shelf.clone()));
        let mut model = BTreeMap::new();
        for group in batches.chunks(group) {
            let payloads = group.iter().map(|batch| payload(batch)).collect::<Vec<_>>();
            blocks.apply(payloads.iter().map(Vec::as_slice), 0).unwrap().or_full(&blocks).unwrap();
            for (key, value) in group.iter().flatten() {
                match value {
                    Some(value) => model.insert(key.clone(), value.clone()),
                    None => model.remove(key),
                };
            }
        }
        for key in batches.iter().flatten().map(|(key, _)| key).chain([&probe]) {
            let found = blocks.get(key).unwrap().map(|value| value.to_vec());
            prop_assert_eq!(found.as_ref(), model.get(key), "key {:?}", key);
            for end in 0..=key.len() {
                let prefix = &key[..end];
                let expected = model.iter().filter(|(key, _)| key.starts_with(prefix));
                let found = scanned(&blocks, prefix);
                prop_assert!(
                    found.iter().map(|(key, value)| (key, value)).eq(expected),
                    "scan below {:?} found {:?}", prefix, found.iter().map(|(key, _)| key).collect::<Vec<_>>()
                );
            }
        }
        for key in model.keys().cloned().collect::<Vec<_>>() {
            blocks.apply([payload(&[(key, None)])].iter().map(Vec::as_slice), 0).unwrap().or_full(&blocks).unwrap();
        }
        let mut left = 0;
        shelf.scan(b"", b"", &mut |_, _| { left += 1; ControlFlow::Continue(()) }).unwrap();
        prop_assert_eq!(left, 1, "values left on the shelf beside the mark after all records are gone");
    }
}

fn issue(sequence: u64) -> Vec<u8> {
    let key = Key::new(ShardId(1), Table::Issue).u64(1).u64(sequence);
    key.as_bytes().to_vec()
}

fn put(blocks: &Blocks, key: Vec<u8>, value: &[u8]) {
    let batch = payload(&[(key, Some(value.to_vec()))]);
    let applied = blocks.apply([batch.as_slice()].into_iter(), 7).unwrap();
    applied.or_full(blocks).unwrap();
}

#[test]
fn a_scan_ends_where_it_is_told_to() {
    let blocks = Blocks::new(Box::new(MemoryShelf::new()));
    (0..100).for_each(|number| put(&blocks, issue(number), b"x"));
    let mut seen = 0;
    blocks
        .scan_from(b"", b"", &mut |_, _| {
            seen += 1;
            if seen == 40 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(seen, 40);
}

#[test]
fn a_walk_goes_on_behind_a_damaged_block() {
    let shelf = MemoryShelf::new();
    let blocks = Blocks::new(Box::new(shelf.clone()));
    (0..96).for_each(|number| put(&blocks, issue(number), b"some value"));
    let middle = layout::Place::of(&issue(40)).stored_key();
    assert!(shelf.flip_bit(&middle, 200));
    let (mut good, mut bad) = (0, Vec::new());
    blocks
        .walk(b"", &mut |found| {
            match found {
                Ok(_) => good += 1,
                Err(error) => bad.push(error.to_string()),
            }
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    assert_eq!((good, bad.len()), (64, 1), "{bad:?}");
    assert!(
        blocks
            .scan_from(b"", b"", &mut |_, _| ControlFlow::Continue(()))
            .is_err()
    );
    assert!(blocks.get(&issue(33)).is_err() && blocks.get(&issue(1)).is_ok());
}

#[test]
fn a_table_of_a_newer_program_is_refused() {
    let blocks = Blocks::new(Box::new(MemoryShelf::new()));
    let batch = payload(&[(vec![1, 250, 0], Some(vec![1]))]);
    let error = blocks.apply([batch.as_slice()].into_iter(), 7).unwrap_err();
    assert!(error.to_string().contains("use a newer bugle"), "{error}");
}

#[test]
fn nothing_is_read_or_written_after_close() {
    let blocks = Blocks::new(Box::new(MemoryShelf::new()));
    blocks.close();
    assert!(matches!(blocks.get(&issue(1)), Err(StorageError::Closed)));
    assert!(matches!(blocks.flush(), Err(StorageError::Closed)));
}

#[test]
fn the_mark_goes_with_the_batch_it_marks() {
    let shelf = MemoryShelf::new();
    let blocks = Blocks::new(Box::new(shelf.clone()));
    assert_eq!(blocks.applied_through().unwrap(), 0);
    put(&blocks, issue(1), b"x");
    assert_eq!(blocks.applied_through().unwrap(), 7);
    let blocks = Blocks::new(Box::new(shelf.power_cut(0)));
    assert_eq!(blocks.applied_through().unwrap(), 0);
}
