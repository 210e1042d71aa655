//! Webhooks, and what is still to be sent to them.

use bugle_storage::records::{
    DeliveryOutcome, Disabled, DisabledReason, EventDetail, EventKind, EventKinds, EventReference,
    EventSource, IssueStatus, ReportKind, Webhook, WebhookDelivery, WebhookEvent, WebhookProgress,
    WebhookRetry, WebhookSecret,
};
use bugle_storage::{ProjectId, WebhookId};

use super::{LATER, WHEN, golden};

#[test]
fn webhook_version_1() {
    let webhook = Webhook {
        id: WebhookId(4),
        project: ProjectId(690_627_851),
        url: "https://hooks.example.org/bugle".into(),
        description: Some("The build server".into()),
        events: EventKinds(0b1001),
        secret: WebhookSecret([7; 32]),
        previous_secret: Some((WebhookSecret([8; 32]), LATER)),
        created_at: WHEN,
        updated_at: LATER,
        since: WHEN,
        disabled: Some(Disabled {
            at: LATER,
            reason: DisabledReason::Failing,
        }),
        deleted: true,
    };
    golden("webhook", 1, &webhook);
}

fn webhook_event(detail: EventDetail) -> WebhookEvent {
    WebhookEvent {
        kind: EventKind::TicketStatusChanged,
        subject: 451,
        at: WHEN,
        detail,
    }
}

#[test]
fn webhook_event_version_1() {
    let changed = EventDetail::Status {
        from: IssueStatus::Open,
        to: IssueStatus::Resolved,
    };
    golden("webhook-event", 1, &webhook_event(changed));
}

#[test]
fn webhook_retry_version_1() {
    let retry = WebhookRetry {
        event: webhook_event(EventDetail::Quota {
            kind: ReportKind::SupportTicket,
            limit: 8,
        }),
        attempts: 3,
        first_due: WHEN,
        due: LATER,
        is_last: true,
    };
    golden("webhook-retry", 1, &retry);
}

#[test]
fn webhook_delivery_version_1() {
    let delivery = WebhookDelivery {
        number: 17,
        reference: EventReference {
            source: EventSource::Tokens,
            sequence: 12,
        },
        event: webhook_event(EventDetail::Named("Release build".into())),
        at: WHEN,
        attempt: 2,
        outcome: DeliveryOutcome::AddressForbidden,
        status: Some(503),
        duration: 1500,
        next_due: Some(LATER),
    };
    golden("webhook-delivery", 1, &delivery);
}

#[test]
fn webhook_progress_version_1() {
    let progress = WebhookProgress {
        project: 1804,
        tokens: 7,
        next_delivery: 18,
        failing_since: Some(WHEN),
    };
    golden("webhook-progress", 1, &progress);
}
