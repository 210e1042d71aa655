//! What is sent to a project: a report as it was checked, its files, and who sends it on what terms.

use std::sync::Arc;

use bugle_storage::AddressHash;
use bugle_storage::records::{
    AttachmentKind, BlobHash, Category, CustomValue, Priority, ReleaseReference, ReportKind, Reporter,
    Submitter,
};

use super::ShownToken;
use super::quotas::Counted;
use super::submission_tokens::SubmissionToken;
use crate::{IdempotencyKey, ProjectGrant};

/// A report as a client sent it, checked field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIssue {
    /// See [`bugle_storage::records::Issue::title`].
    pub title: String,
    /// See [`bugle_storage::records::Issue::description`].
    pub description: String,
    /// See [`bugle_storage::records::Issue::steps_to_reproduce`].
    pub steps_to_reproduce: String,
    /// See [`bugle_storage::records::Issue::category`].
    pub category: Category,
    /// See [`bugle_storage::records::Issue::priority`].
    pub priority: Priority,
    /// See [`bugle_storage::records::Issue::source`].
    pub source: Option<String>,
    /// See [`bugle_storage::records::Issue::release`].
    pub release: Option<ReleaseReference>,
    /// See [`bugle_storage::records::Issue::custom_fields`].
    pub custom_fields: Vec<(String, CustomValue)>,
    /// See [`bugle_storage::records::Issue::extras`].
    pub extras: Vec<(String, String)>,
    /// See [`bugle_storage::records::Issue::due_date`].
    pub due_date: Option<String>,
    /// See [`bugle_storage::records::Issue::contact_email`].
    pub contact_email: Option<String>,
    /// See [`bugle_storage::records::Issue::email_my_report`].
    pub email_my_report: bool,
    /// Hidden until it is published.
    pub draft: bool,
}

/// A file that is in the blob store already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// See [`bugle_storage::records::Attachment::kind`].
    pub kind: AttachmentKind,
    /// See [`bugle_storage::records::Attachment::filename`].
    pub filename: String,
    /// See [`bugle_storage::records::Attachment::content_type`].
    pub content_type: String,
    /// See [`bugle_storage::records::Attachment::size`].
    pub size: u64,
    /// See [`bugle_storage::records::Attachment::blob`].
    pub blob: BlobHash,
    /// See [`bugle_storage::records::Attachment::developer_private`].
    pub developer_private: bool,
}

/// Who sends something, and on what terms.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Whose counters and keys it touches.
    pub submitter: Submitter,
    /// The project token's rights; `None` for people, who have no daily limit.
    pub grant: Option<Arc<ProjectGrant>>,
    /// The client's address.
    pub address: AddressHash,
    /// Who sends it, as far as that is known.
    pub reporter: Reporter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// What a report is sent with that the project vouches for.
    pub token: Option<ShownToken>,
}

impl Submission {
    /// Whose idempotency key it is, and the key.
    pub(super) const fn sender(&self) -> (Submitter, Option<IdempotencyKey>) {
        (self.submitter, self.key)
    }

    pub(super) fn single_use_token(&self) -> Option<&SubmissionToken> {
        self.token.as_ref()?.submission()
    }

    /// How many reports of the kind its sender may send a day from one address; `None` for people, whom nothing limits.
    pub(super) fn limit(&self, kind: ReportKind) -> Option<u32> {
        match (&self.grant, self.submitter) {
            (Some(grant), _) => Some(grant.rights.of(kind).per_day),
            (None, Submitter::Anonymous) => Some(STRANGERS_PER_DAY),
            (None, _) => None,
        }
    }

    pub(super) const fn counted(&self, kind: ReportKind) -> Counted {
        Counted {
            submitter: self.submitter,
            address: self.address,
            kind,
        }
    }
}

/// How many reports of a kind somebody who shows no token may send a day from one address, to a project that takes such
/// ones. More than a token's usual eight: a household of players shares an address.
const STRANGERS_PER_DAY: u32 = 20;
