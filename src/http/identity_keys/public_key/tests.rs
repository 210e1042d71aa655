use serde_json::json;
use support::signing::Signer;

use super::*;

/// Made with OpenSSL.
const RSA: &str = include_str!("../examples/rsa-2048.pem");
const RSA_PKCS1: &str = include_str!("../examples/rsa-2048-pkcs1.pem");
const RSA_1024: &str = include_str!("../examples/rsa-1024.pem");
const P256: &str = include_str!("../examples/p-256.pem");
const P384: &str = include_str!("../examples/p-384.pem");
const SECP256K1: &str = include_str!("../examples/secp256k1.pem");
const ED25519_PEM: &str = include_str!("../examples/ed25519.pem");
const CERTIFICATE: &str = include_str!("../examples/certificate.pem");

use PublicAlgorithm::{EdDsa, Es256, Rs256};

#[track_caller]
fn parsed(document: impl Into<Value>, algorithm: PublicAlgorithm) -> KeyMaterial {
    let parsed = parse(&document.into(), algorithm);
    parsed.unwrap_or_else(|problem| panic!("{problem}")).0
}

#[track_caller]
fn check_refused(document: impl Into<Value>, algorithm: PublicAlgorithm, words: &str) {
    let document = document.into();
    let problem = parse(&document, algorithm).unwrap_err();
    assert!(problem.contains(words), "{document}: {problem}");
}

#[test]
fn pem_of_each_kind_is_read_and_its_fingerprint_is_that_of_openssl() {
    // `openssl pkey -pubin -in KEY -outform DER | sha256sum`
    let rsa = "9a93322b12bd7bc4f9674ec0c1636f651f726f53a8012db1b9f7f31bad9afef3";
    for (pem, algorithm, fingerprint) in [
        (RSA, Rs256, rsa),
        (RSA_PKCS1, Rs256, rsa),
        (
            ED25519_PEM,
            EdDsa,
            "ef18de654cae36fa723b347ede59ed4c123f175f5bc1f38d4f1d6d748155d709",
        ),
        (
            P256,
            Es256,
            "7c8cffaf89efdc2c5cfb1fe010f08f3964dfa3472f5d13d1928229b0c45f99f2",
        ),
    ] {
        let material = parsed(pem, algorithm);
        assert_eq!(material.algorithm(), algorithm.name());
        assert_eq!(super::super::fingerprint(&material), fingerprint);
    }
    let with_blanks = format!("\r\n  {}\n\n", P256.replace('\n', "\r\n"));
    assert_eq!(parsed(with_blanks, Es256), parsed(P256, Es256));
}

#[test]
fn a_jwk_is_the_same_key_as_its_pem() {
    for (signer, algorithm) in [
        (Signer::rs256(), Rs256),
        (Signer::es256(), Es256),
        (Signer::eddsa(), EdDsa),
    ] {
        let pem = parsed(signer.public_pem(), algorithm);
        let jwk = signer.jwk();
        assert_eq!(parsed(jwk.clone(), algorithm), pem, "{algorithm:?}");
        assert_eq!(parsed(jwk.to_string(), algorithm), pem, "as text");
        let mut named = jwk;
        named["kid"] = "one".into();
        named["use"] = "sig".into();
        named["alg"] = algorithm.name().into();
        assert_eq!(parse(&named, algorithm).unwrap().1.as_deref(), Some("one"));
    }
}

#[test]
fn a_key_must_be_of_its_algorithms_kind() {
    check_refused(
        P256,
        Rs256,
        "is a key on the curve P-256, and RS256 takes an RSA key",
    );
    check_refused(RSA, Es256, "is an RSA key, and ES256 takes");
    check_refused(P384, Es256, "another curve than P-256");
    check_refused(SECP256K1, Es256, "another curve than P-256");
    check_refused(ED25519_PEM, Es256, "is an Ed25519 key");
    check_refused(P256, EdDsa, "and EdDSA takes an Ed25519 key");
    check_refused(RSA_1024, Rs256, "fewer than 2048 bits");
    let p384 = json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"});
    check_refused(p384, Es256, "another curve than P-256");
}

#[test]
fn a_private_key_is_refused_with_a_warning() {
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
    ] {
        let pem = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----");
        check_refused(pem, Es256, "never send it to anybody");
    }
    for (signer, algorithm) in [(Signer::es256(), Es256), (Signer::eddsa(), EdDsa)] {
        let mut jwk = signer.jwk();
        jwk["d"] = "AAAA".into();
        check_refused(jwk.clone(), algorithm, "never send it to anybody");
        check_refused(jwk.to_string(), algorithm, "never send it to anybody");
    }
}

#[test]
fn what_is_no_key_is_refused() {
    check_refused(Value::Null, Es256, "can't be blank");
    check_refused("  ", Es256, "can't be blank");
    check_refused("hello", Es256, "must be PEM");
    check_refused("ssh-ed25519 AAAA jo@example", EdDsa, "must be PEM");
    check_refused(CERTIFICATE, Es256, "is a certificate");
    check_refused("{}", Es256, "of a type that is not known");
    check_refused("{", Es256, "cannot be read");
    check_refused(json!({"keys": []}), Es256, "is a set of keys");
    check_refused("x".repeat(20_000), Es256, "is too long");
    check_refused(
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        Es256,
        "cannot be read",
    );
    check_refused(
        "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
        Es256,
        "cannot be read",
    );
    let cut = RSA.lines().take(4).collect::<Vec<_>>().join("\n");
    check_refused(
        format!("{cut}\n-----END PUBLIC KEY-----"),
        Rs256,
        "cannot be read",
    );
    let not_on_the_curve = json!({"kty": "EC", "crv": "P-256", "x": URL_SAFE_NO_PAD.encode([1; 32]), "y": URL_SAFE_NO_PAD.encode([1; 32])});
    check_refused(not_on_the_curve, Es256, "cannot be read");
    let short = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([1; 31])});
    check_refused(short, EdDsa, "cannot be read");
    let no_modulus = json!({"kty": "RSA", "e": "AQAB"});
    check_refused(no_modulus, Rs256, "without a right n");
    let even = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0xfe; 256]), "e": "AQAB"});
    check_refused(even, Rs256, "cannot be read");
    let mut slow = Signer::rs256().jwk();
    slow["e"] = URL_SAFE_NO_PAD.encode([0xff; 16]).into();
    check_refused(slow, Rs256, "cannot be read");
}

#[test]
fn a_jwk_that_is_for_something_else_is_refused() {
    let mut jwk = Signer::es256().jwk();
    jwk["alg"] = "ES384".into();
    check_refused(jwk.clone(), Es256, "says itself that it is for ES384");
    jwk["alg"] = "ES256".into();
    jwk["use"] = "enc".into();
    check_refused(jwk, Es256, "not for signatures");
}
