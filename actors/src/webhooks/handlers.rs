//! What `Webhooks` is asked by people, and told by the one who sends.

use std::collections::BTreeMap;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use bugle_storage::records::{
    Disabled, DisabledReason, EventDetail, EventKind, EventReference, EventSource, Webhook, WebhookDelivery,
    WebhookEvent, WebhookProgress, WebhookSecret,
};
use bugle_storage::{Batch, ProjectId, Read, StorageError, Table, Timestamp, WebhookId};

use super::endpoint::{Endpoint, place};
use super::message::{
    Attempted, ChangeWebhook, CreateWebhook, CreatedWebhook, DeliveryPage, ListDeliveries, ListWebhooks,
    NewWebhook, SaveWebhooks, SendNow, Sending, WebhookChange, WebhookEdit, WebhookState,
};
use super::{ENDPOINTS_MAX, Webhooks, message_id};
use crate::{ActorError, Reply};

type Answer<T> = Result<(Batch, T), ActorError>;

impl Endpoint {
    fn state(&self) -> WebhookState {
        WebhookState {
            webhook: self.webhook.clone(),
            failing_since: self.failing_since,
            waiting: self.waiting(),
        }
    }

    /// Changes settings. `since` is when it begins to listen, if it is turned on.
    fn apply(&mut self, edit: WebhookEdit, since: Timestamp, now: Timestamp) {
        let webhook = &mut self.webhook;
        if let Some(url) = edit.url {
            webhook.url = url;
        }
        if let Some(description) = edit.description {
            webhook.description = description;
        }
        if let Some(events) = edit.events {
            webhook.events = events;
        }
        match edit.active {
            Some(true) if !self.is_active() => self.turn_on(since),
            Some(false) if self.is_active() => self.turn_off(DisabledReason::Owner, now),
            _ => {}
        }
    }
}

impl Webhooks {
    fn find(&mut self, project: ProjectId, id: WebhookId) -> Result<&mut Endpoint, ActorError> {
        let found = self.endpoints.get_mut(&id);
        found
            .filter(|endpoint| endpoint.webhook.project == project)
            .ok_or(ActorError::NotFound)
    }

    /// The endpoint that the same form has made before.
    fn made_before(&self, message: &CreateWebhook) -> Option<WebhookState> {
        let known = message.known?;
        let mut newer = self
            .of_project(message.project)
            .filter(|endpoint| endpoint.webhook.id > known);
        let found = newer.find(|endpoint| endpoint.webhook.url == message.new.url);
        found.map(Endpoint::state)
    }

    pub(super) fn create(&mut self, project: ProjectId, new: NewWebhook) -> Answer<WebhookState> {
        self.ledger.ensure_writable()?;
        if self.of_project(project).count() >= ENDPOINTS_MAX {
            return Err(ActorError::Invalid {
                field: "url",
                problem: "would be one webhook too many: delete some",
            });
        }
        let now = self.clock.now();
        let subscription = self.directory.subscription(project);
        let id = WebhookId(self.next_id);
        let webhook = Webhook {
            id,
            project,
            url: new.url,
            description: new.description,
            events: new.events,
            secret: WebhookSecret(rand::random()),
            previous_secret: None,
            created_at: now,
            updated_at: now,
            since: subscription.beginning(now),
            disabled: (!new.active).then_some(Disabled {
                at: now,
                reason: DisabledReason::Owner,
            }),
            deleted: false,
        };
        let progress = WebhookProgress {
            project: subscription.latest(EventSource::Project),
            tokens: subscription.latest(EventSource::Tokens),
            ..WebhookProgress::default()
        };
        let mut endpoint = Endpoint::new(webhook, progress, BTreeMap::new());
        let mut batch = Batch::new();
        let written = endpoint.put_settings(&mut batch);
        let written = written.and_then(|()| endpoint.put_changes(&mut batch));
        written.map_err(|error| self.ledger.give_up(error))?;
        let state = endpoint.state();
        self.next_id += 1;
        self.endpoints.insert(id, endpoint);
        self.listeners_changed(project);
        Ok((batch, state))
    }

