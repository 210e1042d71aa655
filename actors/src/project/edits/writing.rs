//! A change turned into a batch: what can be refused is refused before anything is written, in the batch or in memory.

use bugle_storage::records::{Attachment, EventKind, Issue, IssueRow, IssueStatus, ReportEvent, ReportKind};
use bugle_storage::{Batch, RecordId, StorageError, Timestamp};

use super::rules::{apply, without_unvouched_contact};
use super::{IssueChange, IssuePatch};
use crate::ActorError;
use crate::project::custom_fields::overlaid;
use crate::project::duplicates::Move;
use crate::project::issues::build_attachment;
use crate::project::kinds::field_target;
use crate::project::releases::Chosen;
use crate::project::{ProjectActor, Submission, keys, reporter_limits};

/// How many values of custom fields a report has at the most; a create that has more is refused before it comes here.
const CUSTOM_VALUES_MAX: usize = 100;

/// What a change does beside the report's own record.
#[derive(Debug, Default)]
struct Beside {
    tags: Option<Vec<u32>>,
    duplicates: Vec<Move>,
    release: Option<Chosen>,
}

impl Beside {
    const fn is_empty(&self) -> bool {
        self.tags.is_none() && self.duplicates.is_empty()
    }
}

/// What became of a report's fields.
enum Fields {
    /// Nothing is different.
    Same,
    /// They are changed, and the history is to have an entry of this id, where the report has one.
    Changed(Option<RecordId>),
}

