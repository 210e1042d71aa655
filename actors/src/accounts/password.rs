//! Passwords of people: Argon2id with its library's defaults. Slow on purpose, so it runs where blocking
//! harms nobody.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Hashes a password into PHC string form. `None` when the system gives no random salt.
pub fn hash_password(password: &str) -> Option<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .ok()
        .map(|hash| hash.to_string())
}

/// Whether the password is the one that was hashed.
fn verify_password(password: &str, hash: &str) -> bool {
    argon2::PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

/// Whether the password is the account's. Without an account the answer is no and takes as long, so that the
/// time does not tell which addresses have one.
pub(super) fn check_password(password: &str, hash: Option<&str>) -> bool {
    if let Some(hash) = hash {
        return verify_password(password, hash);
    }
    drop(hash_password(password));
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_fits() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horsE", &hash));
        assert!(!verify_password("correct horse", "not a hash"));
        assert!(check_password("correct horse", Some(&hash)));
        assert!(!check_password("correct horse", None));
    }
}
