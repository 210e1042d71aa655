//! A signed-in browser: its cookie, looked up.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use bugle_actors::SessionHash;
use bugle_storage::records::{Session, Submitter};
use bugle_storage::{AddressHash, UserId};

use super::provenance::is_foreign;
use super::{Needs, Person, Policy, SignedIn};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// The cookie's name.
pub const COOKIE_NAME: &str = "bugle_session";

/// The live session that a request shows.
///
/// A request with an `Authorization` header shows none, whatever its cookies.
///
/// # Errors
/// 403 when a browser says that a page which is not ours makes it change something.
pub(super) fn session_of(
    request: &HttpRequest,
    state: &AppState,
) -> Result<Option<(SessionHash, Session)>, ApiError> {
    let headers = request.headers();
    if headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let now = state.now();
    let live = values(headers).find_map(|value| {
        let hash = SessionHash::of(value);
        Some((hash, state.directory().session(&hash, now)?))
    });
    let changes = !request.method().is_safe();
    if live.is_some() && changes {
        refuse_foreign_page(request, state)?;
    }
    Ok(live)
}

/// The person whose browser it is.
pub(super) fn person_of(request: &HttpRequest, state: &AppState) -> Result<Option<Person>, ApiError> {
    let session = session_of(request, state)?;
    Ok(session.map(|(_, session)| Person {
        user: session.user,
        submitter: Submitter::User(session.user),
        expires_at: Some(session.expires_at),
    }))
}

/// 401 to somebody who shows nothing that counts, in these words. Whoever shows a cookie was signed in once, and is told
/// what has changed.
pub fn not_signed_in(request: &HttpRequest, words: &'static str) -> ApiError {
    let headers = request.headers();
    let has_cookie = values(headers).any(|value| !value.is_empty());
    ApiError::unauthorized(if has_cookie && !headers.contains_key(header::AUTHORIZATION) {
        "The session has ended: sign in again"
    } else {
        words
    })
}

/// Every value that is sent under the cookie's name: another site of the same domain may have planted one more.
fn values(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers
        .get_all(header::COOKIE)
        .filter_map(|line| line.to_str().ok());
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| name.trim() == COOKIE_NAME)
        .map(|(_, value)| value.trim())
}

fn refuse_foreign_page(request: &HttpRequest, state: &AppState) -> Result<(), ApiError> {
    if is_foreign(request.headers(), &state.options.public_url) {
        return Err(ApiError::forbidden(
            "A signed-in browser may do this from Bugle's own pages only",
        ));
    }
    Ok(())
}

/// Whoever has a session to end.
pub struct InSession;

impl Policy for InSession {
    type Pass = SessionHash;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<SessionHash, ApiError> {
        let session = session_of(request, state)?;
        session
            .map(|(hash, _)| hash)
            .ok_or_else(|| not_signed_in(request, "There is no session"))
    }
}

/// Somebody with an account, who is to change it themselves.
pub struct OwnProfile;

/// The pass of somebody who changes their account.
pub struct Oneself {
    /// Who.
    pub person: Person,
    /// The session that they show, if it is by one that they ask.
    pub session: Option<SessionHash>,
    /// What attempts at their password count against.
    pub address: AddressHash,
}

impl Policy for OwnProfile {
    type Pass = Oneself;

    const NEEDS: Needs = Needs::Admin;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Oneself, ApiError> {
        let person = SignedIn::admit(request, state)?;
        let session = session_of(request, state)?;
        Ok(Oneself {
            person,
            session: session.map(|(hash, _)| hash),
            address: state.address(request),
        })
    }
}

/// Anybody, unless a page that is not ours sends the request: it could sign a browser in as somebody else.
pub struct OwnPage;

impl Policy for OwnPage {
    /// What attempts from there count against.
    type Pass = AddressHash;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<AddressHash, ApiError> {
        refuse_foreign_page(request, state)?;
        Ok(state.address(request))
    }
}

/// A browser that shows a page of ours, signed in or not.
pub struct OwnBrowser;

/// The pass of a browser.
pub struct Browser {
    /// Its session, and whose that is.
    pub session: Option<(SessionHash, UserId)>,
    /// What attempts to sign in count against.
    pub address: AddressHash,
}

impl Policy for OwnBrowser {
    type Pass = Browser;

    const NEEDS: Needs = Needs::Nothing;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Browser, ApiError> {
        if !request.method().is_safe() {
            refuse_foreign_page(request, state)?;
        }
        let session = session_of(request, state)?;
        Ok(Browser {
            session: session.map(|(hash, session)| (hash, session.user)),
            address: state.address(request),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        for line in [
            "a=b; bugle_session=one; =; x; bugle_sessions=no",
            "Bugle_Session=no",
            "%=%;bugle_session = two ",
        ] {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        assert_eq!(values(&headers).collect::<Vec<_>>(), ["one", "two"]);
    }
}
