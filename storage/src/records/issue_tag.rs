//! Tags by which a project's people sort its issues.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::codec::Record;

/// A tag of a project (protocol 4, "Issue tag").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueTag {
    /// The number within the project, from 1. Never given twice.
    pub number: u32,
    /// What people call it; one tag's.
    pub name: String,
    /// `#RRGGBB`.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
    /// The number of the tag that it stands below.
    pub parent: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it was deleted. What is left keeps the number from being given again.
    pub deleted: bool,
}

impl Record for IssueTag {
    const VERSION: u8 = 1;
    const NAME: &'static str = "issue tag";
}

/// Which issues have a tag, of a stretch of [`TaggedIssues::STRETCH`] sequences. Kept apart from the issues, so that
/// those without a tag cost nothing, and a start reads a few records a tag and not one an issue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaggedIssues {
    /// How far into the stretch, ascending.
    pub offsets: Vec<u16>,
}

impl TaggedIssues {
    /// How many sequences a stretch has.
    pub const STRETCH: u64 = 4096;
}

impl Record for TaggedIssues {
    const VERSION: u8 = 1;
    const NAME: &'static str = "tagged issues";
}
