//! Comments: stored below their report, and read from there when somebody asks; none is kept in memory.

mod editing;

use actix::{Context, Handler, Message};
use bugle_storage::records::{Attachment, Comment, FirstAnswer, IdempotencyRecord, ReportKind, Reporter};
use bugle_storage::{Batch, RecordId, StorageError, Timestamp, UserId};

use super::issues::build_attachment;
use super::listings::{PAGE_SIZE_MAX, PageRead, ReadPage, Wanted};
use super::{Created, NewAttachment, ProjectActor, ReportReference, Submission, keys};
use crate::{ActorError, Reply};
pub(super) use editing::CommentEdits;
pub use editing::EditComment;

/// Writes a comment under a published report.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AddComment {
    /// Under which report.
    pub report: ReportReference,
    /// Who writes.
    pub author: UserId,
    /// What; checked by whoever sends this.
    pub body: String,
    /// A file that goes with it, whose bytes are in the blob store.
    pub file: Option<NewAttachment>,
    /// On what terms it is sent.
    pub submission: Submission,
    /// Where the answer goes.
    pub reply: Reply<Created<Comment>>,
}

/// A comment as a request brings it.
#[derive(Debug)]
struct NewComment {
    author: UserId,
    body: String,
    file: Option<NewAttachment>,
}

impl NewComment {
    /// The comment under these ids; without one for its file it has none.
    fn build(self, id: RecordId, report: RecordId, file: Option<RecordId>, now: Timestamp) -> Comment {
        let author = Reporter::User(self.author);
        let build = |(file, new)| build_attachment(file, id, new, &author, now);
        Comment {
            id,
            report,
            author: self.author,
            body: self.body,
            created_at: now,
            updated_at: now,
            file: file.zip(self.file).map(build),
        }
    }
}

/// Reads a page of the comments under a published report, oldest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListComments {
    /// Under which report.
    pub report: ReportReference,
    /// How many to pass over.
    pub skip: u64,
    /// How many to read at the most.
    pub take: u32,
    /// Where the answer goes.
    pub reply: Reply<CommentPage>,
}

/// A page of comments.
#[derive(Debug)]
pub struct CommentPage {
    /// The comments, oldest first.
    pub comments: Vec<Comment>,
    /// How many there are in all.
    pub total: u64,
}

/// Reads one comment under a published report.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FindComment {
    /// Under which report.
    pub report: ReportReference,
    /// The comment.
    pub comment: RecordId,
    /// Where the answer goes.
    pub reply: Reply<Comment>,
}

/// Takes a comment away. Whether the caller may, whoever sends this has looked at; that it is gone already is no
/// error.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct DeleteComment {
    /// The comment, as it was found.
    pub comment: Comment,
    /// Where the answer goes: the same comment.
    pub reply: Reply<Comment>,
}

impl Handler<AddComment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: AddComment, context: &mut Context<Self>) {
        self.handled += 1;
        let now = self.clock.now();
        let AddComment {
            report,
            author,
            body,
            file,
            submission,
            reply,
        } = message;
        let new = NewComment { author, body, file };
        // Before the report is looked for: it may be gone since.
        if let Some((place, fingerprint)) = self.first_answer(&submission, now) {
            return self.ledger.replay(place, fingerprint, move |noted| {
                reply.send(noted.and_then(|noted| first_comment(noted, new)));
            });
        }
        let written = self.write_comment(report, new, &submission, now);
        self.ask_for_ids(context);
        match written {
            Ok((batch, record)) => {
                let created = Created {
                    record,
                    replayed: false,
                };
                self.ledger.commit_and_answer(batch, || (), created, reply);
            }
            Err(refusal) => reply.send(Err(refusal)),
        }
    }
}

/// The first answer again: the retry is the same request, and with it the comment is built as it was then.
fn first_comment(noted: IdempotencyRecord, new: NewComment) -> Result<Created<Comment>, ActorError> {
    let FirstAnswer::Comment { id, report, file } = noted.answer else {
        return Err(ActorError::KeyReused);
    };
    let (file, filename) = file.unzip();
    let mut comment = new.build(id, report, file, noted.created_at);
    if let (Some(file), Some(filename)) = (&mut comment.file, filename) {
        file.filename = filename;
    }
    Ok(Created {
        record: comment,
        replayed: true,
    })
}

