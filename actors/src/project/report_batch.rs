//! Many reports in one message, as a launcher sends those that its game could not. They are decided about one after the
//! other as single ones are, and stored by one commit.

use std::fmt::Debug;
use std::sync::Arc;

use actix::{Context, Handler, Message};
use bugle_storage::records::{FirstAnswer, IdempotencyRecord, Issue, ReportKind, Reporter};
use bugle_storage::{Batch, Key, RecordId, StorageError, Timestamp};

use super::quotas::QuotaState;
use super::{NewIssue, ProjectActor, Submission};
use crate::{ActorError, IdempotencyKey, Reply, WrongField};

/// Bytes of a commit at which the next one is begun: well below the largest that the store takes, and above what ten
/// thousand ordinary reports come to.
const COMMIT_SIZE_MAX: usize = 16 << 20;

/// Batches that wait for ids at the most: whoever sent one gives up after ten seconds, but it stays.
const WAITING_MAX: usize = 8;

/// One report of a batch.
#[derive(Debug)]
pub struct BatchedReport {
    /// The report.
    pub new: Box<NewIssue>,
    /// Who sends it, as far as that is known.
    pub reporter: Reporter,
    /// Its own key.
    pub key: Option<IdempotencyKey>,
    /// What the project has against it as it is now: it is refused, unless it was taken before.
    pub objection: Option<WrongField>,
}

/// Stores the reports of a batch that are admitted. Answered once all of them are durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SubmitBatch {
    /// What kind of reports they are.
    pub kind: ReportKind,
    /// The reports, in the order in which they are decided about.
    pub reports: Vec<BatchedReport>,
    /// Whether all of them could only be retries, so that who sends them was left out: then none is stored anew.
    pub replay_only: bool,
    /// Who sends them all. Reporter and key are those of each report.
    pub submission: Submission,
    /// Given back once it is decided about, also where nobody waits for the answer any more: the sender's share of the
    /// memory.
    pub share: Arc<dyn Debug + Send + Sync>,
    /// Where the answer goes.
    pub reply: Reply<SubmittedBatch>,
}

impl SubmitBatch {
    /// How many ids it takes at the most.
    pub(super) fn size(&self) -> u64 {
        self.reports.len() as u64
    }
}

/// What became of a batch.
#[derive(Debug)]
pub struct SubmittedBatch {
    /// What became of each report, in order.
    pub outcomes: Vec<Result<BatchedAnswer, ActorError>>,
    /// How the daily limit stands; `None` for people.
    pub quota: Option<QuotaState>,
}

/// A report of a batch that is on the disk: what an answer says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchedAnswer {
    /// Its id.
    pub id: RecordId,
    /// Its number in the project; a draft has none.
    pub number: Option<u32>,
    /// When it was stored first.
    pub created_at: Timestamp,
    /// Whether it was there before: its key came in an earlier request, or in an earlier report of the batch.
    pub replayed: bool,
}

impl BatchedAnswer {
    fn first(issue: &Issue) -> Self {
        Self {
            id: issue.id,
            number: issue.number,
            created_at: issue.created_at,
            replayed: false,
        }
    }

    fn again(noted: &IdempotencyRecord, fingerprint: u64) -> Result<Self, ActorError> {
        match noted.answer {
            FirstAnswer::Issue { id, number, .. } if noted.fingerprint == fingerprint => Ok(Self {
                id,
                number,
                created_at: noted.created_at,
                replayed: true,
            }),
            _ => Err(ActorError::KeyReused),
        }
    }
}

/// A batch that is being decided about.
struct Progress {
    kind: ReportKind,
    replay_only: bool,
    submission: Submission,
    now: Timestamp,
    /// What is not handed over yet.
    batch: Batch,
    outcomes: Vec<Result<BatchedAnswer, ActorError>>,
    earlier: Earlier,
    /// The last report that was counted since the counter was last written.
    counted: Option<RecordId>,
}

/// Reports that came before: where their first answers are noted, and what those must fit.
#[derive(Default)]
struct Earlier {
    places: Vec<Key>,
    /// Which report of the batch it is, and its fingerprint.
    reports: Vec<(usize, u64)>,
}

impl Handler<SubmitBatch> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: SubmitBatch, context: &mut Context<Self>) {
        self.handled += 1;
        if self.waiting_batches.len() >= WAITING_MAX {
            return message.reply.send(Err(ActorError::Busy));
        }
        self.waiting_batches.push_back(message);
        self.take_waiting_batches(true, context);
    }
}

impl ProjectActor {
    /// Decides about the batches for which there are ids, and asks for more when some have to wait on. Where none can be
    /// had, the next batch is refused.
    pub(super) fn take_waiting_batches(&mut self, has_lease: bool, context: &mut Context<Self>) {
        let mut may_wait = has_lease;
        while let Some(message) = self.waiting_batches.pop_front() {
            if message.size() <= self.sequences.left() {
                self.take_batch(message);
            } else if may_wait {
                self.waiting_batches.push_front(message);
                break;
            } else {
                may_wait = true;
                message.reply.send(Err(ActorError::Busy));
            }
        }
        self.ask_for_ids(context);
    }

    fn take_batch(&mut self, message: SubmitBatch) {
        let SubmitBatch {
            kind,
            reports,
            replay_only,
            submission,
            share: _share,
            reply,
        } = message;
        let now = self.clock.now();
        self.begin_day(now);
        let mut progress = Progress {
            kind,
            replay_only,
            submission,
            now,
            batch: with_room_for(&reports),
            outcomes: Vec::with_capacity(reports.len()),
            earlier: Earlier::default(),
            counted: None,
        };
        let decided = self
            .ledger
            .ensure_writable()
            .and_then(|()| {
                reports
                    .into_iter()
                    .try_for_each(|report| self.decide(report, &mut progress))
            })
            .and_then(|()| self.count_batch(&mut progress));
        match decided {
            Ok(quota) => self.answer_batch(progress, quota, reply),
            Err(error) => reply.send(Err(error)),
        }
    }

