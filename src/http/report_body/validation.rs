//! Rules that creating and changing an issue share.

use std::borrow::Cow;

use bugle_storage::records::{Category, IssueStatus, Priority, ReportKind};

use crate::http::body::Text;
use crate::http::error::FieldError;

/// Characters of a title, and of other texts of one line.
pub(super) const LINE_LENGTH_MAX: usize = 255;

/// Bytes of a description.
pub(super) const DESCRIPTION_SIZE_MAX: usize = 1 << 20;

/// Bytes of the steps to reproduce.
pub(super) const STEPS_SIZE_MAX: usize = 64 << 10;

/// What was found wrong so far. A field that is wrong reads as absent, so that the rest is looked at too.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<FieldError>);

impl Problems {
    pub(super) fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) {
        self.0.push(FieldError::new(field, message));
    }

    /// The value, when nothing was found wrong on the way to it.
    pub(super) fn none_or<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// Text of at most `size_max` bytes, kept as it was sent; blank text is none.
    pub(super) fn text(
        &mut self,
        field: &'static str,
        text: Option<Text>,
        size_max: usize,
    ) -> Option<String> {
        let text = printable(text?.0);
        if text.trim().is_empty() {
            return None;
        }
        if text.len() > size_max {
            self.add(field, format!("is too long (maximum is {size_max} bytes)"));
            return None;
        }
        Some(text)
    }

    /// The steps to reproduce under the one name or the other. What does not count must be right all the same.
    pub(super) fn steps(&mut self, unformatted: Option<Text>, formatted: Option<Text>) -> Option<Text> {
        if unformatted.is_none() {
            return formatted;
        }
        self.text("steps_to_reproduce", formatted, STEPS_SIZE_MAX);
        unformatted
    }

    /// Text of one line and at most [`LINE_LENGTH_MAX`] characters, without blanks around; blank text is none.
    pub(super) fn line(&mut self, field: &'static str, text: Option<Text>) -> Option<String> {
        let text = printable(text?.0);
        let line = text.trim();
        if line.is_empty() {
            return None;
        }
        if line.len() > LINE_LENGTH_MAX && line.chars().nth(LINE_LENGTH_MAX).is_some() {
            self.add(
                field,
                format!("is too long (maximum is {LINE_LENGTH_MAX} characters)"),
            );
            return None;
        }
        Some(if line.contains(['\n', '\r', '\t']) {
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        } else if line.len() == text.len() {
            text
        } else {
            line.to_owned()
        })
    }

    /// A status that such a report can have; empty text is none.
    pub(super) fn status(&mut self, kind: ReportKind, text: Option<&Text>) -> Option<IssueStatus> {
        let name = text.filter(|text| !text.0.is_empty())?.0.trim();
        let status = status_named(kind, name);
        if status.is_none() {
            self.add("status", unknown_status(kind));
        }
        status
    }

    /// One of the values that have names; empty text is none.
    pub(super) fn named<T: Named>(&mut self, field: &'static str, text: Option<&Text>) -> Option<T> {
        let name = text.filter(|text| !text.0.is_empty())?.0.trim();
        let value = T::from_name(name).or_else(|| T::from_name(&name.to_ascii_lowercase()));
        if value.is_none() {
            let names: Vec<_> = T::ALL.iter().map(|value| value.name()).collect();
            self.add(field, format!("must be one of {}", names.join(", ")));
        }
        value
    }
}

/// The values that a field may have, by the names they have on the wire.
pub(super) trait Named: Copy + 'static {
    const ALL: &'static [Self];
    fn name(self) -> &'static str;
    fn from_name(name: &str) -> Option<Self>;
}

macro_rules! named {
    ($type:ident, $name:ident => $from_name:expr) => {
        impl Named for $type {
            const ALL: &'static [Self] = $type::ALL;
            fn name(self) -> &'static str {
                $type::name(self)
            }
            fn from_name($name: &str) -> Option<Self> {
                $from_name
            }
        }
    };
}

