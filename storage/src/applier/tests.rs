use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use bytes::Bytes;

use super::*;
use crate::AppliedMark;
use crate::shelf::MemoryShelf;

/// An applier on its thread with a journal that is played by the test.
struct Bench {
    shelf: MemoryShelf,
    blocks: Arc<Blocks>,
    backlog: Arc<Backlog>,
    remainder: Arc<Remainder>,
    released: Arc<AtomicU64>,
    applied: Arc<AtomicU64>,
    sender: Sender<Vec<Durable>>,
    thread: JoinHandle<()>,
    next: u64,
}

/// After how many applied bytes the benches flush.
const FLUSH_SIZE: u64 = 4 << 20;

fn bench() -> Bench {
    bench_behind(replayed(0, 0, 0))
}

/// An applier that goes on behind what a start has brought.
fn bench_behind(replayed: Replayed) -> Bench {
    let shelf = MemoryShelf::new();
    let blocks = Arc::new(Blocks::new(Box::new(shelf.clone())));
    let backlog = Arc::<Backlog>::default();
    let remainder = Arc::<Remainder>::default();
    let released = Arc::<AtomicU64>::default();
    let release = {
        let released = Arc::clone(&released);
        Box::new(move |sequence| released.store(sequence, Ordering::SeqCst))
    };
    let applier = Applier::new(
        Arc::clone(&blocks),
        Arc::clone(&backlog),
        Arc::default(),
        Arc::clone(&remainder),
        release,
        FLUSH_SIZE,
        replayed,
    );
    let (sender, receiver) = channel();
    Bench {
        shelf,
        blocks,
        backlog,
        remainder,
        released,
        applied: Arc::default(),
        sender,
        thread: thread::spawn(move || applier.run(&receiver)),
        next: 1,
    }
}

impl Bench {
    /// Sends a durable commit that sets the record `key` of the settings to `value`.
    fn send(&mut self, key: u8, value: &[u8]) {
        let mut payload = vec![1, 3, 0, 1, key];
        payload.extend_from_slice(&u32::try_from(value.len()).unwrap().to_le_bytes());
        payload.extend_from_slice(value);
        self.send_payload(payload);
    }

    fn send_payload(&mut self, payload: Vec<u8>) {
        self.backlog.hand_over(payload.len());
        let size = payload.len();
        let durable = Durable {
            sequence: self.next,
            payload: Bytes::from(payload),
            applied: AppliedMark::new(Arc::clone(&self.applied), self.next),
        };
        self.next += 1;
        self.sender.send(vec![durable]).unwrap();
        self.backlog.decide(size, true);
    }

    fn settle(&self) -> Result<(), StorageError> {
        self.backlog.wait_decided();
        self.backlog.wait_applied(|| self.sender.send(Vec::new()).is_ok())
    }

    fn value(&self, key: u8) -> Option<Vec<u8>> {
        self.blocks.get(&[0, 1, key]).unwrap().map(|value| value.to_vec())
    }

    fn applied(&self) -> u64 {
        self.applied.load(Ordering::SeqCst)
    }
}

#[test]
fn settling_shows_what_came_before_and_sets_its_marks() {
    let mut bench = bench();
    for number in 0..100 {
        bench.send(number % 10, &[number]);
    }
    bench.settle().unwrap();
    assert_eq!(bench.value(3), Some(vec![93]), "the last write wins");
    assert_eq!(bench.applied(), 100);
    assert_eq!(bench.backlog.bytes(), 0);
    assert_eq!(bench.released.load(Ordering::SeqCst), 0, "nothing is flushed yet");
}

#[test]
fn when_the_journal_closes_all_is_durable_and_released() {
    let mut bench = bench();
    bench.send(1, b"x");
    bench.send(2, b"y");
    drop(bench.sender);
    bench.thread.join().unwrap();
    assert_eq!(bench.released.load(Ordering::SeqCst), 2);
    let blocks = Blocks::new(Box::new(bench.shelf.power_cut(0)));
    assert_eq!(blocks.applied_through().unwrap(), 2);
    assert!(blocks.get(&[0, 1, 2]).unwrap().is_some());
}

#[test]
fn a_nudge_while_closing_flushes_too() {
    let mut bench = bench();
    bench.send(1, b"x");
    bench.backlog.set_closing();
    bench.settle().unwrap();
    assert_eq!(bench.released.load(Ordering::SeqCst), 1);
    assert_eq!(bench.shelf.unflushed(), 0);
}

