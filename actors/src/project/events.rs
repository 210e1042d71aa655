//! What happens in the project, for those who want to hear of it: an event in the batch of the change
//! (`docs/decisions/0016-webhooks.md`). Where nobody does, each of these is one look at a number.

use bugle_storage::records::{
    EventDetail, EventKind, EventSource, Issue, ReportEvent, ReportKind, WebhookEvent,
};
use bugle_storage::{Batch, RecordId, StorageError, Timestamp};

use super::quotas::QuotaState;
use super::{ProjectActor, Submission};
use crate::ActorError;

/// Which of the events of one batch it is. Their numbers are made of an id that the change takes anyway and of this, so
/// they grow from batch to batch as ids do, and cost no ids of their own.
#[derive(Debug, Clone, Copy)]
enum Part {
    Change = 0,
    StatusChange = 1,
    Release = 2,
    Quota = 3,
}

/// How many events one batch can have.
const PARTS: u64 = 4;

/// What an event tells.
struct Told {
    kind: EventKind,
    subject: u64,
    detail: EventDetail,
}

impl Told {
    const fn of(kind: EventKind, subject: u64) -> Self {
        Self {
            kind,
            subject,
            detail: EventDetail::None,
        }
    }
}

impl ProjectActor {
    /// An id for the event of a change that takes none itself, where somebody wants to hear of it.
    pub(super) fn event_id(&mut self, kind: EventKind) -> Result<Option<RecordId>, ActorError> {
        let is_wanted = self.subscription.wants(kind);
        is_wanted.then(|| self.next_id()).transpose()
    }

    fn note_event(
        &self,
        (id, part): (RecordId, Part),
        told: Told,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        if !self.subscription.wants(told.kind) {
            return Ok(());
        }
        let sequence = id.sequence() * PARTS + part as u64;
        let event = WebhookEvent {
            kind: told.kind,
            subject: told.subject,
            at: now,
            detail: told.detail,
        };
        let place = (self.id, EventSource::Project, sequence);
        self.subscription.put(place, event, batch)
    }

    /// Notes that a report came, and the release that it made known: `newest` is the newest one of before.
    pub(super) fn note_report(
        &self,
        kind: ReportKind,
        issue: &Issue,
        newest: Option<u32>,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        if self.subscription.is_quiet() {
            return Ok(());
        }
        if issue.published_at.is_some() {
            let kind = EventKind::of_report(kind, ReportEvent::Created);
            let told = Told::of(kind, issue.id.0);
            self.note_event((issue.id, Part::Change), told, issue.created_at, batch)?;
        }
        self.note_release_since(newest, (issue.id, issue.created_at), batch)
    }

    /// Notes that a daily limit is used up, once for each token, kind of report and day. `quota` is how it stands after the
    /// report with this id, the last one of the batch.
    pub(super) fn note_spent(
        &mut self,
        (kind, report): (ReportKind, RecordId),
        submission: &Submission,
        quota: Option<QuotaState>,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let (Some(grant), Some(quota)) = (&submission.grant, quota) else {
            return Ok(());
        };
        let is_wanted = self.subscription.wants(EventKind::QuotaExhausted);
        if !is_wanted
            || quota.remaining > 0
            || !self.quotas.is_first_spent(submission.counted(kind), quota.limit)
        {
            return Ok(());
        }
        let told = Told {
            kind: EventKind::QuotaExhausted,
            subject: grant.token.0,
            detail: EventDetail::Quota {
                kind,
                limit: quota.limit,
            },
        };
        self.note_event((report, Part::Quota), told, now, batch)
    }

    /// Notes that there is a newer release than `newest`, if there is.
    pub(super) fn note_release_since(
        &self,
        newest: Option<u32>,
        (id, now): (RecordId, Timestamp),
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        match self.releases.newest() {
            Some(number) if Some(number) != newest => {
                let told = Told::of(EventKind::ReleaseCreated, number.into());
                self.note_event((id, Part::Release), told, now, batch)
            }
            _ => Ok(()),
        }
    }

    /// Notes what became of a report. What happens to a draft is nobody's business until it is published, and then the
    /// one thing that is told.
    pub(super) fn note_change(
        &self,
        kind: ReportKind,
        id: RecordId,
        (before, after): (&Issue, &Issue),
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let now = after.updated_at;
        let told = |event, detail| Told {
            kind: EventKind::of_report(kind, event),
            subject: after.id.0,
            detail,
        };
        let event = match (before.published_at, after.published_at) {
            (None, None) => return Ok(()),
            (None, Some(_)) => ReportEvent::Published,
            (Some(_), _) => ReportEvent::Updated,
        };
        self.note_event((id, Part::Change), told(event, EventDetail::None), now, batch)?;
        if event == ReportEvent::Updated && before.status != after.status {
            let (from, to) = (before.status, after.status);
            let told = told(ReportEvent::StatusChanged, EventDetail::Status { from, to });
            self.note_event((id, Part::StatusChange), told, now, batch)?;
        }
        Ok(())
    }

    /// Notes that somebody wrote under a report.
    pub(super) fn note_comment(
        &self,
        kind: ReportKind,
        (comment, report): (RecordId, RecordId),
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let told = Told {
            kind: EventKind::of_report(kind, ReportEvent::Commented),
            subject: comment.0,
            detail: EventDetail::Under(report),
        };
        self.note_event((comment, Part::Change), told, now, batch)
    }
}
