//! What kinds of report, statuses and the like are called where people read them.

use bugle_storage::records::{Category, IssueStatus, Priority, ReportKind};

/// What a kind of report is called.
#[derive(Debug, Clone, Copy)]
pub struct KindWords {
    /// At the head of its list: `Bug Reports`.
    pub title: &'static str,
    /// In few letters, in a list of all kinds: `Bug`.
    pub short: &'static str,
    /// `bug report`.
    pub one: &'static str,
    /// `bug reports`.
    pub many: &'static str,
    /// At a button and over a form: `Bug Report`.
    pub heading: &'static str,
    /// Its picture in `icons.svg`, as the menu shows it.
    pub icon: &'static str,
}

impl KindWords {
    /// Those of a kind.
    pub const fn of(kind: ReportKind) -> Self {
        match kind {
            ReportKind::Bug => Self {
                title: "Bug Reports",
                short: "Bug",
                one: "bug report",
                many: "bug reports",
                heading: "Bug Report",
                icon: "bug",
            },
            ReportKind::FeatureRequest => Self {
                title: "Suggestions",
                short: "Suggestion",
                one: "suggestion",
                many: "suggestions",
                heading: "Suggestion",
                icon: "idea",
            },
            ReportKind::SupportTicket => Self {
                title: "Tickets",
                short: "Ticket",
                one: "ticket",
                many: "tickets",
                heading: "Ticket",
                icon: "ticket",
            },
        }
    }

    /// `1 ticket`, `2 tickets`.
    pub fn counted(self, count: u64) -> String {
        let word = if count == 1 { self.one } else { self.many };
        format!("{} {word}", super::super::moments::count(count))
    }
}

/// A value that people choose from: what it is called on the wire and on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As the API names it.
    pub value: String,
    /// As people read it.
    pub label: String,
    /// Whether it is the one.
    pub is_chosen: bool,
}

impl Choice {
    /// A choice, chosen where the value is the current one.
    pub fn new(value: &str, label: &str, current: &str) -> Self {
        Self {
            value: value.to_owned(),
            label: label.to_owned(),
            is_chosen: value == current,
        }
    }
}

/// A status as it is shown.
#[derive(Debug, Clone, Copy)]
pub struct StatusMark {
    /// `In progress`.
    pub label: &'static str,
    /// The class that colours it.
    pub tone: &'static str,
}

impl StatusMark {
    /// Of a status.
    pub const fn of(status: IssueStatus) -> Self {
        Self {
            label: status_label(status),
            tone: tone(status),
        }
    }
}

/// `In progress`.
pub const fn status_label(status: IssueStatus) -> &'static str {
    match status {
        IssueStatus::Open => "Open",
        IssueStatus::InProgress => "In progress",
        IssueStatus::NeedsMoreInfo => "Needs more info",
        IssueStatus::Resolved => "Resolved",
        IssueStatus::Closed => "Closed",
        IssueStatus::WontFix => "Won't fix",
        IssueStatus::Duplicate => "Duplicate",
        IssueStatus::Hidden => "Hidden",
        IssueStatus::PendingModeration => "Pending moderation",
        IssueStatus::Pending => "Pending",
        IssueStatus::Approved => "Approved",
        IssueStatus::Rejected => "Rejected",
        IssueStatus::Completed => "Completed",
        IssueStatus::Muted => "Muted",
    }
}

const fn tone(status: IssueStatus) -> &'static str {
    match status {
        IssueStatus::Open | IssueStatus::Pending => "accent",
        IssueStatus::InProgress | IssueStatus::Approved => "busy",
        IssueStatus::NeedsMoreInfo | IssueStatus::PendingModeration => "warn",
        IssueStatus::Resolved | IssueStatus::Completed => "good",
        IssueStatus::Closed
        | IssueStatus::WontFix
        | IssueStatus::Duplicate
        | IssueStatus::Hidden
        | IssueStatus::Rejected
        | IssueStatus::Muted => "",
    }
}

/// `Critical`.
pub const fn priority_label(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "Low",
        Priority::Medium => "Medium",
        Priority::High => "High",
        Priority::Critical => "Critical",
    }
}

/// `Feature request`.
pub const fn category_label(category: Category) -> &'static str {
    match category {
        Category::Bug => "Bug",
        Category::FeatureRequest => "Feature request",
        Category::Question => "Question",
    }
}

/// The statuses of a kind to choose from.
pub fn statuses(kind: ReportKind, current: &str) -> Vec<Choice> {
    let all = IssueStatus::of(kind).iter();
    all.map(|status| Choice::new(status.name(), status_label(*status), current))
        .collect()
}

/// The priorities to choose from, the most urgent first.
pub fn priorities(current: &str) -> Vec<Choice> {
    let all = Priority::ALL.iter().rev();
    all.map(|priority| Choice::new(priority.name(), priority_label(*priority), current))
        .collect()
}

/// The categories to choose from.
pub fn categories(current: &str) -> Vec<Choice> {
    let all = Category::ALL.iter();
    all.map(|category| Choice::new(category.name(), category_label(*category), current))
        .collect()
}

/// A size in bytes as people read it: `12 KB`, `3.4 MB`.
pub fn size(bytes: u64) -> String {
    const KB: u64 = 1000;
    const MB: u64 = KB * KB;
    const GB: u64 = MB * KB;
    let tenths = |unit: u64, name: &str| {
        let tenths = bytes.saturating_mul(10) / unit;
        match tenths % 10 {
            0 => format!("{} {name}", tenths / 10),
            rest => format!("{}.{rest} {name}", tenths / 10),
        }
    };
    match bytes {
        0..KB => format!("{bytes} bytes"),
        KB..MB => format!("{} KB", bytes / KB),
        MB..GB => tenths(MB, "MB"),
        _ => tenths(GB, "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (12_345, "12 KB"),
            (3_449_999, "3.4 MB"),
            (5_000_000, "5 MB"),
            (2_500_000_000, "2.5 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn one_is_told_from_many() {
        let words = KindWords::of(ReportKind::FeatureRequest);
        let counted: Vec<_> = [0, 1, 2000].map(|count| words.counted(count)).to_vec();
        assert_eq!(counted, ["0 suggestions", "1 suggestion", "2,000 suggestions"]);
    }
}
