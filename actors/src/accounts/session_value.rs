//! What a signed-in browser holds: made once, sent once, known afterwards by its hash alone.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// The value of a session's cookie in the clear. Its `Debug` form does not show it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionValue(String);

impl SessionValue {
    /// A new value of 256 random bits, in base64url.
    pub(super) fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// The value's text: for the one cookie that carries it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the session is stored as.
    pub fn hash(&self) -> SessionHash {
        SessionHash::of(&self.0)
    }
}

impl fmt::Debug for SessionValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionValue")
    }
}

/// SHA-256 of a session's value. All that is kept of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionHash(pub(crate) [u8; 32]);

impl SessionHash {
    /// What to look up for the value of a cookie, whatever that is.
    pub fn of(value: &str) -> Self {
        Self(Sha256::digest(value.as_bytes()).into())
    }

    /// Its bytes, to sign them.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SessionHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_fit_for_a_cookie_and_never_the_same() {
        let value = SessionValue::generate();
        assert_eq!(value.reveal().len(), 43);
        let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(value.reveal().bytes().all(fit), "{}", value.reveal());
        assert_ne!(value, SessionValue::generate());
    }

    #[test]
    fn it_is_known_by_its_hash_and_never_shown() {
        let value = SessionValue::generate();
        assert_eq!(SessionHash::of(value.reveal()), value.hash());
        assert_eq!(
            format!("{value:?} {:?}", value.hash()),
            "SessionValue SessionHash"
        );
    }
}
