//! One endpoint: what is due, what is under way, and what an attempt changes. Rules over values; nothing here waits.

mod keeping;
mod settling;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use bugle_storage::Timestamp;
use bugle_storage::records::{
    DeliveryOutcome, Disabled, DisabledReason, EventReference, EventSource, Webhook, WebhookDelivery,
    WebhookEvent, WebhookProgress, WebhookRetry, WebhookSecret,
};

pub(super) use keeping::{parse_retry_place, place};

use super::back_off::TRIED_SECONDS;
use super::lane::Lane;
use super::pace::Pace;
use crate::{ActorError, DeliveryCounts};

/// Attempts of one endpoint at the same time.
pub(super) const IN_FLIGHT_MAX: usize = 4;
/// The same where the last one has failed, or none was made since the start: one that hangs then holds one place.
const IN_FLIGHT_MAX_UNPROVEN: usize = 1;
/// Events of one endpoint that are to be tried again. Beyond it, newer ones wait where they are.
pub(super) const RETRIES_MAX: usize = 256;
/// Entries of the log that are kept.
pub(super) const LOG_LENGTH: u64 = 200;
/// How long after a rotation messages are signed with the secret of before, too, in seconds: a day.
pub(super) const OVERLAP_SECONDS: i64 = 24 * 60 * 60;

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// The message was sent, or it was tried.
    Made {
        /// What became of it.
        outcome: DeliveryOutcome,
        /// The status of the answer, if there was one.
        status: Option<u16>,
        /// How long it took, in milliseconds.
        duration: u32,
        /// For how many seconds the receiver asks to be left alone, if it does.
        retry_after: Option<u32>,
    },
    /// There is no message: what it is about could not be read just now.
    NotMade,
}

/// An event to be sent now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) reference: EventReference,
    pub(super) event: WebhookEvent,
    /// Attempts before this one.
    pub(super) attempts: u32,
}

#[derive(Debug)]
struct Flight {
    job: Job,
    begun: Instant,
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) webhook: Webhook,
    pub(super) failing_since: Option<Timestamp>,
    /// Whether the last attempt succeeded.
    is_proven: bool,
    pace: Pace,
    next_delivery: u64,
    lanes: [Lane; 2],
    retries: BTreeMap<EventReference, WebhookRetry>,
    in_flight: BTreeMap<EventReference, Flight>,
    /// Entries of the log that are not written.
    log: VecDeque<WebhookDelivery>,
    /// What of `retries` is not as it is written.
    changed: BTreeSet<EventReference>,
    /// Whether its settings are not as they are written.
    has_unwritten_settings: bool,
    /// The progress as it is written.
    written: WebhookProgress,
    /// What attempts came to and nobody was told yet.
    counts: DeliveryCounts,
}

impl Endpoint {
    pub(super) fn new(
        webhook: Webhook,
        progress: WebhookProgress,
        retries: BTreeMap<EventReference, WebhookRetry>,
    ) -> Self {
        Self {
            webhook,
            failing_since: progress.failing_since,
            is_proven: false,
            pace: Pace::default(),
            next_delivery: progress.next_delivery.max(1),
            lanes: [Lane::behind(progress.project), Lane::behind(progress.tokens)],
            retries,
            in_flight: BTreeMap::new(),
            log: VecDeque::new(),
            changed: BTreeSet::new(),
            has_unwritten_settings: false,
            written: progress,
            counts: DeliveryCounts::default(),
        }
    }

    pub(super) fn is_active(&self) -> bool {
        self.webhook.disabled.is_none()
    }

    /// The lane of a source; tests have none.
    pub(super) fn lane(&mut self, source: EventSource) -> Option<&mut Lane> {
        self.lanes.get_mut(source as usize)
    }

    /// Whether more may be read for it: it is on, and not too much waits to be tried again.
    pub(super) fn has_room(&self) -> bool {
        self.is_active() && self.retries.len() < RETRIES_MAX
    }

    /// Events up to this number of a source are seen to.
    pub(super) fn through(&self, source: EventSource) -> u64 {
        self.lanes.get(source as usize).map_or(0, Lane::through)
    }

    /// How many events are known to wait.
    pub(super) fn waiting(&self) -> usize {
        let ready: usize = self.lanes.iter().map(Lane::waiting).sum();
        ready + self.retries.len()
    }

    /// How many events are known that are not seen to: those that wait, and those under way.
    pub(super) fn due(&self) -> usize {
        let open: usize = self.lanes.iter().map(Lane::open).sum();
        open + self.retries.len()
    }

    /// What attempts came to since this was asked last.
    pub(super) fn take_counts(&mut self) -> DeliveryCounts {
        std::mem::take(&mut self.counts)
    }

    /// Takes events that were read. What is older than it is tried is not sent any more.
    pub(super) fn take(
        &mut self,
        source: EventSource,
        events: Vec<(u64, WebhookEvent)>,
        (now, instant): (Timestamp, Instant),
    ) {
        let (kinds, since) = (self.webhook.events, self.webhook.since);
        let oldest = now.plus_seconds(-TRIED_SECONDS).max(since);
        let is_on = self.is_active();
        let is_wanted = |event: &WebhookEvent| is_on && kinds.has(event.kind) && event.at >= oldest;
        if let Some(lane) = self.lane(source) {
            lane.take(events, is_wanted, instant);
        }
    }

