//! Reading events behind the store, and removing those that all have heard of. Both on threads that may block.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use bugle_storage::records::{EventSource, WebhookEvent};
use bugle_storage::{Batch, Key, ProjectId, StorageError, Store, WebhookId, codec};

use super::lane::READ_AT_A_TIME;
use super::subscription::{event_key, events_of};
use super::{SOURCES, Webhooks};

/// How many events are removed at a time.
const PRUNED_AT_A_TIME: usize = 2000;

type Events = Vec<(u64, WebhookEvent)>;

impl Webhooks {
    /// Begins to read for every endpoint that has room and something to read.
    pub(super) fn read(&mut self, context: &mut Context<Self>) {
        for (id, project, source, from) in self.begin_readings() {
            let store = Arc::clone(&self.store);
            let reading = tokio::task::spawn_blocking(move || events(&*store, project, source, from));
            let taken = reading.into_actor(self).map(move |read, webhooks, _| {
                let read = read.unwrap_or(Err(StorageError::Closed));
                webhooks.take(id, source, read);
            });
            context.spawn(taken);
        }
    }

    /// What is to be read now: for which endpoint, of which project and source, from which number on.
    fn begin_readings(&mut self) -> Vec<(WebhookId, ProjectId, EventSource, u64)> {
        let now = Instant::now();
        let mut begun = Vec::new();
        for (id, endpoint) in &mut self.endpoints {
            if !endpoint.has_room() {
                continue;
            }
            let project = endpoint.webhook.project;
            let subscription = self.directory.subscription(project);
            for source in SOURCES {
                let lane = endpoint.lane(source);
                let from = lane.and_then(|lane| lane.begin_reading(subscription.latest(source), now));
                begun.extend(from.map(|from| (*id, project, source, from)));
            }
        }
        begun
    }

    fn take(&mut self, id: WebhookId, source: EventSource, read: Result<Events, StorageError>) {
        let (now, instant) = (self.clock.now(), Instant::now());
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        match read {
            Ok(events) => endpoint.take(source, events, (now, instant)),
            Err(cause) => {
                tracing::warn!(%cause, "events for webhooks cannot be read now");
                if let Some(lane) = endpoint.lane(source) {
                    lane.could_not_read(instant);
                }
            }
        }
        self.dispatch();
    }

    /// Removes events that no endpoint has to be told of any more.
    pub(super) fn prune(&mut self, context: &mut Context<Self>) {
        if self.ledger.ensure_writable().is_err() {
            return;
        }
        // What is not written yet as seen to must be there after a crash.
        self.save();
        let projects: Vec<_> = self.pruned.keys().copied().collect();
        for project in projects {
            for source in SOURCES {
                self.prune_source(project, source, context);
            }
        }
    }

    fn prune_source(&mut self, project: ProjectId, source: EventSource, context: &mut Context<Self>) {
        let active = self.of_project(project).filter(|endpoint| endpoint.is_active());
        let through = active.map(|endpoint| endpoint.through(source)).min();
        let through = through.unwrap_or(u64::MAX);
        let pruned = self
            .pruned
            .get_mut(&project)
            .and_then(|of| of.get_mut(source as usize));
        let Some(pruned) = pruned.filter(|pruned| **pruned < through) else {
            return;
        };
        let from = *pruned;
        *pruned = through;
        let store = Arc::clone(&self.store);
        let looking =
            tokio::task::spawn_blocking(move || old_events(&*store, project, source, from, through));
        let removed = looking.into_actor(self).map(move |found, webhooks, context| {
            let found = found.unwrap_or(Err(StorageError::Closed)).unwrap_or_default();
            if webhooks.remove(project, source, &found) {
                webhooks.prune_source(project, source, context);
            }
        });
        context.spawn(removed);
    }

    /// Removes these events, and says whether there are more of them.
    fn remove(&mut self, project: ProjectId, source: EventSource, found: &[Key]) -> bool {
        let is_part = found.len() >= PRUNED_AT_A_TIME;
        if let (true, Some(last)) = (is_part, found.last().and_then(Key::last_u64))
            && let Some(pruned) = self
                .pruned
                .get_mut(&project)
                .and_then(|of| of.get_mut(source as usize))
        {
            *pruned = last;
        }
        if found.is_empty() || self.ledger.ensure_writable().is_err() {
            return false;
        }
        let mut batch = Batch::new();
        for key in found {
            batch.delete(key.clone());
        }
        self.ledger.commit(batch, |_| ());
        is_part
    }
}

