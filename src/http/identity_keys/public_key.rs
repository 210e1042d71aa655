//! Public keys as owners send them, PEM or JWK, brought into one form: the DER of a `SubjectPublicKeyInfo`.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256K1_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED,
    ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bugle_storage::records::KeyMaterial;
use serde_json::{Map, Value};

/// The largest text of a key, in bytes. RSA of 8192 bits has 1.5 kB.
const DOCUMENT_SIZE_MAX: usize = 16 * 1024;
/// What only private JWKs have (RFC 7518, 6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const PRIVATE: &str =
    "is a private key: never send it to anybody. Make a new pair, and send the public half of that";

/// What a public key may be used with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PublicAlgorithm {
    /// RSA of 2048 to 8192 bits.
    Rs256,
    /// The curve P-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl PublicAlgorithm {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::Rs256 => "an RSA key",
            Self::Es256 => "a key on the curve P-256",
            Self::EdDsa => "an Ed25519 key",
        }
    }
}

/// What kind of key some bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    OtherCurve,
    Ed25519,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "an RSA key",
            Self::P256 => "a key on the curve P-256",
            Self::OtherCurve => "a key on another curve than P-256",
            Self::Ed25519 => "an Ed25519 key",
        }
    }
}

/// A key for this algorithm, with the `kid` that it says, or what is wrong with it.
pub(super) fn parse(
    document: &Value,
    algorithm: PublicAlgorithm,
) -> Result<(KeyMaterial, Option<String>), String> {
    let jwk = jwk_of(document)?;
    let (kind, der) = match &jwk {
        Some(jwk) => asymmetric(jwk, algorithm)?,
        None => of_pem(document.as_str().unwrap_or_default())?,
    };
    let material = match (algorithm, kind) {
        (PublicAlgorithm::Rs256, Kind::Rsa) => {
            // Shorter ones are broken, longer ones are slow.
            PublicEncryptingKey::from_der(&der)
                .map_err(|_| "is an RSA key of fewer than 2048 bits, or more than 8192".to_owned())?;
            KeyMaterial::Rs256(der)
        }
        (PublicAlgorithm::Es256, Kind::P256) => KeyMaterial::Es256(der),
        (PublicAlgorithm::EdDsa, Kind::Ed25519) => KeyMaterial::EdDsa(der),
        (algorithm, other) => {
            return Err(format!(
                "is {}, and {} takes {}",
                other.name(),
                algorithm.name(),
                algorithm.wanted()
            ));
        }
    };
    Ok((material, jwk.as_ref().and_then(kid_of)))
}

/// The JWK that a document is, as an object or as its text; `None` where it is something else.
pub(super) fn jwk_of(document: &Value) -> Result<Option<Map<String, Value>>, String> {
    let jwk = match document {
        Value::Object(jwk) => jwk.clone(),
        Value::String(text) if text.len() > DOCUMENT_SIZE_MAX => {
            return Err(format!("is too long (maximum is {DOCUMENT_SIZE_MAX} bytes)"));
        }
        Value::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).map_err(|_| "is a JWK that cannot be read".to_owned())?
        }
        _ => return Ok(None),
    };
    if jwk.contains_key("keys") {
        return Err("is a set of keys: register each of them alone".to_owned());
    }
    Ok(Some(jwk))
}

/// The bytes of a JWK that is a secret, and its `kid`.
pub(super) fn symmetric(jwk: &Map<String, Value>) -> Result<(Vec<u8>, Option<String>), String> {
    if text_of(jwk, "kty") != Some("oct") {
        return Err("is no JWK of the type oct".to_owned());
    }
    fits(jwk, "HS256")?;
    Ok((bytes_of(jwk, "k")?, kid_of(jwk)))
}