impl ProjectActor {
    fn write_comment(
        &mut self,
        report: ReportReference,
        new: NewComment,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<(Batch, Comment), ActorError> {
        let kind = report.kind;
        let report = self.published(report)?;
        self.ledger.ensure_writable()?;
        let id = self.next_id()?;
        let file = new.file.is_some().then(|| self.next_id()).transpose()?;
        let comment = new.build(id, report, file, now);
        let answer = || FirstAnswer::Comment {
            id,
            report,
            file: comment.file.as_ref().map(first_file),
        };
        let mut batch = Batch::new();
        let noted = self
            .keys
            .note_answer(&mut batch, submission.sender(), answer, now);
        let is_answer = kind == ReportKind::SupportTicket && self.is_by_developer(submission);
        let written = noted
            .and_then(|()| self.put_comment(&comment, &mut batch))
            .and_then(|()| self.note_comment(kind, (id, report), now, &mut batch))
            .and_then(|()| {
                if !is_answer {
                    return Ok(());
                }
                self.mail_answered((report, comment.id), comment.author, now, &mut batch)
            });
        written.map_err(|error| self.ledger.give_up(error))?;
        let below = keys::comments(self.id, report);
        self.listings.note(&below, id.sequence(), true);
        Ok((batch, comment))
    }

    fn put_comment(&self, comment: &Comment, batch: &mut Batch) -> Result<(), StorageError> {
        if let Some(file) = &comment.file {
            batch.put(keys::attachment(self.id, file), file)?;
        }
        batch.put(keys::comment(self.id, comment.report, comment.id), comment)
    }

    /// The report, unless it is a draft or none of ours.
    pub(super) fn published(&self, report: ReportReference) -> Result<RecordId, ActorError> {
        let index = self.index_of(report.kind);
        let sequence = self.resolve(report).ok_or(ActorError::NotFound)?;
        let ordinal = index.ordinal(sequence).ok_or(ActorError::NotFound)?;
        let (_, row) = index.row(ordinal).ok_or(ActorError::NotFound)?;
        let id = RecordId::new(sequence, self.id.shard());
        row.number.map(|_| id).ok_or(ActorError::NotFound)
    }
}

fn first_file(file: &Attachment) -> (RecordId, String) {
    (file.id, file.filename.clone())
}

impl Handler<ListComments> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ListComments, context: &mut Context<Self>) {
        self.handled += 1;
        let ListComments {
            report,
            skip,
            take,
            reply,
        } = message;
        let report = match self.published(report) {
            Ok(report) => report,
            Err(refusal) => return reply.send(Err(refusal)),
        };
        let then: ReadPage = Box::new(move |page| match page {
            Err(refusal) => reply.send(Err(refusal)),
            Ok(PageRead { read, total }) => {
                tokio::task::spawn_blocking(move || {
                    let comments = read.run_within(PAGE_SIZE_MAX);
                    let page = comments.map(|comments| CommentPage { comments, total });
                    reply.send(page.map_err(ActorError::from));
                });
            }
        });
        let wanted = Wanted { skip, take, then };
        self.page_below(keys::comments(self.id, report), wanted, context);
    }
}

impl Handler<FindComment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: FindComment, _: &mut Context<Self>) {
        self.handled += 1;
        let report = match self.published(message.report) {
            Ok(report) => report,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        let FindComment {
            comment: id, reply, ..
        } = message;
        let key = keys::comment(self.id, report, id);
        let read = self.ledger.read(vec![key]);
        tokio::task::spawn_blocking(move || {
            let found = read.run::<Comment>().map(|mut found| found.pop().flatten());
            // The key has the sequence of the id, and another id may have the same.
            let ours = found.map(|found| found.filter(|comment| comment.id == id));
            let ours = ours.map_err(ActorError::from);
            reply.send(ours.and_then(|comment| comment.ok_or(ActorError::NotFound)));
        });
    }
}

impl Handler<DeleteComment> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: DeleteComment, _: &mut Context<Self>) {
        self.handled += 1;
        let DeleteComment { comment, reply } = message;
        if let Err(refusal) = self.ledger.ensure_writable() {
            return reply.send(Err(refusal));
        }
        let mut batch = Batch::new();
        batch.delete(keys::comment(self.id, comment.report, comment.id));
        if let Some(file) = &comment.file {
            batch.delete(keys::attachment(self.id, file));
        }
        self.comment_edits.note_deleted(comment.id);
        self.unmail_answered(comment.id, &mut batch);
        let below = keys::comments(self.id, comment.report);
        self.listings.note(&below, comment.id.sequence(), false);
        self.ledger.commit_and_answer(batch, || (), comment, reply);
    }
}
