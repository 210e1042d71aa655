//! What a link of an invitation carries: made once, shown once, known afterwards by its hash alone.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Characters of a secret: 256 bits in base64url.
const SECRET_LENGTH: usize = 43;

/// An invitation's secret in the clear. Its `Debug` form does not show it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationSecret(String);

impl InvitationSecret {
    /// A new secret of 256 random bits, in base64url.
    pub(super) fn generate() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
    }

    /// The secret's text: for the one answer that carries it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the invitation is stored with.
    pub fn hash(&self) -> InvitationHash {
        InvitationHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl fmt::Debug for InvitationSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InvitationSecret")
    }
}

/// SHA-256 of an invitation's secret. All that is kept of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InvitationHash(pub(super) [u8; 32]);

impl InvitationHash {
    /// What to look up for what a link carries; `None` for what is no secret at all.
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let is_secret = text.len() == SECRET_LENGTH && text.bytes().all(is_fit);
        is_secret.then(|| Self(Sha256::digest(text.as_bytes()).into()))
    }
}

impl fmt::Debug for InvitationHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("InvitationHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_hash_and_never_shown() {
        let secret = InvitationSecret::generate();
        assert_eq!(InvitationHash::parse(secret.reveal()), Some(secret.hash()));
        assert_eq!(
            format!("{secret:?} {:?}", secret.hash()),
            "InvitationSecret InvitationHash"
        );
        assert_ne!(secret, InvitationSecret::generate());
    }

    #[test]
    fn other_text_is_no_secret() {
        let good = "a".repeat(SECRET_LENGTH);
        assert!(InvitationHash::parse(&good).is_some());
        for bad in [
            "",
            "a",
            &"a".repeat(SECRET_LENGTH + 1),
            &"%".repeat(SECRET_LENGTH),
            "<script>alert(1)</script>",
        ] {
            assert_eq!(InvitationHash::parse(bad), None, "{bad}");
        }
    }
}
