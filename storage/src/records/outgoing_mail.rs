//! Mails that are still to be sent.

use serde::{Deserialize, Serialize};

use super::ReportKind;
use crate::codec::Record;
use crate::{RecordId, Timestamp, UserId};

/// A mail to whoever sent a report, stored along with what it tells of and removed once it was sent. To which address and
/// what it says is looked up when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingMail {
    /// What kind of report it is.
    pub kind: ReportKind,
    /// The report.
    pub report: RecordId,
    /// What is told of it.
    pub reason: MailReason,
    /// Since when it is due.
    pub created_at: Timestamp,
}

/// What a mail tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailReason {
    /// That the report has arrived, and where it can be seen.
    Received,
    /// That somebody who works on the project has answered.
    Answered {
        /// Who.
        author: UserId,
    },
}

impl Record for OutgoingMail {
    const VERSION: u8 = 1;
    const NAME: &'static str = "outgoing mail";
}
