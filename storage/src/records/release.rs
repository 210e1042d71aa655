//! Releases of a game.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::codec::Record;

/// A release of a project's game (protocol 4, "Release").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The number within the project, from 1 to 2147483647: Unreal reads it as a signed 32-bit number. Never given
    /// twice.
    pub number: u32,
    /// What the game calls it: `1.2.3-beta`. One release a label, those that were deleted aside.
    pub label: String,
    /// A line or two.
    pub summary: Option<String>,
    /// What is new in it.
    pub description: Option<String>,
    /// Where it is to be had: an address that begins with `http://` or `https://`.
    pub download_link: Option<String>,
    /// Whether a report made it known by its `release_label`.
    pub dynamically_created: bool,
    /// When it was announced, if it was.
    pub published_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether it was deleted. What is left keeps the number from being given again.
    pub deleted: bool,
}

impl Record for Release {
    const VERSION: u8 = 1;
    const NAME: &'static str = "release";
}
