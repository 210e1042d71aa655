//! What is handed to the one who sends, and what `Webhooks` is asked.

use actix::Message;
use bugle_storage::records::{
    EventKinds, EventReference, Webhook, WebhookDelivery, WebhookEvent, WebhookSecret,
};
use bugle_storage::{ProjectId, Timestamp, WebhookId};

use super::Attempt;
use crate::Reply;

/// A message to be made and sent. Whoever does tells it by [`Attempted`], whatever came of it.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Of which project.
    pub project: ProjectId,
    /// The endpoint's address. It may hold a secret of its own: not for logs.
    pub url: String,
    /// What the message is signed with, once with each.
    pub secrets: Vec<WebhookSecret>,
    /// Which event.
    pub reference: EventReference,
    /// The event.
    pub event: WebhookEvent,
    /// What the message is called: the same at each attempt and to each endpoint.
    pub message_id: String,
}

/// Tells what an attempt came to.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Attempted {
    /// Of which endpoint.
    pub webhook: WebhookId,
    /// Of which event.
    pub reference: EventReference,
    /// What it came to.
    pub attempt: Attempt,
    /// Where the answer goes: that it was heard.
    pub reply: Reply<()>,
}

/// An endpoint as it is now.
#[derive(Debug, Clone)]
pub struct WebhookState {
    /// Its settings.
    pub webhook: Webhook,
    /// Since when every attempt has failed, if the last one did.
    pub failing_since: Option<Timestamp>,
    /// How many events are known to wait for it.
    pub waiting: usize,
}

/// An endpoint to be made, checked field by field.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// See [`Webhook::url`].
    pub url: String,
    /// See [`Webhook::description`].
    pub description: Option<String>,
    /// See [`Webhook::events`].
    pub events: EventKinds,
    /// Whether it is on from the first.
    pub active: bool,
}

/// Lists a project's endpoints, oldest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListWebhooks {
    /// Which project's.
    pub project: ProjectId,
    /// Where the answer goes.
    pub reply: Reply<Vec<WebhookState>>,
}

/// Makes an endpoint. Its secret is in the answer.
///
/// A form that comes again finds what it made before: with `known`, an endpoint for the same address that is newer is the
/// answer, and none is made.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateWebhook {
    /// Which project's.
    pub project: ProjectId,
    /// The endpoint.
    pub new: NewWebhook,
    /// The newest endpoint of the project that whoever asks knew of.
    pub known: Option<WebhookId>,
    /// Where the answer goes.
    pub reply: Reply<CreatedWebhook>,
}

/// An endpoint that is on the disk.
#[derive(Debug)]
pub struct CreatedWebhook {
    /// The endpoint.
    pub webhook: WebhookState,
    /// Whether it was there before.
    pub replayed: bool,
}

/// Settings to be changed; `None` leaves one as it is.
#[derive(Debug, Clone, Default)]
pub struct WebhookEdit {
    /// See [`Webhook::url`].
    pub url: Option<String>,
    /// See [`Webhook::description`]; `Some(None)` takes it away.
    pub description: Option<Option<String>>,
    /// See [`Webhook::events`].
    pub events: Option<EventKinds>,
    /// Turns it on or off.
    pub active: Option<bool>,
}

/// What is done to an endpoint.
#[derive(Debug, Clone)]
pub enum WebhookChange {
    /// Changes settings.
    Edit(Box<WebhookEdit>),
    /// Gives it another secret.
    RotateSecret,
    /// Takes it away, with its log and what was due.
    Delete,
}

/// Changes an endpoint, and answers with it as it is then, or was.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeWebhook {
    /// Which project's; another's endpoint is not found.
    pub project: ProjectId,
    /// Which endpoint.
    pub webhook: WebhookId,
    /// What to do.
    pub change: WebhookChange,
    /// Where the answer goes.
    pub reply: Reply<WebhookState>,
}

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// A message that says that it is a test.
    Test,
    /// What this entry of the log was about, once more.
    Again(u64),
}

/// Has something sent to an endpoint as soon as may be, once, and answers when that will not be forgotten: with the id of
/// the message.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SendNow {
    /// Which project's; another's endpoint is not found.
    pub project: ProjectId,
    /// Which endpoint.
    pub webhook: WebhookId,
    /// What.
    pub sending: Sending,
    /// Where the answer goes.
    pub reply: Reply<String>,
}

/// Reads a page of an endpoint's log, newest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListDeliveries {
    /// Which project's; another's endpoint is not found.
    pub project: ProjectId,
    /// Which endpoint.
    pub webhook: WebhookId,
    /// How many to pass over.
    pub skip: u64,
    /// How many to read at the most.
    pub take: u32,
    /// Where the answer goes.
    pub reply: Reply<DeliveryPage>,
}

/// A page of a log.
#[derive(Debug)]
pub struct DeliveryPage {
    /// The attempts, each with the id of its message, newest first.
    pub deliveries: Vec<(String, WebhookDelivery)>,
    /// How many there are in all.
    pub total: u64,
}

/// Writes down how far all endpoints are, and begins nothing more: the server stops.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SaveWebhooks {
    /// Where the answer goes.
    pub reply: Reply<()>,
}
