//! Who is playing, by a JWT that a key of the project verifies.
//!
//! No such JWT can be what this server signs itself: those are dispatched by the purpose that they claim before they come
//! here, and here every purpose but one is refused.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_actors::{LastUsed, PublishedKey};
use bugle_storage::records::{CustomValue, KeyMaterial, VouchedPlayer};
use bugle_storage::{ProjectId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, decode_header};

use super::claims::Claims;

/// The longest JWT, in bytes: it comes in a header.
const TOKEN_SIZE_MAX: usize = 8 * 1024;

/// A player whom the project vouches for.
#[derive(Clone)]
pub struct VerifiedPlayer {
    /// Who.
    pub player: VouchedPlayer,
    /// Values of custom fields that count more than those of the report.
    pub values: Arc<Vec<(String, CustomValue)>>,
    /// When the key was last used; to be noted once a report is let through.
    pub key_used: Arc<LastUsed>,
}

impl fmt::Debug for VerifiedPlayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VerifiedPlayer(..)")
    }
}

/// Why a JWT says nothing. It holds nothing of what the JWT says, so it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// It is no JWT that can be read, not signed, or longer than 8 KiB.
    #[error("it is no signed JWT that can be read")]
    Malformed,
    /// No key has its `kid`, or, where it has none, its algorithm.
    #[error("the project has no key for it")]
    UnknownKey,
    /// Its `kid` is that of a key for another algorithm.
    #[error("its key is for another algorithm")]
    Algorithm,
    /// None of the keys that it could be signed with has signed it.
    #[error("its signature is wrong")]
    Signature,
    /// A claim is not what it must be.
    #[error("its claim {0} is missing or not right")]
    Claim(&'static str),
    /// It says that it is for something else.
    #[error("it is for another purpose")]
    Purpose,
    /// Its `aud` is not the project's id.
    #[error("it is for another audience")]
    Audience,
    /// Its end has passed.
    #[error("it has expired")]
    Expired,
    /// Its beginning is still to come.
    #[error("it is not valid yet")]
    NotYetValid,
    /// Its end is more than 30 days from its beginning.
    #[error("it is valid for longer than 30 days")]
    TooLong,
    /// It has neither `sub` nor `email`.
    #[error("it says of nobody that they are playing")]
    Nobody,
}

/// Who is playing, by a JWT that one of the project's keys has signed. What it says is looked at once that is known.
pub fn verify(
    token: &str,
    project: ProjectId,
    keys: &[PublishedKey],
    now: Timestamp,
) -> Result<VerifiedPlayer, Defect> {
    if token.len() > TOKEN_SIZE_MAX {
        return Err(Defect::Malformed);
    }
    // An algorithm that is not known, `none` among them, cannot be read.
    let header = decode_header(token).map_err(|_| Defect::Malformed)?;
    // It must not be taken by whoever does not understand these (RFC 7515, 4.1.11), and here none is.
    if header.crit.is_some() {
        return Err(Defect::Malformed);
    }
    let candidates = candidates(keys, header.kid.as_deref(), header.alg)?;
    let (message, signature) = token.rsplit_once('.').ok_or(Defect::Malformed)?;
    let has_signed = |key: &&PublishedKey| is_signature(signature, message, key);
    let key = candidates.into_iter().find(has_signed).ok_or(Defect::Signature)?;
    let payload = message.split('.').nth(1).ok_or(Defect::Malformed)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| Defect::Malformed)?;
    let claims: Claims = serde_json::from_slice(&payload).map_err(|_| Defect::Malformed)?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (player, values) = claims.check(project, now.0 as f64 / 1000.0)?;
    Ok(VerifiedPlayer {
        player,
        values: Arc::new(values),
        key_used: Arc::clone(&key.last_used),
    })
}

/// The keys that may have signed it: the one that it names, or all of its algorithm. A key is never used with another
/// algorithm than its own, whatever the header says.
fn candidates<'k>(
    keys: &'k [PublishedKey],
    kid: Option<&str>,
    algorithm: Algorithm,
) -> Result<Vec<&'k PublishedKey>, Defect> {
    if let Some(kid) = kid {
        let key = keys.iter().find(|key| key.kid == kid).ok_or(Defect::UnknownKey)?;
        let is_right = algorithm_of(&key.material) == algorithm;
        return is_right.then(|| vec![key]).ok_or(Defect::Algorithm);
    }
    let fitting = keys.iter().filter(|key| algorithm_of(&key.material) == algorithm);
    let fitting: Vec<_> = fitting.collect();
    (!fitting.is_empty()).then_some(fitting).ok_or(Defect::UnknownKey)
}

const fn algorithm_of(material: &KeyMaterial) -> Algorithm {
    match material {
        KeyMaterial::Hs256(_) => Algorithm::HS256,
        KeyMaterial::Rs256(_) => Algorithm::RS256,
        KeyMaterial::Es256(_) => Algorithm::ES256,
        KeyMaterial::EdDsa(_) => Algorithm::EdDSA,
    }
}

fn is_signature(signature: &str, message: &str, key: &PublishedKey) -> bool {
    let decoding = match &key.material {
        KeyMaterial::Hs256(secret) => DecodingKey::from_secret(secret),
        KeyMaterial::Rs256(der) => DecodingKey::from_rsa_der(der),
        KeyMaterial::Es256(der) => DecodingKey::from_ec_der(der),
        KeyMaterial::EdDsa(der) => DecodingKey::from_ed_der(der),
    };
    let algorithm = algorithm_of(&key.material);
    let verified = jsonwebtoken::crypto::verify(signature, message.as_bytes(), &decoding, algorithm);
    verified.unwrap_or(false)
}

#[cfg(test)]
mod tests;
