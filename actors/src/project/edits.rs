//! Changes to an issue that exists. A change reads the record first, off the actor's thread, so changes to
//! one issue wait for each other in order, and changes to different issues do not.

use std::collections::VecDeque;

use actix::{AsyncContext, Context, Handler, Message};
use bugle_storage::records::{
    Attachment, Category, FirstAnswer, IdempotencyRecord, Issue, IssueRow, IssueStatus, Priority, Reporter,
};
use bugle_storage::{Batch, RecordId, StorageError, Timestamp, UserId};

use super::issues::build_attachment;
use super::{IssueReference, NewAttachment, ProjectActor, Submission, keys};
use crate::{ActorError, Reply};

/// Changes that wait for one issue at the most; beyond it the sender is told to try again.
const WAITING_CHANGES_MAX: usize = 256;

/// Fields to set; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuePatch {
    /// See [`Issue::title`].
    pub title: Option<String>,
    /// See [`Issue::description`].
    pub description: Option<String>,
    /// See [`Issue::steps_to_reproduce`].
    pub steps_to_reproduce: Option<String>,
    /// See [`Issue::status`].
    pub status: Option<IssueStatus>,
    /// See [`Issue::priority`].
    pub priority: Option<Priority>,
    /// See [`Issue::category`].
    pub category: Option<Category>,
    /// See [`Issue::assigned_to`]; `Some(None)` takes the assignment away.
    pub assigned_to: Option<Option<UserId>>,
}

/// What is done to an issue.
#[derive(Debug, Clone)]
pub enum IssueChange {
    /// Sets fields.
    Patch(Box<IssuePatch>),
    /// Makes a draft visible; nothing happens to an issue that is (protocol 5.4).
    Publish {
        /// Whether the reporter wants a link by mail, when the request says so.
        email_my_report: Option<bool>,
    },
    /// Says how the reporter can be reached (protocol 5.4).
    SetContact {
        /// An e-mail address.
        email: Option<String>,
        /// A Discord id.
        discord_id: Option<String>,
    },
    /// Adds a file whose bytes are in the blob store (protocol 5.3).
    Attach(Box<NewAttachment>),
}

/// Changes an issue. Answered by the store's own thread once the change is durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeIssue {
    /// Which issue.
    pub issue: IssueReference,
    /// What to do.
    pub change: IssueChange,
    /// Who does it; its `Idempotency-Key` counts for files.
    pub submission: Submission,
    /// Where the answer goes.
    pub reply: Reply<Changed>,
}

/// An issue after a change.
#[derive(Debug)]
pub struct Changed {
    /// The issue as it is now.
    pub issue: Option<Box<Issue>>,
    /// The file that was added.
    pub attachment: Option<Box<Attachment>>,
    /// Whether this is the first answer to an `Idempotency-Key` again.
    pub replayed: bool,
}

/// A change that waits for its issue to be read.
#[derive(Debug)]
pub(super) struct Edit {
    change: IssueChange,
    submission: Submission,
    reply: Reply<Changed>,
}

impl Handler<ChangeIssue> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ChangeIssue, context: &mut Context<Self>) {
        self.handled += 1;
        let now = self.clock.now();
        self.begin_day(now);
        if let Some((place, fingerprint)) = self.first_answer(&message.submission, now) {
            let reply = message.reply;
            return self.ledger.replay(place, fingerprint, move |answer| {
                reply.send(answer.and_then(first_attachment));
            });
        }
        let Some(sequence) = self.resolve(message.issue) else {
            return message.reply.send(Err(ActorError::NotFound));
        };
        if let Err(error) = self.ledger.ensure_writable() {
            return message.reply.send(Err(error));
        }
        let edit = Edit {
            change: message.change,
            submission: message.submission,
            reply: message.reply,
        };
        self.queue_edit(sequence, edit, context);
    }
}

fn first_attachment(answer: FirstAnswer) -> Result<Changed, ActorError> {
    match answer {
        FirstAnswer::Attachment(attachment) => Ok(Changed {
            issue: None,
            attachment: Some(attachment),
            replayed: true,
        }),
        _ => Err(ActorError::KeyReused),
    }
}

/// The record that waiting changes need.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct IssueRead {
    sequence: u64,
    issue: Result<Option<Box<Issue>>, StorageError>,
}

impl ProjectActor {
    fn queue_edit(&mut self, sequence: u64, edit: Edit, context: &mut Context<Self>) {
        if let Some(waiting) = self.edits.get_mut(&sequence) {
            if waiting.len() >= WAITING_CHANGES_MAX {
                return edit.reply.send(Err(ActorError::Busy));
            }
            return waiting.push_back(edit);
        }
        self.edits.insert(sequence, VecDeque::from([edit]));
        let id = RecordId::new(sequence, self.id.shard());
        let read = self.ledger.read(vec![keys::issue(self.id, id)]);
        let reading = tokio::task::spawn_blocking(move || read.run::<Issue>());
        let project = context.address();
        context.spawn(actix::fut::wrap_future(async move {
            let issue = match reading.await {
                Ok(Ok(mut found)) => Ok(found.pop().flatten().map(Box::new)),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(StorageError::Closed),
            };
            // `send` waits for room in the mailbox, which `try_send` would not.
            let _ = project.send(IssueRead { sequence, issue }).await;
        }));
    }
}

