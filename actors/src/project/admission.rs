//! Whether a report would be taken, asked before its files are: what would be refused must not come to the disk first.

use actix::{Context, Handler, Message};
use bugle_storage::records::ReportKind;

use super::{ProjectActor, Submission};
use crate::{ActorError, Reply};

/// Asks whether a report would be admitted now. Nothing is counted: the report itself is decided about when it is whole.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct AskAdmission {
    /// What kind of report it will be.
    pub kind: ReportKind,
    /// Who sends it. Of its key only the hash counts.
    pub submission: Submission,
    /// Where the answer goes.
    pub reply: Reply<Admission>,
}

/// What a report that is on its way can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// A report: right and daily limit allow one more.
    New,
    /// The first answer again, or a refusal: its `Idempotency-Key` came before, and with it came its files.
    Retry,
}

impl Handler<AskAdmission> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: AskAdmission, _: &mut Context<Self>) {
        self.handled += 1;
        let admission = self.admission(message.kind, &message.submission);
        message.reply.send(admission);
    }
}

impl ProjectActor {
    fn admission(&mut self, kind: ReportKind, submission: &Submission) -> Result<Admission, ActorError> {
        let now = self.clock.now();
        self.begin_day(now);
        if self.first_answer(submission, now).is_some() {
            return Ok(Admission::Retry);
        }
        self.ledger.ensure_writable()?;
        self.admit(submission, kind)?;
        Ok(Admission::New)
    }
}
