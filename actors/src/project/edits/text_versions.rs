//! Which texts somebody had before them when they began to write: what keeps two people from writing over each other.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hasher;

use bugle_storage::records::Issue;
use siphasher::sip::SipHasher13;

use super::IssuePatch;

/// Tells one text from another, whatever ends its lines: a browser's form ends all of them alike. The same after a
/// restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextVersion(u64);

impl TextVersion {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        // Without a key, so that a form outlives a restart. Two texts that are alike here cost no more than a warning.
        let mut hasher = SipHasher13::new();
        hasher.write(with_line_feeds(text).as_bytes());
        Self(hasher.finish())
    }
}

/// The same text with nothing but line feeds at the ends of its lines.
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The texts of a report as somebody saw them. Written and read as three numbers: `1f-2e-3d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextVersions {
    /// See [`Issue::title`].
    pub title: TextVersion,
    /// See [`Issue::description`].
    pub description: TextVersion,
    /// See [`Issue::steps_to_reproduce`].
    pub steps_to_reproduce: TextVersion,
}

impl TextVersions {
    /// Those that a report has.
    pub fn of(report: &Issue) -> Self {
        Self {
            title: TextVersion::of(&report.title),
            description: TextVersion::of(&report.description),
            steps_to_reproduce: TextVersion::of(&report.steps_to_reproduce),
        }
    }

    /// What [`TextVersions`] was written as.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('-').map(|number| u64::from_str_radix(number, 16));
        let mut next = || numbers.next()?.ok().map(TextVersion);
        let read = Self {
            title: next()?,
            description: next()?,
            steps_to_reproduce: next()?,
        };
        numbers.next().is_none().then_some(read)
    }
}

impl fmt::Display for TextVersions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [title, description, steps] = [self.title, self.description, self.steps_to_reproduce];
        write!(formatter, "{:x}-{:x}-{:x}", title.0, description.0, steps.0)
    }
}

impl IssuePatch {
    /// Whether a text that it sets is not any more what it was written over, and not what is to be set either.
    pub(super) fn is_overtaken(&self, report: &Issue) -> bool {
        let Some(seen) = self.written_over else {
            return false;
        };
        let texts = [
            (&self.title, &report.title, seen.title),
            (&self.description, &report.description, seen.description),
            (
                &self.steps_to_reproduce,
                &report.steps_to_reproduce,
                seen.steps_to_reproduce,
            ),
        ];
        texts.into_iter().any(|(new, current, seen)| {
            new.as_ref()
                .is_some_and(|new| new != current && TextVersion::of(current) != seen)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_a_line_makes_no_other_text() {
        let version = TextVersion::of("a\nb\n");
        for same in ["a\r\nb\r\n", "a\rb\r", "a\nb\r\n"] {
            assert_eq!(TextVersion::of(same), version, "{same:?}");
        }
        for other in ["a\nb", "a\n\nb\n", "A\nb\n", ""] {
            assert_ne!(TextVersion::of(other), version, "{other:?}");
        }
    }

    #[test]
    fn versions_are_read_as_they_were_written() {
        let versions = TextVersions {
            title: TextVersion(0),
            description: TextVersion(u64::MAX),
            steps_to_reproduce: TextVersion(7),
        };
        assert_eq!(versions.to_string(), "0-ffffffffffffffff-7");
        assert_eq!(TextVersions::parse(&versions.to_string()), Some(versions));
        for wrong in ["", "1-2", "1-2-3-4", "1-2-x", "1-2-10000000000000000"] {
            assert_eq!(TextVersions::parse(wrong), None, "{wrong}");
        }
    }
}
