//! Changes to an issue that exists. A change reads the record first, off the actor's thread, so changes to
//! one issue wait for each other in order, and changes to different issues do not.

mod rules;
mod text_versions;
mod writing;

use std::collections::VecDeque;

use actix::{AsyncContext, Context, Handler, Message};
use bugle_storage::records::{
    Attachment, Category, CustomValue, Issue, IssueRow, IssueStatus, Priority, ReleaseReference, ReportKind,
    Submitter,
};
use bugle_storage::{Key, RecordId, StorageError, UserId};

use super::{
    NewAttachment, ProjectActor, REPORTER_FILES_MAX, ReportLinks, ReportReference, SegmentGroup, Submission,
    files, keys, reporter_limits,
};
use crate::{ActorError, Reply};
pub use text_versions::{TextVersion, TextVersions, with_line_feeds};

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
    /// The numbers of all its tags from now on.
    pub tags: Option<Vec<u32>>,
    /// The numbers of tags that it gets beside those it has.
    pub added_tags: Vec<u32>,
    /// What it is a duplicate of; `Some(None)` says that it is none.
    pub duplicate_of: Option<Option<RecordId>>,
    /// See [`Issue::release`].
    pub release: Option<ReleaseReference>,
    /// See [`Issue::due_date`]; `Some(None)` takes it away.
    pub due_date: Option<Option<String>>,
    /// Values of custom fields; a blank one takes the value away. Others stay as they are.
    pub custom_fields: Option<Vec<(String, CustomValue)>>,
    /// What its texts were written over; it is refused where one of them is another by now. `None` sets them whatever is
    /// there.
    pub written_over: Option<TextVersions>,
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
    Attach {
        /// The file.
        file: Box<NewAttachment>,
        /// What the issue's files may have together, in bytes.
        size_max: u64,
        /// The pieces that it was joined from, which go with it.
        joined: Option<SegmentGroup>,
    },
    /// Takes a file away.
    Detach(RecordId),
}

impl IssueChange {
    /// The tags that it gives the issue, if it does.
    fn tags(&self) -> Option<&[u32]> {
        match self {
            Self::Patch(patch) => patch.tags.as_deref(),
            Self::Publish { .. } | Self::SetContact { .. } | Self::Attach { .. } | Self::Detach(_) => None,
        }
    }
}

/// Changes an issue. Answered by the store's own thread once the change is durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ChangeIssue {
    /// Which issue.
    pub issue: ReportReference,
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
    /// What stands beside it.
    pub links: ReportLinks,
    /// The file that was added.
    pub attachment: Option<Box<Attachment>>,
    /// Whether this is the first answer to an `Idempotency-Key` again.
    pub replayed: bool,
}

/// A change that waits for its issue to be read.
#[derive(Debug)]
pub(super) struct Edit {
    kind: ReportKind,
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
        let edit = Edit {
            kind: message.issue.kind,
            change: message.change,
            submission: message.submission,
            reply: message.reply,
        };
        if let Some((place, fingerprint)) = self.first_answer(&edit.submission, now) {
            return self.replay_edit(place, fingerprint, edit);
        }
        let Some(sequence) = self.resolve(message.issue) else {
            return edit.reply.send(Err(ActorError::NotFound));
        };
        if let Err(error) = self.ledger.ensure_writable() {
            return edit.reply.send(Err(error));
        }
        self.queue_edit(sequence, edit, context);
    }
}

/// The record that waiting changes need.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct IssueRead {
    pub(super) sequence: u64,
    pub(super) issue: Result<Option<Box<Issue>>, StorageError>,
    /// Its files, once they were found to be needed.
    pub(super) files: Option<Vec<Attachment>>,
}

impl ProjectActor {
    fn queue_edit(&mut self, sequence: u64, edit: Edit, context: &mut Context<Self>) {
        if let Some(waiting) = self.edits.get_mut(&sequence) {
            if waiting.len() >= WAITING_CHANGES_MAX {
                return edit.reply.send(Err(ActorError::Busy));
            }
            return waiting.push_back(edit);
        }
        let id = RecordId::new(sequence, self.id.shard());
        let read = self.ledger.read(vec![keys::report(self.id, edit.kind, id)]);
        self.edits.insert(sequence, VecDeque::from([edit]));
        let reading = tokio::task::spawn_blocking(move || read.run::<Issue>());
        let project = context.address();
        context.spawn(actix::fut::wrap_future(async move {
            let issue = match reading.await {
                Ok(Ok(mut found)) => Ok(found.pop().flatten().map(Box::new)),
                Ok(Err(error)) => Err(error),
                Err(_) => Err(StorageError::Closed),
            };
            // `send` waits for room in the mailbox, which `try_send` would not.
            let read = IssueRead {
                sequence,
                issue,
                files: None,
            };
            let _ = project.send(read).await;
        }));
    }
}

