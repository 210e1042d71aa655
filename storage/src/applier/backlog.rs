//! What lies between the commit of a batch and the reads that show it: how much, and whether it moves.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::StorageError;

/// Shared by the store, which hands over, the journal's completions, which decide, and the applier.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// Commits given to the journal.
    handed_over: AtomicU64,
    /// How many of those are durable (and on their way to the applier) or have failed.
    decided: AtomicU64,
    /// Bytes handed over that are neither applied nor refused.
    bytes: AtomicUsize,
    /// Threads in [`Backlog::wait_decided`].
    waiting: AtomicUsize,
    failed: AtomicBool,
    full: AtomicBool,
    closing: AtomicBool,
    talk: Mutex<Talk>,
    changed: Condvar,
}

/// What the applier and those that wait for it tell each other.
#[derive(Debug, Default)]
struct Talk {
    nudges: u64,
    answered: u64,
    ended: bool,
    failure: Option<StorageError>,
}

impl Backlog {
    /// Bytes of commits that reads do not show yet.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Counts a commit that is given to the journal.
    pub(crate) fn hand_over(&self, size: usize) {
        self.bytes.fetch_add(size, Ordering::Relaxed);
        self.handed_over.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a commit that the journal is done with. A durable one must be with the applier by now.
    pub(crate) fn decide(&self, size: usize, durable: bool) {
        if !durable {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
        }
        self.decided.fetch_add(1, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            drop(self.talk());
            self.changed.notify_all();
        }
    }

    /// Counts bytes that reads show.
    pub(crate) fn applied(&self, size: usize) {
        self.bytes.fetch_sub(size, Ordering::Relaxed);
    }

    /// Waits until the journal is done with every commit handed over before this call.
    ///
    /// Counting is enough because the journal decides in the order in which it was given commits.
    pub(crate) fn wait_decided(&self) {
        let target = self.handed_over.load(Ordering::SeqCst);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut talk = self.talk();
        while self.decided.load(Ordering::SeqCst) < target {
            talk = self.changed.wait(talk).unwrap_or_else(PoisonError::into_inner);
        }
        drop(talk);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    /// Sends the applier a nudge and waits until reads show everything that it received before.
    pub(crate) fn wait_applied(&self, nudge: impl FnOnce() -> bool) -> Result<(), StorageError> {
        let mut talk = self.talk();
        if !nudge() {
            return Err(StorageError::Closed);
        }
        talk.nudges += 1;
        let mine = talk.nudges;
        while talk.answered < mine && !talk.ended {
            talk = self.changed.wait(talk).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    /// Says that reads show everything received before this many nudges.
    pub(crate) fn answer(&self, nudges: u64) {
        self.talk().answered = nudges;
        self.changed.notify_all();
    }

    /// Says that the applier has ended.
    pub(crate) fn end(&self) {
        self.talk().ended = true;
        self.changed.notify_all();
    }

    /// Keeps the first error; there is no way back from it.
    pub(crate) fn fail(&self, error: StorageError) {
        self.talk().failure.get_or_insert(error);
        self.failed.store(true, Ordering::SeqCst);
    }

    /// Whether the applier has given up.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Why the applier has given up.
    pub(crate) fn failure(&self) -> Option<StorageError> {
        self.talk().failure.clone()
    }

    /// Says whether the applier waits for space on the disk. Tells it in the log when that changes.
    pub(crate) fn set_full(&self, full: bool) {
        match (self.full.swap(full, Ordering::Relaxed), full) {
            (false, true) => tracing::error!("the disk is full: writes are refused"),
            (true, false) => tracing::info!("the disk has space again: writes are taken"),
            _ => {}
        }
    }

    /// Whether the applier waits for space on the disk.
    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Says that the next nudge shall also make durable what is applied.
    pub(crate) fn set_closing(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    /// Whether the store takes no more commits.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
