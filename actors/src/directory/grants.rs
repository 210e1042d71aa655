//! What live tokens and keys stand for, with what is noted of their use.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bugle_storage::records::{KeyMaterial, ReportKind, TokenLimits, TokenRights};
use bugle_storage::{AddressHash, Day, ProjectId, Timestamp, TokenId, UserId};

use super::Map;

/// What a live token stands for.
#[derive(Debug, Clone)]
pub enum Grant {
    /// A project token.
    Project(Arc<ProjectGrant>),
    /// A personal access token.
    Personal(Arc<PersonalGrant>),
}

impl Grant {
    /// The token's number.
    pub fn token(&self) -> TokenId {
        match self {
            Self::Project(grant) => grant.token,
            Self::Personal(grant) => grant.token,
        }
    }

    pub(crate) fn last_used(&self) -> &Arc<LastUsed> {
        match self {
            Self::Project(grant) => &grant.last_used,
            Self::Personal(grant) => &grant.last_used,
        }
    }
}

/// What a project token may do. Replaced whole when the token is edited.
#[derive(Debug)]
pub struct ProjectGrant {
    /// The token's number.
    pub token: TokenId,
    /// The one project it works for.
    pub project: ProjectId,
    /// What it may do there.
    pub rights: TokenRights,
    /// When it was last accepted.
    pub last_used: Arc<LastUsed>,
    /// Which addresses have used up which limit.
    pub spent: SpentMarks,
}

/// What a personal token stands for.
#[derive(Debug)]
pub struct PersonalGrant {
    /// The token's number.
    pub token: TokenId,
    /// Whose rights it carries.
    pub user: UserId,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last accepted.
    pub last_used: Arc<LastUsed>,
    /// How much of the user's rights it carries.
    pub limits: TokenLimits,
}

impl PersonalGrant {
    /// Whether the token still works.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A key that verifies who is playing, as requests see it.
#[derive(Debug)]
pub struct PublishedKey {
    /// See [`IdentityKey::number`](bugle_storage::records::IdentityKey::number).
    pub number: u32,
    /// See [`IdentityKey::kid`](bugle_storage::records::IdentityKey::kid).
    pub kid: String,
    /// See [`IdentityKey::material`](bugle_storage::records::IdentityKey::material).
    pub material: KeyMaterial,
    /// When a report was last taken with it.
    pub last_used: Arc<LastUsed>,
}

/// When a token was last accepted, to the minute: kept in memory, written to the store now and then.
#[derive(Debug, Default)]
pub struct LastUsed(AtomicI64);

impl LastUsed {
    pub(crate) fn new(moment: Option<Timestamp>) -> Self {
        Self(AtomicI64::new(moment.unwrap_or_default().0))
    }

    /// Notes a use, and says whether it is the first one in its minute.
    pub fn touch(&self, now: Timestamp) -> bool {
        let minute = now.0 - now.0.rem_euclid(60_000);
        self.0.load(Ordering::Relaxed) < minute && self.0.fetch_max(minute, Ordering::Relaxed) < minute
    }

    /// The last use, or `None` when the token was never used.
    pub fn get(&self) -> Option<Timestamp> {
        Some(self.0.load(Ordering::Relaxed))
            .filter(|moment| *moment > 0)
            .map(Timestamp)
    }
}

/// Limits that are known to be used up, so that a flood is refused without asking the project's actor.
///
/// The project's actor marks what it refused and takes its marks back when it stops. An edit of the token
/// replaces the grant and with it the marks, so a raised limit counts at once.
#[derive(Debug, Default)]
pub struct SpentMarks(Map<(AddressHash, ReportKind), Day>);

/// Marks kept per token; beyond it the actor is asked.
const SPENT_MARKS_MAX: usize = 100_000;

impl SpentMarks {
    /// Whether that address has used up its limit for that kind today. A clock that stepped back does not
    /// open a new day.
    pub fn is_spent(&self, address: AddressHash, kind: ReportKind, today: Day) -> bool {
        self.0.get(&(address, kind)).is_some_and(|day| *day >= today)
    }

    pub(crate) fn mark(&self, address: AddressHash, kind: ReportKind, day: Day) {
        if self.0.len() >= SPENT_MARKS_MAX {
            self.0.retain(|_, marked| *marked >= day);
            if self.0.len() >= SPENT_MARKS_MAX {
                return;
            }
        }
        self.0.insert((address, kind), day);
    }

    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_holds_for_its_day_and_for_a_clock_that_steps_back() {
        let marks = SpentMarks::default();
        marks.mark(AddressHash(1), ReportKind::Bug, Day(10));
        assert!(marks.is_spent(AddressHash(1), ReportKind::Bug, Day(10)));
        assert!(marks.is_spent(AddressHash(1), ReportKind::Bug, Day(9)));
        assert!(!marks.is_spent(AddressHash(1), ReportKind::Bug, Day(11)));
        assert!(!marks.is_spent(AddressHash(1), ReportKind::FeatureRequest, Day(10)));
        assert!(!marks.is_spent(AddressHash(2), ReportKind::Bug, Day(10)));
    }

    #[test]
    fn last_use_is_kept_to_the_minute_and_never_goes_back() {
        let last = LastUsed::new(None);
        assert_eq!(last.get(), None);
        assert!(last.touch(Timestamp(125_000)), "the first in its minute");
        assert!(!last.touch(Timestamp(126_000)));
        assert_eq!(last.get(), Some(Timestamp(120_000)));
        assert!(!last.touch(Timestamp(61_000)));
        assert_eq!(last.get(), Some(Timestamp(120_000)));
    }
}
