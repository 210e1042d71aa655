//! What an attempt changes.

use bugle_storage::Timestamp;
use bugle_storage::records::{
    DeliveryOutcome, DisabledReason, EventReference, WebhookDelivery, WebhookRetry,
};

use super::super::back_off::{TRIED_SECONDS, next_due};
use super::{Attempt, Endpoint, Job, LOG_LENGTH};

/// After how long an event that could not be made into a message is tried again, in seconds.
pub(super) const NOT_MADE_SECONDS: i64 = 10;
/// The status that says: never again.
const GONE: u16 = 410;

impl Endpoint {
    /// Takes in what an attempt came to. Gives why the endpoint is to be turned off, if it is.
    pub(in crate::webhooks) fn settle(
        &mut self,
        reference: EventReference,
        attempt: Attempt,
        now: Timestamp,
    ) -> Option<DisabledReason> {
        let flight = self.in_flight.remove(&reference)?;
        if let Some(lane) = self.lane(reference.source) {
            lane.done(reference.sequence);
        }
        let Attempt::Made {
            outcome,
            status,
            duration,
            retry_after,
        } = attempt
        else {
            self.postpone(flight.job, now);
            return None;
        };
        let next = self.note(&flight.job, (outcome, retry_after), now);
        let off = self.reason_to_stop(status, now);
        match (outcome, next) {
            (DeliveryOutcome::Delivered, _) => self.counts.delivered += 1,
            (_, None) => self.counts.given_up += 1,
            // What waits when it is turned off is given up with all else.
            (_, Some(_)) if off.is_some() => {}
            (_, Some(_)) => self.counts.failed += 1,
        }
        self.push_log(WebhookDelivery {
            number: self.next_delivery,
            reference,
            event: flight.job.event,
            at: now,
            attempt: flight.job.attempts + 1,
            outcome,
            status,
            duration,
            next_due: next.filter(|_| off.is_none()),
        });
        off
    }

    fn reason_to_stop(&self, status: Option<u16>, now: Timestamp) -> Option<DisabledReason> {
        if status == Some(GONE) {
            return Some(DisabledReason::Gone);
        }
        let since = self.failing_since?;
        (now >= since.plus_seconds(TRIED_SECONDS)).then_some(DisabledReason::Failing)
    }

    /// Notes success or failure, and gives when the event is tried again.
    fn note(
        &mut self,
        job: &Job,
        (outcome, retry_after): (DeliveryOutcome, Option<u32>),
        now: Timestamp,
    ) -> Option<Timestamp> {
        let known = self.retries.remove(&job.reference);
        if known.is_some() {
            self.changed.insert(job.reference);
        }
        self.is_proven = outcome == DeliveryOutcome::Delivered;
        if self.is_proven {
            self.failing_since = None;
            return None;
        }
        self.failing_since.get_or_insert(now);
        let attempts = job.attempts + 1;
        let (first_due, is_last) = known.map_or((now, false), |retry| (retry.first_due, retry.is_last));
        let due = next_due(attempts, retry_after, first_due, now).filter(|_| !is_last)?;
        let retry = WebhookRetry {
            event: job.event.clone(),
            attempts,
            first_due,
            due,
            is_last,
        };
        self.put_retry(job.reference, retry);
        Some(due)
    }

    fn postpone(&mut self, job: Job, now: Timestamp) {
        let known = self.retries.get(&job.reference);
        let (first_due, is_last) = known.map_or((now, false), |retry| (retry.first_due, retry.is_last));
        let retry = WebhookRetry {
            event: job.event,
            attempts: job.attempts,
            first_due,
            due: now.plus_seconds(NOT_MADE_SECONDS),
            is_last,
        };
        if retry.due <= first_due.plus_seconds(TRIED_SECONDS) {
            return self.put_retry(job.reference, retry);
        }
        self.counts.given_up += 1;
        if self.retries.remove(&job.reference).is_some() {
            self.changed.insert(job.reference);
        }
    }

    fn push_log(&mut self, entry: WebhookDelivery) {
        self.next_delivery += 1;
        self.log.push_back(entry);
        if self.log.len() as u64 > LOG_LENGTH {
            self.log.pop_front();
        }
    }
}
