//! What is stored, one file a record. A change to a stored type raises its version, keeps the old shape for
//! `decode_older`, and adds a golden file.
//!
//! Stored types never use serde's `flatten`, `untagged`, `default` or `skip_serializing_if`: bincode is not
//! self-describing. Enum variants are stored by position: append, never insert.

mod attachment;
mod comment;
mod custom_field;
mod duplicate;
mod history;
mod idempotency;
mod identity_key;
mod index_chunk;
mod invitation;
mod issue;
mod issue_tag;
mod organization;
mod outgoing_mail;
mod project;
mod quota;
mod release;
mod setting;
mod submission_token;
mod token;
mod usage;
mod user;
mod video_segment;
mod vote;
mod webhook;

pub use attachment::{Attachment, AttachmentKind, BlobHash};
pub use comment::Comment;
pub use custom_field::{CustomField, FieldTarget, FieldType};
pub use duplicate::DuplicateMark;
pub use history::{FieldChange, HistoryEntry};
pub use idempotency::{FirstAnswer, IdempotencyRecord};
pub use identity_key::{IdentityKey, KeyMaterial};
pub use index_chunk::{ChunkMark, IndexChunk};
pub use invitation::{Invitation, InvitationFate};
pub use issue::{
    Category, CustomValue, Issue, IssueBeginning, IssueRow, IssueStatus, Priority, ReleaseReference,
    Reporter, Submitter, VouchedPlayer,
};
pub use issue_tag::{IssueTag, TaggedIssues};
pub use organization::{Organization, OrganizationMember};
pub use outgoing_mail::{MailReason, OutgoingMail};
pub use project::{IdLease, Membership, Project, Role, Visibility};
pub use quota::{QuotaCount, ReportKind};
pub use release::Release;
pub use setting::Secret;
pub use submission_token::UsedSubmissionToken;
pub use token::{PersonalToken, ProjectToken, ReportRight, TokenHash, TokenLimits, TokenRights, TokenScope};
pub use usage::{
    AcceptedReports, RefusalReason, RefusedReports, RequestCounts, SourceCount, TokenUsage, USAGE_DAYS,
    usage_slot,
};
pub use user::{AccountOrigin, Session, User};
pub use video_segment::VideoSegment;
pub use vote::Vote;
pub use webhook::{
    DeliveryOutcome, Disabled, DisabledReason, EventDetail, EventKind, EventKinds, EventReference,
    EventSource, ReportEvent, Webhook, WebhookDelivery, WebhookEvent, WebhookProgress, WebhookRetry,
    WebhookSecret,
};
