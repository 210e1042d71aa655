//! The thread beside the writer: it makes segments ready, and puts released ones away.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use chrono::Utc;

use super::segment::Segment;
use super::{Shared, archive};
use crate::StorageError;

/// So many released segments may wait for an idle second to be compressed in.
const RAW_MAX: usize = 8;

/// What the helper thread is asked to do.
#[derive(Clone, Copy)]
pub(super) enum Request {
    /// Make this segment ready.
    Prepare {
        number: u64,
    },
    /// The writer has left this segment; `last` is its last sequence.
    Retire {
        number: u64,
        last: u64,
    },
    /// All up to this sequence is durable elsewhere.
    Release {
        through: u64,
    },
    Stop,
}

/// A full segment whose frames may still be needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Retired {
    pub(super) number: u64,
    pub(super) last: u64,
}

/// The helper's state, all its own.
pub(super) struct Helper {
    pub(super) shared: Arc<Shared>,
    pub(super) requests: Receiver<Request>,
    /// How often it looks whether the journal is idle, the disk full, or an archive too old.
    pub(super) tick: Duration,
    /// The segment to be made ready.
    pub(super) owed: Option<u64>,
    /// Full segments, oldest first.
    pub(super) retired: VecDeque<Retired>,
    /// How many released segments are not compressed.
    pub(super) raw: usize,
    pub(super) released_through: u64,
}

impl Drop for Helper {
    /// However it ends, the writer must not wait for a segment that nobody makes.
    fn drop(&mut self) {
        self.shared.next.put(Err(StorageError::Closed));
    }
}

/// What the helper remembers from one tick to the next.
struct Pulse {
    next_tick: Instant,
    synced: u64,
    /// No commit came between the last two ticks.
    idle: bool,
    /// Putting away failed since the last tick: to be tried again at the next one.
    stuck: bool,
}

impl Helper {
    /// Works until it is told to stop.
    pub(super) fn run(mut self) {
        let mut pulse = Pulse {
            next_tick: Instant::now() + self.tick,
            synced: self.shared.status.synced(),
            idle: false,
            stuck: false,
        };
        self.look_for_space();
        while self.receive(&pulse).is_continue() {
            if Instant::now() >= pulse.next_tick {
                self.beat(&mut pulse);
            }
            if !pulse.stuck
                && let Err(error) = self.put_away(&pulse)
            {
                tracing::warn!(%error, "a released journal segment was not put away: trying again");
                pulse.stuck = true;
            }
        }
    }

    /// Takes all requests; waits for the first if there is nothing else to do.
    fn receive(&mut self, pulse: &Pulse) -> ControlFlow<()> {
        let wait = if self.may_archive(pulse) {
            Duration::ZERO
        } else {
            pulse.next_tick.saturating_duration_since(Instant::now())
        };
        match self.requests.recv_timeout(wait) {
            Ok(request) => self.accept(request)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(()),
        }
        while let Ok(request) = self.requests.try_recv() {
            self.accept(request)?;
        }
        ControlFlow::Continue(())
    }

    fn accept(&mut self, request: Request) -> ControlFlow<()> {
        match request {
            Request::Prepare { number } => {
                self.owed = Some(number);
                self.prepare();
            }
            Request::Retire { number, last } => self.retired.push_back(Retired { number, last }),
            Request::Release { through } => self.released_through = self.released_through.max(through),
            Request::Stop => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    /// Once a tick: tries again what was refused, and looks at space, load and the archive's age.
    fn beat(&mut self, pulse: &mut Pulse) {
        pulse.next_tick = Instant::now() + self.tick;
        let synced = self.shared.status.synced();
        pulse.idle = synced == std::mem::replace(&mut pulse.synced, synced);
        pulse.stuck = false;
        self.look_for_space();
        if let Err(error) = archive::expire(&self.shared.place, Utc::now().timestamp()) {
            tracing::warn!(%error, "an old journal segment was not removed");
        }
    }

    /// Makes the segment that is owed, or sees whether there is space enough to go on.
    fn look_for_space(&mut self) {
        if self.owed.is_some() {
            self.prepare();
        } else {
            self.shared
                .status
                .set_full(self.shared.place.require_space(0).is_err());
        }
    }

    fn prepare(&mut self) {
        let Some(number) = self.owed else {
            return;
        };
        let made = Segment::prepare(&self.shared.place, number, &self.shared.status.stopping);
        match &made {
            Ok(_) => {
                self.owed = None;
                self.shared.status.set_full(false);
            }
            Err(StorageError::Closed) => {}
            Err(error) => {
                tracing::warn!(%error, "no journal segment could be made ready: trying again");
                self.shared.status.set_full(true);
            }
        }
        self.shared.next.put(made);
    }

    /// Releases every segment that can be, and compresses at most one, so that requests never wait long.
    fn put_away(&mut self, pulse: &Pulse) -> Result<(), StorageError> {
        while let Some(oldest) = self.retired.front()
            && oldest.last <= self.released_through
        {
            let number = oldest.number;
            archive::release(&self.shared.place, number)?;
            self.retired.pop_front();
            self.raw += 1;
        }
        if self.may_archive(pulse) {
            self.raw = archive::compress_oldest(&self.shared.place, Utc::now().timestamp())?;
        }
        Ok(())
    }

    fn may_archive(&self, pulse: &Pulse) -> bool {
        !pulse.stuck && self.raw > 0 && (pulse.idle || self.raw > RAW_MAX)
    }
}
