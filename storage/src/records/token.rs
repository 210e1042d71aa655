//! Access tokens of both kinds, as stored: a hash, never the token.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ReportKind;
use crate::codec::Record;
use crate::{ProjectId, Timestamp, TokenId, UserId};

/// SHA-256 of a whole token, prefix included. All that is kept of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// The first 8 hex digits, by which people tell their tokens apart (seed "Viewing Existing Tokens").
    pub fn partial(&self) -> String {
        use fmt::Write;
        self.0
            .iter()
            .take(4)
            .fold(String::with_capacity(8), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TokenHash")
    }
}

/// A personal access token: its user's rights (seed "Token Permissions").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalToken {
    /// The token's number.
    pub id: TokenId,
    /// What it is looked up by.
    pub hash: TokenHash,
    /// Whose rights it carries.
    pub user: UserId,
    /// What its user calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working by itself, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was last accepted, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Record for PersonalToken {
    const VERSION: u8 = 1;
    const NAME: &'static str = "personal access token";
}

/// A project token, shipped in game builds (seed "Token Permissions").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectToken {
    /// The token's number.
    pub id: TokenId,
    /// What it is looked up by.
    pub hash: TokenHash,
    /// The one project it works for.
    pub project: ProjectId,
    /// What the project's people call it.
    pub name: String,
    /// What it may do.
    pub rights: TokenRights,
    /// When it was made.
    pub created_at: Timestamp,
    /// When name or rights last changed.
    pub updated_at: Timestamp,
    /// When it was last accepted, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Record for ProjectToken {
    const VERSION: u8 = 1;
    const NAME: &'static str = "project token";
}

/// What a project token may do (protocol 1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRights {
    /// Bug reports.
    pub bug_reports: ReportRight,
    /// Suggestions.
    pub feature_requests: ReportRight,
    /// Support tickets.
    pub support_tickets: ReportRight,
    /// May list releases.
    pub read_releases: bool,
    /// May create releases, also by a report's `release_label`.
    pub create_releases: bool,
    /// Reports need a submission token beside this one (protocol 8).
    pub require_submission_token: bool,
}

impl TokenRights {
    /// The right to create one kind of report.
    pub const fn of(&self, kind: ReportKind) -> ReportRight {
        match kind {
            ReportKind::Bug => self.bug_reports,
            ReportKind::FeatureRequest => self.feature_requests,
            ReportKind::SupportTicket => self.support_tickets,
        }
    }
}

/// The right to create one kind of report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRight {
    /// Whether the token may create that kind at all.
    pub allowed: bool,
    /// How many a client address may create a UTC day: 0 (none) to 2147483647.
    pub per_day: u32,
}
