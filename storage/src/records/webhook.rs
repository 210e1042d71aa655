//! Webhooks: where a project's events are sent, what happened, what is still due, and what became of each attempt.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::issue::named_values;
use super::{IssueStatus, ReportKind};
use crate::codec::Record;
use crate::{ProjectId, RecordId, Timestamp, WebhookId};

named_values! {
    /// What has happened. There is room for 32 kinds.
    EventKind {
        /// A bug report came, and not as a draft.
        IssueCreated = "issue.created",
        /// A bug report says something else than before.
        IssueUpdated = "issue.updated",
        /// A bug report that was a draft is one no more.
        IssuePublished = "issue.published",
        /// The work on a bug report stands elsewhere.
        IssueStatusChanged = "issue.status_changed",
        /// Somebody wrote under a bug report.
        IssueCommented = "issue.commented",
        /// As of issues.
        FeatureRequestCreated = "feature_request.created",
        /// As of issues.
        FeatureRequestUpdated = "feature_request.updated",
        /// As of issues.
        FeatureRequestPublished = "feature_request.published",
        /// As of issues.
        FeatureRequestStatusChanged = "feature_request.status_changed",
        /// As of issues.
        FeatureRequestCommented = "feature_request.commented",
        /// As of issues.
        TicketCreated = "ticket.created",
        /// As of issues.
        TicketUpdated = "ticket.updated",
        /// As of issues.
        TicketPublished = "ticket.published",
        /// As of issues.
        TicketStatusChanged = "ticket.status_changed",
        /// As of issues.
        TicketCommented = "ticket.commented",
        /// There is one more release of the game, made by a person or made known by a report.
        ReleaseCreated = "release.created",
        /// There is one more project token.
        TokenCreated = "token.created",
        /// A project token works no more.
        TokenRevoked = "token.revoked",
        /// An address has used up what a project token allows it this day, told once for token, kind of report and day.
        QuotaExhausted = "quota.exhausted",
        /// An owner wants to see whether the endpoint works. Sent to that one, whatever it has chosen.
        WebhookTest = "webhook.test",
    }
}

/// What can be done to a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportEvent {
    /// See [`EventKind::IssueCreated`].
    Created,
    /// See [`EventKind::IssueUpdated`].
    Updated,
    /// See [`EventKind::IssuePublished`].
    Published,
    /// See [`EventKind::IssueStatusChanged`].
    StatusChanged,
    /// See [`EventKind::IssueCommented`].
    Commented,
}

impl EventKind {
    /// What was done to a report of this kind.
    pub const fn of_report(kind: ReportKind, event: ReportEvent) -> Self {
        use {EventKind as Kind, ReportEvent as Event};
        match (kind, event) {
            (ReportKind::Bug, Event::Created) => Kind::IssueCreated,
            (ReportKind::Bug, Event::Updated) => Kind::IssueUpdated,
            (ReportKind::Bug, Event::Published) => Kind::IssuePublished,
            (ReportKind::Bug, Event::StatusChanged) => Kind::IssueStatusChanged,
            (ReportKind::Bug, Event::Commented) => Kind::IssueCommented,
            (ReportKind::FeatureRequest, Event::Created) => Kind::FeatureRequestCreated,
            (ReportKind::FeatureRequest, Event::Updated) => Kind::FeatureRequestUpdated,
            (ReportKind::FeatureRequest, Event::Published) => Kind::FeatureRequestPublished,
            (ReportKind::FeatureRequest, Event::StatusChanged) => Kind::FeatureRequestStatusChanged,
            (ReportKind::FeatureRequest, Event::Commented) => Kind::FeatureRequestCommented,
            (ReportKind::SupportTicket, Event::Created) => Kind::TicketCreated,
            (ReportKind::SupportTicket, Event::Updated) => Kind::TicketUpdated,
            (ReportKind::SupportTicket, Event::Published) => Kind::TicketPublished,
            (ReportKind::SupportTicket, Event::StatusChanged) => Kind::TicketStatusChanged,
            (ReportKind::SupportTicket, Event::Commented) => Kind::TicketCommented,
        }
    }

    /// The kind of report that it is about, and what was done to it; `None` for other events.
    pub fn report(self) -> Option<(ReportKind, ReportEvent)> {
        use ReportEvent::{Commented, Created, Published, StatusChanged, Updated};
        let events = [Created, Updated, Published, StatusChanged, Commented];
        let mut all = ReportKind::ALL
            .into_iter()
            .flat_map(|kind| events.map(|event| (kind, event)));
        all.find(|(kind, event)| Self::of_report(*kind, *event) == self)
    }
}

/// A choice of kinds of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventKinds(pub u32);

impl EventKinds {
    /// Whether this kind is chosen.
    pub const fn has(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u32) != 0
    }

    /// The same, with this kind too.
    #[must_use]
    pub const fn with(self, kind: EventKind) -> Self {
        Self(self.0 | (1 << kind as u32))
    }

    /// What either has chosen.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are chosen, in the order of [`EventKind::ALL`].
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.iter().copied().filter(move |kind| self.has(*kind))
    }
}

/// Something that has happened: written in the batch of the change, and only where an endpoint wants to hear of it. It says
/// which record, and not what that says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEvent {
    /// What.
    pub kind: EventKind,
    /// The report, comment, release or token, by its own number.
    pub subject: u64,
    /// When.
    pub at: Timestamp,
    /// What the record does not say, or not any more when it is asked.
    pub detail: EventDetail,
}