    /// What is to be sent next, if something is due and there is room: what was tried before first, as it is older.
    pub(super) fn begin(&mut self, now: Timestamp, instant: Instant) -> Option<Job> {
        let most = if self.is_proven {
            IN_FLIGHT_MAX
        } else {
            IN_FLIGHT_MAX_UNPROVEN
        };
        if !self.is_active() || self.in_flight.len() >= most || !self.pace.allows(instant) {
            return None;
        }
        let job = self.due_retry(now).or_else(|| self.next_event())?;
        let flight = Flight {
            job: job.clone(),
            begun: instant,
        };
        self.in_flight.insert(job.reference, flight);
        self.pace.sent(instant);
        Some(job)
    }

    fn due_retry(&self, now: Timestamp) -> Option<Job> {
        let waiting = self.retries.iter();
        let due =
            waiting.filter(|(reference, retry)| retry.due <= now && !self.in_flight.contains_key(reference));
        let (reference, retry) = due.min_by_key(|(_, retry)| retry.due)?;
        Some(Job {
            reference: *reference,
            event: retry.event.clone(),
            attempts: retry.attempts,
        })
    }

    fn next_event(&mut self) -> Option<Job> {
        if self.retries.len() >= RETRIES_MAX {
            return None;
        }
        [EventSource::Project, EventSource::Tokens]
            .into_iter()
            .find_map(|source| {
                let (sequence, event) = self.lane(source)?.next_ready()?;
                Some(Job {
                    reference: EventReference { source, sequence },
                    event,
                    attempts: 0,
                })
            })
    }

    /// The numbers of the entries that its log has.
    pub(super) fn logged(&self) -> std::ops::Range<u64> {
        self.next_delivery.saturating_sub(LOG_LENGTH).max(1)..self.next_delivery
    }

    /// Refuses what somebody wants to have sent, where that cannot be.
    pub(super) fn ensure_sendable(&self) -> Result<(), ActorError> {
        let problem = if !self.is_active() {
            "is false: nothing is sent to this webhook"
        } else if self.retries.len() >= RETRIES_MAX {
            "is true, but too many events wait for this webhook already"
        } else {
            return Ok(());
        };
        Err(ActorError::Invalid {
            field: "active",
            problem,
        })
    }

    /// Whether the last attempt succeeded.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Attempts of which nobody has heard for so long that nobody will.
    pub(super) fn begun_before(&self, moment: Instant) -> Vec<EventReference> {
        let old = self.in_flight.iter().filter(|(_, flight)| flight.begun < moment);
        old.map(|(reference, _)| *reference).collect()
    }

    /// Has an event sent as soon as may be. One that is tried again anyway is tried now; another is tried once.
    pub(super) fn send_now(&mut self, reference: EventReference, event: WebhookEvent, now: Timestamp) {
        let retry = match self.retries.get(&reference) {
            Some(known) => WebhookRetry {
                due: now,
                ..known.clone()
            },
            None => WebhookRetry {
                event,
                attempts: 0,
                first_due: now,
                due: now,
                is_last: true,
            },
        };
        self.put_retry(reference, retry);
    }

    fn put_retry(&mut self, reference: EventReference, retry: WebhookRetry) {
        self.retries.insert(reference, retry);
        self.changed.insert(reference);
    }

    /// Turns it off: what was due is dropped.
    pub(super) fn turn_off(&mut self, reason: DisabledReason, now: Timestamp) {
        // Whoever turns it off by hand wants none of it.
        if reason != DisabledReason::Owner {
            self.counts.given_up += self.due() as u64;
        }
        self.has_unwritten_settings = true;
        self.webhook.disabled = Some(Disabled { at: now, reason });
        self.webhook.updated_at = now.max(self.webhook.updated_at);
        self.changed.extend(std::mem::take(&mut self.retries).into_keys());
        self.lanes.iter_mut().for_each(Lane::forget);
        self.in_flight.clear();
    }

    /// Turns it on: from this moment on it hears of everything.
    pub(super) fn turn_on(&mut self, since: Timestamp) {
        self.webhook.disabled = None;
        self.webhook.since = since;
        self.failing_since = None;
    }

    /// What messages are signed with now, the newest first.
    pub(super) fn secrets(&self, now: Timestamp) -> Vec<WebhookSecret> {
        let previous = self.webhook.previous_secret;
        let still = previous
            .filter(|(_, until)| now < *until)
            .map(|(secret, _)| secret);
        std::iter::once(self.webhook.secret).chain(still).collect()
    }

    /// Gives it another secret. The one of before counts for a day more.
    pub(super) fn rotate(&mut self, fresh: WebhookSecret, now: Timestamp) {
        let before = std::mem::replace(&mut self.webhook.secret, fresh);
        self.webhook.previous_secret = Some((before, now.plus_seconds(OVERLAP_SECONDS)));
        self.webhook.updated_at = now.max(self.webhook.updated_at);
    }
}

#[cfg(test)]
mod tests;
