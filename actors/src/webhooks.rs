//! Webhooks: who is told of what has happened, and what is still to be told (`docs/decisions/0016-webhooks.md`).
//!
//! Whoever changes something puts an event into the batch of the change, where an endpoint wants to hear of it
//! ([`Subscription`]). The actor here reads events behind the store, hands them to the one who sends, and keeps how far each
//! endpoint is. Nothing waits for it.

mod back_off;
mod endpoint;
mod handlers;
mod lane;
mod message;
mod pace;
mod reading;
mod subscription;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use bugle_storage::records::{
    DisabledReason, EventKinds, EventReference, EventSource, Secret, Webhook, WebhookProgress, WebhookRetry,
};
use bugle_storage::{
    Batch, Fence, Key, ProjectId, ShardId, StorageError, Store, Table, Timestamp, WebhookId,
};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::UnboundedSender;

pub use endpoint::Attempt;
pub use message::{
    Assignment, Attempted, ChangeWebhook, CreateWebhook, CreatedWebhook, DeliveryPage, ListDeliveries,
    ListWebhooks, NewWebhook, SaveWebhooks, SendNow, Sending, WebhookChange, WebhookEdit, WebhookState,
};
pub(crate) use subscription::Subscription;

use crate::ledger::Ledger;
use crate::supervision::{Health, Ping, Supervised};
use crate::{Clock, Deliveries, Directory};
use endpoint::{Endpoint, parse_retry_place};

/// How often it looks for what is due.
const TICK: Duration = Duration::from_millis(200);
/// How often it writes down how far all are.
const SAVE_INTERVAL: Duration = Duration::from_secs(1);
/// How often events that all have heard of are removed.
const PRUNE_INTERVAL: Duration = Duration::from_secs(5);
/// Attempts of all endpoints at the same time.
const IN_FLIGHT_MAX: usize = 32;
/// How many of them may be of endpoints whose last attempt did not succeed: however many hang, they leave room.
const UNPROVEN_IN_FLIGHT_MAX: usize = 16;
/// After how long an attempt of which nobody has heard is made again. Whoever makes one gives up long before.
const LOST_AFTER: Duration = Duration::from_secs(60);
/// Endpoints of one project.
const ENDPOINTS_MAX: usize = 20;
/// The sources of events that are read.
const SOURCES: [EventSource; 2] = [EventSource::Project, EventSource::Tokens];

/// The owner of every endpoint.
pub struct Webhooks {
    ledger: Ledger,
    store: Arc<dyn Store>,
    clock: Clock,
    directory: Arc<Directory>,
    /// Keeps ids of messages of different installations apart.
    secret: Secret,
    /// Takes what is to be sent; without one nothing is.
    courier: Option<UnboundedSender<Assignment>>,
    endpoints: BTreeMap<WebhookId, Endpoint>,
    next_id: u64,
    /// The endpoint that had its turn last.
    turn: WebhookId,
    /// Events up to these numbers were removed, by source.
    pruned: HashMap<ProjectId, [u64; 2]>,
    /// What all attempts came to.
    deliveries: Arc<Deliveries>,
    /// Says whether the server was told to stop: what is begun then could not be noted as done any more.
    health: Arc<Health>,
}

