//! Access tokens of both kinds, as stored: a hash, never the token.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ReportKind;
use crate::codec::{Record, decode_body};
use crate::{ProjectId, StorageError, Timestamp, TokenId, UserId};

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
    /// How much of its user's rights it carries.
    pub limits: TokenLimits,
}

impl Record for PersonalToken {
    const VERSION: u8 = 2;
    const NAME: &'static str = "personal access token";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        (version == 1).then(|| decode_body::<PersonalToken1>(body, Self::NAME).map(Self::from))
    }
}

/// Version 1 had all of its user's rights.
#[derive(Deserialize)]
struct PersonalToken1 {
    id: TokenId,
    hash: TokenHash,
    user: UserId,
    name: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl From<PersonalToken1> for PersonalToken {
    fn from(old: PersonalToken1) -> Self {
        Self {
            id: old.id,
            hash: old.hash,
            user: old.user,
            name: old.name,
            created_at: old.created_at,
            expires_at: old.expires_at,
            last_used_at: old.last_used_at,
            limits: TokenLimits::default(),
        }
    }
}

/// How much of its user's rights a personal token carries. Nobody gains by one: what its user may not do, it may not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TokenLimits {
    /// How much it may do.
    pub scope: TokenScope,
    /// The only projects that it is for, each once; `None` for all of its user's.
    pub projects: Option<Vec<ProjectId>>,
}

impl TokenLimits {
    /// Whether it is for that project.
    pub fn reach(&self, project: ProjectId) -> bool {
        self.projects
            .as_ref()
            .is_none_or(|projects| projects.contains(&project))
    }

    /// Whether these allow all that the others allow.
    pub fn cover(&self, others: &Self) -> bool {
        let all_reached = match &others.projects {
            None => self.projects.is_none(),
            Some(projects) => projects.iter().all(|project| self.reach(*project)),
        };
        all_reached && self.scope >= others.scope
    }
}

/// How much a personal token may do; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum TokenScope {
    /// Read.
    Read,
    /// Send reports, and change what a project works with.
    Write,
    /// Everything: also tokens, members, settings.
    #[default]
    Admin,
}

impl TokenScope {
    /// Every scope, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The scope with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }

    /// This scope and those that it includes, from the least on.
    pub fn included(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |scope| *scope <= self)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(scope: TokenScope, projects: Option<&[u64]>) -> TokenLimits {
        let projects = projects.map(|projects| projects.iter().copied().map(ProjectId).collect());
        TokenLimits { scope, projects }
    }

    #[test]
    fn each_scope_has_a_name_and_includes_the_lesser_ones() {
        for scope in TokenScope::ALL {
            assert_eq!(TokenScope::from_name(scope.name()), Some(scope));
        }
        assert_eq!(TokenScope::from_name("Admin"), None);
        let write: Vec<_> = TokenScope::Write.included().map(TokenScope::name).collect();
        assert_eq!(write, ["read", "write"]);
        assert_eq!(TokenScope::Admin.included().count(), 3);
    }

    #[test]
    fn limits_cover_what_is_no_wider() {
        use TokenScope::{Admin, Read, Write};
        let all = TokenLimits::default();
        let two = limits(Write, Some(&[1, 2]));
        for (wide, narrow, expected) in [
            (&all, &all, true),
            (&all, &two, true),
            (&two, &all, false),
            (&two, &two, true),
            (&two, &limits(Read, Some(&[2])), true),
            (&two, &limits(Admin, Some(&[2])), false),
            (&two, &limits(Read, Some(&[2, 3])), false),
            (&two, &limits(Read, None), false),
            (&limits(Read, None), &two, false),
        ] {
            assert_eq!(wide.cover(narrow), expected, "{wide:?} {narrow:?}");
        }
        assert!(all.reach(ProjectId(9)) && two.reach(ProjectId(2)) && !two.reach(ProjectId(9)));
    }
}
