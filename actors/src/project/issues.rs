//! New issues: the way of a report through its project.

use std::sync::Arc;

use actix::{Context, Handler, Message};
use bugle_storage::records::{
    Attachment, FirstAnswer, IdempotencyRecord, Issue, IssueRow, IssueStatus, ReportKind, Reporter,
};
use bugle_storage::{Batch, RecordId, StorageError, Timestamp};

use super::kinds::{creation, field_target};
use super::quotas::QuotaState;
use super::releases::Chosen;
use super::submission::{NewAttachment, NewIssue, Submission};
use super::{ProjectActor, keys};
use crate::{ActorError, Reply, WrongField};

/// Stores a report. Answered by the store's own thread once the report is durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SubmitIssue {
    /// What kind of report it is.
    pub kind: ReportKind,
    /// The report.
    pub new: Box<NewIssue>,
    /// Files that came in the same request.
    pub attachments: Vec<NewAttachment>,
    /// Whether its files, or who sends it, were left out because it could only be a retry: then it is stored under no
    /// circumstances.
    pub replay_only: bool,
    /// Who sends it.
    pub submission: Submission,
    /// What the project has against it as it is now: it is refused, unless the same request was taken before.
    pub objection: Option<WrongField>,
    /// Where the answer goes.
    pub reply: Reply<Submitted>,
}

