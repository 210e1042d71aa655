//! What the `TokenRegistry` is asked.

use actix::Message;
use bugle_storage::records::{PersonalToken, ProjectToken, Submitter, TokenLimits, TokenRights};
use bugle_storage::{ProjectId, Timestamp, TokenId, UserId};

use super::{PlainToken, UsedDays};
use crate::{IdempotencyKey, Reply};

/// A token that was made.
#[derive(Debug)]
pub struct CreatedToken<T> {
    /// Its record.
    pub record: T,
    /// The token itself, this once; `None` when an idempotency key came again.
    pub plain: Option<PlainToken>,
}

/// A personal token to be made.
#[derive(Debug, Clone)]
pub struct NewPersonalToken {
    /// Whose rights it carries.
    pub user: UserId,
    /// 1 to 120 characters.
    pub name: String,
    /// When it stops working by itself.
    pub expires_at: Option<Timestamp>,
    /// How much of the user's rights it carries.
    pub limits: TokenLimits,
}

/// Makes a personal token.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreatePersonalToken {
    /// The token.
    pub new: NewPersonalToken,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<CreatedToken<PersonalToken>>,
}

/// Lists a user's personal tokens, newest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListPersonalTokens {
    /// Whose.
    pub user: UserId,
    /// Where the answer goes.
    pub reply: Reply<Vec<PersonalToken>>,
}

/// Revokes a user's personal token: every request that starts after the answer is refused.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RevokePersonalToken {
    /// Whose; another user's token is not found.
    pub user: UserId,
    /// Of what limits; a wider token is not found.
    pub within: TokenLimits,
    /// Which.
    pub token: TokenId,
    /// Where the answer goes.
    pub reply: Reply<PersonalToken>,
}

/// A project token to be made.
#[derive(Debug, Clone)]
pub struct NewProjectToken {
    /// The one project it works for.
    pub project: ProjectId,
    /// 1 to 120 characters.
    pub name: String,
    /// What it may do.
    pub rights: TokenRights,
}

/// Makes a project token.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateProjectToken {
    /// The token.
    pub new: NewProjectToken,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<CreatedToken<ProjectToken>>,
}

/// Lists a project's tokens, newest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListProjectTokens {
    /// Which project's.
    pub project: ProjectId,
    /// Where the answer goes.
    pub reply: Reply<Vec<ProjectToken>>,
}

/// What changes of a project token.
#[derive(Debug, Clone)]
pub struct ProjectTokenEdit {
    /// Its new name.
    pub name: String,
    /// What it may do from now on.
    pub rights: TokenRights,
}

/// Changes a project token: every request that starts after the answer goes by the new rights.
#[derive(Message)]
#[rtype(result = "()")]
pub struct EditProjectToken {
    /// Which project's; another project's token is not found.
    pub project: ProjectId,
    /// Which token.
    pub token: TokenId,
    /// Makes the new values out of the present ones, so that two edits of different fields both count.
    pub edit: Box<dyn FnOnce(ProjectTokenEdit) -> ProjectTokenEdit + Send>,
    /// Where the answer goes.
    pub reply: Reply<ProjectToken>,
}

/// Revokes a project token: every request that starts after the answer is refused.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RevokeProjectToken {
    /// Which project's; another project's token is not found.
    pub project: ProjectId,
    /// Which token.
    pub token: TokenId,
    /// Where the answer goes.
    pub reply: Reply<ProjectToken>,
}

/// A token, and what it was used for on the last 90 days.
#[derive(Debug)]
pub struct TokenUse<T> {
    /// Its record.
    pub token: T,
    /// The days. Of a project token they tell what was refused: what was accepted, its project knows.
    pub used: UsedDays,
}

/// Asks what a project token was used for.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadProjectTokenUsage {
    /// Which project's; another project's token is not found.
    pub project: ProjectId,
    /// Which token.
    pub token: TokenId,
    /// Where the answer goes.
    pub reply: Reply<TokenUse<ProjectToken>>,
}

/// Asks what a user's personal token was used for.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadPersonalUsage {
    /// Whose; another user's token is not found.
    pub user: UserId,
    /// Of what limits; a wider token is not found.
    pub within: TokenLimits,
    /// Which token.
    pub token: TokenId,
    /// Where the answer goes.
    pub reply: Reply<TokenUse<PersonalToken>>,
}

/// Writes down when tokens were last used, and what for; made every minute and before the server stops.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SaveLastUse {
    /// Where the answer goes.
    pub reply: Reply<()>,
}
