//! The life of a segment: begun, full, released, archived, removed.

use super::*;
use crate::disk::RealDisk;

#[test]
fn frames_go_over_segments_without_a_gap() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    assert!(rig.replayed.is_empty());
    rig.commit_many(100, 100);
    assert_eq!(rig.handed_behind(), numbered(100, 100));
    rig.journal.close().unwrap();
    let summary = verify(&disk, Path::new(DIRECTORY)).unwrap();
    let expected = JournalSummary {
        segments: 15,
        frames: 100,
        payload_bytes: 10_000,
        first_sequence: 1,
        last_sequence: 100,
        torn_tail: false,
    };
    assert_eq!(summary, expected);
    let rig = Rig::open(&disk).unwrap();
    assert_eq!(rig.replayed, numbered(100, 100));
    assert_eq!(rig.journal.last_durable(), 100);
}

#[test]
fn released_segments_are_archived_and_replayed_no_more() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    rig.commit_many(30, 100);
    rig.journal.release_through(20);
    until("segments 1 and 2 are archived", || {
        let names = names(&disk);
        names.iter().filter(|name| name.ends_with(".segment.lz4")).count() == 2
            && !names.iter().any(|name| name.ends_with(".released"))
    });
    rig.journal.close().unwrap();

    let rig = Rig::open(&disk).unwrap();
    assert_eq!(
        rig.replayed,
        numbered(30, 100)[14..],
        "7 frames fit into a segment"
    );
    drop(rig);
    for first in [1, 10, 15, 29, 31] {
        let wanted = &numbered(30, 100)[first - 1..];
        assert_eq!(read_all(&disk, first as u64).unwrap(), wanted, "from {first}");
    }
    assert_eq!(verify(&disk, Path::new(DIRECTORY)).unwrap().frames, 30);
}

#[test]
fn the_segment_in_use_is_never_released() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    rig.commit_many(3, 100);
    rig.journal.release_through(u64::MAX);
    rig.journal.close().unwrap();
    let rig = Rig::open(&disk).unwrap();
    assert_eq!(rig.replayed, numbered(3, 100));
    rig.commit(b"four").unwrap();
    assert_eq!(rig.handed_behind(), [(4, b"four".to_vec())]);
}

#[test]
fn archived_segments_expire_and_the_sequence_goes_on() {
    let disk = SimulatedDisk::new(1);
    let brief = JournalOptions {
        keep: Duration::ZERO,
        ..options()
    };
    let rig = Rig::open_with(&disk, brief.clone()).unwrap();
    rig.commit_many(30, 100);
    rig.journal.release_through(30);
    until("only the segment in use and the next are left", || {
        names(&disk) == ["0000000005.segment", "0000000006.segment"]
    });
    drop(rig);
    assert_eq!(read_all(&disk, 29).unwrap(), numbered(30, 100)[28..]);
    let refused = read_all(&disk, 28).unwrap_err();
    assert!(refused.to_string().contains("sequence 28 is needed"), "{refused}");
    let rig = Rig::open_with(&disk, brief).unwrap();
    rig.commit(b"next").unwrap();
    assert_eq!(rig.handed_behind(), [(31, b"next".to_vec())]);
}

#[test]
fn many_raw_segments_are_compressed_under_load_too() {
    let disk = SimulatedDisk::new(1);
    let place = Place {
        disk: Arc::new(disk.clone()),
        directory: DIRECTORY.into(),
        options: options(),
    };
    let (sender, _behind) = mpsc::channel();
    // No tick ever comes, so the journal is never found idle.
    let journal = Journal::start(place, Duration::from_secs(3600), &mut |_, _| Ok(()), sender).unwrap();
    for _ in 0..100 {
        let (done, outcome) = mpsc::channel();
        journal.append(commit(&[7; 100], move |result| done.send(result).unwrap()));
        outcome.recv().unwrap().unwrap();
    }
    journal.release_through(100);
    let count = |suffix| names(&disk).iter().filter(|name| name.ends_with(suffix)).count();
    until("8 of 14 are left as they are", || {
        count(".segment.lz4") == 6 && count(".released") == 8
    });
}

#[test]
fn sequences_go_on_above_what_the_map_holds() {
    let after_restore = JournalOptions {
        next_sequence_min: 500,
        ..options()
    };
    // A new journal, as after a restore.
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open_with(&disk, after_restore.clone()).unwrap();
    rig.commit(b"x").unwrap();
    assert_eq!(rig.handed_behind(), [(500, b"x".to_vec())]);

    // A journal that ends lower than the map: the hole is on purpose, and no damage.
    let disk = SimulatedDisk::new(1);
    Rig::open(&disk).unwrap().commit_many(3, 100);
    let rig = Rig::open_with(&disk, after_restore.clone()).unwrap();
    assert_eq!(rig.replayed, numbered(3, 100));
    rig.commit(b"x").unwrap();
    rig.journal.release_through(3);
    drop(rig);
    let expected = [&numbered(3, 100)[..], &[(500, b"x".to_vec())]].concat();
    assert_eq!(read_all(&disk, 1).unwrap(), expected);

    // One that is there already is left as it is.
    let rig = Rig::open_with(&disk, after_restore).unwrap();
    rig.commit(b"y").unwrap();
    assert_eq!(rig.handed_behind(), [(501, b"y".to_vec())]);
}

#[test]
fn without_live_segments_it_goes_on_behind_the_archive() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    rig.commit_many(14, 100);
    rig.commit(&[15; 100]).unwrap();
    rig.journal.release_through(14);
    until("segments 1 and 2 are archived", || {
        let archived = |name: &&String| name.ends_with(".segment.lz4");
        names(&disk).iter().filter(archived).count() == 2
    });
    drop(rig);
    for path in disk.list(Path::new(DIRECTORY)).unwrap() {
        if path.extension().is_some() {
            disk.remove(&path).unwrap();
        }
    }
    let rig = Rig::open(&disk).unwrap();
    rig.commit(b"again").unwrap();
    assert_eq!(rig.handed_behind(), [(15, b"again".to_vec())]);
    drop(rig);
    assert_eq!(
        read_all(&disk, 1).unwrap().len(),
        15,
        "archive and live fit together"
    );
}

#[test]
fn a_real_disk_keeps_it_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data/journal");
    let place = || Place {
        disk: Arc::new(RealDisk),
        directory: path.clone(),
        options: JournalOptions {
            segment_size: 4096,
            ..options()
        },
    };
    let rig = Rig::start(place()).unwrap();
    rig.commit_many(100, 100);
    rig.journal.release_through(50);
    until("a segment is archived", || {
        let archived = RealDisk.list(&path.join("archive")).unwrap();
        archived
            .iter()
            .any(|path| path.extension().is_some_and(|suffix| suffix == "lz4"))
    });
    rig.journal.close().unwrap();
    let mut frames = Vec::new();
    read_from(&RealDisk, &path, 1, &mut |sequence, payload| {
        frames.push((sequence, payload.to_vec()));
        Ok(())
    })
    .unwrap();
    assert_eq!(frames, numbered(100, 100));
    let rig = Rig::start(place()).unwrap();
    assert!(rig.replayed.len() < 100, "what is released is not replayed");
    assert_eq!(rig.replayed.last(), Some(&(100, vec![100; 100])));
}