fn asymmetric(jwk: &Map<String, Value>, algorithm: PublicAlgorithm) -> Result<(Kind, Vec<u8>), String> {
    if PRIVATE_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
        return Err(PRIVATE.to_owned());
    }
    fits(jwk, algorithm.name())?;
    match (text_of(jwk, "kty"), text_of(jwk, "crv")) {
        (Some("RSA"), _) => {
            let (n, e) = (bytes_of(jwk, "n")?, bytes_of(jwk, "e")?);
            let key = RsaPublicKeyComponents { n, e };
            let der = key
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
                .ok()
                .and_then(|key| der_of(&key));
            // Read again, because only that looks whether the numbers can be a key's.
            let key = der.and_then(|der| read(&der, &RSA_PKCS1_2048_8192_SHA256));
            key.map(|der| (Kind::Rsa, der)).ok_or_else(unreadable)
        }
        (Some("EC"), Some("P-256")) => {
            let (x, y) = (bytes_of(jwk, "x")?, bytes_of(jwk, "y")?);
            let point = [&[4], &*x, &*y].concat();
            let der = read(&point, &ECDSA_P256_SHA256_FIXED).filter(|_| x.len() == 32 && y.len() == 32);
            der.map(|der| (Kind::P256, der)).ok_or_else(unreadable)
        }
        (Some("EC"), _) => Ok((Kind::OtherCurve, Vec::new())),
        (Some("OKP"), Some("Ed25519")) => {
            let x = bytes_of(jwk, "x")?;
            let der = read(&x, &ED25519).filter(|_| x.len() == 32);
            der.map(|der| (Kind::Ed25519, der)).ok_or_else(unreadable)
        }
        _ => Err(
            "is a JWK of a type that is not known here: RSA, EC with P-256, or OKP with Ed25519".to_owned(),
        ),
    }
}

fn unreadable() -> String {
    "cannot be read".to_owned()
}

/// Refuses a JWK that says itself that it is for something else.
fn fits(jwk: &Map<String, Value>, algorithm: &str) -> Result<(), String> {
    match (text_of(jwk, "alg"), text_of(jwk, "use")) {
        (Some(other), _) if other != algorithm => Err(format!("says itself that it is for {other}")),
        (_, Some(other)) if other != "sig" => Err("says itself that it is not for signatures".to_owned()),
        _ => Ok(()),
    }
}

fn text_of<'j>(jwk: &'j Map<String, Value>, member: &str) -> Option<&'j str> {
    jwk.get(member).and_then(Value::as_str)
}

fn kid_of(jwk: &Map<String, Value>) -> Option<String> {
    text_of(jwk, "kid")
        .filter(|kid| !kid.is_empty())
        .map(str::to_owned)
}

fn bytes_of(jwk: &Map<String, Value>, member: &str) -> Result<Vec<u8>, String> {
    let bytes = text_of(jwk, member).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    bytes.ok_or_else(|| format!("is a JWK without a right {member}"))
}

/// The key in a text of PEM (RFC 7468).
fn of_pem(text: &str) -> Result<(Kind, Vec<u8>), String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("can't be blank".to_owned());
    }
    if text.contains("PRIVATE KEY") {
        return Err(PRIVATE.to_owned());
    }
    let neither = || "must be PEM that begins with -----BEGIN PUBLIC KEY-----, or a JWK".to_owned();
    let (label, rest) = text
        .strip_prefix("-----BEGIN ")
        .and_then(|rest| rest.split_once("-----"))
        .ok_or_else(neither)?;
    if label == "CERTIFICATE" {
        return Err("is a certificate: send the public key in it (openssl x509 -pubkey -noout)".to_owned());
    }
    if !matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY") {
        return Err(neither());
    }
    let base64 = rest.strip_suffix(&format!("-----END {label}-----"));
    let base64: String = base64.unwrap_or_default().split_whitespace().collect();
    let der = STANDARD.decode(base64).ok().filter(|der| !der.is_empty());
    der.and_then(|der| kind_of(&der)).ok_or_else(unreadable)
}

/// What kind of key it is, and the key in the one form.
fn kind_of(der: &[u8]) -> Option<(Kind, Vec<u8>)> {
    let kinds: [(&'static dyn VerificationAlgorithm, Kind); 6] = [
        (&RSA_PKCS1_2048_8192_SHA256, Kind::Rsa),
        (&ECDSA_P256_SHA256_FIXED, Kind::P256),
        (&ED25519, Kind::Ed25519),
        (&ECDSA_P384_SHA384_FIXED, Kind::OtherCurve),
        (&ECDSA_P521_SHA512_FIXED, Kind::OtherCurve),
        (&ECDSA_P256K1_SHA256_FIXED, Kind::OtherCurve),
    ];
    kinds
        .into_iter()
        .find_map(|(algorithm, kind)| Some((kind, read(der, algorithm)?)))
}

fn read(bytes: &[u8], algorithm: &'static dyn VerificationAlgorithm) -> Option<Vec<u8>> {
    ParsedPublicKey::new(algorithm, bytes)
        .ok()
        .and_then(|key| der_of(&key))
}

fn der_of(key: &ParsedPublicKey) -> Option<Vec<u8>> {
    let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
    Some(der.as_ref().to_vec())
}

#[cfg(test)]
mod tests;
