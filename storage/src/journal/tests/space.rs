//! Full disks, failing disks, and commits of every size.

use super::*;
use crate::PAYLOAD_SIZE_MAX;

#[test]
fn a_full_disk_refuses_and_recovers_by_itself() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    until_next_is_ready(&disk);
    disk.set_free_space(500);
    let mut accepted = 0;
    let refused = loop {
        match rig.commit(&[accepted; 100]) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StorageError::Full { .. }), "{refused}");
    assert_eq!(rig.journal.state(), StoreState::Full);
    assert_eq!(
        accepted, 14,
        "both segments that were ready should have been filled"
    );
    rig.commit(b"small").expect("what fits is still taken");
    assert!(
        !names(&disk).iter().any(|name| name.ends_with("preparing")),
        "a segment that cannot be made must give its space back"
    );

    disk.set_free_space(1 << 20);
    until("space is noticed", || rig.journal.state() == StoreState::Writable);
    rig.commit(&[accepted; 100]).unwrap();
    drop(rig);
    let replayed = Rig::open(&disk).unwrap().replayed;
    assert_eq!(replayed.len(), 16, "14, the small one, and the one after");
    assert_eq!(replayed.last(), Some(&(16, vec![accepted; 100])));
}

#[test]
fn the_reserve_is_left_alone() {
    let disk = SimulatedDisk::new(1);
    disk.set_free_space(1 << 20);
    let reserving = JournalOptions {
        reserve: 1 << 19,
        ..options()
    };
    let rig = Rig::open_with(&disk, reserving).unwrap();
    rig.commit(b"x").unwrap();
    assert_eq!(rig.journal.state(), StoreState::Writable);
    disk.set_free_space((1 << 19) - 1);
    until("the reserve is reached", || {
        rig.journal.state() == StoreState::Full
    });
    disk.set_free_space(1 << 20);
    until("space is noticed", || rig.journal.state() == StoreState::Writable);
}

#[test]
fn a_journal_opens_on_a_full_disk() {
    let disk = SimulatedDisk::new(1);
    Rig::open(&disk).unwrap().commit_many(9, 100);
    disk.set_free_space(0);
    let rig = Rig::open(&disk).unwrap();
    assert_eq!(rig.replayed, numbered(9, 100));
    rig.commit(b"x").expect("there is room in the segment");
}

#[test]
fn a_failed_sync_fails_for_good() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    rig.commit(b"good").unwrap();
    until_next_is_ready(&disk);
    disk.fail_next_sync();
    let failed = rig.commit(b"bad").unwrap_err();
    assert!(
        matches!(
            failed,
            StorageError::Io {
                action: "syncing",
                ..
            }
        ),
        "{failed}"
    );
    assert_eq!(rig.journal.state(), StoreState::Failed);
    rig.commit(b"late")
        .expect_err("a later sync may say yes without having written");
    assert_eq!(rig.handed_behind(), [(1, b"good".to_vec())]);
    rig.journal.close().expect_err("it cannot be sealed");
}

#[test]
fn what_a_failed_sync_left_in_the_cache_is_made_durable_or_forgotten() {
    for seed in 0..20 {
        let disk = SimulatedDisk::new(seed);
        let rig = Rig::open(&disk).unwrap();
        rig.commit(b"good").unwrap();
        until_next_is_ready(&disk);
        disk.fail_next_sync();
        rig.commit(&[b'b'; 600]).expect_err("the sync failed");
        // The process starts again on the same cache, which shows the frame though no sync will write it.
        let disk = disk.process_kill();
        let rig = Rig::open(&disk).unwrap();
        let replayed = rig.replayed.clone();
        rig.commit(b"after").unwrap();
        let disk = disk.power_cut();
        let survived = Rig::open(&disk)
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"))
            .replayed;
        assert_eq!(
            survived[..replayed.len()],
            replayed,
            "seed {seed}: replayed, then lost"
        );
        assert_eq!(survived.last().unwrap().1, b"after", "seed {seed}");
    }
}

#[test]
fn commits_of_every_size_are_kept() {
    let sizes = [0, 1, 7, 8, 9, 900, 1023, 1024, 1025, 5000, PAYLOAD_SIZE_MAX, 3];
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    for size in sizes {
        rig.commit(&vec![b'x'; size])
            .unwrap_or_else(|error| panic!("{size} bytes: {error}"));
    }
    let refused = rig.commit(&vec![0; PAYLOAD_SIZE_MAX + 1]).unwrap_err();
    assert!(matches!(refused, StorageError::TooLarge { .. }), "{refused}");
    let disk = disk.power_cut();
    let replayed = Rig::open(&disk).unwrap().replayed;
    let kept: Vec<usize> = replayed.iter().map(|(_, payload)| payload.len()).collect();
    assert_eq!(kept, sizes);
}