impl Handler<IssueRead> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: IssueRead, context: &mut Context<Self>) {
        let message = match message {
            IssueRead {
                sequence,
                issue: Ok(Some(issue)),
                files: None,
            } if self.needs_files(sequence, &issue) => {
                return self.read_files_for_edits(sequence, issue, context);
            }
            other => other,
        };
        let mut files = message.files.unwrap_or_default();
        let waiting = self.edits.remove(&message.sequence).unwrap_or_default();
        let mut issue = match message.issue {
            Ok(Some(issue)) => issue,
            Ok(None) => return refuse_all(waiting, &ActorError::NotFound),
            Err(error) => return refuse_all(waiting, &ActorError::from(error)),
        };
        for edit in waiting {
            self.apply_edit(&mut issue, &mut files, edit);
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
    fn needs_files(&self, sequence: u64, issue: &Issue) -> bool {
        let waiting = self.edits.get(&sequence).into_iter().flatten();
        !issue.attachments.is_empty()
            && waiting
                .into_iter()
                .any(|edit| files::are_needed_for(&edit.change))
    }

    fn replay_edit(&mut self, place: Key, fingerprint: u64, edit: Edit) {
        let Edit {
            change,
            submission,
            reply,
            ..
        } = edit;
        self.ledger.replay(place, fingerprint, move |noted| {
            reply.send(noted.and_then(|noted| files::first_attachment(noted, change, &submission.reporter)));
        });
    }

    /// `files` are those of the issue where a change of them waits.
    fn apply_edit(&mut self, issue: &mut Box<Issue>, files: &mut Vec<Attachment>, edit: Edit) {
        // Two files with the same key may have waited for the same record.
        let now = self.clock.now();
        if let Some((place, fingerprint)) = self.first_answer(&edit.submission, now) {
            return self.replay_edit(place, fingerprint, edit);
        }
        let Edit {
            kind,
            change,
            submission,
            reply,
        } = edit;
        let change = self.with_all_tags(kind, issue, change);
        let mut changed = issue.clone();
        let written = self
            .may_change(issue, files, &change, &submission)
            .and_then(|()| self.write_edit(kind, (issue, &mut changed), change, &submission, now));
        let (batch, attachment) = match written {
            Ok(written) => written,
            Err(error) => return reply.send(Err(error)),
        };
        let answer = Changed {
            issue: Some(changed.clone()),
            links: self.links_of(kind, changed.id.sequence()),
            attachment,
            replayed: false,
        };
        let Some(batch) = batch else {
            // It says what is there, so what is there must be durable.
            return self.ledger.when_durable(move |outcome| {
                reply.send(outcome.map(|()| answer).map_err(ActorError::from));
            });
        };
        self.index_of_mut(kind)
            .update(changed.id.sequence(), &IssueRow::from(&*changed));
        files.extend(answer.attachment.as_deref().cloned());
        files.retain(|file| changed.attachments.contains(&file.id));
        *issue = changed;
        self.ledger.commit_and_answer(batch, || (), answer, reply);
    }

    /// Refuses what comes too late, what would be too much, and what the reporter of an issue may not, or not any more. Members may.
    fn may_change(
        &self,
        issue: &Issue,
        files: &[Attachment],
        change: &IssueChange,
        submission: &Submission,
    ) -> Result<(), ActorError> {
        if let IssueChange::Patch(patch) = change
            && patch.is_overtaken(issue)
        {
            return Err(ActorError::Overtaken);
        }
        if let Some(tags) = change.tags() {
            Self::check_tags(tags, &self.issue_tags)?;
        }
        if let IssueChange::Attach { file, size_max, .. } = change {
            files::ensure_room(files, file.size, *size_max)?;
        }
        if !reporter_limits::are_for(submission.submitter) {
            return Ok(());
        }
        // An update token is no better than the project token that it came by.
        if let Submitter::ProjectToken(token) = issue.submitter
            && !self.directory.has_project_token(token)
        {
            return Err(ActorError::NotAllowed("change this report"));
        }
        let is_file = matches!(change, IssueChange::Attach { .. });
        if is_file && issue.attachments.len() >= REPORTER_FILES_MAX {
            return Err(ActorError::NotAllowed("add more files to this report"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
