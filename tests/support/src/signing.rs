//! A studio's own server, as far as it signs who is playing: key pairs, and the JWTs that they sign.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Something that signs JWTs.
#[derive(Debug)]
pub enum Signer {
    /// A secret that both sides have.
    Hs256(Vec<u8>),
    /// RSA of 2048 bits.
    Rs256(Box<RsaKeyPair>),
    /// The curve P-256.
    Es256(Box<EcdsaKeyPair>),
    /// Ed25519.
    EdDsa(Box<Ed25519KeyPair>),
}

impl Signer {
    /// A new secret, which is text.
    pub fn hs256() -> Self {
        let mut secret = [0; 32];
        rand::fill(&mut secret).expect("random bytes");
        Self::Hs256(URL_SAFE_NO_PAD.encode(secret).into_bytes())
    }

    /// This secret, which may be of any length.
    pub fn with_secret(secret: impl Into<Vec<u8>>) -> Self {
        Self::Hs256(secret.into())
    }

    /// A new RSA pair.
    pub fn rs256() -> Self {
        Self::Rs256(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).expect("a pair")))
    }

    /// A new pair on the curve P-256.
    pub fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a pair");
        Self::Es256(Box::new(pair))
    }

    /// A new Ed25519 pair.
    pub fn eddsa() -> Self {
        Self::EdDsa(Box::new(Ed25519KeyPair::generate().expect("a pair")))
    }

    /// What JWTs call its algorithm.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Hs256(_) => "HS256",
            Self::Rs256(_) => "RS256",
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
        }
    }

    /// The secret of one that has a secret.
    pub fn secret(&self) -> &[u8] {
        match self {
            Self::Hs256(secret) => secret,
            _ => panic!("{} has no secret", self.algorithm()),
        }
    }

    /// The public key as PEM.
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Hs256(_) => panic!("a secret has no public key"),
            Self::Rs256(pair) => pair.public_key().as_der(),
            Self::Es256(pair) => pair.public_key().as_der(),
            Self::EdDsa(pair) => pair.public_key().as_der(),
        }
        .expect("a public key");
        pem("PUBLIC KEY", der.as_ref())
    }

    /// The private key of an Ed25519 pair as PEM.
    pub fn private_pem(&self) -> String {
        let Self::EdDsa(pair) = self else {
            panic!("only of Ed25519 pairs");
        };
        pem("PRIVATE KEY", pair.to_pkcs8v1().expect("a private key").as_ref())
    }

    /// The key as a JWK.
    pub fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Hs256(secret) => json!({"kty": "oct", "k": encode(secret)}),
            Self::Rs256(pair) => {
                let key = pair.public_key();
                let n = key.modulus().big_endian_without_leading_zero();
                let e = key.exponent().big_endian_without_leading_zero();
                json!({"kty": "RSA", "n": encode(n), "e": encode(e)})
            }
            Self::Es256(pair) => {
                // A byte that says "uncompressed", and two numbers.
                let (x, y) = pair.public_key().as_ref().split_at(33);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x.get(1..).expect("x")), "y": encode(y)})
            }
            Self::EdDsa(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())})
            }
        }
    }

    /// A JWT with these claims and the least of a header.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({"typ": "JWT", "alg": self.algorithm()}), claims)
    }

    /// A JWT with this header, whatever it says of the algorithm, and these claims.
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let message = unsigned(header, claims);
        let message = message.trim_end_matches('.');
        let signature = self.signature(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn signature(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Hs256(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, message).as_ref().to_vec()
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
                signed.expect("a signature");
                signature
            }
            Self::Es256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), message);
                signed.expect("a signature").as_ref().to_vec()
            }
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

/// A JWT with an empty signature.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(claims))
}
