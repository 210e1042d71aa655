//! What a form carries to show that a page of ours made it: no other site can know it, so none can make a browser send
//! such a form.
//!
//! It is a MAC over the session, or over a cookie of a visit where nobody has signed in. So it needs no store, works on
//! every tab, and ends with the session.

use actix_web::HttpRequest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_actors::SessionHash;
use bugle_storage::records::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The cookie of somebody who has not signed in. It says nothing of them.
pub const VISIT_COOKIE: &str = "bugle_visit";

/// Characters of a visit's cookie: 128 bits in base64url.
const VISIT_LENGTH: usize = 22;
/// What these MACs are for. One made for another purpose is not taken.
const SESSION_PURPOSE: &[u8] = b"bugle page form of a session\0";
const VISIT_PURPOSE: &[u8] = b"bugle page form of a visit\0";

/// What a form is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Browsing {
    /// A signed-in browser.
    Session(SessionHash),
    /// Any other, by its cookie.
    Visit(String),
}

impl Browsing {
    /// A visit that has just begun.
    pub fn begin() -> Self {
        Self::Visit(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()))
    }

    /// The visit whose cookie a request shows.
    pub fn visit_of(request: &HttpRequest) -> Option<Self> {
        let cookie = request.cookie(VISIT_COOKIE)?;
        let value = cookie.value();
        (value.len() == VISIT_LENGTH).then(|| Self::Visit(value.to_owned()))
    }
}

/// Makes and checks the tokens of forms.
pub struct FormTokens(Hmac<Sha256>);

impl FormTokens {
    /// With this installation's secret.
    pub fn new(secret: &Secret) -> Self {
        Self(crate::http::signing::key(secret))
    }

    /// The token of this browser's forms, in base64url.
    pub fn token(&self, browsing: &Browsing) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(browsing).finalize().into_bytes())
    }

    /// Whether a form's token is this browser's.
    pub fn is_good(&self, token: &str, browsing: &Browsing) -> bool {
        let token = URL_SAFE_NO_PAD.decode(token);
        token.is_ok_and(|token| self.mac(browsing).verify_slice(&token).is_ok())
    }

    fn mac(&self, browsing: &Browsing) -> Hmac<Sha256> {
        match browsing {
            Browsing::Session(hash) => self
                .0
                .clone()
                .chain_update(SESSION_PURPOSE)
                .chain_update(hash.bytes()),
            Browsing::Visit(cookie) => self.0.clone().chain_update(VISIT_PURPOSE).chain_update(cookie),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_its_browser_alone() {
        let tokens = FormTokens::new(&Secret([7; 32]));
        let session = Browsing::Session(SessionHash::of("a"));
        let visit = Browsing::begin();
        let token = tokens.token(&session);
        assert!(tokens.is_good(&token, &session));
        for other in [
            Browsing::Session(SessionHash::of("b")),
            visit.clone(),
            Browsing::begin(),
        ] {
            assert!(!tokens.is_good(&token, &other), "{other:?}");
        }
        assert!(tokens.is_good(&tokens.token(&visit), &visit));
        let elsewhere = FormTokens::new(&Secret([8; 32]));
        for bad in ["", "x", &elsewhere.token(&session)] {
            assert!(!tokens.is_good(bad, &session), "{bad:?}");
        }
    }
}
