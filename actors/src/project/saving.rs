//! When the index is written down: chunk by chunk, so that no report waits for more than one.

use std::time::Duration;

use actix::{ActorContext, AsyncContext, Context, Handler, Message};

use super::{Extent, ProjectActor};
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
        match self.snapshot.step(&self.index, extent) {
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