    fn delete(&mut self, project: ProjectId, id: WebhookId) -> Answer<WebhookState> {
        self.ledger.ensure_writable()?;
        let endpoint = self.find(project, id)?;
        let state = endpoint.state();
        let mut batch = Batch::new();
        let written = endpoint.put_deletion(&mut batch);
        written.map_err(|error| self.ledger.give_up(error))?;
        self.endpoints.remove(&id);
        self.listeners_changed(project);
        Ok((batch, state))
    }

    fn change(
        &mut self,
        project: ProjectId,
        id: WebhookId,
        change: impl FnOnce(&mut Endpoint, Timestamp, Timestamp),
    ) -> Answer<WebhookState> {
        self.ledger.ensure_writable()?;
        let now = self.clock.now();
        let since = self.directory.subscription(project).beginning(now);
        let endpoint = self.find(project, id)?;
        let before = endpoint.webhook.clone();
        change(endpoint, since, now);
        let mut batch = Batch::new();
        let state = endpoint.state();
        if endpoint.webhook == before {
            return Ok((batch, state));
        }
        endpoint.webhook.updated_at = now.max(before.updated_at);
        let state = endpoint.state();
        let written = endpoint.put_settings(&mut batch);
        let written = written.and_then(|()| endpoint.put_changes(&mut batch));
        written.map_err(|error| self.ledger.give_up(error))?;
        self.listeners_changed(project);
        Ok((batch, state))
    }

    /// Has something sent, and gives what the message is called.
    pub(super) fn send_now(
        &mut self,
        project: ProjectId,
        id: WebhookId,
        (reference, event): (EventReference, WebhookEvent),
    ) -> Answer<String> {
        self.ledger.ensure_writable()?;
        let now = self.clock.now();
        let secret = self.secret.clone();
        let endpoint = self.find(project, id)?;
        endpoint.ensure_sendable()?;
        let message = message_id(&secret, &endpoint.webhook, reference);
        endpoint.send_now(reference, event, now);
        let mut batch = Batch::new();
        let written = endpoint.put_changes(&mut batch);
        written.map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, message))
    }

    pub(super) fn answer<T: Send + 'static>(&mut self, outcome: Answer<T>, reply: Reply<T>) {
        match outcome {
            Ok((batch, value)) => self.ledger.commit_and_answer(batch, || (), value, reply),
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    /// Plans the reading of entries of an endpoint's log, newest first.
    fn read_log(
        &mut self,
        project: ProjectId,
        id: WebhookId,
        wanted: impl Fn(u64) -> bool,
    ) -> Result<(Webhook, Read), ActorError> {
        let endpoint = self.find(project, id)?;
        let webhook = endpoint.webhook.clone();
        let numbers = endpoint.logged().rev().filter(|number| wanted(*number));
        let keys = numbers.map(|number| place(Table::WebhookDelivery, id).u64(number));
        let keys = keys.collect();
        // What is in memory only is written first.
        self.save();
        Ok((webhook, self.ledger.read(keys)))
    }

    /// Reads an entry of the log and has its event sent again.
    fn send_again(&mut self, message: SendNow, number: u64, context: &mut Context<Self>) {
        let SendNow {
            project,
            webhook: id,
            reply,
            ..
        } = message;
        let read = match self.read_log(project, id, |logged| logged == number) {
            Ok((_, read)) => read,
            Err(refusal) => return reply.send(Err(refusal)),
        };
        let reading = tokio::task::spawn_blocking(move || read.run::<WebhookDelivery>());
        let sent = reading.into_actor(self).map(move |found, webhooks, _| {
            let found = found
                .unwrap_or(Err(StorageError::Closed))
                .map_err(ActorError::from);
            let entry = found.and_then(|mut found| found.pop().flatten().ok_or(ActorError::NotFound));
            let outcome =
                entry.and_then(|entry| webhooks.send_now(project, id, (entry.reference, entry.event)));
            webhooks.answer(outcome, reply);
            webhooks.dispatch();
        });
        context.spawn(sent);
    }
}

