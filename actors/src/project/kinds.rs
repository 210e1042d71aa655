//! The kinds of report that a project has. Issues, suggestions and tickets are stored alike and go the same way; each
//! kind has tables, numbers and an index of its own. See `docs/decisions/0010-suggestions-and-tickets.md`.

use bugle_storage::RecordId;
use bugle_storage::records::{FieldTarget, ReportKind};

use super::ProjectActor;
use super::index::IssueIndex;

/// A report as a path names it (protocol 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportReference {
    /// What kind of report.
    pub kind: ReportKind,
    /// Which one.
    pub name: ReportName,
}

/// What a report is called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportName {
    /// By global id: `g-123`.
    Global(RecordId),
    /// By number within the project: `123`. Of suggestions and tickets also by global id, where none has the number.
    Number(u32),
}

/// What stands before the global id of such a report.
pub const fn global_prefix(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "g-",
        ReportKind::FeatureRequest => "fr-",
        ReportKind::SupportTicket => "t-",
    }
}

/// Whether a bare number may be a global id too: clients build `g-` in front of those of issues only.
const fn has_bare_ids(kind: ReportKind) -> bool {
    !matches!(kind, ReportKind::Bug)
}

impl ReportReference {
    /// Reads a part of a path.
    pub fn parse(kind: ReportKind, text: &str) -> Option<Self> {
        let (digits, is_global) = match text.strip_prefix(global_prefix(kind)) {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_plain.then(|| digits.parse::<u64>().ok()).flatten()?;
        let name = match u32::try_from(number) {
            Ok(number) if !is_global => ReportName::Number(number),
            Err(_) if !is_global && !has_bare_ids(kind) => return None,
            _ => ReportName::Global(RecordId(number)),
        };
        Some(Self { kind, name })
    }

    /// The report of this kind with this id.
    pub const fn global(kind: ReportKind, id: RecordId) -> Self {
        Self {
            kind,
            name: ReportName::Global(id),
        }
    }

    /// The report of this kind with this number.
    pub const fn numbered(kind: ReportKind, number: u32) -> Self {
        Self {
            kind,
            name: ReportName::Number(number),
        }
    }

    /// The issue with this id.
    pub const fn issue(id: RecordId) -> Self {
        Self::global(ReportKind::Bug, id)
    }
}

/// Which of the project's own fields such a report has.
pub(super) const fn field_target(kind: ReportKind) -> FieldTarget {
    match kind {
        ReportKind::Bug => FieldTarget::Issue,
        ReportKind::FeatureRequest => FieldTarget::FeatureRequest,
        ReportKind::SupportTicket => FieldTarget::Ticket,
    }
}

/// What a token without the right is not allowed to do.
pub(super) const fn creation(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "create bug reports",
        ReportKind::FeatureRequest => "create feature requests",
        ReportKind::SupportTicket => "create tickets",
    }
}

impl ProjectActor {
    pub(super) const fn index_of(&self, kind: ReportKind) -> &IssueIndex {
        match kind {
            ReportKind::Bug => &self.index,
            ReportKind::FeatureRequest => &self.suggestions,
            ReportKind::SupportTicket => &self.tickets,
        }
    }

    pub(super) const fn index_of_mut(&mut self, kind: ReportKind) -> &mut IssueIndex {
        match kind {
            ReportKind::Bug => &mut self.index,
            ReportKind::FeatureRequest => &mut self.suggestions,
            ReportKind::SupportTicket => &mut self.tickets,
        }
    }

    /// The sequence of a report of ours, draft or not.
    pub(super) fn resolve(&self, reference: ReportReference) -> Option<u64> {
        let index = self.index_of(reference.kind);
        let by_id = |id: RecordId| {
            let ours = id == RecordId::new(id.sequence(), self.id.shard());
            Some(id.sequence()).filter(|sequence| ours && index.contains(*sequence))
        };
        match reference.name {
            ReportName::Global(id) => by_id(id),
            ReportName::Number(number) => {
                let bare_id = || by_id(RecordId(number.into())).filter(|_| has_bare_ids(reference.kind));
                index.sequence_of_number(number).or_else(bare_id)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_named_by_global_id_or_number() {
        use ReportKind::{Bug, FeatureRequest, SupportTicket};
        let parse = |kind, text| ReportReference::parse(kind, text).map(|reference| reference.name);
        let global = |id| Some(ReportName::Global(RecordId(id)));
        assert_eq!(parse(Bug, "g-451"), global(451));
        assert_eq!(parse(FeatureRequest, "fr-451"), global(451));
        assert_eq!(parse(SupportTicket, "t-451"), global(451));
        for kind in ReportKind::ALL {
            assert_eq!(parse(kind, "12"), Some(ReportName::Number(12)));
        }
        assert_eq!(
            parse(FeatureRequest, "99999999999"),
            global(99_999_999_999),
            "no number is as large"
        );
        for other in [
            "",
            "g-",
            "-1",
            "+1",
            "1x",
            "fr-2",
            "99999999999",
            "g-99999999999999999999999",
        ] {
            assert_eq!(parse(Bug, other), None, "{other}");
        }
        assert_eq!(parse(FeatureRequest, "g-2"), None);
    }
}
