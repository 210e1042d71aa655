//! What a body may say of an identity key, before and after the rules.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_storage::records::KeyMaterial;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::public_key::{self, PublicAlgorithm};
use crate::http::body::{Text, Wrapped};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::openapi::fields;
use crate::http::text_rules::{self, NAME_LENGTH_MAX};

/// The fewest bytes of a secret: as many as HS256 makes of it (RFC 7518, 3.2).
pub(super) const SECRET_SIZE_MIN: usize = 32;
/// The most bytes of a secret.
pub(super) const SECRET_SIZE_MAX: usize = 1024;
/// The most characters of a `kid`.
const KID_LENGTH_MAX: usize = 128;
/// What a key may be used with, as JWTs call it.
pub const ALGORITHMS: [&str; 4] = ["HS256", "RS256", "ES256", "EdDSA"];

/// The fields of a create.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct IdentityKeyBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::key_algorithm)]
    algorithm: Option<Text>,
    /// PEM, or a JWK.
    #[schema(schema_with = fields::key_document)]
    public_key: Option<Value>,
    /// Text whose bytes are the secret, at least 32 of them; or a JWK of the type `oct`.
    #[schema(schema_with = fields::key_document)]
    secret: Option<Value>,
    /// What a JWT is to call the key in its header; that of the JWK, or else made from the key's number.
    #[schema(schema_with = fields::text_of::<KID_LENGTH_MAX>)]
    kid: Option<Text>,
}

impl Wrapped for IdentityKeyBody {
    const WRAPPER: &'static str = "identity_key";
}

/// A key that can be registered.
pub(super) struct RegisteredKey {
    pub(super) name: String,
    pub(super) kid: Option<String>,
    pub(super) material: KeyMaterial,
    /// The secret in the clear, where it was made here.
    pub(super) made_secret: Option<String>,
}

/// A key, and what it calls itself.
struct Found {
    material: KeyMaterial,
    kid: Option<String>,
    made_secret: Option<String>,
}

impl IdentityKeyBody {
    /// As a page's form means it, which sends the fields that were left blank too.
    #[must_use]
    pub fn without_blanks(self) -> Self {
        let is_said = |value: &Value| value.as_str().is_none_or(|text| !text.trim().is_empty());
        Self {
            public_key: self.public_key.filter(is_said),
            secret: self.secret.filter(is_said),
            ..self
        }
    }

    pub(super) fn check(self) -> Result<RegisteredKey, ApiError> {
        let mut problems = Vec::new();
        let name = text_rules::required_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let said = self.kid.map(|kid| kid.0).filter(|kid| !kid.trim().is_empty());
        let is_given = |document: &Option<Value>| !matches!(document, None | Some(Value::Null));
        let algorithm = self.algorithm.map(|text| text.0).unwrap_or_default();
        let found = match (algorithm.trim(), PublicAlgorithm::from_name(algorithm.trim())) {
            ("HS256", _) => {
                if is_given(&self.public_key) {
                    let problem = "is not for HS256, where both sides have one secret";
                    problems.push(FieldError::new("public_key", problem));
                }
                secret_of(self.secret.filter(|secret| !secret.is_null())).map_err(|it| ("secret", it))
            }
            (_, Some(algorithm)) => {
                if is_given(&self.secret) {
                    problems.push(FieldError::new("secret", "is for HS256 alone"));
                }
                let parsed = public_key::parse(&self.public_key.unwrap_or_default(), algorithm);
                let found = parsed.map(|(material, kid)| Found {
                    material,
                    kid,
                    made_secret: None,
                });
                found.map_err(|it| ("public_key", it))
            }
            _ => Err(("algorithm", format!("must be one of {}", ALGORITHMS.join(", ")))),
        };
        let found = found.map_err(|(field, problem)| problems.push(FieldError::new(field, problem)));
        let kid = said.or_else(|| found.as_ref().ok().and_then(|found| found.kid.clone()));
        if kid.as_deref().is_some_and(|kid| !is_kid(kid)) {
            let problem = format!("must be at most {KID_LENGTH_MAX} letters, digits and signs of ASCII");
            problems.push(FieldError::new("kid", problem));
        }
        let Ok(found) = found else {
            return Err(problems.into());
        };
        let registered = RegisteredKey {
            name,
            kid,
            material: found.material,
            made_secret: found.made_secret,
        };
        none_or(problems, registered)
    }
}