#[test]
fn many_bytes_are_flushed_and_released_without_being_asked() {
    let mut bench = bench();
    let count = FLUSH_SIZE / (1 << 20) * 3;
    for _ in 0..count {
        bench.send(1, &vec![7; 1 << 20]);
    }
    bench.settle().unwrap();
    let released = bench.released.load(Ordering::SeqCst);
    assert!(released > 0, "nothing of {count} MiB was released");
}

#[test]
fn after_a_failed_write_reads_show_the_rest_and_nothing_is_released() {
    let mut bench = bench();
    bench.send(1, b"x");
    bench.settle().unwrap();
    bench.shelf.fail_writes(true);
    bench.send(2, b"y");
    bench.settle().unwrap();
    bench.shelf.fail_writes(false);
    bench.send(3, b"z");
    bench.settle().unwrap();
    assert!(bench.backlog.has_failed(), "there is no way back");
    let kept = |key: u8| bench.remainder.get(&[0, 1, key]).flatten();
    assert_eq!((kept(2).is_some(), kept(3).is_some()), (true, true));
    assert_eq!(
        (bench.value(2), bench.value(3)),
        (None, None),
        "the map has neither"
    );
    assert_eq!(bench.applied(), 3, "owners need not hold them any more");
    drop(bench.sender);
    bench.thread.join().unwrap();
    assert_eq!(bench.released.load(Ordering::SeqCst), 0);
}

#[test]
fn without_room_commits_wait_and_reads_show_them() {
    let mut bench = bench();
    bench.send(1, b"x");
    bench.settle().unwrap();
    bench.shelf.set_full(true);
    bench.send(1, b"y");
    bench.settle().unwrap();
    bench.send(2, b"z");
    bench.settle().unwrap();
    assert!(bench.backlog.is_full());
    let kept = |bench: &Bench, key: u8| bench.remainder.get(&[0, 1, key]).flatten().is_some();
    assert_eq!((kept(&bench, 1), kept(&bench, 2)), (true, true));
    assert_eq!(bench.value(2), None, "the map is not touched");
    bench.shelf.set_full(false);
    bench.settle().unwrap();
    assert!(!bench.backlog.is_full() && !bench.backlog.has_failed());
    assert_eq!((kept(&bench, 1), kept(&bench, 2)), (false, false));
    assert!(bench.value(2).is_some());
    assert_eq!(bench.backlog.bytes(), 0);
}

#[test]
fn without_room_nothing_is_flushed() {
    let mut bench = bench();
    bench.send(1, b"x");
    bench.settle().unwrap();
    bench.shelf.set_full(true);
    bench.backlog.set_closing();
    bench.settle().unwrap();
    assert_eq!(bench.released.load(Ordering::SeqCst), 0);
    assert_eq!(bench.shelf.unflushed(), 1);
}

#[test]
fn what_earlier_processes_left_in_the_journal_is_released_by_the_next() {
    // The map has it all, and it has come to more than one flush in several lives.
    let bench = bench_behind(Replayed {
        unflushed: usize::try_from(FLUSH_SIZE).unwrap(),
        ..replayed(7, 0, 0)
    });
    bench.settle().unwrap();
    assert_eq!(bench.released.load(Ordering::SeqCst), 7);
}

const fn replayed(through: u64, frames: u64, bytes: usize) -> Replayed {
    Replayed {
        through,
        frames,
        bytes,
        unflushed: bytes,
    }
}

#[test]
fn a_replay_that_leaves_a_gap_is_refused() {
    let shelf = MemoryShelf::new();
    let blocks = Blocks::new(Box::new(shelf.clone()));
    let payload = [1, 3, 0, 1, 9, 1, 0, 0, 0, 42];
    let mut replay = Replay::new(&blocks).unwrap();
    for sequence in 1..=5 {
        replay.take(sequence, &payload).unwrap();
    }
    assert_eq!(replay.finish(5).unwrap(), replayed(5, 5, 50));
    let mut replay = Replay::new(&blocks).unwrap();
    replay.take(3, &payload).expect("frames that are applied already");
    replay.take(6, &payload).expect("the next one");
    let held_too = Replayed {
        unflushed: 20,
        ..replayed(6, 1, 10)
    };
    assert_eq!(replay.finish(6).unwrap(), held_too);
    let mut replay = Replay::new(&blocks).unwrap();
    let error = replay.take(8, &payload).expect_err("7 is missing");
    assert!(error.to_string().contains("ends with change 6"), "{error}");
    let replay = Replay::new(&blocks).unwrap();
    assert!(replay.finish(7).is_err(), "the journal has let go of 7");
}
