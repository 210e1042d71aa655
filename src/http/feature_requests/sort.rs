//! The lists of suggestions that clients ask for by `sort` (protocol 4.1).

use bugle_actors::ReportOrder;
use bugle_storage::records::IssueStatus;

/// Which suggestions, and in what order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SuggestionSort {
    /// What people can still be for, most votes first.
    #[default]
    Top,
    /// The same, newest first.
    New,
    /// Every one, newest first.
    All,
    /// What waits for somebody to let it through.
    Moderation,
    /// What will not be done.
    Rejected,
    /// What is kept out of all other lists but `all`.
    Muted,
    /// What is the same as another.
    Duplicates,
}

impl SuggestionSort {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Top,
        Self::New,
        Self::All,
        Self::Moderation,
        Self::Rejected,
        Self::Muted,
        Self::Duplicates,
    ];

    /// What it is called in requests and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::New => "new",
            Self::All => "all",
            Self::Moderation => "moderation",
            Self::Rejected => "rejected",
            Self::Muted => "muted",
            Self::Duplicates => "duplicates",
        }
    }

    /// The one that is called so.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.name() == name)
    }

    /// What is wrong with a name that none has.
    pub fn unknown() -> String {
        format!("must be one of {}", Self::ALL.map(Self::name).join(", "))
    }

    /// What stands first.
    pub const fn order(self) -> ReportOrder {
        match self {
            Self::Top => ReportOrder::MostVotes,
            _ => ReportOrder::Newest,
        }
    }

    /// The statuses of what is listed, where the request names none; empty means any.
    pub const fn statuses(self) -> &'static [IssueStatus] {
        match self {
            Self::Top | Self::New => &[
                IssueStatus::Pending,
                IssueStatus::Approved,
                IssueStatus::InProgress,
                IssueStatus::Completed,
            ],
            Self::All => &[],
            Self::Moderation => &[IssueStatus::PendingModeration],
            Self::Rejected => &[IssueStatus::Rejected],
            Self::Muted => &[IssueStatus::Muted],
            Self::Duplicates => &[IssueStatus::Duplicate],
        }
    }
}
