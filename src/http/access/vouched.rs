//! The submission token that a game shows beside its project token (protocol 8).

use std::sync::Arc;

use bugle_storage::ProjectId;
use bugle_storage::records::RefusalReason;

use super::Game;
use crate::http::error::ApiError;
use crate::http::identity_token::SubmissionGrant;
use crate::http::state::AppState;

/// What came in the place of a submission token. Only new reports ask for it: elsewhere a bad one does no harm.
#[derive(Debug, Clone, Default)]
pub enum ShownSubmission {
    /// Nothing.
    #[default]
    None,
    /// One that is none of ours.
    Bad,
    /// One that this server signed.
    Signed(Arc<SubmissionGrant>),
}

/// The submission token that a new report in the project is sent with. Whether it was used, the project's actor knows;
/// that knows too whether a request is a retry, which is answered as it was also when the token has ended since.
pub(super) fn admit_submission(
    game: &Game,
    project: ProjectId,
    state: &AppState,
    may_be_retry: bool,
) -> Result<Option<Arc<SubmissionGrant>>, ApiError> {
    let grant = match &game.submission {
        ShownSubmission::None if game.grant.rights.require_submission_token => {
            return Err(refusal("Submission token is required"));
        }
        ShownSubmission::None => return Ok(None),
        ShownSubmission::Bad => return Err(refusal("The submission token is not valid")),
        ShownSubmission::Signed(grant) => grant,
    };
    if grant.project != project {
        return Err(refusal("The submission token is for another project"));
    }
    if state.now() >= grant.token.expires_at && !may_be_retry {
        return Err(refusal("The submission token has expired"));
    }
    Ok(Some(Arc::clone(grant)))
}

fn refusal(text: &'static str) -> ApiError {
    ApiError::forbidden(text).because(RefusalReason::SubmissionToken)
}
