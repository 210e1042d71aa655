//! Carries durable commits from the journal to the sorted map behind it: one thread, large batches.
//!
//! Nobody waits for it on the way of a report. The longer it collects, the fewer blocks it writes twice, so it
//! takes its time unless much has come or somebody asks it to settle.

mod backlog;
mod remainder;
mod replay;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

pub(crate) use backlog::Backlog;
pub(crate) use remainder::Remainder;
pub(crate) use replay::{Replay, Replayed};

use crate::block::{Applied, Blocks};
use crate::journal::Durable;
use crate::{ChangeFeed, StorageError};

/// How long commits are collected, from the first on.
const GATHER: Duration = Duration::from_millis(200);
/// How often the thread looks for more while it collects; as long may somebody wait who asks it to settle.
const NAP: Duration = Duration::from_millis(5);
/// How many bytes of commits are applied at once, when so many come.
const BATCH_SIZE: usize = 2 << 20;
/// After how much quiet the map is made durable and the journal let go.
const QUIET: Duration = Duration::from_secs(5);

/// Tells the journal what it may let go of: every frame up to and including this one.
pub(crate) type Release = Box<dyn Fn(u64) + Send>;

/// The state of the thread.
pub(crate) struct Applier {
    blocks: Arc<Blocks>,
    backlog: Arc<Backlog>,
    feed: Arc<ChangeFeed>,
    remainder: Arc<Remainder>,
    release: Release,
    flush_size: u64,
    gathered: Vec<Durable>,
    gathered_bytes: usize,
    /// How many of the gathered commits reads show already, from the remainder: the disk had no room for them.
    held_back: usize,
    /// When the first of the gathered commits came.
    since: Instant,
    /// The last frame that is applied.
    applied: u64,
    /// Bytes applied since the last flush.
    unflushed: usize,
    /// Empty groups received: so many times somebody has asked to settle.
    nudges: u64,
}

impl Applier {
    /// Goes on behind a replay, which left what it saw unflushed. The map is made durable and the journal let go after
    /// every `flush_size` bytes.
    pub(crate) fn new(
        blocks: Arc<Blocks>,
        backlog: Arc<Backlog>,
        feed: Arc<ChangeFeed>,
        remainder: Arc<Remainder>,
        release: Release,
        flush_size: u64,
        replayed: Replayed,
    ) -> Self {
        Self {
            blocks,
            backlog,
            feed,
            remainder,
            release,
            flush_size,
            gathered: Vec::new(),
            gathered_bytes: 0,
            held_back: 0,
            since: Instant::now(),
            applied: replayed.through,
            unflushed: replayed.unflushed,
            nudges: 0,
        }
    }

    /// Works until the journal is closed and everything that it handed over is applied and durable.
    pub(crate) fn run(mut self, groups: &Receiver<Vec<Durable>>) {
        self.flush_when_much();
        loop {
            match self.next(groups) {
                Ok(group) => self.receive(group),
                Err(RecvTimeoutError::Timeout) if self.gathered.is_empty() => self.flush(),
                Err(RecvTimeoutError::Timeout) => self.apply(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.apply();
        self.flush();
        self.backlog.end();
    }

    /// The next group, or a time-out when it is time to work.
    fn next(&self, groups: &Receiver<Vec<Durable>>) -> Result<Vec<Durable>, RecvTimeoutError> {
        if self.gathered.is_empty() {
            return match self.unflushed {
                0 => groups.recv().map_err(|_| RecvTimeoutError::Disconnected),
                _ => groups.recv_timeout(QUIET.saturating_sub(self.since.elapsed())),
            };
        }
        loop {
            match groups.try_recv() {
                Ok(group) => return Ok(group),
                Err(TryRecvError::Disconnected) => return Err(RecvTimeoutError::Disconnected),
                Err(TryRecvError::Empty) if self.since.elapsed() >= GATHER => {
                    return Err(RecvTimeoutError::Timeout);
                }
                // Asleep, not waiting at the channel: there each group would cost the journal a wake-up.
                Err(TryRecvError::Empty) => std::thread::sleep(NAP),
            }
        }
    }

    /// Takes a group of the journal's; an empty one is a nudge: somebody waits for what came before it.
    fn receive(&mut self, group: Vec<Durable>) {
        if group.is_empty() {
            self.nudges += 1;
            self.apply();
            if self.backlog.is_closing() {
                self.flush();
            }
            self.backlog.answer(self.nudges);
            return;
        }
        if self.backlog.has_failed() {
            return self.keep(&group);
        }
        if self.gathered.is_empty() {
            self.since = Instant::now();
        }
        self.gathered_bytes += group.iter().map(|durable| durable.payload.len()).sum::<usize>();
        self.gathered.extend(group);
        if self.gathered_bytes >= BATCH_SIZE {
            self.apply();
        }
    }

    fn apply(&mut self) {
        let Some(last) = self.gathered.last() else { return };
        let through = last.sequence;
        let payloads = self.gathered.iter().map(|durable| durable.payload.as_ref());
        match self.blocks.apply(payloads, through) {
            Ok(Applied::Done) => {}
            Ok(Applied::NoRoom) => return self.hold_back(),
            Err(error) => return self.fail(error),
        }
        let commits = self.gathered.iter();
        self.feed
            .note(commits.map(|durable| (durable.sequence, durable.payload.as_ref())));
        // Before owners forget what they hold: of a key that was held back and changed again, the remainder has the older
        // record.
        self.remainder.clear();
        for durable in self.gathered.drain(..) {
            durable.applied.set();
        }
        self.backlog.set_full(false);
        self.held_back = 0;
        self.backlog.applied(self.gathered_bytes);
        self.applied = through;
        self.unflushed += self.gathered_bytes;
        self.gathered_bytes = 0;
        self.since = Instant::now();
        self.flush_when_much();
    }

    fn flush_when_much(&mut self) {
        if self.unflushed as u64 >= self.flush_size {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.unflushed == 0 || self.backlog.has_failed() {
            return;
        }
        match self.blocks.flush() {
            Ok(Applied::Done) => {
                self.unflushed = 0;
                self.backlog.set_full(false);
                (self.release)(self.applied);
            }
            Ok(Applied::NoRoom) => {
                self.since = Instant::now();
                self.backlog.set_full(true);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Gives up for good. What was acknowledged is in the journal, and is applied at the next start; until then reads
    /// find it in the remainder.
    fn fail(&mut self, error: StorageError) {
        tracing::error!(%error, "the store takes no more writes: restart when the cause is mended");
        self.backlog.fail(error);
        let gathered = std::mem::take(&mut self.gathered);
        self.keep(&gathered);
    }

    /// Waits for space: refuses further writes, and lets reads show what has come.
    fn hold_back(&mut self) {
        self.backlog.set_full(true);
        self.keep(self.gathered.get(self.held_back..).unwrap_or_default());
        self.held_back = self.gathered.len();
        self.since = Instant::now();
    }

    fn keep(&self, commits: &[Durable]) {
        if let Err(error) = self.remainder.keep(commits) {
            tracing::error!(%error, "some of what is durable cannot be read before a restart");
        }
    }
}

#[cfg(test)]
mod cost;
#[cfg(test)]
mod tests;
