//! Bug reports.

use serde::{Deserialize, Serialize};

use super::ReportKind;
use crate::codec::{Record, decode_body};
use crate::{AddressHash, RecordId, StorageError, Timestamp, TokenId, UserId};

/// A report, whole: a bug report (protocol 4 and 5.2), or a suggestion or ticket, which have the same shape (5.5 and
/// 5.6) and lie in tables of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// The id in the whole installation.
    pub id: RecordId,
    /// The number within the project, from 1; given when the issue is published.
    pub number: Option<u32>,
    /// Given, or made from the description.
    pub title: String,
    /// What the player wrote.
    pub description: String,
    /// Free text, one step a line.
    pub steps_to_reproduce: String,
    /// Where the work on it stands.
    pub status: IssueStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// What it is about.
    pub category: Category,
    /// Free text that says where it came from: `in-game`, `betahub-widget`.
    pub source: Option<String>,
    /// Who sent it, as far as that is known.
    pub reporter: Reporter,
    /// Where the reporter can be reached; never shown to other players.
    pub contact_email: Option<String>,
    /// Whether the reporter asked for a link by mail.
    pub email_my_report: bool,
    /// Who works on it.
    pub assigned_to: Option<UserId>,
    /// The game's release it was seen in.
    pub release: Option<ReleaseReference>,
    /// Values of custom fields, in the order they were sent.
    pub custom_fields: Vec<(String, CustomValue)>,
    /// What the client said of the device and the like.
    pub extras: Vec<(String, String)>,
    /// `YYYY-MM-DD`.
    pub due_date: Option<String>,
    /// Its files, oldest first.
    pub attachments: Vec<RecordId>,
    /// What it was sent with.
    pub submitter: Submitter,
    /// Where it was sent from.
    pub address: AddressHash,
    /// When it arrived.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it became visible; `None` while it is a draft.
    pub published_at: Option<Timestamp>,
    /// When it was resolved or closed; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
}

impl Record for Issue {
    const VERSION: u8 = 2;
    const NAME: &'static str = "issue";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        // It knew no reporters who are vouched for, which stand last among them, and is otherwise the same.
        (version == 1).then(|| decode_body(body, Self::NAME))
    }
}

/// The first fields of a stored [`Issue`], for [`codec::decode_beginning`](crate::codec::decode_beginning): what full-text
/// search needs of it, in borrowed texts. They are the same in every version of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct IssueBeginning<'a> {
    /// See [`Issue::id`].
    pub id: RecordId,
    /// See [`Issue::number`].
    pub number: Option<u32>,
    /// See [`Issue::title`].
    pub title: &'a str,
    /// See [`Issue::description`].
    pub description: &'a str,
    /// See [`Issue::steps_to_reproduce`].
    pub steps_to_reproduce: &'a str,
    /// See [`Issue::status`].
    pub status: IssueStatus,
}

/// What lists and filters need of an issue; the index is read back from these at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueRow {
    /// See [`Issue::number`].
    pub number: Option<u32>,
    /// See [`Issue::status`].
    pub status: IssueStatus,
    /// See [`Issue::priority`].
    pub priority: Priority,
    /// See [`Issue::category`].
    pub category: Category,
    /// See [`Issue::created_at`].
    pub created_at: Timestamp,
    /// See [`Issue::updated_at`].
    pub updated_at: Timestamp,
}

impl Record for IssueRow {
    const VERSION: u8 = 1;
    const NAME: &'static str = "issue row";
}

impl From<&Issue> for IssueRow {
    fn from(issue: &Issue) -> Self {
        Self {
            number: issue.number,
            status: issue.status,
            priority: issue.priority,
            category: issue.category,
            created_at: issue.created_at,
            updated_at: issue.updated_at,
        }
    }
}

/// Declares an enum whose values have one name each, on the wire and in filters.
macro_rules! named_values {
    ($(#[$doc:meta])* $type:ident { $($(#[$value_doc:meta])* $value:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum $type { $($(#[$value_doc])* $value,)* }

        impl $type {
            /// Every value, in stored order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)*];

            /// The value's name in requests and answers.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$value => $name,)* }
            }

            /// The value with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$value),)* _ => None }
            }
        }
    };
}
pub(super) use named_values;

named_values! {
    /// Where the work on a report stands (protocol 4.1). Which of these a kind of report has, [`IssueStatus::of`] says.
    IssueStatus {
        /// Not yet looked at.
        Open = "open",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// The reporter is asked for more.
        NeedsMoreInfo = "needs_more_info",
        /// Mended.
        Resolved = "resolved",
        /// Done with, mended or not.
        Closed = "closed",
        /// Seen, and left as it is.
        WontFix = "wont_fix",
        /// The same as another issue.
        Duplicate = "duplicate",
        /// Not shown; what a draft is until it is published.
        Hidden = "hidden",
        /// Waits for somebody to let it through.
        PendingModeration = "pending_moderation",
        /// A suggestion that nobody has decided about.
        Pending = "pending",
        /// A suggestion that will be followed.
        Approved = "approved",
        /// A suggestion that will not.
        Rejected = "rejected",
        /// A suggestion that was.
        Completed = "completed",
        /// A suggestion that is in no list but that of its like.
        Muted = "muted",
    }
}