    /// Decides about one report.
    ///
    /// # Errors
    /// When nothing can be written any more; what is wrong with the report is its outcome.
    fn decide(&mut self, report: BatchedReport, progress: &mut Progress) -> Result<(), ActorError> {
        progress.submission.reporter = report.reporter;
        progress.submission.key = report.key;
        let outcome = if self.came_before(report.key, progress) {
            // Until it is looked up.
            Err(ActorError::NotFound)
        } else if progress.replay_only {
            Err(self.refuse_new(progress.kind, &progress.submission))
        } else if let Some(objection) = report.objection {
            Err(ActorError::InvalidFields(vec![objection]))
        } else {
            self.accept_one(*report.new, progress)
        };
        if let Err(error) = &outcome
            && self.ledger.has_failed()
        {
            return Err(error.clone());
        }
        progress.outcomes.push(outcome);
        if progress.batch.size() > COMMIT_SIZE_MAX {
            self.count_batch(progress)?;
            // Commits are decided about in order: where this one fails, the last one does, which is waited for.
            self.ledger.commit(std::mem::take(&mut progress.batch), |_| ());
        }
        Ok(())
    }

    /// Whether a report's key is known, from an earlier request or an earlier report of the batch. What it is answered is
    /// looked up at the end, when that is durable.
    fn came_before(&self, key: Option<IdempotencyKey>, progress: &mut Progress) -> bool {
        let Some((key, (place, _))) = key.zip(self.first_answer(&progress.submission, progress.now)) else {
            return false;
        };
        progress.earlier.places.push(place);
        let report = (progress.outcomes.len(), key.fingerprint);
        progress.earlier.reports.push(report);
        true
    }

    fn accept_one(&mut self, new: NewIssue, progress: &mut Progress) -> Result<BatchedAnswer, ActorError> {
        let Progress {
            kind,
            submission,
            now,
            batch,
            ..
        } = progress;
        self.admit(submission, *kind)?;
        let issue = self.add_new(batch, *kind, new, Vec::new(), submission, *now)?;
        if submission.limit(*kind).is_some() {
            self.quotas.raise(submission.counted(*kind));
            progress.counted = Some(issue.id);
        }
        Ok(BatchedAnswer::first(&issue))
    }

    /// Writes the counter that all reports of a batch share, once for all that were accepted so far.
    fn count_batch(&mut self, progress: &mut Progress) -> Result<Option<QuotaState>, ActorError> {
        let Some(limit) = progress.submission.limit(progress.kind) else {
            return Ok(None);
        };
        let counted = progress.submission.counted(progress.kind);
        let Some(last) = progress.counted.take() else {
            return Ok(Some(self.quotas.state(counted, limit)));
        };
        let written = self.quotas.write(counted, limit, &mut progress.batch);
        let noted = written.and_then(|quota| {
            let Progress {
                kind,
                submission,
                now,
                batch,
                ..
            } = progress;
            self.note_spent((*kind, last), submission, Some(quota), *now, batch)?;
            Ok(quota)
        });
        noted.map(Some).map_err(|error| self.ledger.give_up(error))
    }

    fn answer_batch(&mut self, progress: Progress, quota: Option<QuotaState>, reply: Reply<SubmittedBatch>) {
        let Progress {
            batch,
            outcomes,
            earlier,
            ..
        } = progress;
        let submitted = SubmittedBatch { outcomes, quota };
        if earlier.places.is_empty() {
            return self.ledger.commit_and_answer(batch, || (), submitted, reply);
        }
        let (durable, when_durable) = tokio::sync::oneshot::channel();
        let tell = move |outcome: Result<(), StorageError>| {
            let _ = durable.send(outcome);
        };
        if batch.is_empty() {
            self.ledger.when_durable(tell);
        } else {
            self.ledger.commit(batch, tell);
        }
        let read = self.ledger.read(earlier.places);
        let mut submitted = submitted;
        tokio::task::spawn_blocking(move || {
            let durable = when_durable.blocking_recv().unwrap_or(Err(StorageError::Closed));
            let noted = durable.and_then(|()| read.run::<IdempotencyRecord>());
            reply.send(noted.map_err(ActorError::from).map(|noted| {
                submitted.fill_in(&earlier.reports, &noted);
                submitted
            }));
        });
    }
}

/// An empty batch of the store with room for these reports, or for one commit of them.
fn with_room_for(reports: &[BatchedReport]) -> Batch {
    // Row, key's record, and what is not text.
    const BESIDE: usize = 512;
    // Report, row and key's record.
    const CHANGES: usize = 3;
    let texts = |new: &NewIssue| new.title.len() + new.description.len() + new.steps_to_reproduce.len();
    let size: usize = reports.iter().map(|report| BESIDE + texts(&report.new)).sum();
    Batch::with_room(size.min(COMMIT_SIZE_MAX), CHANGES * reports.len())
}

impl SubmittedBatch {
    /// Puts in what was noted of reports that came before.
    fn fill_in(&mut self, reports: &[(usize, u64)], noted: &[Option<IdempotencyRecord>]) {
        for ((place, fingerprint), noted) in reports.iter().zip(noted) {
            if let (Some(outcome), Some(noted)) = (self.outcomes.get_mut(*place), noted) {
                *outcome = BatchedAnswer::again(noted, *fingerprint);
            }
        }
    }
}