/// A report that is on the disk.
#[derive(Debug)]
pub struct Submitted {
    /// The report as it was when it was first stored.
    pub issue: Box<Issue>,
    /// How the daily limit stands; `None` for people and for replays.
    pub quota: Option<QuotaState>,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

impl Handler<SubmitIssue> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: SubmitIssue, context: &mut Context<Self>) {
        self.handled += 1;
        let now = self.clock.now();
        self.begin_day(now);
        if let Some((place, fingerprint)) = self.first_answer(&message.submission, now) {
            let SubmitIssue {
                kind,
                new,
                submission,
                reply,
                ..
            } = message;
            return self.ledger.replay(place, fingerprint, move |noted| {
                reply.send(noted.and_then(|noted| first_issue(noted, kind, *new, &submission)));
            });
        }
        let reply = message.reply;
        if message.replay_only {
            return reply.send(Err(self.refuse_new(message.kind, &message.submission)));
        }
        if let Some(objection) = message.objection {
            return reply.send(Err(ActorError::InvalidFields(vec![objection])));
        }
        let stored = self.accept(
            message.kind,
            *message.new,
            message.attachments,
            &message.submission,
            now,
        );
        self.ask_for_ids(context);
        match stored {
            Ok((batch, issue, quota)) => {
                let submitted = Submitted {
                    issue,
                    quota,
                    replayed: false,
                };
                self.ledger.commit_and_answer(batch, || (), submitted, reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }
}

/// The first answer again: the retry is the same request, and with it the report is built as it was then.
fn first_issue(
    noted: IdempotencyRecord,
    kind: ReportKind,
    new: NewIssue,
    submission: &Submission,
) -> Result<Submitted, ActorError> {
    let FirstAnswer::Issue {
        id,
        number,
        attachments,
    } = noted.answer
    else {
        return Err(ActorError::KeyReused);
    };
    let issue = Issue {
        number,
        attachments,
        ..build_issue(id, kind, new, submission, noted.created_at)
    };
    Ok(Submitted {
        issue: Box::new(issue),
        quota: None,
        replayed: true,
    })
}

impl ProjectActor {
    fn accept(
        &mut self,
        kind: ReportKind,
        new: NewIssue,
        attachments: Vec<NewAttachment>,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<(Batch, Box<Issue>, Option<QuotaState>), ActorError> {
        self.ledger.ensure_writable()?;
        self.admit(submission, kind)?;
        let mut batch = Batch::new();
        let issue = self.add_new(&mut batch, kind, new, attachments, submission, now)?;
        let quota = self.count(submission, kind, &mut batch);
        let quota = quota.map_err(|error| self.ledger.give_up(error))?;
        self.note_spent((kind, issue.id), submission, quota, issue.created_at, &mut batch)
            .map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, issue, quota))
    }

    /// Adds a report that was admitted, but for its counting. Everything that can be refused is refused before anything
    /// changes, in memory or in the batch.
    pub(super) fn add_new(
        &mut self,
        batch: &mut Batch,
        kind: ReportKind,
        mut new: NewIssue,
        attachments: Vec<NewAttachment>,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<Box<Issue>, ActorError> {
        let created_at = now.max(self.index_of(kind).last_created());
        let sent = std::mem::take(&mut new.custom_fields);
        new.custom_fields = self.check_values(field_target(kind), sent, submission)?;
        let named = new.release.take();
        let may_create = || self.may_create_releases(submission);
        let release = self.releases.choose(named, created_at, may_create)?;
        new.release = release.as_ref().map(Chosen::reference);
        let id = self.next_id()?;
        let mut issue = Box::new(build_issue(id, kind, new, submission, created_at));
        if issue.published_at.is_some() {
            issue.number = Some(self.index_of(kind).next_number());
        }
        let files = self.number_attachments(&mut issue, attachments, created_at)?;
        let newest = self.releases.newest();
        let written = self.write_new(batch, kind, &issue, &files, submission);
        written.map_err(|error| self.ledger.give_up(error))?;
        if let Some(release) = release {
            let added = self.releases.add(release, batch);
            added.map_err(|error| self.ledger.give_up(error))?;
        }
        self.note_report(kind, &issue, newest, batch)
            .map_err(|error| self.ledger.give_up(error))?;
        self.index_of_mut(kind)
            .push(id.sequence(), &IssueRow::from(&*issue));
        Ok(issue)
    }

    /// Why a report of which something was left out is not stored when it turns out to be new. Where the limit does not stand
    /// in its way, since midnight has come or the key's time is over, the whole request is welcome again.
    pub(super) fn refuse_new(&mut self, kind: ReportKind, submission: &Submission) -> ActorError {
        self.admit(submission, kind).err().unwrap_or(ActorError::Busy)
    }

    /// Refuses what the token may not send, or has sent enough of.
    pub(super) fn admit(&mut self, submission: &Submission, kind: ReportKind) -> Result<(), ActorError> {
        if let Some(token) = submission.single_use_token() {
            self.used_submission_tokens.check(token, self.clock.now())?;
        }
        let grant = submission.grant.as_ref();
        if grant.is_some_and(|grant| !grant.rights.of(kind).allowed) {
            return Err(ActorError::NotAllowed(creation(kind)));
        }
        let Some(limit) = submission.limit(kind) else {
            return Ok(());
        };
        if self.quotas.allows(submission.counted(kind), limit) {
            return Ok(());
        }
        if let Some(grant) = grant {
            grant.spent.mark(submission.address, kind, self.quotas.day());
            self.marked.insert(grant.token, Arc::clone(grant));
        }
        Err(ActorError::QuotaSpent { kind, limit })
    }

    fn number_attachments(
        &mut self,
        issue: &mut Issue,
        attachments: Vec<NewAttachment>,
        now: Timestamp,
    ) -> Result<Vec<Attachment>, ActorError> {
        let mut files = Vec::with_capacity(attachments.len());
        for new in attachments {
            let file = build_attachment(self.next_id()?, issue.id, new, &issue.reporter, now);
            issue.attachments.push(file.id);
            files.push(file);
        }
        Ok(files)
    }

    fn write_new(
        &mut self,
        batch: &mut Batch,
        kind: ReportKind,
        issue: &Issue,
        files: &[Attachment],
        submission: &Submission,
    ) -> Result<(), StorageError> {
        batch.put(keys::report(self.id, kind, issue.id), issue)?;
        batch.put(keys::report_row(self.id, kind, issue.id), &IssueRow::from(issue))?;
        for file in files {
            batch.put(keys::attachment(self.id, file), file)?;
        }
        let answer = || FirstAnswer::Issue {
            id: issue.id,
            number: issue.number,
            attachments: issue.attachments.clone(),
        };
        self.keys
            .note_answer(batch, submission.sender(), answer, issue.created_at)?;
        if let Some(token) = submission.single_use_token() {
            self.used_submission_tokens.use_up(token, issue.id, batch)?;
        }
        self.mail_received(kind, issue, batch)
    }

    /// Counts a report where there is a daily limit.
    fn count(
        &mut self,
        submission: &Submission,
        kind: ReportKind,
        batch: &mut Batch,
    ) -> Result<Option<QuotaState>, StorageError> {
        let Some(limit) = submission.limit(kind) else {
            return Ok(None);
        };
        let quota = self.quotas.count(submission.counted(kind), limit, batch)?;
        Ok(Some(quota))
    }
}

pub(super) fn build_issue(
    id: RecordId,
    kind: ReportKind,
    new: NewIssue,
    submission: &Submission,
    now: Timestamp,
) -> Issue {
    Issue {
        id,
        number: None,
        title: new.title,
        description: new.description,
        steps_to_reproduce: new.steps_to_reproduce,
        status: if new.draft {
            IssueStatus::Hidden
        } else {
            IssueStatus::first(kind)
        },
        priority: new.priority,
        category: new.category,
        source: new.source,
        reporter: submission.reporter.clone(),
        contact_email: new.contact_email,
        email_my_report: new.email_my_report,
        assigned_to: None,
        release: new.release,
        custom_fields: new.custom_fields,
        extras: new.extras,
        due_date: new.due_date,
        attachments: Vec::new(),
        submitter: submission.submitter,
        address: submission.address,
        created_at: now,
        updated_at: now,
        published_at: (!new.draft).then_some(now),
        resolved_at: None,
    }
}

/// The record of a file of an issue.
pub(super) fn build_attachment(
    id: RecordId,
    issue: RecordId,
    new: NewAttachment,
    reporter: &Reporter,
    now: Timestamp,
) -> Attachment {
    Attachment {
        user: reporter.user(),
        id,
        issue,
        kind: new.kind,
        filename: new.filename,
        content_type: new.content_type,
        size: new.size,
        blob: new.blob,
        developer_private: new.developer_private,
        created_at: now,
    }
}