impl Handler<ListWebhooks> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: ListWebhooks, _: &mut Context<Self>) {
        let states = self.of_project(message.project).map(Endpoint::state);
        message.reply.send(Ok(states.collect()));
    }
}

impl Handler<CreateWebhook> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: CreateWebhook, _: &mut Context<Self>) {
        if let Some(webhook) = self.made_before(&message) {
            let again = CreatedWebhook {
                webhook,
                replayed: true,
            };
            // It may be on its way to the disk still.
            return self.answer(Ok((Batch::new(), again)), message.reply);
        }
        let created = self.create(message.project, message.new);
        let created = created.map(|(batch, webhook)| {
            let made = CreatedWebhook {
                webhook,
                replayed: false,
            };
            (batch, made)
        });
        self.answer(created, message.reply);
    }
}

impl Handler<ChangeWebhook> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: ChangeWebhook, _: &mut Context<Self>) {
        let ChangeWebhook {
            project,
            webhook,
            change,
            reply,
        } = message;
        let changed = match change {
            WebhookChange::Delete => self.delete(project, webhook),
            WebhookChange::RotateSecret => self.change(project, webhook, |endpoint, _, now| {
                endpoint.rotate(WebhookSecret(rand::random()), now);
            }),
            WebhookChange::Edit(edit) => self.change(project, webhook, |endpoint, since, now| {
                endpoint.apply(*edit, since, now);
            }),
        };
        self.answer(changed, reply);
    }
}

impl Handler<SendNow> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: SendNow, context: &mut Context<Self>) {
        if let Sending::Again(number) = message.sending {
            return self.send_again(message, number, context);
        }
        let now = self.clock.now();
        let reference = EventReference {
            source: EventSource::Test,
            sequence: u64::try_from(now.0).unwrap_or_default(),
        };
        let event = WebhookEvent {
            kind: EventKind::WebhookTest,
            subject: message.webhook.0,
            at: now,
            detail: EventDetail::None,
        };
        let outcome = self.send_now(message.project, message.webhook, (reference, event));
        self.answer(outcome, message.reply);
        self.dispatch();
    }
}

impl Handler<ListDeliveries> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: ListDeliveries, _: &mut Context<Self>) {
        let ListDeliveries {
            project,
            webhook,
            skip,
            take,
            reply,
        } = message;
        let (webhook, read) = match self.read_log(project, webhook, |_| true) {
            Ok(planned) => planned,
            Err(refusal) => return reply.send(Err(refusal)),
        };
        let secret = self.secret.clone();
        tokio::task::spawn_blocking(move || {
            let page = read.run::<WebhookDelivery>().map(|found| {
                let all: Vec<_> = found.into_iter().flatten().collect();
                let total = all.len() as u64;
                let skip = usize::try_from(skip).unwrap_or(usize::MAX);
                let named = |entry: WebhookDelivery| (message_id(&secret, &webhook, entry.reference), entry);
                let shown = all.into_iter().skip(skip).take(take as usize).map(named);
                DeliveryPage {
                    deliveries: shown.collect(),
                    total,
                }
            });
            reply.send(page.map_err(ActorError::from));
        });
    }
}

impl Handler<Attempted> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: Attempted, context: &mut Context<Self>) {
        self.settle(message.webhook, message.reference, message.attempt);
        message.reply.send(Ok(()));
        self.read(context);
        self.dispatch();
        self.count();
    }
}

impl Handler<SaveWebhooks> for Webhooks {
    type Result = ();

    fn handle(&mut self, message: SaveWebhooks, _: &mut Context<Self>) {
        let mut batch = Batch::new();
        let written = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.put_all(&mut batch).map_err(ActorError::from));
        self.answer(written.map(|()| (batch, ())), message.reply);
    }
}
