//! The personal token of a request, noted where it was found to be good: what is asked of it later need not look it up
//! again. A request without one carries nothing.

use std::sync::Arc;

use actix_web::{HttpMessage, HttpRequest};
use bugle_actors::PersonalGrant;

struct ShownToken(Arc<PersonalGrant>);

/// Notes that the request showed this token.
pub(super) fn note(request: &HttpRequest, grant: Arc<PersonalGrant>) {
    request.extensions_mut().insert(ShownToken(grant));
}

/// The good personal token that the request showed.
pub fn shown_token(request: &HttpRequest) -> Option<Arc<PersonalGrant>> {
    let extensions = request.extensions();
    extensions.get::<ShownToken>().map(|shown| Arc::clone(&shown.0))
}