impl Handler<IssueRead> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: IssueRead, context: &mut Context<Self>) {
        let waiting = self.edits.remove(&message.sequence).unwrap_or_default();
        let mut issue = match message.issue {
            Ok(Some(issue)) => issue,
            Ok(None) => return refuse_all(waiting, &ActorError::NotFound),
            Err(error) => return refuse_all(waiting, &ActorError::from(error)),
        };
        for edit in waiting {
            self.apply_edit(&mut issue, edit);
        }
        self.ask_for_ids(context);
    }
}

fn refuse_all(waiting: VecDeque<Edit>, error: &ActorError) {
    for edit in waiting {
        edit.reply.send(Err(error.clone()));
    }
}

impl ProjectActor {
    fn apply_edit(&mut self, issue: &mut Box<Issue>, edit: Edit) {
        let reply = edit.reply;
        // Two files with the same key may have waited for the same record.
        let now = self.clock.now();
        if let Some((place, fingerprint)) = self.first_answer(&edit.submission, now) {
            return self.ledger.replay(place, fingerprint, move |answer| {
                reply.send(answer.and_then(first_attachment));
            });
        }
        let mut changed = issue.clone();
        match self.write_edit(&mut changed, edit.change, &edit.submission, now) {
            Ok((batch, attachment)) => {
                self.index
                    .update(changed.id.sequence(), &IssueRow::from(&*changed));
                issue.clone_from(&changed);
                let changed = Changed {
                    issue: Some(changed),
                    attachment,
                    replayed: false,
                };
                self.ledger.commit_and_answer(batch, || (), changed, reply);
            }
            Err(error) => reply.send(Err(error)),
        }
    }

    fn write_edit(
        &mut self,
        issue: &mut Issue,
        change: IssueChange,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<(Batch, Option<Box<Attachment>>), ActorError> {
        self.ledger.ensure_writable()?;
        let mut batch = Batch::new();
        let now = now.max(issue.updated_at);
        let attachment = match change {
            IssueChange::Attach(new) => {
                let file = Box::new(build_attachment(self.next_id()?, issue.id, *new, now));
                issue.attachments.push(file.id);
                self.write_attachment(&mut batch, &file, submission)
                    .map_err(|error| self.ledger.give_up(error))?;
                Some(file)
            }
            other => {
                apply(issue, other, self.index.next_number(), now);
                None
            }
        };
        issue.updated_at = now;
        let written = batch
            .put(keys::issue(self.id, issue.id), issue)
            .and_then(|()| batch.put(keys::issue_row(self.id, issue.id), &IssueRow::from(&*issue)));
        written.map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, attachment))
    }

    fn write_attachment(
        &mut self,
        batch: &mut Batch,
        file: &Attachment,
        submission: &Submission,
    ) -> Result<(), StorageError> {
        batch.put(keys::attachment(self.id, file), file)?;
        let Some(key) = submission.key else { return Ok(()) };
        let place = self
            .keys
            .remember(submission.submitter, key.hash, file.created_at);
        let answer = FirstAnswer::Attachment(Box::new(file.clone()));
        let record = IdempotencyRecord {
            created_at: file.created_at,
            fingerprint: key.fingerprint,
            answer,
        };
        batch.put(place, &record)
    }
}

/// The rules of a change: plain values in, plain values out. `next_number` is for a draft that becomes
/// visible.
fn apply(issue: &mut Issue, change: IssueChange, next_number: u32, now: Timestamp) {
    match change {
        IssueChange::Patch(patch) => apply_patch(issue, *patch, now),
        IssueChange::Publish { email_my_report } => {
            issue.email_my_report = email_my_report.unwrap_or(issue.email_my_report);
            if issue.published_at.is_none() {
                issue.published_at = Some(now);
                issue.number = Some(next_number);
                issue.status = IssueStatus::Open;
            }
        }
        IssueChange::SetContact { email, discord_id } => {
            if let Some(discord_id) = discord_id
                && issue.reporter == Reporter::Anonymous
            {
                issue.reporter = Reporter::Discord(discord_id);
            }
            issue.contact_email = email.or(issue.contact_email.take());
        }
        IssueChange::Attach(_) => {}
    }
}

fn apply_patch(issue: &mut Issue, patch: IssuePatch, now: Timestamp) {
    set(&mut issue.title, patch.title);
    set(&mut issue.description, patch.description);
    set(&mut issue.steps_to_reproduce, patch.steps_to_reproduce);
    set(&mut issue.priority, patch.priority);
    set(&mut issue.category, patch.category);
    set(&mut issue.assigned_to, patch.assigned_to);
    // A draft's status is set by publishing it.
    if let Some(status) = patch.status.filter(|_| issue.published_at.is_some()) {
        let settled = issue.resolved_at.filter(|_| issue.status.is_settled());
        issue.resolved_at = status.is_settled().then(|| settled.unwrap_or(now));
        issue.status = status;
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

#[cfg(test)]
mod tests;