impl ProjectActor {
    /// Changes a copy of `before`. Without a batch nothing is different.
    pub(super) fn write_edit(
        &mut self,
        kind: ReportKind,
        (before, issue): (&Issue, &mut Issue),
        change: IssueChange,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<(Option<Batch>, Option<Box<Attachment>>), ActorError> {
        self.ledger.ensure_writable()?;
        let mut batch = Batch::new();
        let now = now.max(issue.updated_at);
        let links = self.links_of(kind, before.id.sequence());
        let newest = self.releases.newest();
        let published = match (&change, before.published_at) {
            (IssueChange::Publish { .. }, None) => {
                self.event_id(EventKind::of_report(kind, ReportEvent::Published))?
            }
            _ => None,
        };
        let (entry, attachment) = match change {
            IssueChange::Attach { file, joined, .. } => {
                let (entry, id) = (self.entry_id(before)?, self.next_id()?);
                let file = Box::new(build_attachment(id, issue.id, *file, &submission.reporter, now));
                issue.attachments.push(file.id);
                self.write_attachment(&mut batch, &file, submission)
                    .map_err(|error| self.ledger.give_up(error))?;
                if let Some(group) = joined {
                    self.close_segments(issue.id, group, &mut batch);
                }
                (entry, Some(file))
            }
            IssueChange::Detach(file) => {
                self.remove_attachment(&mut batch, issue, file)?;
                (self.entry_id(before)?, None)
            }
            other => match self.write_fields(kind, (before, issue), (other, now), submission, &mut batch)? {
                Fields::Changed(entry) => (entry, None),
                Fields::Same => return Ok((None, None)),
            },
        };
        issue.updated_at = now;
        let links = (&links, &self.links_of(kind, issue.id.sequence()));
        entry
            .map_or(Ok(()), |entry| {
                self.note_history(entry, (before, issue), links, submission, &mut batch)
            })
            .and_then(|()| self.write_changed(kind, &mut batch, issue))
            .and_then(|()| match before.published_at {
                Some(_) => Ok(()),
                None => self.mail_received(kind, issue, &mut batch),
            })
            .and_then(|()| {
                let Some(id) = entry.or(published) else {
                    return Ok(());
                };
                self.note_change(kind, id, (before, issue), &mut batch)?;
                self.note_release_since(newest, (id, now), &mut batch)
            })
            .map_err(|error| self.ledger.give_up(error))?;
        Ok((Some(batch), attachment))
    }

    /// The id of an entry in the history, where the report has one. A change that changes nothing takes none: ids come in
    /// ranges, and each range is a write.
    fn entry_id(&mut self, before: &Issue) -> Result<Option<RecordId>, ActorError> {
        before.published_at.map(|_| self.next_id()).transpose()
    }

    fn write_fields(
        &mut self,
        kind: ReportKind,
        (before, issue): (&Issue, &mut Issue),
        (mut change, now): (IssueChange, Timestamp),
        submission: &Submission,
        batch: &mut Batch,
    ) -> Result<Fields, ActorError> {
        let beside = match &mut change {
            IssueChange::Patch(patch) => self.look_beside(kind, before, patch, submission, now)?,
            _ => Beside::default(),
        };
        if reporter_limits::are_for(submission.submitter) {
            change = without_unvouched_contact(before, change);
        }
        apply(issue, kind, change, self.index_of(kind).next_number(), now);
        if issue == before && beside.is_empty() {
            return Ok(Fields::Same);
        }
        let entry = self.entry_id(before)?;
        self.count_change(batch, issue, submission)?;
        self.write_beside(beside, issue.id.sequence(), now, batch)
            .map_err(|error| self.ledger.give_up(error))?;
        Ok(Fields::Changed(entry))
    }

    /// Checks what a change has to do with the project's other things, and says what has to be written for it. The patch
    /// then holds what its fields are to be.
    fn look_beside(
        &self,
        kind: ReportKind,
        before: &Issue,
        patch: &mut IssuePatch,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<Beside, ActorError> {
        let sequence = before.id.sequence();
        let tags = patch.tags.take();
        let mut beside = Beside {
            tags: tags.filter(|tags| !self.index_of(kind).has_tags(sequence, tags)),
            ..Beside::default()
        };
        if let Some(original) = patch.duplicate_of {
            beside.duplicates = self.duplicate_moves(kind, sequence, original)?;
            let is_different = !beside.duplicates.is_empty();
            let implied = implied_status(kind, before.status, original.is_some()).filter(|_| is_different);
            patch.status = patch.status.or(implied);
        }
        if let Some(named) = patch.release.take() {
            let may_create = || self.may_create_releases(submission);
            beside.release = self.releases.choose(Some(named), now, may_create)?;
            patch.release = beside.release.as_ref().map(Chosen::reference);
        }
        if let Some(sent) = patch.custom_fields.take() {
            let changes = self.check_changed_values(field_target(kind), sent)?;
            let values = overlaid(&before.custom_fields, changes);
            if values.len() > CUSTOM_VALUES_MAX && values.len() > before.custom_fields.len() {
                return Err(ActorError::Invalid {
                    field: "custom_fields",
                    problem: "would be too many together (maximum is 100)",
                });
            }
            patch.custom_fields = Some(values);
        }
        Ok(beside)
    }

    fn write_beside(
        &mut self,
        beside: Beside,
        sequence: u64,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        if let Some(tags) = beside.tags {
            self.retag(sequence, &tags, batch)?;
        }
        if let Some(release) = beside.release {
            self.releases.add(release, batch)?;
        }
        self.write_duplicates(beside.duplicates, now, batch)
    }

    fn count_change(
        &mut self,
        batch: &mut Batch,
        issue: &Issue,
        submission: &Submission,
    ) -> Result<(), ActorError> {
        if !reporter_limits::are_for(submission.submitter) {
            return Ok(());
        }
        let sequence = issue.id.sequence();
        if !self.reporter_changes.allow(sequence) {
            return Err(ActorError::NotAllowed("change this report any more today"));
        }
        let counted = self.reporter_changes.count(sequence, batch);
        counted.map_err(|error| self.ledger.give_up(error))
    }

    fn write_changed(
        &mut self,
        kind: ReportKind,
        batch: &mut Batch,
        issue: &Issue,
    ) -> Result<(), StorageError> {
        batch.put(keys::report(self.id, kind, issue.id), issue)?;
        batch.put(keys::report_row(self.id, kind, issue.id), &IssueRow::from(issue))?;
        match self.index_of(kind).ordinal(issue.id.sequence()) {
            Some(ordinal) => self.snapshots.of(kind).note_change(ordinal, batch),
            None => Ok(()),
        }
    }
}

/// The status that comes with being marked as a duplicate, or with losing the mark, where the change names none.
fn implied_status(kind: ReportKind, before: IssueStatus, is_duplicate: bool) -> Option<IssueStatus> {
    let duplicate = IssueStatus::Duplicate;
    if is_duplicate {
        return Some(duplicate).filter(|status| IssueStatus::of(kind).contains(status));
    }
    (before == duplicate).then(|| IssueStatus::first(kind))
}