impl IssueStatus {
    /// Whether the work is over: such a report has a `resolved_at`.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Resolved
                | Self::Closed
                | Self::WontFix
                | Self::Duplicate
                | Self::Rejected
                | Self::Completed
        )
    }

    /// What a report of this kind begins with.
    pub const fn first(kind: ReportKind) -> Self {
        match kind {
            ReportKind::Bug | ReportKind::SupportTicket => Self::Open,
            ReportKind::FeatureRequest => Self::Pending,
        }
    }

    /// Those that a report of this kind can have.
    pub const fn of(kind: ReportKind) -> &'static [Self] {
        match kind {
            ReportKind::Bug => &[
                Self::Open,
                Self::InProgress,
                Self::NeedsMoreInfo,
                Self::Resolved,
                Self::Closed,
                Self::WontFix,
                Self::Duplicate,
                Self::Hidden,
                Self::PendingModeration,
            ],
            ReportKind::FeatureRequest => &[
                Self::Pending,
                Self::Approved,
                Self::Rejected,
                Self::InProgress,
                Self::Completed,
                Self::Duplicate,
                Self::PendingModeration,
                Self::Muted,
            ],
            ReportKind::SupportTicket => &[
                Self::Open,
                Self::InProgress,
                Self::NeedsMoreInfo,
                Self::Resolved,
                Self::Closed,
            ],
        }
    }
}

named_values! {
    /// How urgent an issue is (protocol 4).
    Priority {
        /// Can wait.
        Low = "low",
        /// The default.
        Medium = "medium",
        /// Soon.
        High = "high",
        /// Now.
        Critical = "critical",
    }
}

named_values! {
    /// What an issue is about (seed "Create Issue").
    Category {
        /// Something is broken; the default.
        Bug = "bug",
        /// Something is wished for.
        FeatureRequest = "feature_request",
        /// Something is asked.
        Question = "question",
    }
}

/// Who sent a report (protocol 1.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reporter {
    /// Nobody that is known.
    Anonymous,
    /// Somebody with an account.
    User(UserId),
    /// A player known by e-mail address.
    Email(String),
    /// A player known by Discord id, digits only.
    Discord(String),
    /// A player whom the project itself vouches for. Since version 2.
    Vouched(Box<VouchedPlayer>),
}

impl Reporter {
    /// Whose account it is.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(*user),
            Self::Anonymous | Self::Email(_) | Self::Discord(_) | Self::Vouched(_) => None,
        }
    }

    /// What the project vouches for.
    pub const fn vouched(&self) -> Option<&VouchedPlayer> {
        match self {
            Self::Vouched(player) => Some(player),
            Self::Anonymous | Self::User(_) | Self::Email(_) | Self::Discord(_) => None,
        }
    }

    /// The address that the project vouches for.
    pub fn vouched_email(&self) -> Option<&str> {
        self.vouched()?.email.as_deref()
    }
}

/// A player as the project vouches for them, with a submission token or with a JWT that one of its keys verified: nobody
/// else can have said it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VouchedPlayer {
    /// What the project's own systems know them by.
    pub subject: Option<String>,
    /// Where they can be reached.
    pub email: Option<String>,
    /// What they are called.
    pub name: Option<String>,
}

/// What a report was sent with; daily limits and idempotency keys are kept per submitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Submitter {
    /// A project token.
    ProjectToken(TokenId),
    /// A personal access token.
    PersonalToken(TokenId),
    /// A signed-in browser.
    User(UserId),
    /// Nothing: an anonymous report, where the project allows them.
    Anonymous,
}

impl Submitter {
    /// Nine bytes that name the submitter in keys.
    pub fn to_bytes(self) -> [u8; 9] {
        let (kind, number) = match self {
            Self::ProjectToken(id) => (1, id.0),
            Self::PersonalToken(id) => (2, id.0),
            Self::User(id) => (3, id.0),
            Self::Anonymous => (4, 0),
        };
        let mut bytes = [kind, 0, 0, 0, 0, 0, 0, 0, 0];
        if let Some(tail) = bytes.get_mut(1..) {
            tail.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }

    /// The submitter that these nine bytes name.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&kind, number) = bytes.split_first()?;
        let number = u64::from_be_bytes(number.try_into().ok()?);
        match kind {
            1 => Some(Self::ProjectToken(TokenId(number))),
            2 => Some(Self::PersonalToken(TokenId(number))),
            3 => Some(Self::User(UserId(number))),
            4 => Some(Self::Anonymous),
            _ => None,
        }
    }
}

/// The release a report names (protocol 5.2: an id wins over a label).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReleaseReference {
    /// A release of the project.
    Id(u64),
    /// A label that the game sent.
    Label(String),
}

/// The value of a custom field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CustomValue {
    /// One value.
    One(String),
    /// Several, as multi-selects send them.
    Many(Vec<String>),
}

#[cfg(test)]
mod tests;
