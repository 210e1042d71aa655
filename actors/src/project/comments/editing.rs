//! Changing what a comment says. The comment is read first, off the actor's thread, and may be deleted meanwhile.

use std::collections::HashMap;

use actix::{AsyncContext, Context, Handler, Message};
use bugle_storage::records::Comment;
use bugle_storage::{Batch, RecordId, StorageError, UserId};

use crate::project::{ProjectActor, ReportReference, keys};
use crate::{ActorError, Reply};

/// Changes what a comment under a published report says. Only whoever wrote it may.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct EditComment {
    /// Under which report.
    pub report: ReportReference,
    /// The comment.
    pub comment: RecordId,
    /// Who changes it.
    pub author: UserId,
    /// What it says from now on; checked by whoever sends this.
    pub body: String,
    /// Where the answer goes.
    pub reply: Reply<Comment>,
}

/// Comments that are being read to be changed, by sequence.
#[derive(Debug, Default)]
pub(in crate::project) struct CommentEdits(HashMap<u64, UnderWay>);

#[derive(Debug, Default)]
struct UnderWay {
    edits: u32,
    is_deleted: bool,
}

impl CommentEdits {
    fn begin(&mut self, comment: RecordId) {
        self.0.entry(comment.sequence()).or_default().edits += 1;
    }

    /// Whether the comment is still there as far as is known here.
    fn end(&mut self, comment: RecordId) -> bool {
        let Some(under_way) = self.0.get_mut(&comment.sequence()) else {
            return true;
        };
        let is_there = !under_way.is_deleted;
        under_way.edits = under_way.edits.saturating_sub(1);
        if under_way.edits == 0 {
            self.0.remove(&comment.sequence());
        }
        is_there
    }

    /// Notes that a comment is deleted, so that a change under way does not bring it back.
    pub(in crate::project) fn note_deleted(&mut self, comment: RecordId) {
        if let Some(under_way) = self.0.get_mut(&comment.sequence()) {
            under_way.is_deleted = true;
        }
    }
}

/// The second half of an [`EditComment`].
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct CommentRead {
    edit: EditComment,
    found: Result<Option<Comment>, StorageError>,
}

impl Handler<EditComment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, edit: EditComment, context: &mut Context<Self>) {
        self.handled += 1;
        let report = match self.published(edit.report) {
            Ok(report) => report,
            Err(refusal) => return edit.reply.send(Err(refusal)),
        };
        let read = self
            .ledger
            .read(vec![keys::comment(self.id, report, edit.comment)]);
        self.comment_edits.begin(edit.comment);
        let reading = tokio::task::spawn_blocking(move || read.run::<Comment>());
        let project = context.address();
        context.spawn(actix::fut::wrap_future(async move {
            let found = match reading.await {
                Ok(found) => found.map(|mut found| found.pop().flatten()),
                Err(_) => Err(StorageError::Closed),
            };
            // `send` waits for room in the mailbox, which `try_send` would not.
            let _ = project.send(CommentRead { edit, found }).await;
        }));
    }
}

impl Handler<CommentRead> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: CommentRead, _: &mut Context<Self>) {
        let CommentRead { edit, found } = message;
        let is_there = self.comment_edits.end(edit.comment);
        // The key has the sequence of the id, and another id may have the same.
        let ours = found.map(|found| found.filter(|comment| is_there && comment.id == edit.comment));
        let written = match ours {
            Ok(Some(comment)) => self.write_edited(comment, edit.author, edit.body),
            Ok(None) => Err(ActorError::NotFound),
            Err(error) => Err(error.into()),
        };
        match written {
            Ok((batch, comment)) => self.ledger.commit_and_answer(batch, || (), comment, edit.reply),
            Err(refusal) => edit.reply.send(Err(refusal)),
        }
    }
}

impl ProjectActor {
    fn write_edited(
        &mut self,
        comment: Comment,
        by: UserId,
        body: String,
    ) -> Result<(Batch, Comment), ActorError> {
        if comment.author != by {
            return Err(ActorError::NotAllowed("edit the comments of others"));
        }
        self.ledger.ensure_writable()?;
        let edited = Comment {
            body,
            updated_at: self.clock.now().max(comment.updated_at),
            ..comment
        };
        let mut batch = Batch::new();
        batch
            .put(keys::comment(self.id, edited.report, edited.id), &edited)
            .map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, edited))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_under_way_does_not_bring_a_deleted_comment_back() {
        let mut edits = CommentEdits::default();
        let (one, other) = (RecordId(64), RecordId(128));
        edits.note_deleted(one);
        edits.begin(one);
        edits.begin(other);
        edits.begin(one);
        edits.note_deleted(one);
        assert_eq!(
            [edits.end(one), edits.end(one), edits.end(other)],
            [false, false, true]
        );
        assert!(edits.0.is_empty(), "nothing is remembered of what is over");
    }
}
