//! Webhooks and their logs as clients see them.

use bugle_actors::WebhookState;
use bugle_storage::Timestamp;
use bugle_storage::records::{EventKind, WebhookDelivery};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::openapi::names::{DeliveryOutcomeName, DisabledReasonName};
use crate::http::views::{Iso, Pagination};
use crate::webhooks::secret_text;

/// Where events are sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookView<'a> {
    id: u64,
    project_id: String,
    url: &'a str,
    description: Option<&'a str>,
    events: Vec<&'static str>,
    /// Whether anything is sent to it.
    active: bool,
    /// Since when it is off.
    disabled_at: Option<Iso>,
    /// Why: an owner has turned it off, it answered 410 (`gone`), or it failed for three days on end.
    #[schema(value_type = Option<DisabledReasonName>)]
    disabled_reason: Option<&'static str>,
    /// Since when every attempt has failed, if the last one did.
    failing_since: Option<Iso>,
    /// How many events are known to wait for it.
    events_waiting: usize,
    /// Until when messages are signed with the secret of before, too.
    previous_secret_expires_at: Option<Iso>,
    created_at: Iso,
    updated_at: Iso,
    /// What messages are signed with; in the answer to a create and to `rotate_secret`, and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl<'a> WebhookView<'a> {
    pub(super) fn of(state: &'a WebhookState, now: Timestamp) -> Self {
        let webhook = &state.webhook;
        let previous = webhook.previous_secret.map(|(_, until)| until);
        Self {
            id: webhook.id.0,
            project_id: webhook.project.to_string(),
            url: &webhook.url,
            description: webhook.description.as_deref(),
            events: webhook.events.iter().map(EventKind::name).collect(),
            active: webhook.disabled.is_none(),
            disabled_at: webhook.disabled.map(|disabled| Iso(disabled.at)),
            disabled_reason: webhook.disabled.map(|disabled| disabled.reason.name()),
            failing_since: state.failing_since.map(Iso),
            events_waiting: state.waiting,
            previous_secret_expires_at: previous.filter(|until| now < *until).map(Iso),
            created_at: Iso(webhook.created_at),
            updated_at: Iso(webhook.updated_at),
            secret: None,
        }
    }

    pub(super) fn with_secret(self, state: &WebhookState) -> Self {
        Self {
            secret: Some(secret_text(&state.webhook.secret)),
            ..self
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct WebhookList<'a> {
    pub(super) webhooks: Vec<WebhookView<'a>>,
}

/// What will be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookMessage)]
pub(super) struct SentView {
    /// The message's `webhook-id`. What became of it, the log tells.
    pub(super) message_id: String,
}

/// One attempt to send a message.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(super) struct DeliveryView<'a> {
    id: u64,
    /// The message's `webhook-id`, the same at each attempt.
    message_id: &'a str,
    r#type: &'static str,
    /// When it happened.
    event_at: Iso,
    /// When the attempt ended.
    attempted_at: Iso,
    /// The how-manieth attempt.
    attempt: u32,
    #[schema(value_type = DeliveryOutcomeName)]
    outcome: &'static str,
    /// The status of the answer, if there was one. What it said is not kept.
    status: Option<u16>,
    duration_ms: u32,
    /// When it is tried again, if it is.
    next_attempt_at: Option<Iso>,
}

impl<'a> DeliveryView<'a> {
    pub(super) fn of(message_id: &'a str, delivery: &WebhookDelivery) -> Self {
        Self {
            id: delivery.number,
            message_id,
            r#type: delivery.event.kind.name(),
            event_at: Iso(delivery.event.at),
            attempted_at: Iso(delivery.at),
            attempt: delivery.attempt,
            outcome: delivery.outcome.name(),
            status: delivery.status,
            duration_ms: delivery.duration,
            next_attempt_at: delivery.next_due.map(Iso),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDeliveryList)]
pub(super) struct DeliveryList<'a> {
    pub(super) deliveries: Vec<DeliveryView<'a>>,
    pub(super) pagination: Pagination,
}
