//! The thread that writes: one write and one sync for all that wait.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use super::frame;
use super::helper::Request;
use super::segment::Segment;
use super::{Durable, Shared};
use crate::{Commit, Completion, PAYLOAD_SIZE_MAX, StorageError};

/// A group takes no further commit once it has so many bytes of frames.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// What the writer is asked to do.
pub(super) enum Message {
    Commit(Pending),
    /// Write what came before, seal, answer and end.
    Close(Sender<Result<(), StorageError>>),
}

/// A commit on its way to the writer. If it is dropped there, whoever waits for it is told.
pub(super) struct Pending(Option<Commit>);

impl Pending {
    pub(super) fn new(commit: Commit) -> Self {
        Self(Some(commit))
    }

    fn payload_size(&self) -> usize {
        self.0.as_ref().map_or(0, |commit| commit.payload.len())
    }

    fn into_commit(mut self) -> Option<Commit> {
        self.0.take()
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(commit) = self.0.take() {
            (commit.done)(Err(StorageError::Closed));
        }
    }
}

/// The writer's state, all its own.
pub(super) struct Writer {
    shared: Arc<Shared>,
    mailbox: Receiver<Message>,
    behind: Sender<Vec<Durable>>,
    helper: Sender<Request>,
    segment: Segment,
    /// The last sequence given; those above `status.synced()` are in `buffer`.
    sequence: u64,
    /// Why nothing is written any more.
    failure: Option<StorageError>,
    /// Taken from the mailbox, not yet encoded.
    group: Vec<Pending>,
    group_bytes: usize,
    /// Encoded, not yet written; one frame for each of `durable` and `done`.
    buffer: Vec<u8>,
    durable: Vec<Durable>,
    done: Vec<Completion>,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        segment: Segment,
        mailbox: Receiver<Message>,
        behind: Sender<Vec<Durable>>,
        helper: Sender<Request>,
    ) -> Self {
        Self {
            sequence: shared.status.synced(),
            shared,
            mailbox,
            behind,
            helper,
            segment,
            failure: None,
            group: Vec::new(),
            group_bytes: 0,
            buffer: Vec::new(),
            durable: Vec::new(),
            done: Vec::new(),
        }
    }

    /// Writes until it is told to close.
    pub(super) fn run(mut self) {
        while let Ok(first) = self.mailbox.recv() {
            let closing = self.gather(first);
            self.write_group();
            if let Some(reply) = closing {
                // Whoever asked may have gone; the journal is closed all the same.
                let _ = reply.send(self.seal());
                return;
            }
        }
    }

    /// Takes all that wait, and waits for no more: a sync takes long enough for the next group to gather, and
    /// holding one back gained neither throughput nor processor time (`docs/decisions/0006`). Returns who asked
    /// for the end, if that came up.
    fn gather(&mut self, first: Message) -> Option<Sender<Result<(), StorageError>>> {
        self.admit(first).or_else(|| self.drain())
    }

    fn drain(&mut self) -> Option<Sender<Result<(), StorageError>>> {
        while self.group_bytes < GROUP_BYTES_MAX {
            let closing = self.mailbox.try_recv().ok().map(|message| self.admit(message))?;
            if closing.is_some() {
                return closing;
            }
        }
        None
    }

    fn admit(&mut self, message: Message) -> Option<Sender<Result<(), StorageError>>> {
        match message {
            Message::Commit(pending) => {
                self.group_bytes += frame::size(pending.payload_size());
                self.group.push(pending);
                None
            }
            Message::Close(reply) => Some(reply),
        }
    }

    fn write_group(&mut self) {
        let mut group = std::mem::take(&mut self.group);
        self.group_bytes = 0;
        for commit in group.drain(..).filter_map(Pending::into_commit) {
            self.encode(commit);
        }
        self.group = group;
        self.flush();
        self.buffer.shrink_to(2 * GROUP_BYTES_MAX);
    }

    fn encode(&mut self, commit: Commit) {
        if commit.fence.is_closed() {
            return (commit.done)(Err(StorageError::Replaced));
        }
        if let Err(error) = self.make_room(commit.payload.len()) {
            return (commit.done)(Err(error));
        }
        self.sequence += 1;
        frame::write(
            &mut self.buffer,
            self.segment.salt(),
            self.sequence,
            self.shared.status.synced(),
            &commit.payload,
        );
        self.durable.push(Durable {
            sequence: self.sequence,
            payload: commit.payload,
            applied: commit.applied,
        });
        self.done.push(commit.done);
    }

    /// Sees to it that a frame with so large a payload fits behind what is in the buffer.
    fn make_room(&mut self, payload_size: usize) -> Result<(), StorageError> {
        if payload_size > PAYLOAD_SIZE_MAX {
            return Err(StorageError::TooLarge {
                size: payload_size,
                limit: PAYLOAD_SIZE_MAX,
            });
        }
        let size = frame::size(payload_size);
        if self.failure.is_none() && !self.segment.fits(self.buffer.len() + size) {
            self.flush();
            if self.failure.is_none() && !self.segment.fits(size) {
                self.change_segment(size)?;
            }
        }
        self.failure.clone().map_or(Ok(()), Err)
    }

    /// Goes on in the next segment. All that was written before is durable.
    fn change_segment(&mut self, size: usize) -> Result<(), StorageError> {
        let mut next = self.shared.next.take()?;
        if let Err(error) = next.grow_for(&self.shared.place, size) {
            self.shared.next.put(Ok(next));
            return Err(error);
        }
        next.begin(self.sequence, self.sequence)
            .inspect_err(|error| self.fail(error))?;
        let full = std::mem::replace(&mut self.segment, next);
        // If the helper thread is gone, the next change of segment says so.
        let _ = self.helper.send(Request::Retire {
            number: full.number(),
            last: self.sequence,
        });
        let _ = self.helper.send(Request::Prepare {
            number: self.segment.number() + 1,
        });
        Ok(())
    }

    /// Writes and syncs the buffer; then, and only then, tells.
    fn flush(&mut self) {
        if self.done.is_empty() {
            return;
        }
        let outcome = self.segment.append(&self.buffer);
        self.buffer.clear();
        match &outcome {
            Ok(()) => {
                self.shared.status.set_synced(self.sequence);
                let room = Vec::with_capacity(self.durable.len());
                // Whoever keeps the map may have failed; the commits are durable all the same.
                let _ = self.behind.send(std::mem::replace(&mut self.durable, room));
            }
            Err(error) => {
                self.durable.clear();
                self.fail(error);
            }
        }
        for done in self.done.drain(..) {
            done(outcome.clone());
        }
    }

    fn fail(&mut self, error: &StorageError) {
        tracing::error!(%error, "the journal failed: writes are refused until a restart");
        self.shared.status.fail();
        self.failure = Some(error.clone());
    }

    fn seal(&mut self) -> Result<(), StorageError> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => self.segment.seal(self.sequence),
        }
    }
}
