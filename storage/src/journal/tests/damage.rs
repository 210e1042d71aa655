//! What is torn is cut off; what is damaged is said so; nothing acknowledged goes silently.

use super::*;

/// Bytes of a segment, as the disk holds them now.
fn bytes_of(disk: &SimulatedDisk, number: u64) -> Vec<u8> {
    let file = disk.open(&segment_path(number), OpenMode::Read).unwrap();
    let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
    file.read_at(0, &mut bytes).unwrap();
    bytes
}

fn overwrite(disk: &SimulatedDisk, number: u64, offset: usize, bytes: &[u8]) {
    let mut file = disk.open(&segment_path(number), OpenMode::ReadWrite).unwrap();
    file.write_at(offset as u64, bytes).unwrap();
    file.sync().unwrap();
}

/// Where frame `index` of a first segment with payloads of `size` bytes begins.
fn offset_of(index: usize, size: usize) -> usize {
    segment::FIRST_FRAME + index * frame::size(size)
}

/// A journal of 9 commits in 2 segments, left by a killed process: without a seal.
fn killed() -> SimulatedDisk {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    rig.commit_many(9, 100);
    disk.process_kill()
}

/// The same, closed in order.
fn closed() -> SimulatedDisk {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    rig.commit_many(9, 100);
    rig.journal.close().unwrap();
    disk
}

#[test]
fn a_torn_tail_is_cut_off_and_appending_goes_on() {
    for kept in [0, 4, 8, 24, 60, 123] {
        let disk = SimulatedDisk::new(1);
        let rig = Rig::open(&disk).unwrap();
        rig.commit_many(3, 100);
        let disk = disk.process_kill();
        let third = offset_of(2, 100);
        overwrite(&disk, 1, third + kept, &vec![0; frame::size(100) - kept]);
        // Bytes of an unfinished write behind it, which must not come to light again.
        overwrite(&disk, 1, third + frame::size(100), &[0xab; 64]);

        let summary = verify(&disk, Path::new(DIRECTORY)).unwrap();
        assert!(summary.torn_tail && summary.last_sequence == 2, "{summary:?}");
        let rig = Rig::open(&disk).unwrap();
        assert_eq!(rig.replayed, numbered(2, 100), "{kept} bytes kept");
        let rest = &bytes_of(&disk, 1)[third..];
        assert!(
            rest.iter().all(|byte| *byte == 0),
            "{kept}: the tail is not blank"
        );
        rig.commit(b"again").unwrap();
        assert_eq!(rig.handed_behind(), [(3, b"again".to_vec())]);
        drop(rig);
        let again = Rig::open(&disk).unwrap().replayed;
        assert_eq!(again.last(), Some(&(3, b"again".to_vec())));
    }
}

#[test]
fn a_frame_of_the_same_torn_group_does_not_come_back() {
    let disk = SimulatedDisk::new(1);
    let salt = {
        let rig = Rig::open(&disk).unwrap();
        rig.commit(b"first").unwrap();
        segment::Header::decode(&bytes_of(&disk, 1))
            .unwrap()
            .unwrap()
            .salt
    };
    // The seal of the closing says that 1 was synced. Of a group of 2 and 3 only 3 reached the disk.
    let seal_end = offset_of(1, 5) + frame::HEADER;
    let mut third = Vec::new();
    frame::write(&mut third, salt, 3, 1, b"third");
    overwrite(&disk, 1, seal_end + frame::size(6), &third);

    let rig = Rig::open(&disk).unwrap();
    assert_eq!(rig.replayed, [(1, b"first".to_vec())]);
    rig.commit(b"second").unwrap();
    // Killed, because a seal would hide what stands behind.
    let disk = disk.process_kill();
    let replayed = Rig::open(&disk).unwrap().replayed;
    assert_eq!(
        replayed,
        [(1, b"first".to_vec()), (2, b"second".to_vec())],
        "a frame that was never acknowledged came back behind a new one"
    );
}

#[test]
fn damage_in_the_middle_names_file_and_offset() {
    let disk = killed();
    let second = offset_of(1, 100);
    disk.flip_bit(&segment_path(1), (second + 40) * 8).unwrap();
    for refused in [
        Rig::open(&disk).err().expect("it must not open"),
        verify(&disk, Path::new(DIRECTORY)).unwrap_err(),
        read_all(&disk, 1).unwrap_err(),
    ] {
        let StorageError::Damaged { path, detail } = refused else {
            panic!("another error: {refused}");
        };
        assert_eq!(path, segment_path(1));
        assert!(detail.contains(&format!("byte {second} ")), "{detail}");
    }
}

#[test]
fn a_missing_segment_is_damage() {
    let disk = SimulatedDisk::new(1);
    Rig::open(&disk).unwrap().commit_many(20, 100);
    disk.remove(&segment_path(2)).unwrap();
    let refused = Rig::open(&disk).err().expect("it must not open");
    assert!(refused.to_string().contains("segment 2"), "{refused}");
}

#[test]
fn an_unreadable_segment_is_no_torn_tail() {
    let disk = closed();
    disk.fail_reads(&segment_path(2)).unwrap();
    let refused = Rig::open(&disk).err().expect("it must not open");
    assert!(matches!(refused, StorageError::Io { .. }), "{refused}");
}

/// Flips each bit of each segment in turn and reads the journal; it is damaged, or holds `acknowledged`.
fn flip_every_bit(disk: &SimulatedDisk, acknowledged: &Frames) -> (u32, u32) {
    let (mut harmless, mut damaged) = (0, 0);
    for path in disk.list(Path::new(DIRECTORY)).unwrap() {
        if path.extension().is_none_or(|suffix| suffix != "segment") {
            continue;
        }
        for bit in 0..1024 * 8 {
            disk.flip_bit(&path, bit).unwrap();
            match read_all(disk, 1) {
                Ok(frames) => {
                    let kept = frames.get(..acknowledged.len());
                    assert_eq!(kept, Some(acknowledged.as_slice()), "bit {bit} of {path:?}");
                    harmless += 1;
                }
                Err(StorageError::Damaged { .. } | StorageError::UnknownVersion { .. }) => damaged += 1,
                Err(other) => panic!("bit {bit} of {path:?}: {other}"),
            }
            disk.flip_bit(&path, bit).unwrap();
        }
    }
    (harmless, damaged)
}

#[test]
fn no_flipped_bit_loses_an_acknowledged_frame_of_a_closed_journal() {
    let (harmless, damaged) = flip_every_bit(&closed(), &numbered(9, 100));
    assert!(
        harmless > 1000 && damaged > 9 * 100 * 8,
        "{harmless} harmless, {damaged} damaged"
    );
}

#[test]
fn without_a_seal_only_the_last_group_can_be_taken_for_torn() {
    flip_every_bit(&killed(), &numbered(8, 100));
}

#[test]
fn opening_after_a_flipped_bit_agrees_with_reading() {
    for bit in (0..1024 * 8).step_by(97) {
        let disk = closed();
        disk.flip_bit(&segment_path(2), bit).unwrap();
        let read = read_all(&disk, 1);
        match (Rig::open(&disk), read) {
            (Ok(rig), Ok(frames)) => assert_eq!(rig.replayed, frames, "bit {bit}"),
            (Err(StorageError::Damaged { .. } | StorageError::UnknownVersion { .. }), Err(_)) => {}
            (opened, read) => panic!("bit {bit}: opened {:?}, read {read:?}", opened.err()),
        }
    }
}
