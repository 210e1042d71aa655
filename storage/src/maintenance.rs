//! What an operator does with a data directory while no server runs on it: check it, back it up, restore it.

mod backup;
mod check;
mod format;
mod restore;

use std::path::Path;
use std::time::Duration;

pub use backup::{BackupSummary, backup};
pub use check::{CheckReport, check};
pub use restore::{RestoreSummary, restore};

use crate::codec::{self, Record};
use crate::embedded::{self, DataDirectory, EmbeddedStore};
use crate::records::{
    AcceptedReports, Attachment, ChunkMark, Comment, CustomField, DuplicateMark, HistoryEntry, IdLease,
    IdempotencyRecord, IdentityKey, IndexChunk, Invitation, Issue, IssueRow, IssueTag, Membership,
    Organization, OrganizationMember, OutgoingMail, PersonalToken, Project, ProjectToken, QuotaCount,
    Release, Secret, Session, TaggedIssues, TokenUsage, UsedSubmissionToken, User, VideoSegment, Vote,
    Webhook, WebhookDelivery, WebhookEvent, WebhookProgress, WebhookRetry,
};
use crate::{StorageError, StoreOptions, Table};

/// Whether a restore into the directory was begun and did not end: it is to be deleted, and restored again.
pub fn is_half_restored(data: &Path) -> bool {
    embedded::is_half_restored(data)
}

/// Whether a directory is there and nothing was ever kept in it, so that the next start of a server is its first.
///
/// # Errors
/// When it cannot be listed.
pub fn is_unused(data: &Path) -> std::io::Result<bool> {
    embedded::is_unused(data)
}

/// How far a long task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How much is done, in the unit of `what`.
    pub done: u64,
    /// How much there is; 0 while that is not known.
    pub total: u64,
    /// What is counted: "records", "files".
    pub what: &'static str,
}

/// Told now and then how far a task is.
pub type Watcher<'a> = dyn FnMut(Progress) + 'a;

/// How often a watcher is told, in records.
const TELL_EVERY: u64 = 1000;

/// Opens the store of a directory for maintenance: it works on a full disk, and lets no archived segment expire,
/// because how long those are kept is the server's setting.
fn open_store(directory: DataDirectory, data: &Path) -> Result<EmbeddedStore, StorageError> {
    let options = StoreOptions {
        reserve: 0,
        keep: Duration::from_secs(u64::from(u32::MAX)),
        ..StoreOptions::new(data)
    };
    EmbeddedStore::open_locked(directory, &options)
}

/// Decodes a record by its table; gives it back where its fields matter to maintenance.
fn decode(table: Table, value: &[u8]) -> Result<Option<Attachment>, StorageError> {
    fn checked<R: Record>(value: &[u8]) -> Result<Option<Attachment>, StorageError> {
        codec::decode::<R>(value).map(|_| None)
    }
    match table {
        Table::Setting => checked::<Secret>(value),
        Table::User => checked::<User>(value),
        Table::Project => checked::<Project>(value),
        Table::Membership => checked::<Membership>(value),
        Table::ProjectToken => checked::<ProjectToken>(value),
        Table::PersonalToken => checked::<PersonalToken>(value),
        Table::Session => checked::<Session>(value),
        Table::Organization => checked::<Organization>(value),
        Table::OrganizationMember => checked::<OrganizationMember>(value),
        Table::IdLease => checked::<IdLease>(value),
        Table::Issue | Table::FeatureRequest | Table::Ticket => checked::<Issue>(value),
        Table::IssueRow | Table::FeatureRequestRow | Table::TicketRow => checked::<IssueRow>(value),
        Table::Vote => checked::<Vote>(value),
        Table::Duplicate => checked::<DuplicateMark>(value),
        Table::History => checked::<HistoryEntry>(value),
        Table::Quota | Table::ReporterChanges => checked::<QuotaCount>(value),
        Table::Idempotency => checked::<IdempotencyRecord>(value),
        Table::Attachment => codec::decode(value).map(Some),
        Table::Comment => checked::<Comment>(value),
        Table::VideoSegment => checked::<VideoSegment>(value),
        Table::IndexChunk | Table::FeatureRequestChunk | Table::TicketChunk => checked::<IndexChunk>(value),
        Table::ChunkMark | Table::FeatureRequestChunkMark | Table::TicketChunkMark => {
            checked::<ChunkMark>(value)
        }
        Table::Release => checked::<Release>(value),
        Table::IssueTag => checked::<IssueTag>(value),
        Table::TaggedIssues => checked::<TaggedIssues>(value),
        Table::CustomField => checked::<CustomField>(value),
        Table::MailOutbox => checked::<OutgoingMail>(value),
        Table::UsedSubmissionToken => checked::<UsedSubmissionToken>(value),
        Table::Invitation => checked::<Invitation>(value),
        Table::IdentityKey => checked::<IdentityKey>(value),
        Table::TokenUsage => checked::<TokenUsage>(value),
        Table::AcceptedReports => checked::<AcceptedReports>(value),
        Table::Webhook => checked::<Webhook>(value),
        Table::WebhookEvent => checked::<WebhookEvent>(value),
        Table::WebhookRetry => checked::<WebhookRetry>(value),
        Table::WebhookDelivery => checked::<WebhookDelivery>(value),
        Table::WebhookProgress => checked::<WebhookProgress>(value),
    }
}
