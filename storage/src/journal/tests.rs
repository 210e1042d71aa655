//! The journal as a whole, on a disk whose plug can be pulled.

mod damage;
mod grouping;
mod life;
mod power;
mod space;

use std::sync::mpsc::Receiver;
use std::time::Instant;

use super::*;
use crate::disk::{OpenMode, SimulatedDisk};

const DIRECTORY: &str = "/data/journal";

/// What commits a journal holds: sequence and payload.
type Frames = Vec<(u64, Vec<u8>)>;

/// An open journal with all that it is connected to.
struct Rig {
    journal: Journal,
    behind: Receiver<Vec<Durable>>,
    replayed: Frames,
}

fn options() -> JournalOptions {
    JournalOptions {
        segment_size: 1024,
        keep: Duration::from_secs(3600),
        reserve: 0,
        next_sequence_min: 0,
    }
}

impl Rig {
    fn open(disk: &SimulatedDisk) -> Result<Self, StorageError> {
        Self::open_with(disk, options())
    }

    fn open_with(disk: &SimulatedDisk, options: JournalOptions) -> Result<Self, StorageError> {
        let place = Place {
            disk: Arc::new(disk.clone()),
            directory: DIRECTORY.into(),
            options,
        };
        Self::start(place)
    }

    fn start(place: Place) -> Result<Self, StorageError> {
        let (sender, behind) = mpsc::channel();
        let mut replayed = Vec::new();
        let mut replay = |sequence, payload: &[u8]| {
            replayed.push((sequence, payload.to_vec()));
            Ok(())
        };
        let journal = Journal::start(place, Duration::from_millis(1), &mut replay, sender)?;
        Ok(Self {
            journal,
            behind,
            replayed,
        })
    }

    /// Hands a commit over and waits for the outcome.
    fn commit(&self, payload: &[u8]) -> Result<(), StorageError> {
        append(&self.journal, payload)
            .recv()
            .expect("every commit has an outcome")
    }

    /// Commits `count` payloads of `size` bytes that all differ, one by one.
    fn commit_many(&self, count: u8, size: usize) {
        for number in 1..=count {
            self.commit(&vec![number; size]).unwrap();
        }
    }

    /// What was handed to the map behind the journal up to now.
    fn handed_behind(&self) -> Frames {
        self.behind
            .try_iter()
            .flatten()
            .map(|durable| (durable.sequence, durable.payload.to_vec()))
            .collect()
    }
}

/// Hands a commit over; the outcome comes later.
fn append(journal: &Journal, payload: &[u8]) -> Receiver<Result<(), StorageError>> {
    let (sender, outcome) = mpsc::channel();
    journal.append(commit(payload, move |result| {
        let _ = sender.send(result);
    }));
    outcome
}

fn commit(payload: &[u8], done: impl FnOnce(Result<(), StorageError>) + Send + 'static) -> Commit {
    Commit {
        fence: crate::Fence::default(),
        payload: Bytes::copy_from_slice(payload),
        applied: AppliedMark::new(Arc::default(), 1),
        done: Box::new(done),
    }
}

/// Frames 1 to `count` as [`Rig::commit_many`] makes them.
fn numbered(count: u8, size: usize) -> Frames {
    (1..=count)
        .map(|number| (u64::from(number), vec![number; size]))
        .collect()
}

fn read_all(disk: &SimulatedDisk, first_sequence: u64) -> Result<Frames, StorageError> {
    let mut frames = Vec::new();
    read_from(
        disk,
        Path::new(DIRECTORY),
        first_sequence,
        &mut |sequence, payload| {
            frames.push((sequence, payload.to_vec()));
            Ok(())
        },
    )?;
    Ok(frames)
}

/// The names of the journal's files, archive included.
fn names(disk: &SimulatedDisk) -> Vec<String> {
    [DIRECTORY.to_owned(), format!("{DIRECTORY}/archive")]
        .iter()
        .flat_map(|directory| disk.list(Path::new(directory)).unwrap())
        .filter(|path| path.extension().is_some())
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

/// Waits until the helper thread has nothing more to write for the first two segments.
fn until_next_is_ready(disk: &SimulatedDisk) {
    until("the next segment is ready", || {
        disk.list(Path::new(DIRECTORY))
            .unwrap()
            .contains(&segment_path(2))
    });
}

/// Gives the journal's threads time until `reached`.
fn until(what: &str, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !reached() {
        assert!(Instant::now() < deadline, "never came about: {what}");
        thread::yield_now();
    }
}

fn segment_path(number: u64) -> std::path::PathBuf {
    Path::new(DIRECTORY).join(format!("{number:010}.segment"))
}