/// What can stand in a header without being read in two ways.
fn is_kid(text: &str) -> bool {
    text.len() <= KID_LENGTH_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn secret_of(document: Option<Value>) -> Result<Found, String> {
    let Some(document) = document else {
        // Its text is the secret, as it is of one that the owner gives.
        let text = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        return Ok(Found {
            material: KeyMaterial::Hs256(text.clone().into_bytes()),
            kid: None,
            made_secret: Some(text),
        });
    };
    let (bytes, kid) = match public_key::jwk_of(&document)? {
        Some(jwk) => public_key::symmetric(&jwk)?,
        None => (text_secret(&document)?, None),
    };
    if !(SECRET_SIZE_MIN..=SECRET_SIZE_MAX).contains(&bytes.len()) {
        return Err(format!(
            "must have {SECRET_SIZE_MIN} to {SECRET_SIZE_MAX} bytes; left out, one is made"
        ));
    }
    Ok(Found {
        material: KeyMaterial::Hs256(bytes),
        kid,
        made_secret: None,
    })
}

fn text_secret(document: &Value) -> Result<Vec<u8>, String> {
    match document.as_str() {
        // Whoever knows a public key, and that is everybody, could sign with it.
        Some(text) if text.contains("-----BEGIN ") => {
            Err("is PEM, and HS256 takes a secret that nobody but your server knows".to_owned())
        }
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err("must be text or a JWK".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refusal(body: Value) -> String {
        let body: IdentityKeyBody = serde_json::from_value(body).unwrap();
        let refused = body.check().map(|key| key.material);
        refused.unwrap_err().text().to_owned()
    }

    fn checked(body: Value) -> RegisteredKey {
        let body: IdentityKeyBody = serde_json::from_value(body).unwrap();
        body.check().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_secret_is_the_bytes_of_its_text() {
        let text = "0123456789abcdef0123456789abcdef";
        let key = checked(json!({"name": "K", "algorithm": "HS256", "secret": text}));
        assert_eq!(key.material, KeyMaterial::Hs256(text.as_bytes().to_vec()));
        assert_eq!((key.kid, key.made_secret), (None, None));
    }

    #[test]
    fn a_jwk_holds_a_secret_that_is_no_text() {
        let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode([255; 32]), "kid": "one", "alg": "HS256"});
        for jwk in [jwk.clone(), json!(jwk.to_string())] {
            let key = checked(json!({"name": "K", "algorithm": "HS256", "secret": jwk}));
            assert_eq!(key.material, KeyMaterial::Hs256(vec![255; 32]));
            assert_eq!(key.kid.as_deref(), Some("one"));
        }
    }

    #[test]
    fn a_secret_is_made_where_none_is_given() {
        let make = || checked(json!({"name": "K", "algorithm": "HS256"}));
        let (one, other) = (make(), make());
        let text = one.made_secret.unwrap();
        assert_eq!(text.len(), 43);
        assert_eq!(one.material, KeyMaterial::Hs256(text.into_bytes()));
        assert_ne!(one.material, other.material);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let secret = "0123456789abcdef0123456789abcdef";
        let short = json!({"kty": "oct", "k": "AAAA"});
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{secret}\n-----END PUBLIC KEY-----");
        for (body, words) in [
            (json!({"algorithm": "HS256"}), "name can't be blank"),
            (json!({"name": "K"}), "algorithm must be one of"),
            (
                json!({"name": "K", "algorithm": "none"}),
                "algorithm must be one of",
            ),
            (
                json!({"name": "K", "algorithm": "hs256"}),
                "algorithm must be one of",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "secret": "short"}),
                "secret must have 32",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "secret": "x".repeat(1025)}),
                "secret must have 32",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "secret": short}),
                "secret must have 32",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "secret": ""}),
                "secret must have 32",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "secret": 7}),
                "secret must be text",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "secret": pem}),
                "secret is PEM",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "public_key": pem}),
                "public_key is not for",
            ),
            (
                json!({"name": "K", "algorithm": "ES256", "secret": secret}),
                "secret is for HS256",
            ),
            (
                json!({"name": "K", "algorithm": "ES256"}),
                "public_key can't be blank",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "kid": "a b"}),
                "kid must be",
            ),
            (
                json!({"name": "K", "algorithm": "HS256", "kid": "x".repeat(129)}),
                "kid must be",
            ),
        ] {
            let refused = refusal(body.clone());
            assert!(refused.contains(words), "{body}: {refused}");
        }
    }
}
