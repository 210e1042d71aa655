//! Adding to a numbered set: the new record and what its request is answered with from now on make one batch, and a
//! retry gets the first answer again.

use actix::{Context, Handler, Message};
use bugle_storage::records::{EventKind, FirstAnswer, IdempotencyRecord};
use bugle_storage::{Batch, StorageError, Timestamp};

use super::Numbered;
use crate::project::{ProjectActor, Submission};
use crate::{ActorError, Reply};

/// Makes a record `R` of what a request says, `N`. That the sender may is for the asking side to know.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Create<N, R> {
    /// What it is to be.
    pub new: N,
    /// Who makes it.
    pub submission: Submission,
    /// Where the answer goes.
    pub reply: Reply<Created<R>>,
}

/// A record that is on the disk.
#[derive(Debug)]
pub struct Created<R> {
    /// The record as it was when the request was first answered.
    pub record: R,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// What a request says of a record to be made.
pub trait NewNumbered: Sized + Send + 'static {
    /// What it becomes.
    type Record: Numbered + Clone + Send + 'static;

    /// What others may want to hear when there is one more.
    const EVENT: Option<EventKind> = None;

    /// The record to be stored, refused where it does not go with the others. Changes nothing.
    fn accept(self, project: &ProjectActor, now: Timestamp) -> Result<Self::Record, ActorError>;

    /// Adds the record to the batch, then to the project's memory.
    fn keep(record: Self::Record, project: &mut ProjectActor, batch: &mut Batch) -> Result<(), StorageError>;

    /// The record as it was first answered with: a function of the request, which the retry is again, and of what was
    /// noted then.
    fn repeat(self, number: u32, created_at: Timestamp, answered_at: Timestamp) -> Self::Record;
}

impl ProjectActor {
    fn write_created<N: NewNumbered>(
        &mut self,
        new: N,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<(Batch, N::Record), ActorError> {
        self.ledger.ensure_writable()?;
        let record = new.accept(self, now)?;
        let event = N::EVENT.map(|kind| self.event_id(kind)).transpose()?.flatten();
        let newest = self.releases.newest();
        let answer = || FirstAnswer::Numbered {
            number: record.number(),
            created_at: record.created_at(),
        };
        let mut batch = Batch::new();
        let stored = self
            .keys
            .note_answer(&mut batch, submission.sender(), answer, now);
        let stored = stored.and_then(|()| N::keep(record.clone(), self, &mut batch));
        let stored = stored.and_then(|()| {
            event.map_or(Ok(()), |id| {
                self.note_release_since(newest, (id, now), &mut batch)
            })
        });
        stored.map_err(|error| self.ledger.give_up(error))?;
        Ok((batch, record))
    }
}

fn first_created<N: NewNumbered>(
    noted: &IdempotencyRecord,
    new: N,
) -> Result<Created<N::Record>, ActorError> {
    let FirstAnswer::Numbered { number, created_at } = noted.answer else {
        return Err(ActorError::KeyReused);
    };
    Ok(Created {
        record: new.repeat(number, created_at, noted.created_at),
        replayed: true,
    })
}

impl<N: NewNumbered> Handler<Create<N, N::Record>> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: Create<N, N::Record>, context: &mut Context<Self>) {
        self.handled += 1;
        let now = self.clock.now();
        let Create {
            new,
            submission,
            reply,
        } = message;
        if let Some((place, fingerprint)) = self.first_answer(&submission, now) {
            return self.ledger.replay(place, fingerprint, move |noted| {
                reply.send(noted.and_then(|noted| first_created(&noted, new)));
            });
        }
        let written = self.write_created(new, &submission, now);
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
