//! What the actors refuse, as an answer.

use bugle_actors::ActorError;
use bugle_storage::records::RefusalReason;
use bugle_storage::{StorageError, StoreState, Timestamp};

use super::error::{ApiError, FieldError};
use super::rate_limit;
use super::state::AppState;

/// Seconds after which a busy server is worth another try.
const BUSY_RETRY_AFTER: u32 = 1;
/// Seconds after which a full disk may have been seen to.
const FULL_RETRY_AFTER: u32 = 30;

/// Refuses what cannot be stored now, before a file of it is kept: files go past the actors, which would refuse it.
pub fn ensure_writable(state: &AppState) -> Result<(), ApiError> {
    let refusal = match state.actors.store().state() {
        StoreState::Writable => return Ok(()),
        StoreState::Full => ActorError::Full,
        StoreState::Busy => ActorError::Busy,
        StoreState::Failed => StorageError::Closed.into(),
    };
    Err(answer(refusal, state.now()))
}

/// Turns a refusal into its answer; `now` is for when a daily limit begins anew.
pub fn answer(error: ActorError, now: Timestamp) -> ApiError {
    match error {
        ActorError::NotFound => ApiError::not_found(),
        ActorError::NotAllowed(action) => ApiError::not_allowed_to(action),
        ActorError::SubmissionToken(text) => {
            ApiError::forbidden(text).because(RefusalReason::SubmissionToken)
        }
        ActorError::QuotaSpent { kind, limit } => rate_limit::refuse(kind, limit, now),
        ActorError::WrongPassword => ApiError::unauthorized("The e-mail address or the password is wrong"),
        ActorError::TooManyAttempts { retry_after } => {
            ApiError::too_many_requests("Too many failed attempts; try again later", retry_after)
        }
        ActorError::TooManyRequests { retry_after } => {
            ApiError::too_many_requests("Too many requests of this kind; try again later", retry_after)
        }
        ActorError::KeyReused => ApiError::invalid(vec![FieldError::new(
            "Idempotency-Key",
            "was already used for another request",
        )]),
        ActorError::Overtaken => ApiError::conflict("Somebody else has changed this in the meantime"),
        ActorError::Invalid { field, problem } => ApiError::invalid(vec![FieldError::new(field, problem)]),
        ActorError::InvalidFields(wrong) => ApiError::invalid(
            wrong
                .into_iter()
                .map(|wrong| FieldError::new(wrong.field, wrong.problem))
                .collect(),
        ),
        ActorError::Busy
        | ActorError::Stopped
        | ActorError::Storage(StorageError::Busy | StorageError::Replaced) => {
            ApiError::unavailable(BUSY_RETRY_AFTER)
        }
        ActorError::Full | ActorError::Storage(StorageError::Full { .. }) => {
            ApiError::unavailable(FULL_RETRY_AFTER)
        }
        ActorError::Storage(StorageError::TooLarge { limit, .. }) => ApiError::too_large(limit as u64),
        ActorError::Storage(cause @ (StorageError::Closed | StorageError::Io { .. })) => {
            tracing::error!(%cause, "the store could not do what was asked");
            ApiError::unavailable(FULL_RETRY_AFTER)
        }
        cause @ (ActorError::Broken | ActorError::TimedOut | ActorError::Storage(_)) => {
            ApiError::internal(cause)
        }
    }
}
