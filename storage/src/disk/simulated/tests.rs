use super::*;

const FILE: &str = "/d/file";

fn disk(seed: u64) -> SimulatedDisk {
    let disk = SimulatedDisk::new(seed);
    disk.create_directory(Path::new("/d")).unwrap();
    disk
}

fn create(disk: &SimulatedDisk, bytes: &[u8]) -> Box<dyn DiskFile> {
    let mut file = disk.open(Path::new(FILE), OpenMode::CreateNew).unwrap();
    file.write_at(0, bytes).unwrap();
    file
}

fn read(disk: &SimulatedDisk, path: &str) -> Option<Vec<u8>> {
    let file = disk.open(Path::new(path), OpenMode::Read).ok()?;
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_at(0, &mut bytes).unwrap();
    Some(bytes)
}

#[test]
fn what_was_synced_survives_every_power_cut() {
    for seed in 0..50 {
        let disk = disk(seed);
        create(&disk, &[7; 3000]).sync().unwrap();
        disk.sync_directory(Path::new("/d")).unwrap();
        assert_eq!(read(&disk.power_cut(), FILE), Some(vec![7; 3000]), "seed {seed}");
    }
}

#[test]
fn unsynced_sectors_are_lost_one_by_one() {
    let mut torn = 0;
    for seed in 0..50 {
        let disk = disk(seed);
        let mut file = create(&disk, &[1; 2048]);
        file.sync().unwrap();
        disk.sync_directory(Path::new("/d")).unwrap();
        file.write_at(0, &[2; 2048]).unwrap();
        let after = read(&disk.power_cut(), FILE).unwrap();
        for sector in after.chunks(512) {
            assert!(
                sector == [1; 512] || sector == [2; 512],
                "seed {seed} tore a sector"
            );
        }
        torn += u32::from(after.contains(&1) && after.contains(&2));
    }
    assert!(torn > 20, "only {torn} of 50 power cuts tore the write");
}

#[test]
fn unsynced_names_come_and_go() {
    let (mut kept, mut renamed) = (0, 0);
    for seed in 0..50 {
        let disk = disk(seed);
        create(&disk, b"x").sync().unwrap();
        disk.sync_directory(Path::new("/d")).unwrap();
        disk.rename(Path::new(FILE), Path::new("/d/other")).unwrap();
        let after = disk.power_cut();
        let (old, new) = (read(&after, FILE), read(&after, "/d/other"));
        assert!(
            old.is_some() != new.is_some(),
            "seed {seed}: a rename is old or new"
        );
        kept += u32::from(old.is_some());
        renamed += u32::from(new.is_some());
    }
    assert!(
        kept > 5 && renamed > 5,
        "kept {kept}, renamed {renamed}: a coin should do better"
    );
}

#[test]
fn old_handles_die_with_the_power() {
    let disk = disk(1);
    let mut file = create(&disk, b"x");
    let after = disk.power_cut();
    assert!(file.write_at(0, b"y").is_err(), "an old file still writes");
    assert!(disk.list(Path::new("/d")).is_err(), "the old disk still lists");
    assert!(after.list(Path::new("/d")).is_ok(), "the new disk does not work");
}

#[test]
fn a_failed_sync_leaves_bytes_that_no_later_sync_writes() {
    let disk = disk(2);
    let mut file = create(&disk, &[1; 512]);
    file.sync().unwrap();
    disk.sync_directory(Path::new("/d")).unwrap();
    file.write_at(0, &[2; 512]).unwrap();
    disk.fail_next_sync();
    assert!(file.sync().is_err(), "the sync should have failed");
    file.sync().unwrap();
    assert_eq!(
        read(&disk, FILE),
        Some(vec![2; 512]),
        "reads show what was written"
    );
    assert_eq!(
        read(&disk.power_cut(), FILE),
        Some(vec![1; 512]),
        "the disk never got it"
    );
}

#[test]
fn a_full_disk_takes_what_fits_and_gets_room_by_removal() {
    let disk = disk(3);
    let mut file = create(&disk, &[1; 600]);
    disk.set_free_space(100);
    let refused = file.write_at(600, &[1; 200]).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.len().unwrap(), 700, "what fits is written");
    file.write_at(0, &[9; 700])
        .expect("bytes that are there already need no room");
    disk.remove(Path::new(FILE)).unwrap();
    assert_eq!(disk.free_space(Path::new("/d")).unwrap(), 700);
}

#[test]
fn power_fails_at_the_change_it_was_told_to() {
    let disk = disk(4);
    let mut file = create(&disk, b"x");
    disk.cut_power_after(1);
    file.write_at(0, b"y").unwrap();
    assert!(file.sync().is_err(), "the second change must meet the cut");
    assert!(disk.open(Path::new(FILE), OpenMode::Read).is_err(), "still dark");
    let after = disk.power_cut();
    assert!(after.list(Path::new("/d")).is_ok(), "a new era has power");
}

#[test]
fn reads_fail_and_bits_flip_where_told() {
    let disk = disk(5);
    create(&disk, &[0; 8]);
    disk.flip_bit(Path::new(FILE), 64).unwrap_err();
    disk.flip_bit(Path::new(FILE), 9).unwrap();
    assert_eq!(read(&disk, FILE).unwrap()[1], 2);
    disk.fail_reads(Path::new(FILE)).unwrap();
    let file = disk.open(Path::new(FILE), OpenMode::Read).unwrap();
    assert!(
        file.read_at(0, &mut [0]).is_err(),
        "the file should be unreadable"
    );
}