/// What is kept of an event beside the record that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventDetail {
    /// Nothing.
    None,
    /// The report that a comment stands under.
    Under(RecordId),
    /// How a status changed.
    Status {
        /// What it was.
        from: IssueStatus,
        /// What it is since.
        to: IssueStatus,
    },
    /// The name of a token.
    Named(String),
    /// A daily limit.
    Quota {
        /// What is limited.
        kind: ReportKind,
        /// Reports a day.
        limit: u32,
    },
}

impl Record for WebhookEvent {
    const VERSION: u8 = 1;
    const NAME: &'static str = "webhook event";
}

/// Which event: where it was written, and its number there. Numbers of one source grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EventReference {
    /// Where it was written.
    pub source: EventSource,
    /// Its number there.
    pub sequence: u64,
}

/// Who writes events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum EventSource {
    /// The project, in its own shard.
    Project = 0,
    /// The registry of tokens, in the system's shard.
    Tokens = 1,
    /// Nobody: a test of one endpoint, which is nowhere but among what is due.
    Test = 2,
}

impl EventSource {
    /// The source with this number, as it stands in a key.
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Project),
            1 => Some(Self::Tokens),
            2 => Some(Self::Test),
            _ => None,
        }
    }
}

/// What an endpoint's messages are signed with. Kept in the clear, because signing needs it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSecret(pub [u8; 32]);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WebhookSecret")
    }
}

/// An address that a project's events are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Its number in the whole installation; never given twice.
    pub id: WebhookId,
    /// Whose events.
    pub project: ProjectId,
    /// Where they go.
    pub url: String,
    /// What it is for, in the owner's words.
    pub description: Option<String>,
    /// Which events.
    pub events: EventKinds,
    /// What messages are signed with.
    pub secret: WebhookSecret,
    /// What they were signed with before, and until when they are so too.
    pub previous_secret: Option<(WebhookSecret, Timestamp)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Events before this are none of its business: it was made, or turned on again, since.
    pub since: Timestamp,
    /// Why nothing is sent to it, if so.
    pub disabled: Option<Disabled>,
    /// Whether it was deleted. What is left keeps the number from being given again.
    pub deleted: bool,
}

/// Since when nothing is sent to an endpoint, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: DisabledReason,
}

named_values! {
    /// Why nothing is sent to an endpoint.
    DisabledReason {
        /// An owner has turned it off.
        Owner = "owner",
        /// It answered 410.
        Gone = "gone",
        /// It failed for three days on end.
        Failing = "failing",
    }
}

impl Record for Webhook {
    const VERSION: u8 = 1;
    const NAME: &'static str = "webhook";
}

/// How far an endpoint is. Written now and then, so after a crash some events are sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WebhookProgress {
    /// The project's events up to this number are seen to: delivered, or among what is tried again.
    pub project: u64,
    /// The same of the registry's events.
    pub tokens: u64,
    /// The number of the next entry in its log.
    pub next_delivery: u64,
    /// Since when every attempt has failed, if the last one did.
    pub failing_since: Option<Timestamp>,
}

impl Record for WebhookProgress {
    const VERSION: u8 = 1;
    const NAME: &'static str = "webhook progress";
}

/// An event that is to be tried again. Which endpoint and which event is in its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRetry {
    /// The event; its own record may be gone.
    pub event: WebhookEvent,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was first due.
    pub first_due: Timestamp,
    /// When it is due.
    pub due: Timestamp,
    /// Whether this is the last time: what somebody asked for is not tried again by itself.
    pub is_last: bool,
}

impl Record for WebhookRetry {
    const VERSION: u8 = 1;
    const NAME: &'static str = "webhook retry";
}

/// One attempt, as the log tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDelivery {
    /// Its number in the endpoint's log, from 1.
    pub number: u64,
    /// Which event.
    pub reference: EventReference,
    /// The event itself, so that it can be sent again.
    pub event: WebhookEvent,
    /// When it was made.
    pub at: Timestamp,
    /// The how-manieth attempt, from 1.
    pub attempt: u32,
    /// What became of it.
    pub outcome: DeliveryOutcome,
    /// The status of the answer, if there was one.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration: u32,
    /// When the next attempt is due, if there is one.
    pub next_due: Option<Timestamp>,
}

impl Record for WebhookDelivery {
    const VERSION: u8 = 1;
    const NAME: &'static str = "webhook delivery";
}

named_values! {
    /// What became of an attempt.
    DeliveryOutcome {
        /// The answer was 2xx.
        Delivered = "delivered",
        /// The answer was neither 2xx nor 3xx.
        Refused = "refused",
        /// The answer leads elsewhere, which is not followed.
        Redirected = "redirected",
        /// There was no answer in time.
        TimedOut = "timed_out",
        /// There is no connection, or it broke.
        Unreachable = "unreachable",
        /// The other side is not who it should be.
        Untrusted = "untrusted",
        /// The name is not known.
        NameUnknown = "name_unknown",
        /// The address is one that the server must not speak to.
        AddressForbidden = "address_forbidden",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_is_told_from_the_others() {
        for (position, kind) in EventKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, position, "{}", kind.name());
            assert_eq!(
                EventKinds::default().with(*kind).iter().collect::<Vec<_>>(),
                [*kind]
            );
        }
        assert!(EventKind::ALL.len() <= 32, "a choice of kinds has 32 bits");
    }

    #[test]
    fn an_event_of_a_report_says_of_which_kind() {
        let told = EventKind::FeatureRequestStatusChanged.report();
        assert_eq!(
            told,
            Some((ReportKind::FeatureRequest, ReportEvent::StatusChanged))
        );
        assert_eq!(EventKind::ReleaseCreated.report(), None);
        let of_reports = EventKind::ALL.iter().filter(|kind| kind.report().is_some());
        assert_eq!(of_reports.count(), 15);
    }
}