impl Webhooks {
    /// Reads all endpoints from the store and says what they want. Blocks.
    pub(crate) fn load(
        store: Arc<dyn Store>,
        clock: Clock,
        directory: Arc<Directory>,
        secret: Secret,
        courier: Option<UnboundedSender<Assignment>>,
        (health, deliveries): (Arc<Health>, Arc<Deliveries>),
    ) -> Result<Self, StorageError> {
        let ledger = Ledger::open(Arc::clone(&store), ShardId::SYSTEM)?;
        let shard = ledger.shard();
        let all = |table| Key::new(ShardId::SYSTEM, table);
        let mut retries: HashMap<WebhookId, BTreeMap<EventReference, WebhookRetry>> = HashMap::new();
        for (key, retry) in shard.load::<WebhookRetry>(&all(Table::WebhookRetry))? {
            if let Some((webhook, reference)) = parse_retry_place(&key) {
                retries.entry(webhook).or_default().insert(reference, retry);
            }
        }
        let progress = shard.load::<WebhookProgress>(&all(Table::WebhookProgress))?;
        let mut progress: HashMap<_, _> = progress
            .into_iter()
            .filter_map(|(key, progress)| Some((WebhookId(key.last_u64()?), progress)))
            .collect();
        let mut endpoints = BTreeMap::new();
        let mut next_id = 1;
        let mut pruned = HashMap::new();
        for (_, webhook) in shard.load::<Webhook>(&all(Table::Webhook))? {
            next_id = next_id.max(webhook.id.0 + 1);
            // What is left of a deleted one's events is looked for too.
            pruned.insert(webhook.project, [0; 2]);
            if !webhook.deleted {
                let id = webhook.id;
                let progress = progress.remove(&id).unwrap_or_default();
                let retries = retries.remove(&id).unwrap_or_default();
                endpoints.insert(id, Endpoint::new(webhook, progress, retries));
            }
        }
        let webhooks = Self {
            ledger,
            store,
            clock,
            directory,
            secret,
            courier,
            endpoints,
            next_id,
            turn: WebhookId(0),
            pruned,
            deliveries,
            health,
        };
        for project in webhooks.pruned.keys() {
            webhooks.publish(*project);
        }
        Ok(webhooks)
    }

    fn of_project(&self, project: ProjectId) -> impl Iterator<Item = &Endpoint> {
        let all = self.endpoints.values();
        all.filter(move |endpoint| endpoint.webhook.project == project)
    }

    /// Says what of a project is wanted from now on.
    fn publish(&self, project: ProjectId) {
        let (mut kinds, mut since) = (EventKinds::default(), Timestamp::default());
        for endpoint in self.of_project(project).filter(|endpoint| endpoint.is_active()) {
            kinds = kinds.union(endpoint.webhook.events);
            since = since.max(endpoint.webhook.since);
        }
        self.directory.subscription(project).publish(kinds, since);
    }

    /// Who listens has changed: says so, and has what is there already looked through once more.
    fn listeners_changed(&mut self, project: ProjectId) {
        self.pruned.insert(project, [0; 2]);
        self.publish(project);
    }

    fn tick(&mut self, context: &mut Context<Self>) {
        if self.ledger.has_failed() {
            return context.stop();
        }
        self.take_lost_back();
        self.read(context);
        self.dispatch();
        self.count();
    }

    /// Tells those who watch the server what attempts came to, and how much is due.
    fn count(&mut self) {
        let mut due = 0;
        for endpoint in self.endpoints.values_mut() {
            self.deliveries.add(endpoint.take_counts());
            due += endpoint.due();
        }
        self.deliveries.set_due(due);
    }

    /// Hands over what is due, the endpoints in turns.
    fn dispatch(&mut self) {
        let Some(courier) = self.courier.clone().filter(|_| !self.health.is_stopping()) else {
            return;
        };
        let (now, instant) = (self.clock.now(), Instant::now());
        let mut in_flight: usize = self.endpoints.values().map(Endpoint::in_flight).sum();
        while in_flight < IN_FLIGHT_MAX {
            let unproven = self.endpoints.values().filter(|endpoint| !endpoint.is_proven());
            let unproven: usize = unproven.map(Endpoint::in_flight).sum();
            let may_try = unproven < UNPROVEN_IN_FLIGHT_MAX;
            let Some(assignment) = self.next_assignment(may_try, now, instant) else {
                return;
            };
            // Nobody takes it at the end of the process only, and then it is due at the next start.
            if courier.send(assignment).is_err() {
                self.courier = None;
                return;
            }
            in_flight += 1;
        }
    }

