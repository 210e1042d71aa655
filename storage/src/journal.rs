//! The journal: every commit's way to the disk. One write and one `fdatasync` for all that wait.
//!
//! Two threads: the writer (`writer`) takes commits, writes and syncs them in groups, and tells;
//! the helper (`helper`) makes the next segment ready and puts released ones away (`archive`). What the
//! bytes mean is in `segment` and `frame`; `walk` reads them back, `recovery` mends what a crash left.

mod archive;
mod files;
mod frame;
mod helper;
mod next;
mod read;
mod recovery;
mod segment;
mod status;
mod walk;
mod writer;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;

use self::files::Place;
use self::helper::{Helper, Request};
use self::next::NextSegment;
use self::status::Status;
use self::writer::{Message, Pending, Writer};
use crate::disk::Disk;
use crate::{AppliedMark, Commit, StorageError, StoreState};

pub use read::{JournalSummary, read_from, verify};
pub use walk::FrameVisit;

/// How often the helper thread looks whether the disk has space, the journal is idle, an archive too old.
const TICK: Duration = Duration::from_secs(1);

/// A commit that is durable, handed to whoever keeps the sorted map behind the journal.
pub struct Durable {
    /// Its place in the journal, from 1 without gaps.
    pub sequence: u64,
    /// The encoded batch.
    pub payload: Bytes,
    /// To be set once reads show it.
    pub applied: AppliedMark,
}

/// Sizes and times of a journal.
#[derive(Debug, Clone)]
pub struct JournalOptions {
    /// Size of one segment file in bytes. A commit that is larger gets a segment that it fits into. Opening
    /// the journal reads whole segments into memory.
    pub segment_size: u64,
    /// How long released segments are kept, compressed.
    pub keep: Duration,
    /// Free space in bytes below which writes are refused.
    pub reserve: u64,
    /// The lowest sequence that the next commit may get; 0 or 1 when it does not matter. The map behind the
    /// journal gives one more than the last it holds, so that after a restore from a backup, or after the
    /// loss of the journal, no sequence is given twice.
    pub next_sequence_min: u64,
}

/// The journal of one data directory, with its threads.
///
/// It has three states ([`Journal::state`]). When too little space is left it is full: what fits into the
/// segments that are ready is still taken, all else refused with [`StorageError::Full`], and it becomes
/// writable by itself within a second of there being space. When a write or a sync fails it has failed for
/// good: nothing is acknowledged any more, because nobody knows what is on the disk.
pub struct Journal {
    mailbox: Sender<Message>,
    helper: Sender<Request>,
    shared: Arc<Shared>,
    threads: Mutex<Option<Threads>>,
}

/// What the journal's threads and its handle have in common.
struct Shared {
    place: Place,
    status: Status,
    next: NextSegment,
}

struct Threads {
    writer: JoinHandle<()>,
    helper: JoinHandle<()>,
}

impl Journal {
    /// Opens (or begins) the journal in `directory`, cuts a torn tail off, and hands every frame that has
    /// not been released to `replay`, in order. Durable commits go to `behind`, in order, a group at a time.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] names a frame that was acknowledged and does not check; nothing has been
    /// replayed then. An error of `replay` is passed on.
    pub fn open(
        disk: Arc<dyn Disk>,
        directory: &Path,
        options: JournalOptions,
        replay: &mut FrameVisit<'_>,
        behind: Sender<Vec<Durable>>,
    ) -> Result<Self, StorageError> {
        let place = Place {
            disk,
            directory: directory.to_owned(),
            options,
        };
        Self::start(place, TICK, replay, behind)
    }

    fn start(
        place: Place,
        tick: Duration,
        replay: &mut FrameVisit<'_>,
        behind: Sender<Vec<Durable>>,
    ) -> Result<Self, StorageError> {
        let recovered = recovery::recover(&place, replay)?;
        let (mailbox, commits) = mpsc::channel();
        let (helper, requests) = mpsc::channel();
        let number_after = recovered.current.number() + 1;
        let owed = recovered.next.is_none().then_some(number_after);
        let shared = Arc::new(Shared {
            place,
            status: Status::new(recovered.last),
            next: NextSegment::new(recovered.next),
        });
        let helping = Helper {
            shared: Arc::clone(&shared),
            requests,
            tick,
            owed,
            retired: recovered.retired,
            raw: recovered.raw,
            released_through: 0,
        };
        let writing = Writer::new(
            Arc::clone(&shared),
            recovered.current,
            commits,
            behind,
            helper.clone(),
        );
        let threads = Threads {
            helper: spawn("journal-helper", &shared.place, move || helping.run())?,
            writer: spawn("journal", &shared.place, move || writing.run())?,
        };
        Ok(Self {
            mailbox,
            helper,
            shared,
            threads: Mutex::new(Some(threads)),
        })
    }

    /// Takes a commit. Never blocks on the disk.
    pub fn append(&self, commit: Commit) {
        // A closed mailbox drops the message, and that answers it.
        let _ = self.mailbox.send(Message::Commit(Pending::new(commit)));
    }

    /// Says that the map behind the journal holds, durably, every frame up to and including `sequence`.
    /// Segments that hold no later one are archived, in time, and replayed no more.
    pub fn release_through(&self, sequence: u64) {
        // The helper thread is gone only when the journal is closed: what is not released is replayed.
        let _ = self.helper.send(Request::Release { through: sequence });
    }

    /// Whether commits are taken now. One atomic load.
    pub fn state(&self) -> StoreState {
        self.shared.status.state()
    }

    /// The highest sequence that is durable; 0 if there is none.
    pub fn last_durable(&self) -> u64 {
        self.shared.status.synced()
    }

    /// Writes and syncs what waits, seals the journal, then stops the threads. `behind` is closed by it.
    /// A second time does nothing.
    ///
    /// # Errors
    /// What made the journal fail, if it has failed before or does so now.
    pub fn close(&self) -> Result<(), StorageError> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(threads) = threads else {
            return Ok(());
        };
        let (reply, answer) = mpsc::channel();
        let _ = self.mailbox.send(Message::Close(reply));
        let sealed = answer.recv().unwrap_or(Err(StorageError::Closed));
        let wrote = threads.writer.join();
        // Only now: the writer may have needed one more segment.
        self.shared.status.stopping.store(true, Ordering::Relaxed);
        let _ = self.helper.send(Request::Stop);
        let helped = threads.helper.join();
        if wrote.is_err() || helped.is_err() {
            tracing::error!("a thread of the journal panicked");
            return Err(StorageError::Closed);
        }
        sealed
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::warn!(%error, "the journal was not sealed");
        }
    }
}

fn spawn(
    name: &str,
    place: &Place,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, StorageError> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StorageError::io("starting the thread that writes", &place.directory, error))
}

#[cfg(test)]
mod tests;
