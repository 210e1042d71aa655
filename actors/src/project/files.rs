//! Files of an issue: how many there may be, how large, and reading them before a change adds or removes one.

use actix::{AsyncContext, Context, Handler, Message};
use bugle_storage::records::{Attachment, FirstAnswer, IdempotencyRecord, Issue, Reporter};
use bugle_storage::{Batch, RecordId, StorageError};

use super::edits::{Changed, IssueRead};
use super::issues::build_attachment;
use super::{IssueChange, NewAttachment, ProjectActor, ReportLinks, ReportReference, Submission, keys};
use crate::{ActorError, Reply};

/// Files of one issue beyond which nobody adds any.
pub const ISSUE_FILES_MAX: usize = 200;

/// Announces a file that comes before a record names it: one that is to be confirmed, or a piece of a clip. Nothing is written: only how much of that a reporter does in
/// a day is counted.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AnnounceUpload {
    /// For which issue.
    pub issue: ReportReference,
    /// Size in bytes.
    pub size: u64,
    /// How many bytes may be announced for the issue in a UTC day.
    pub day_max: u64,
    /// Where the answer goes.
    pub reply: Reply<()>,
}

impl Handler<AnnounceUpload> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: AnnounceUpload, _: &mut Context<Self>) {
        self.handled += 1;
        let now = self.clock.now();
        self.begin_day(now);
        let sequence = self.resolve(message.issue).ok_or(ActorError::NotFound);
        let AnnounceUpload { size, day_max, .. } = message;
        let counted = sequence.and_then(|sequence| self.reporter_changes.bring(sequence, size, day_max));
        message.reply.send(counted);
    }
}

/// Whether a change can only be decided when the records of the issue's files are known.
pub(super) const fn are_needed_for(change: &IssueChange) -> bool {
    matches!(change, IssueChange::Attach { .. } | IssueChange::Detach(_))
}

/// Refuses one more file of `size` bytes where there are too many or they are too large; `size_max` is what all of
/// them may have together, in bytes.
pub(super) fn ensure_room(files: &[Attachment], size: u64, size_max: u64) -> Result<(), ActorError> {
    let refuse = |problem| {
        Err(ActorError::Invalid {
            field: "report",
            problem,
        })
    };
    if files.len() >= ISSUE_FILES_MAX {
        return refuse("has as many files as it may have");
    }
    let used: u64 = files.iter().map(|file| file.size).sum();
    if used.saturating_add(size) > size_max {
        return refuse("has no room for a file of this size");
    }
    Ok(())
}

/// The first answer again: the retry brings the same file, and with it the record is built as it was then.
pub(super) fn first_attachment(
    noted: IdempotencyRecord,
    change: IssueChange,
    reporter: &Reporter,
) -> Result<Changed, ActorError> {
    let (FirstAnswer::Attachment { id, issue, filename }, IssueChange::Attach { file, .. }) =
        (noted.answer, change)
    else {
        return Err(ActorError::KeyReused);
    };
    let new = NewAttachment { filename, ..*file };
    Ok(Changed {
        issue: None,
        links: ReportLinks::default(),
        attachment: Some(Box::new(build_attachment(
            id,
            issue,
            new,
            reporter,
            noted.created_at,
        ))),
        replayed: true,
    })
}

impl ProjectActor {
    /// Reads the files of an issue off this thread, and goes on with the changes that wait for them.
    pub(super) fn read_files_for_edits(
        &mut self,
        sequence: u64,
        issue: Box<Issue>,
        context: &mut Context<Self>,
    ) {
        let key = |file: &RecordId| keys::attachment_of(self.id, issue.id, *file);
        let read = self.ledger.read(issue.attachments.iter().map(key).collect());
        let reading = tokio::task::spawn_blocking(move || read.run::<Attachment>());
        let project = context.address();
        context.spawn(actix::fut::wrap_future(async move {
            let (issue, files) = match reading.await {
                Ok(Ok(files)) => (Ok(Some(issue)), Some(files.into_iter().flatten().collect())),
                Ok(Err(error)) => (Err(error), None),
                Err(_) => (Err(StorageError::Closed), None),
            };
            let read = IssueRead {
                sequence,
                issue,
                files,
            };
            let _ = project.send(read).await;
        }));
    }

    /// Takes a file out of a copy of its issue. Its bytes are left to the sweep: another file may have the same.
    pub(super) fn remove_attachment(
        &self,
        batch: &mut Batch,
        issue: &mut Issue,
        file: RecordId,
    ) -> Result<(), ActorError> {
        let before = issue.attachments.len();
        issue.attachments.retain(|id| *id != file);
        if issue.attachments.len() == before {
            return Err(ActorError::NotFound);
        }
        batch.delete(keys::attachment_of(self.id, issue.id, file));
        Ok(())
    }

    /// Adds the record of a file to the batch, and what the request's key is answered with from now on.
    pub(super) fn write_attachment(
        &mut self,
        batch: &mut Batch,
        file: &Attachment,
        submission: &Submission,
    ) -> Result<(), StorageError> {
        batch.put(keys::attachment(self.id, file), file)?;
        let answer = || FirstAnswer::Attachment {
            id: file.id,
            issue: file.issue,
            filename: file.filename.clone(),
        };
        self.keys
            .note_answer(batch, submission.sender(), answer, file.created_at)
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;
    use bugle_storage::records::{AttachmentKind, BlobHash};

    use super::*;

    fn file(size: u64) -> Attachment {
        Attachment {
            id: RecordId(1),
            issue: RecordId(2),
            kind: AttachmentKind::LogFile,
            filename: "log.txt".into(),
            content_type: "text/plain".into(),
            size,
            blob: BlobHash([1; 32]),
            developer_private: false,
            created_at: Timestamp(0),
            user: None,
        }
    }

    #[test]
    fn files_are_bounded_in_number_and_together_in_size() {
        assert!(ensure_room(&[], 10, 10).is_ok());
        assert!(ensure_room(&[], 11, 10).is_err());
        assert!(ensure_room(&[file(4), file(4)], 2, 10).is_ok());
        assert!(ensure_room(&[file(4), file(4)], 3, 10).is_err());
        assert!(
            ensure_room(&[file(4)], u64::MAX, u64::MAX - 1).is_err(),
            "no overflow"
        );
        let many = vec![file(0); ISSUE_FILES_MAX];
        assert!(ensure_room(&many, 0, 10).is_err());
        assert!(ensure_room(&many[1..], 0, 10).is_ok());
    }
}
