//! When the index is written down: chunk by chunk, so that no report waits for more than one.

use std::time::Duration;

use actix::{ActorContext, AsyncContext, Context, Handler, Message};

use bugle_storage::records::ReportKind;
use bugle_storage::{Batch, StorageError};

use super::{Extent, IndexSnapshot, ProjectActor};
use crate::Reply;

/// Between two chunks, for whatever waits in the mailbox. Twenty chunks a second are more than reports can fill.
const STEP_PAUSE: Duration = Duration::from_millis(50);

/// Writes down the whole index, so that the next start reads it back. Answered once all of it is handed over to the
/// store.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct SaveIndex {
    pub(crate) reply: Reply<()>,
}

/// What is written down of the index of each kind of report.
#[derive(Debug)]
pub(super) struct Snapshots {
    pub(super) issues: IndexSnapshot,
    pub(super) suggestions: IndexSnapshot,
    pub(super) tickets: IndexSnapshot,
}

impl Snapshots {
    pub(super) const fn of(&mut self, kind: ReportKind) -> &mut IndexSnapshot {
        match kind {
            ReportKind::Bug => &mut self.issues,
            ReportKind::FeatureRequest => &mut self.suggestions,
            ReportKind::SupportTicket => &mut self.tickets,
        }
    }
}

/// The first step that there is to take; none behind it is begun.
fn first_of(
    steps: impl Iterator<Item = Result<Option<Batch>, StorageError>>,
) -> Result<Option<Batch>, StorageError> {
    for step in steps {
        if let Some(batch) = step? {
            return Ok(Some(batch));
        }
    }
    Ok(None)
}

impl ProjectActor {
    /// Writes the chunks that are whole or much behind, one now and the others in a moment.
    pub(super) fn save_whole_chunks(&mut self, context: &mut Context<Self>) {
        if self.saving || !self.save_step(Extent::WholeChunks, context) {
            return;
        }
        self.saving = true;
        context.run_later(STEP_PAUSE, |project, context| {
            project.saving = false;
            project.save_whole_chunks(context);
        });
    }

    /// Writes one chunk; false when none is to be written, or none can be.
    fn save_step(&mut self, extent: Extent, context: &mut Context<Self>) -> bool {
        if self.ledger.ensure_writable().is_err() {
            return false;
        }
        let steps = ReportKind::ALL.into_iter().map(|kind| {
            let index = match kind {
                ReportKind::Bug => &self.index,
                ReportKind::FeatureRequest => &self.suggestions,
                ReportKind::SupportTicket => &self.tickets,
            };
            self.snapshots.of(kind).step(index, extent)
        });
        match first_of(steps) {
            Ok(Some(batch)) => {
                self.ledger.commit(batch, |_| ());
                true
            }
            Ok(None) => false,
            Err(error) => {
                let cause = self.ledger.give_up(error);
                tracing::error!(project = %self.id, %cause, "a project's index cannot be written down");
                context.stop();
                false
            }
        }
    }
}

impl Handler<SaveIndex> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: SaveIndex, context: &mut Context<Self>) {
        if self.save_step(Extent::Everything, context) {
            // What came meanwhile goes first, and so does the thread's other work.
            context.notify_later(message, Duration::ZERO);
        } else {
            message.reply.send(Ok(()));
        }
    }
}
