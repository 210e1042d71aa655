//! In what order lists of bug reports and tickets can stand. Suggestions have lists of their own, by `sort` too.

use bugle_actors::ReportOrder;
use bugle_storage::records::ReportKind;

use super::words::Choice;

/// What stands first in a list, as its address says it. Only what the index answers without looking at each report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListOrder {
    /// The newest; an address need not say so.
    #[default]
    Newest,
    /// The oldest.
    Oldest,
    /// The most urgent, of bug reports: others have no priority.
    Priority,
}

impl ListOrder {
    /// Those that a list of a kind can stand in.
    pub const fn of(kind: ReportKind) -> &'static [Self] {
        match kind {
            ReportKind::Bug => &[Self::Newest, Self::Oldest, Self::Priority],
            ReportKind::SupportTicket => &[Self::Newest, Self::Oldest],
            ReportKind::FeatureRequest => &[],
        }
    }

    /// The one that is called so in the address of a list of that kind; the first for a blank name.
    pub fn from_name(kind: ReportKind, name: &str) -> Option<Self> {
        let mut all = Self::of(kind).iter().copied();
        if name.is_empty() {
            return Some(Self::default());
        }
        all.find(|order| order.name() == name)
    }

    /// Those that a list of a kind can stand in, to choose from.
    pub fn choices(kind: ReportKind, current: Self) -> Vec<Choice> {
        let all = Self::of(kind).iter();
        let value = |order: Self| match order {
            Self::Newest => "",
            other => other.name(),
        };
        all.map(|order| Choice::new(value(*order), order.label(), value(current)))
            .collect()
    }

    /// What is wrong with a name that none has.
    pub fn unknown(kind: ReportKind) -> String {
        let names: Vec<_> = Self::of(kind).iter().map(|order| order.name()).collect();
        format!("must be one of {}", names.join(", "))
    }

    /// What is asked for.
    pub const fn order(self) -> ReportOrder {
        match self {
            Self::Newest => ReportOrder::Newest,
            Self::Oldest => ReportOrder::Oldest,
            Self::Priority => ReportOrder::MostUrgent,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Priority => "priority",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Priority => "Most urgent first",
        }
    }
}