    fn next_assignment(&mut self, may_try: bool, now: Timestamp, instant: Instant) -> Option<Assignment> {
        let turn = self.turn;
        let later = self.endpoints.keys().filter(|id| **id > turn);
        let earlier = self.endpoints.keys().filter(|id| **id <= turn);
        let order: Vec<_> = later.chain(earlier).copied().collect();
        for id in order {
            let found = self.endpoints.get_mut(&id);
            let Some(endpoint) = found.filter(|endpoint| may_try || endpoint.is_proven()) else {
                continue;
            };
            if let Some(job) = endpoint.begin(now, instant) {
                self.turn = id;
                let assignment = Assignment {
                    webhook: id,
                    project: endpoint.webhook.project,
                    url: endpoint.webhook.url.clone(),
                    secrets: endpoint.secrets(now),
                    reference: job.reference,
                    message_id: message_id(&self.secret, &endpoint.webhook, job.reference),
                    event: job.event,
                };
                return Some(assignment);
            }
        }
        None
    }

    fn take_lost_back(&mut self) {
        let Some(moment) = Instant::now().checked_sub(LOST_AFTER) else {
            return;
        };
        let now = self.clock.now();
        for endpoint in self.endpoints.values_mut() {
            for reference in endpoint.begun_before(moment) {
                endpoint.settle(reference, Attempt::NotMade, now);
            }
        }
    }

    fn settle(&mut self, id: WebhookId, reference: EventReference, attempt: Attempt) {
        let now = self.clock.now();
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        if let Some(reason) = endpoint.settle(reference, attempt, now) {
            self.turn_off(id, reason, now);
        }
    }

    /// Turns an endpoint off. On a full disk that is written once there is space: a commit that is refused would end the
    /// actor, and what all others were sent since the last save would be sent again.
    fn turn_off(&mut self, id: WebhookId, reason: DisabledReason, now: Timestamp) {
        let Some(endpoint) = self.endpoints.get_mut(&id) else {
            return;
        };
        endpoint.turn_off(reason, now);
        let project = endpoint.webhook.project;
        tracing::warn!(webhook = id.0, %project, ?reason, "nothing is sent to this webhook any more");
        self.listeners_changed(project);
        self.save();
    }

    /// Puts into a batch what of all endpoints is not as it is written.
    fn put_all(&mut self, batch: &mut Batch) -> Result<(), StorageError> {
        self.endpoints
            .values_mut()
            .try_for_each(|endpoint| endpoint.put_changes(batch))
    }

    /// Writes down how far all are. Where nothing can be written now, it is done later: what is sent meanwhile may be sent
    /// again after a crash.
    fn save(&mut self) {
        if self.ledger.ensure_writable().is_err() {
            return;
        }
        let mut batch = Batch::new();
        match self.put_all(&mut batch) {
            Ok(()) if batch.is_empty() => {}
            Ok(()) => self.ledger.commit(batch, |_| ()),
            Err(error) => drop(self.ledger.give_up(error)),
        }
    }
}

/// What the messages of an event are called: the same at each attempt and, but for tests, to each endpoint.
fn message_id(secret: &Secret, webhook: &Webhook, reference: EventReference) -> String {
    let mut hash = Sha256::new();
    hash.update(secret.0);
    hash.update(b"webhook message");
    hash.update(webhook.project.0.to_be_bytes());
    hash.update([reference.source as u8]);
    hash.update(reference.sequence.to_be_bytes());
    if reference.source == EventSource::Test {
        hash.update(webhook.id.0.to_be_bytes());
    }
    let hash = hash.finalize();
    let digits = hash.iter().take(16).map(|byte| format!("{byte:02x}"));
    std::iter::once("msg_".to_owned()).chain(digits).collect()
}

impl Actor for Webhooks {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.run_interval(TICK, Self::tick);
        context.run_interval(SAVE_INTERVAL, |webhooks, _| webhooks.save());
        context.run_interval(PRUNE_INTERVAL, Self::prune);
    }
}

impl Supervised for Webhooks {
    const NAME: &'static str = "webhooks";

    fn fence(&self) -> &Fence {
        self.ledger.fence()
    }
}

impl Handler<Ping> for Webhooks {
    type Result = ();

    fn handle(&mut self, ping: Ping, context: &mut Context<Self>) {
        if self.ledger.has_failed() {
            return context.stop();
        }
        ping.reply.send(Ok(0));
    }
}

#[cfg(test)]
mod tests;
