//! Keys of a project with which a studio's own server signs who is playing.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::Record;
use crate::{ProjectId, Timestamp};

/// A key that verifies the JWTs in which a studio's server says who is playing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityKey {
    /// The one project whose reports it vouches for.
    pub project: ProjectId,
    /// The key's number. Never given twice.
    pub number: u32,
    /// What the project's people call it.
    pub name: String,
    /// What a JWT calls it in its header, `kid`. One key's among those of the project.
    pub kid: String,
    /// What it is.
    pub material: KeyMaterial,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When a report was last taken with it, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl Record for IdentityKey {
    const VERSION: u8 = 1;
    const NAME: &'static str = "identity key";
}

/// What a key is, and with it the one algorithm that it may be used with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyMaterial {
    /// The secret itself: whoever verifies with it must have it.
    Hs256(Vec<u8>),
    /// An RSA key, as the DER of a `SubjectPublicKeyInfo` (RFC 5280).
    Rs256(Vec<u8>),
    /// A key on the curve P-256, likewise.
    Es256(Vec<u8>),
    /// An Ed25519 key, likewise.
    EdDsa(Vec<u8>),
}

impl KeyMaterial {
    /// The algorithm, as JWTs call it (RFC 7518, RFC 8037).
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }
}

impl fmt::Debug for KeyMaterial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyMaterial({})", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_debug_output() {
        let shown = format!("{:?}", KeyMaterial::Hs256(b"hush hush".to_vec()));
        assert_eq!(shown, "KeyMaterial(HS256)");
    }
}
