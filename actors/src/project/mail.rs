//! Mails to those who sent reports: put into the outbox along with what they tell of, where mail is sent at all.

use bugle_storage::records::{Issue, MailReason, OutgoingMail, ReportKind};
use bugle_storage::{Batch, RecordId, StorageError, Timestamp, UserId};

use super::ProjectActor;
use crate::outbox;

impl ProjectActor {
    /// Has its reporter told where a report can be seen, when it has just become visible and they asked for that.
    pub(super) fn mail_received(
        &self,
        kind: ReportKind,
        issue: &Issue,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        if !issue.email_my_report || !self.directory.sends_mail() {
            return Ok(());
        }
        let Some(published_at) = issue.published_at else {
            return Ok(());
        };
        let mail = OutgoingMail {
            kind,
            report: issue.id,
            reason: MailReason::Received,
            created_at: published_at,
        };
        batch.put(outbox::place(self.id, issue.id), &mail)
    }

    /// Has whoever sent a ticket told that somebody of the project has answered. Whether there is an address is looked up
    /// when the mail is sent.
    pub(super) fn mail_answered(
        &self,
        (report, comment): (RecordId, RecordId),
        author: UserId,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        if !self.directory.sends_mail() {
            return Ok(());
        }
        let mail = OutgoingMail {
            kind: ReportKind::SupportTicket,
            report,
            reason: MailReason::Answered { author },
            created_at: now,
        };
        batch.put(outbox::place(self.id, comment), &mail)
    }

    /// Has nobody told of an answer that is taken away, unless they were told already.
    pub(super) fn unmail_answered(&self, comment: RecordId, batch: &mut Batch) {
        if self.directory.sends_mail() {
            batch.delete(outbox::place(self.id, comment));
        }
    }
}
