//! Comments: stored below their issue, and read from there when somebody asks; none is kept in memory.

use actix::{Context, Handler, Message};
use bugle_storage::records::Comment;
use bugle_storage::{Batch, RecordId, UserId};

use super::{IssueReference, ProjectActor, keys};
use crate::{ActorError, Reply};

/// Writes a comment under a published issue.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AddComment {
    /// Under which issue.
    pub issue: IssueReference,
    /// Who writes.
    pub author: UserId,
    /// What; checked by whoever sends this.
    pub body: String,
    /// Where the answer goes.
    pub reply: Reply<Comment>,
}

/// Reads the comments of a published issue.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListComments {
    /// Of which issue.
    pub issue: IssueReference,
    /// Where the answer goes: oldest first.
    pub reply: Reply<Vec<Comment>>,
}

/// Takes a comment away. Whether the caller may, whoever sends this has looked at; that it is gone already is no
/// error.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct DeleteComment {
    /// The issue it stands under.
    pub issue: RecordId,
    /// The comment.
    pub comment: RecordId,
    /// Where the answer goes.
    pub reply: Reply<()>,
}

impl Handler<AddComment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: AddComment, context: &mut Context<Self>) {
        self.handled += 1;
        let AddComment {
            issue,
            author,
            body,
            reply,
        } = message;
        let written = self.write_comment(issue, author, body);
        self.ask_for_ids(context);
        match written {
            Ok((batch, comment)) => self.ledger.commit_and_answer(batch, || (), comment, reply),
            Err(refusal) => reply.send(Err(refusal)),
        }
    }
}

impl ProjectActor {
    fn write_comment(
        &mut self,
        issue: IssueReference,
        author: UserId,
        body: String,
    ) -> Result<(Batch, Comment), ActorError> {
        let issue = self.published(issue)?;
        self.ledger.ensure_writable()?;
        let comment = Comment {
            id: self.next_id()?,
            issue,
            author,
            body,
            created_at: self.clock.now(),
        };
        let mut batch = Batch::new();
        let written = batch.put(keys::comment(self.id, issue, comment.id), &comment);
        written.map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, comment))
    }

    /// The issue, unless it is a draft or none of ours.
    fn published(&self, issue: IssueReference) -> Result<RecordId, ActorError> {
        let sequence = self.resolve(issue).ok_or(ActorError::NotFound)?;
        let ordinal = self.index.ordinal(sequence).ok_or(ActorError::NotFound)?;
        let (_, row) = self.index.row(ordinal).ok_or(ActorError::NotFound)?;
        let id = RecordId::new(sequence, self.id.shard());
        row.number.map(|_| id).ok_or(ActorError::NotFound)
    }
}

impl Handler<ListComments> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ListComments, _: &mut Context<Self>) {
        self.handled += 1;
        let issue = match self.published(message.issue) {
            Ok(issue) => issue,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        let read = self.ledger.read_below(&keys::comments(self.id, issue));
        tokio::task::spawn_blocking(move || {
            message
                .reply
                .send(read.run::<Comment>().map_err(ActorError::from));
        });
    }
}

impl Handler<DeleteComment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: DeleteComment, _: &mut Context<Self>) {
        self.handled += 1;
        if let Err(refusal) = self.ledger.ensure_writable() {
            return message.reply.send(Err(refusal));
        }
        let mut batch = Batch::new();
        batch.delete(keys::comment(self.id, message.issue, message.comment));
        self.ledger.commit_and_answer(batch, || (), (), message.reply);
    }
}
