//! Which of a project's events anybody wants to hear of: what the writers of events and `Webhooks` have in common.

use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};

use bugle_storage::records::{EventKind, EventKinds, EventSource, WebhookEvent};
use bugle_storage::{Batch, Key, ProjectId, ShardId, StorageError, Table, Timestamp};

/// What is wanted of one project. `Webhooks` says what; whoever writes an event says that there is one. Nobody waits for
/// anybody: where nothing is wanted, an event costs one look at a number.
#[derive(Debug, Default)]
pub(crate) struct Subscription {
    kinds: AtomicU32,
    since: AtomicI64,
    /// The number of the last event, by its source.
    latest: [AtomicU64; 2],
}

impl Subscription {
    /// Whether nobody wants to hear of anything.
    pub(crate) fn is_quiet(&self) -> bool {
        self.kinds.load(Ordering::Relaxed) == 0
    }

    /// Whether an endpoint wants to hear of this.
    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        EventKinds(self.kinds.load(Ordering::Relaxed)).has(kind)
    }

    /// Says what is wanted, and since when the endpoint that was made or turned on last wants it.
    pub(crate) fn publish(&self, kinds: EventKinds, since: Timestamp) {
        self.since.fetch_max(since.0, Ordering::Relaxed);
        self.kinds.store(kinds.0, Ordering::Release);
    }

    /// The moment that an event of now gets. By moments an endpoint tells what was before its time, so a clock that has
    /// stepped back does not count.
    fn moment(&self, now: Timestamp) -> Timestamp {
        now.max(Timestamp(self.since.load(Ordering::Relaxed)))
    }

    /// When an endpoint that is made now begins to listen: later than all others, whatever the clock says.
    pub(crate) fn beginning(&self, now: Timestamp) -> Timestamp {
        now.max(Timestamp(self.since.load(Ordering::Relaxed).saturating_add(1)))
    }

    /// The number of the last event of this source, as far as it is known in this process. It may not have been written.
    pub(crate) fn latest(&self, source: EventSource) -> u64 {
        let latest = self.latest.get(source as usize);
        latest.map_or(0, |latest| latest.load(Ordering::Acquire))
    }

    /// Puts an event into the batch of its change. Numbers of one source grow from batch to batch.
    pub(crate) fn put(
        &self,
        (project, source, sequence): (ProjectId, EventSource, u64),
        mut event: WebhookEvent,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        event.at = self.moment(event.at);
        batch.put(event_key(project, source, sequence), &event)?;
        if let Some(latest) = self.latest.get(source as usize) {
            latest.store(sequence, Ordering::Release);
        }
        Ok(())
    }
}

/// The prefix of a project's events of one source.
pub(super) fn events_of(project: ProjectId, source: EventSource) -> Key {
    let shard = match source {
        EventSource::Project => project.shard(),
        EventSource::Tokens | EventSource::Test => ShardId::SYSTEM,
    };
    Key::new(shard, Table::WebhookEvent).u64(project.0)
}

pub(super) fn event_key(project: ProjectId, source: EventSource, sequence: u64) -> Key {
    events_of(project, source).u64(sequence)
}
