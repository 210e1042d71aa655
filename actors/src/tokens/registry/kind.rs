//! What the registry must know of a kind of token: the rest it does for both alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use bugle_storage::codec::Record;
use bugle_storage::records::{FirstAnswer, PersonalToken, ProjectToken, Submitter, TokenHash};
use bugle_storage::{Key, ProjectId, ShardId, Table, Timestamp, TokenId};

use super::TokenRegistry;
use crate::TokenKind;
use crate::directory::{Grant, LastUsed, PersonalGrant, ProjectGrant, SpentMarks};

/// The record of one kind of token.
pub(super) trait TokenRecord: Record + Clone + PartialEq + Send + 'static {
    const KIND: TokenKind;
    const TABLE: Table;

    /// Every live token of the kind.
    fn all(registry: &TokenRegistry) -> &BTreeMap<TokenId, Self>;
    fn all_mut(registry: &mut TokenRegistry) -> &mut BTreeMap<TokenId, Self>;

    fn id(&self) -> TokenId;
    fn hash(&self) -> TokenHash;
    /// The last use as it was last written.
    fn last_used_at(&self) -> Option<Timestamp>;
    fn set_last_used_at(&mut self, moment: Option<Timestamp>);
    /// What requests with the token go by.
    fn grant(&self, last_used: Arc<LastUsed>) -> Grant;

    /// The project that hears of it, and what it is called there; `None` for what is nobody else's business.
    fn told(&self) -> Option<(ProjectId, &str)>;

    /// What an idempotency key is answered with, and back.
    fn to_answer(token: TokenId) -> FirstAnswer;
    fn of_answer(answer: &FirstAnswer) -> Option<TokenId>;

    /// Whose use is counted.
    fn holder(token: TokenId) -> Submitter;

    /// Where the token's record lies.
    fn key(token: TokenId) -> Key {
        Key::new(ShardId::SYSTEM, Self::TABLE).u64(token.0)
    }
}

impl TokenRecord for ProjectToken {
    const KIND: TokenKind = TokenKind::Project;
    const TABLE: Table = Table::ProjectToken;

    fn all(registry: &TokenRegistry) -> &BTreeMap<TokenId, Self> {
        &registry.projects
    }

    fn all_mut(registry: &mut TokenRegistry) -> &mut BTreeMap<TokenId, Self> {
        &mut registry.projects
    }

    fn id(&self) -> TokenId {
        self.id
    }

    fn hash(&self) -> TokenHash {
        self.hash
    }

    fn last_used_at(&self) -> Option<Timestamp> {
        self.last_used_at
    }

    fn set_last_used_at(&mut self, moment: Option<Timestamp>) {
        self.last_used_at = moment;
    }

    fn grant(&self, last_used: Arc<LastUsed>) -> Grant {
        Grant::Project(Arc::new(ProjectGrant {
            token: self.id,
            project: self.project,
            rights: self.rights,
            last_used,
            spent: SpentMarks::default(),
        }))
    }

    fn holder(token: TokenId) -> Submitter {
        Submitter::ProjectToken(token)
    }

    fn told(&self) -> Option<(ProjectId, &str)> {
        Some((self.project, &self.name))
    }

    fn to_answer(token: TokenId) -> FirstAnswer {
        FirstAnswer::ProjectToken(token)
    }

    fn of_answer(answer: &FirstAnswer) -> Option<TokenId> {
        match answer {
            FirstAnswer::ProjectToken(token) => Some(*token),
            _ => None,
        }
    }
}

impl TokenRecord for PersonalToken {
    const KIND: TokenKind = TokenKind::Personal;
    const TABLE: Table = Table::PersonalToken;

    fn all(registry: &TokenRegistry) -> &BTreeMap<TokenId, Self> {
        &registry.personal
    }

    fn all_mut(registry: &mut TokenRegistry) -> &mut BTreeMap<TokenId, Self> {
        &mut registry.personal
    }

    fn id(&self) -> TokenId {
        self.id
    }

    fn hash(&self) -> TokenHash {
        self.hash
    }

    fn last_used_at(&self) -> Option<Timestamp> {
        self.last_used_at
    }

    fn set_last_used_at(&mut self, moment: Option<Timestamp>) {
        self.last_used_at = moment;
    }

    fn grant(&self, last_used: Arc<LastUsed>) -> Grant {
        Grant::Personal(Arc::new(PersonalGrant {
            token: self.id,
            user: self.user,
            expires_at: self.expires_at,
            last_used,
            limits: self.limits.clone(),
        }))
    }

    fn holder(token: TokenId) -> Submitter {
        Submitter::PersonalToken(token)
    }

    fn told(&self) -> Option<(ProjectId, &str)> {
        None
    }

    fn to_answer(token: TokenId) -> FirstAnswer {
        FirstAnswer::PersonalToken(token)
    }

    fn of_answer(answer: &FirstAnswer) -> Option<TokenId> {
        match answer {
            FirstAnswer::PersonalToken(token) => Some(*token),
            _ => None,
        }
    }
}
