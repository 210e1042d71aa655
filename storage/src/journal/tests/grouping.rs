//! One write and one sync for all that wait.

use super::*;

#[test]
fn commits_of_many_threads_share_syncs() {
    const THREADS: u8 = 8;
    const EACH: u8 = 100;
    let disk = SimulatedDisk::new(1);
    let big = JournalOptions {
        segment_size: 1 << 20,
        ..options()
    };
    let rig = Rig::open_with(&disk, big).unwrap();
    until_next_is_ready(&disk);

    // Holds the writer up until all the others have handed over.
    let (go, gate) = mpsc::channel::<()>();
    rig.journal.append(commit(b"gate", move |_| {
        let _ = gate.recv();
    }));
    until("the gate is durable", || rig.journal.last_durable() == 1);
    let before = (disk.sync_count(), disk.write_count());
    let outcomes: Vec<_> = thread::scope(|scope| {
        let journal = &rig.journal;
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let append = |number| append(journal, &[thread, number]);
                    (0..EACH).map(append).collect::<Vec<_>>()
                })
            })
            .collect();
        let joined = threads.into_iter().flat_map(|thread| thread.join().unwrap());
        joined.collect()
    });
    go.send(()).unwrap();
    for outcome in outcomes {
        outcome.recv().unwrap().unwrap();
    }
    assert_eq!(
        (disk.sync_count() - before.0, disk.write_count() - before.1),
        (1, 1),
        "all {} commits that waited should share one write and one sync",
        u32::from(THREADS) * u32::from(EACH)
    );

    let handed = rig.handed_behind();
    assert_eq!(handed.len(), 1 + usize::from(THREADS) * usize::from(EACH));
    for (position, (sequence, _)) in handed.iter().enumerate() {
        assert_eq!(*sequence, position as u64 + 1, "a gap in what is handed behind");
    }
    for thread in 0..THREADS {
        let order: Vec<u8> = handed[1..]
            .iter()
            .filter(|(_, payload)| payload[0] == thread)
            .map(|(_, payload)| payload[1])
            .collect();
        assert_eq!(order, (0..EACH).collect::<Vec<_>>(), "order of thread {thread}");
    }
}

#[test]
fn a_commit_is_handed_behind_before_it_is_acknowledged() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    for number in 1..=20 {
        rig.commit(b"x").unwrap();
        assert_eq!(rig.handed_behind(), [(number, b"x".to_vec())]);
    }
}

#[test]
fn a_closed_journal_refuses_and_closes_behind() {
    let disk = SimulatedDisk::new(1);
    let rig = Rig::open(&disk).unwrap();
    let waiting: Vec<_> = (0..50).map(|_| append(&rig.journal, b"x")).collect();
    rig.journal.close().unwrap();
    rig.journal.close().expect("a second time does nothing");
    for outcome in waiting {
        outcome.recv().unwrap().expect("handed over before the end");
    }
    let refused = rig.commit(b"late").unwrap_err();
    assert!(matches!(refused, StorageError::Closed), "{refused}");
    assert_eq!(rig.behind.iter().flatten().count(), 50, "the channel must end");
}