named!(Priority, name => Self::from_name(name));
named!(Category, name => Self::from_name(name));

/// The status that a kind of report has under this name, or under another one that clients and people use (protocol
/// 4.1 and 14).
pub fn status_named(kind: ReportKind, name: &str) -> Option<IssueStatus> {
    let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    let known = match (kind, &*name) {
        (ReportKind::Bug | ReportKind::SupportTicket, "new") => "open",
        (ReportKind::FeatureRequest, "open" | "new" | "under_review") => "pending",
        (ReportKind::FeatureRequest, "planned") => "approved",
        (ReportKind::FeatureRequest, "started") => "in_progress",
        (ReportKind::FeatureRequest, "declined") => "rejected",
        (_, name) => name,
    };
    IssueStatus::from_name(known).filter(|status| IssueStatus::of(kind).contains(status))
}

/// What is wrong with a status that such a report has not.
pub fn unknown_status(kind: ReportKind) -> String {
    let names: Vec<_> = IssueStatus::of(kind).iter().map(|status| status.name()).collect();
    format!("must be one of {}", names.join(", "))
}

/// The same text with what no reader should meet replaced: NUL and the other C0 controls but newline, return
/// and tab.
pub fn printable(text: String) -> String {
    const fn is_control(byte: u8) -> bool {
        byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t')
    }
    // Nearly all text is clean. No early exit within a chunk, so that many bytes are looked at in one step.
    let has_control = |chunk: &[u8]| chunk.iter().fold(false, |found, byte| found | is_control(*byte));
    if !text.as_bytes().chunks(64).any(has_control) {
        return text;
    }
    let replaced = |it| {
        if u8::try_from(it).is_ok_and(is_control) {
            '\u{fffd}'
        } else {
            it
        }
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_replaced_and_nothing_else() {
        assert_eq!(
            printable("a\n\r\tb \u{7f}\u{85}\u{f6}".to_owned()),
            "a\n\r\tb \u{7f}\u{85}\u{f6}"
        );
        assert_eq!(
            printable("a\0b\u{1b}[0m\u{f6}".to_owned()),
            "a\u{fffd}b\u{fffd}[0m\u{f6}"
        );
    }

    #[test]
    fn each_kind_of_report_has_its_own_statuses() {
        use ReportKind::{Bug, FeatureRequest, SupportTicket};
        for (kind, name, status) in [
            (Bug, "New", Some(IssueStatus::Open)),
            (Bug, "pending", None),
            (SupportTicket, "wont_fix", None),
            (SupportTicket, "resolved", Some(IssueStatus::Resolved)),
            (FeatureRequest, "Open", Some(IssueStatus::Pending)),
            (FeatureRequest, "Under Review", Some(IssueStatus::Pending)),
            (FeatureRequest, "planned", Some(IssueStatus::Approved)),
            (FeatureRequest, "started", Some(IssueStatus::InProgress)),
            (FeatureRequest, "declined", Some(IssueStatus::Rejected)),
            (FeatureRequest, "completed", Some(IssueStatus::Completed)),
            (FeatureRequest, "closed", None),
        ] {
            assert_eq!(status_named(kind, name), status, "{kind:?} {name}");
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_listed_when_not() {
        let mut problems = Problems::default();
        let text = |name: &str| Some(Text(name.to_owned()));
        assert_eq!(
            problems.named("priority", text(" High ").as_ref()),
            Some(Priority::High)
        );
        assert_eq!(
            problems.status(ReportKind::Bug, text("new").as_ref()),
            Some(IssueStatus::Open)
        );
        assert_eq!(problems.named::<Category>("category", text("").as_ref()), None);
        assert_eq!(
            problems.named::<Priority>("priority", text("urgent").as_ref()),
            None
        );
        let problems: Vec<_> = problems.0.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["priority must be one of low, medium, high, critical"]);
    }
}
