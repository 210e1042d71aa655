//! The owner of the endpoints, with a store that can be full and a courier that the test plays.

use std::sync::atomic::{AtomicBool, Ordering};

use bugle_storage::records::{DeliveryOutcome, EventDetail, EventKind, WebhookEvent};
use bugle_storage::{ChangeFeed, Commit, MemoryStore, StoreState, Visit};
use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::Reply;

const PROJECT: ProjectId = ProjectId(7);

/// Refuses every commit while it is full.
#[derive(Default)]
struct FillingStore {
    inner: MemoryStore,
    is_full: AtomicBool,
}

impl Store for FillingStore {
    fn commit(&self, commit: Commit) {
        if self.is_full.load(Ordering::Relaxed) {
            let path = "the test's disk".into();
            (commit.done)(Err(StorageError::Full { path }));
        } else {
            self.inner.commit(commit);
        }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StorageError> {
        self.inner.get(key)
    }

    fn scan_from(&self, prefix: &[u8], from: &[u8], visit: &mut Visit<'_>) -> Result<(), StorageError> {
        self.inner.scan_from(prefix, from, visit)
    }

    fn settle(&self) -> Result<(), StorageError> {
        Ok(())
    }

    fn feed(&self) -> &ChangeFeed {
        self.inner.feed()
    }

    fn state(&self) -> StoreState {
        if self.is_full.load(Ordering::Relaxed) {
            StoreState::Full
        } else {
            StoreState::Writable
        }
    }

    fn close(&self) -> Result<(), StorageError> {
        self.inner.close()
    }
}

struct Fixture {
    store: Arc<FillingStore>,
    health: Arc<Health>,
    webhooks: Webhooks,
    due: UnboundedReceiver<Assignment>,
}

impl Fixture {
    /// With one endpoint.
    fn new() -> Self {
        let store = Arc::<FillingStore>::default();
        let health = Arc::<Health>::default();
        let (courier, due) = unbounded_channel();
        let mut webhooks = load_with(&store, Some(courier), &health);
        let (reply, _) = Reply::parts();
        let new = NewWebhook {
            url: "https://hooks.example.org".into(),
            description: None,
            events: EventKinds::default(),
            active: true,
        };
        let created = webhooks.create(PROJECT, new);
        webhooks.answer(created, reply);
        Self {
            store,
            health,
            webhooks,
            due,
        }
    }

    /// Has a test sent to it.
    fn test(&mut self, sequence: u64) {
        let reference = EventReference {
            source: EventSource::Test,
            sequence,
        };
        let event = WebhookEvent {
            kind: EventKind::WebhookTest,
            subject: 1,
            at: self.webhooks.clock.now(),
            detail: EventDetail::None,
        };
        let (reply, _) = Reply::parts();
        let sent = self.webhooks.send_now(PROJECT, WebhookId(1), (reference, event));
        self.webhooks.answer(sent, reply);
        self.webhooks.dispatch();
    }
}

fn load(store: &Arc<FillingStore>) -> Webhooks {
    load_with(store, None, &Arc::default())
}

fn load_with(
    store: &Arc<FillingStore>,
    courier: Option<UnboundedSender<Assignment>>,
    health: &Arc<Health>,
) -> Webhooks {
    let told = (Arc::clone(health), Arc::default());
    let (store, clock) = (Arc::clone(store), Clock::manual(Timestamp(1_795_292_312_000)));
    Webhooks::load(store, clock, Arc::default(), Secret([1; 32]), courier, told).unwrap()
}

#[test]
fn an_endpoint_that_is_turned_off_on_a_full_disk_is_written_when_there_is_space() {
    let mut fixture = Fixture::new();
    fixture.test(1);
    let assignment = fixture.due.try_recv().unwrap();
    fixture.store.is_full.store(true, Ordering::Relaxed);
    let gone = Attempt::Made {
        outcome: DeliveryOutcome::Refused,
        status: Some(410),
        duration: 5,
        retry_after: None,
    };
    let webhooks = &mut fixture.webhooks;
    webhooks.settle(assignment.webhook, assignment.reference, gone);
    let is_active = |webhooks: &Webhooks| webhooks.of_project(PROJECT).any(Endpoint::is_active);
    assert!(
        !webhooks.ledger.has_failed(),
        "it would be loaded from old cursors"
    );
    assert!(!is_active(webhooks));
    webhooks.save();
    assert!(is_active(&load(&fixture.store)), "nothing was written");
    fixture.store.is_full.store(false, Ordering::Relaxed);
    webhooks.save();
    let loaded = load(&fixture.store);
    assert!(!is_active(&loaded));
    assert!(loaded.endpoints.values().all(|endpoint| endpoint.waiting() == 0));
    let commits = fixture.store.inner.commits();
    webhooks.save();
    assert_eq!(fixture.store.inner.commits(), commits, "it is written once");
}

#[test]
fn nothing_is_begun_once_the_server_was_told_to_stop() {
    let mut fixture = Fixture::new();
    fixture.health.stop_begins();
    fixture.test(1);
    assert!(fixture.due.try_recv().is_err());
}
