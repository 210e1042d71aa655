//! Submission tokens that were used (protocol 8): each is good for one report.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use bugle_storage::records::{CustomValue, UsedSubmissionToken};
use bugle_storage::{Batch, Key, ProjectId, RecordId, Shard, StorageError, Timestamp};

use super::keys;
use crate::ActorError;

/// How long a used token is remembered beyond its end, in milliseconds: an hour, in which a clock that steps back makes
/// none of them good again.
const REMEMBERED_FOR: u64 = 60 * 60 * 1000;

/// What tells a submission token from all others.
pub type SubmissionTokenId = [u8; 16];

/// A submission token whose signature was found right, and which is for this project.
#[derive(Clone, PartialEq, Eq)]
pub struct SubmissionToken {
    /// Which.
    pub id: SubmissionTokenId,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Values of custom fields; they count more than those that the report brings, and as a developer's.
    pub custom_fields: Vec<(String, CustomValue)>,
}

impl fmt::Debug for SubmissionToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SubmissionToken(..)")
    }
}

/// What a report is shown with that the project vouches for.
#[derive(Debug, Clone)]
pub enum ShownToken {
    /// A submission token, which is good once.
    Submission(Arc<SubmissionToken>),
    /// Values of custom fields out of a JWT that one of the project's keys verified. They count as those of a submission
    /// token do.
    Identity(Arc<Vec<(String, CustomValue)>>),
}

impl ShownToken {
    /// The token that is good once.
    pub(super) fn submission(&self) -> Option<&SubmissionToken> {
        match self {
            Self::Submission(token) => Some(token),
            Self::Identity(_) => None,
        }
    }

    /// Values of custom fields that the project vouches for.
    pub(super) fn custom_fields(&self) -> &[(String, CustomValue)] {
        match self {
            Self::Submission(token) => &token.custom_fields,
            Self::Identity(values) => values,
        }
    }
}

/// The tokens of one project that were used and have not ended for long.
#[derive(Debug)]
pub(super) struct UsedSubmissionTokens {
    project: ProjectId,
    /// By the moment in milliseconds at which they end.
    used: BTreeSet<(u64, SubmissionTokenId)>,
}

impl UsedSubmissionTokens {
    /// Reads them. Blocks.
    pub(super) fn load(shard: &Shard, project: ProjectId) -> Result<Self, StorageError> {
        let mut used = BTreeSet::new();
        let prefix = keys::used_submission_tokens(project);
        shard.visit(&prefix, None, |key, _: UsedSubmissionToken| {
            used.extend(keys::end_and_id(key));
            ControlFlow::Continue(())
        })?;
        Ok(Self { project, used })
    }

    /// Refuses a token that has ended or was used.
    pub(super) fn check(&self, token: &SubmissionToken, now: Timestamp) -> Result<(), ActorError> {
        if now >= token.expires_at {
            return Err(ActorError::SubmissionToken("The submission token has expired"));
        }
        if self.used.contains(&place(token)) {
            return Err(ActorError::SubmissionToken(
                "The submission token was already used",
            ));
        }
        Ok(())
    }

    /// Notes in the batch of a report that it was sent with the token.
    pub(super) fn use_up(
        &mut self,
        token: &SubmissionToken,
        report: RecordId,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let (end, id) = place(token);
        self.used.insert((end, id));
        let key = keys::used_submission_token(self.project, end, id);
        batch.put(key, &UsedSubmissionToken { report })
    }

    /// Forgets up to `most` that have ended an hour ago, and gives their records' places.
    pub(super) fn expire(&mut self, now: Timestamp, most: usize) -> Vec<Key> {
        let now = millis(now);
        let mut over = Vec::new();
        while let Some((end, id)) = self.used.first().copied()
            && over.len() < most
            && end.saturating_add(REMEMBERED_FOR) <= now
        {
            self.used.pop_first();
            over.push(keys::used_submission_token(self.project, end, id));
        }
        over
    }
}

fn place(token: &SubmissionToken) -> (u64, SubmissionTokenId) {
    (millis(token.expires_at), token.id)
}

fn millis(moment: Timestamp) -> u64 {
    u64::try_from(moment.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bugle_storage::{MemoryStore, ShardId};

    use super::*;

    fn token(id: u8, expires_at: i64) -> SubmissionToken {
        SubmissionToken {
            id: [id; 16],
            expires_at: Timestamp(expires_at),
            custom_fields: Vec::new(),
        }
    }

    fn refusal(checked: Result<(), ActorError>) -> Option<String> {
        checked.err().map(|error| error.to_string())
    }

    #[test]
    fn a_token_is_good_once_until_it_ends_and_after_a_restart() {
        let project = ProjectId(1);
        let mut shard = Shard::open(Arc::new(MemoryStore::new()), ShardId(1)).unwrap();
        let mut used = UsedSubmissionTokens::load(&shard, project).unwrap();
        let (one, other) = (token(1, 1000), token(2, 1000));
        used.check(&one, Timestamp(999)).unwrap();
        let mut batch = Batch::new();
        used.use_up(&one, RecordId(64), &mut batch).unwrap();
        shard.commit(batch, Box::new(Result::unwrap));
        for used in [&used, &UsedSubmissionTokens::load(&shard, project).unwrap()] {
            let refused = refusal(used.check(&one, Timestamp(999)));
            assert_eq!(refused.as_deref(), Some("The submission token was already used"));
            used.check(&other, Timestamp(999)).unwrap();
            let refused = refusal(used.check(&other, Timestamp(1000)));
            assert_eq!(refused.as_deref(), Some("The submission token has expired"));
        }
    }

    #[test]
    fn used_tokens_are_forgotten_an_hour_after_their_end() {
        let shard = Shard::open(Arc::new(MemoryStore::new()), ShardId(1)).unwrap();
        let mut used = UsedSubmissionTokens::load(&shard, ProjectId(1)).unwrap();
        for (id, end) in [(1, 1000), (2, 3000), (3, 2000)] {
            used.use_up(&token(id, end), RecordId(64), &mut Batch::new())
                .unwrap();
        }
        let hour = 60 * 60 * 1000;
        assert_eq!(used.expire(Timestamp(hour + 999), 9), []);
        assert_eq!(used.expire(Timestamp(hour + 2999), 1).len(), 1, "in steps");
        assert_eq!(used.expire(Timestamp(hour + 2999), 9).len(), 1);
        assert!(
            used.check(&token(2, 3000), Timestamp(0)).is_err(),
            "the clock stepped back"
        );
    }
}
