//! What all JWTs of this installation have in common: HS256 with its secret.

use bugle_storage::records::Secret;
use hmac::{Hmac, KeyInit};
use jsonwebtoken::{Algorithm, Validation};
use sha2::Sha256;

/// What every token must be. When it ends is for the caller to compare with our own clock, which tests can set.
pub(crate) fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp"]);
    validation
}

/// The secret as a key that is set up once.
pub(crate) fn key(secret: &Secret) -> Hmac<Sha256> {
    // HMAC fills a shorter key up with zeros.
    let mut block = [0; 64];
    block
        .iter_mut()
        .zip(secret.0)
        .for_each(|(slot, byte)| *slot = byte);
    Hmac::new(&block.into())
}
