//! The one error of the actors' floor: why a request was not done.

use bugle_storage::StorageError;
use bugle_storage::records::ReportKind;

/// Why an actor did not do what it was asked.
///
/// A refusal is a value inside a reply. An actor that cannot go on says nothing: it stops, and whoever
/// waited learns [`ActorError::Broken`] or [`ActorError::Stopped`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum ActorError {
    /// There is no such thing, or not for this caller.
    #[error("not found")]
    NotFound,
    /// The caller may never do this.
    #[error("not allowed to {0}")]
    NotAllowed(&'static str),
    /// The submission token that came along is good for nothing any more; why, as a sentence.
    #[error("{0}")]
    SubmissionToken(&'static str),
    /// The token's daily limit for this kind and address is used up (seed "When Limit is Exceeded").
    #[error("the daily limit of {limit} {kind:?} reports is used up")]
    QuotaSpent {
        /// What was to be created.
        kind: ReportKind,
        /// The limit a UTC day.
        limit: u32,
    },
    /// Nobody has an account with that address and that password.
    #[error("the e-mail address or the password is wrong")]
    WrongPassword,
    /// Too many attempts of late have failed.
    #[error("too many failed attempts, the next one is welcome in {retry_after} seconds")]
    TooManyAttempts {
        /// Whole seconds until the next attempt is welcome.
        retry_after: i64,
    },
    /// Too much of this from one address of late.
    #[error("too many requests of this kind, the next one is welcome in {retry_after} seconds")]
    TooManyRequests {
        /// Whole seconds until the next one is welcome.
        retry_after: i64,
    },
    /// The `Idempotency-Key` came before with another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// What is to be changed is not what it was when the change was written.
    #[error("somebody else has changed this in the meantime")]
    Overtaken,
    /// A field has a value that only the owner of the state can refuse, such as a name that is taken.
    #[error("{field} {problem}")]
    Invalid {
        /// The field's name on the wire.
        field: &'static str,
        /// What is wrong with it, to be read behind the field's name.
        problem: &'static str,
    },
    /// Fields that only the owner of the state can refuse, such as values of a project's own fields.
    #[error("{} fields are not right", .0.len())]
    InvalidFields(Vec<WrongField>),
    /// The actor's mailbox is full, or it is being restarted: try again soon.
    #[error("the server is busy")]
    Busy,
    /// The actor stopped before it came to the request; another is started.
    #[error("the actor stopped before it came to the request")]
    Stopped,
    /// The actor failed while it worked on the request.
    #[error("the actor that worked on the request failed")]
    Broken,
    /// The actor did not answer in time.
    #[error("the actor did not answer in time")]
    TimedOut,
    /// The disk is full, which was known before anything was handed over to the store.
    #[error("the disk is full: free some space, nothing was lost")]
    Full,
    /// The store refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl ActorError {
    /// Whether nothing was stored, for sure. After the others it may have been, or may still be: the one who waited has
    /// only not heard of it.
    pub const fn is_refusal(&self) -> bool {
        match self {
            Self::NotFound
            | Self::NotAllowed(_)
            | Self::SubmissionToken(_)
            | Self::QuotaSpent { .. }
            | Self::WrongPassword
            | Self::TooManyAttempts { .. }
            | Self::TooManyRequests { .. }
            | Self::KeyReused
            | Self::Overtaken
            | Self::Invalid { .. }
            | Self::InvalidFields(_)
            | Self::Busy
            | Self::Full => true,
            Self::Stopped | Self::Broken | Self::TimedOut | Self::Storage(_) => false,
        }
    }
}

/// A field, and what is wrong with it; the two are read as one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongField {
    /// The field's name on the wire.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}