/// The events of a source from this number on: [`READ_AT_A_TIME`], or all that there are. Blocks.
///
/// A scan is no snapshot: what is applied while it goes on it shows where it has not been yet. Whoever took what it found
/// for all that there is up to the last of them would step over an event. Events come in the order of their numbers, so
/// when that last one was seen, all before it were there, and a second look finds them.
fn events(
    store: &dyn Store,
    project: ProjectId,
    source: EventSource,
    from: u64,
) -> Result<Events, StorageError> {
    let seen = events_between(store, project, source, (from, u64::MAX))?;
    match seen.last() {
        Some((last, _)) => events_between(store, project, source, (from, *last)),
        None => Ok(seen),
    }
}

fn events_between(
    store: &dyn Store,
    project: ProjectId,
    source: EventSource,
    (from, last): (u64, u64),
) -> Result<Events, StorageError> {
    let mut events = Vec::new();
    let prefix = events_of(project, source);
    let from = event_key(project, source, from);
    store.scan_from(prefix.as_bytes(), from.as_bytes(), &mut |key, value| {
        let Some(number) = number(key).filter(|number| *number <= last) else {
            return ControlFlow::Break(());
        };
        match codec::decode(value) {
            Ok(event) => events.push((number, event)),
            Err(cause) => {
                tracing::error!(%cause, %project, "an event cannot be read and nobody is told of it");
            }
        }
        go_on(events.len() < READ_AT_A_TIME)
    })?;
    Ok(events)
}

/// Where the events of a source lie that are behind one number and not behind another. Blocks.
fn old_events(
    store: &dyn Store,
    project: ProjectId,
    source: EventSource,
    behind: u64,
    through: u64,
) -> Result<Vec<Key>, StorageError> {
    let mut found = Vec::new();
    let prefix = events_of(project, source);
    let from = event_key(project, source, behind);
    store.scan_from(prefix.as_bytes(), from.as_bytes(), &mut |key, _| {
        let Some(number) = number(key).filter(|number| *number <= through) else {
            return ControlFlow::Break(());
        };
        found.push(event_key(project, source, number));
        go_on(found.len() < PRUNED_AT_A_TIME)
    })?;
    Ok(found)
}

fn go_on(go_on: bool) -> ControlFlow<()> {
    if go_on {
        ControlFlow::Continue(())
    } else {
        ControlFlow::Break(())
    }
}

fn number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|number| u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use bugle_storage::records::{EventDetail, EventKind};
    use bugle_storage::{ChangeFeed, Commit, MemoryStore, Shard, StoreState, Timestamp, Visit};
    use bytes::Bytes;

    use super::*;

    const PROJECT: ProjectId = ProjectId(1_000_005);

    /// A store in which an event with the number 8 comes while somebody reads, together with one behind it: the reader was
    /// past the one and is not yet at the other.
    struct Busy {
        inner: Arc<MemoryStore>,
        /// Whether the next scan is one in which something is applied.
        is_applied_meanwhile: AtomicBool,
    }

    impl Store for Busy {
        fn commit(&self, commit: Commit) {
            self.inner.commit(commit);
        }

        fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
            self.inner.get(key)
        }

        fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
            let misses_it = self.is_applied_meanwhile.swap(false, Ordering::Relaxed);
            self.inner.scan_from(prefix, from, &mut |key, value| {
                if misses_it && number(key) == Some(8) {
                    return ControlFlow::Continue(());
                }
                visit(key, value)
            })
        }

        fn settle(&self) -> Result<(), StorageError> {
            self.inner.settle()
        }

        fn feed(&self) -> &ChangeFeed {
            self.inner.feed()
        }

        fn state(&self) -> StoreState {
            self.inner.state()
        }

        fn close(&self) -> Result<(), StorageError> {
            self.inner.close()
        }
    }

    #[test]
    fn an_event_that_comes_while_somebody_reads_is_not_stepped_over() {
        let inner = Arc::new(MemoryStore::default());
        let store: Arc<dyn Store> = Arc::clone(&inner) as Arc<dyn Store>;
        let mut shard = Shard::open(store, PROJECT.shard()).unwrap();
        let mut batch = Batch::new();
        for number in [4, 8, 260] {
            let event = WebhookEvent {
                kind: EventKind::IssueCreated,
                subject: 1,
                at: Timestamp(1),
                detail: EventDetail::None,
            };
            batch
                .put(event_key(PROJECT, EventSource::Project, number), &event)
                .unwrap();
        }
        shard.commit(batch, Box::new(|_| ()));
        let store = Busy {
            inner,
            is_applied_meanwhile: AtomicBool::new(true),
        };
        let found = events(&store, PROJECT, EventSource::Project, 1).unwrap();
        let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [4, 8, 260]);
    }
}
