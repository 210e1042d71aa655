use serde_json::{Value, json};
use support::signing::{Signer, unsigned};

use super::super::public_key::{self, PublicAlgorithm};
use super::*;

const PROJECT: ProjectId = ProjectId(5);
const NOW: Timestamp = Timestamp(1_300_000_000_000);

fn key(kid: &str, material: KeyMaterial) -> PublishedKey {
    PublishedKey {
        number: 1,
        kid: kid.to_owned(),
        material,
        last_used: Arc::default(),
    }
}

fn key_of(signer: &Signer, kid: &str) -> PublishedKey {
    let material = match PublicAlgorithm::from_name(signer.algorithm()) {
        Some(algorithm) => {
            public_key::parse(&signer.public_pem().into(), algorithm)
                .unwrap()
                .0
        }
        None => KeyMaterial::Hs256(signer.secret().to_vec()),
    };
    key(kid, material)
}

fn signers() -> [Signer; 4] {
    [Signer::hs256(), Signer::rs256(), Signer::es256(), Signer::eddsa()]
}

fn claims() -> Value {
    json!({"sub": "p-1", "exp": 1_300_000_060})
}

#[track_caller]
fn subject(token: &str, keys: &[PublishedKey]) -> Option<String> {
    let verified = verify(token, PROJECT, keys, NOW);
    verified
        .unwrap_or_else(|defect| panic!("{defect}"))
        .player
        .subject
}

fn defect(token: &str, keys: &[PublishedKey]) -> Option<Defect> {
    verify(token, PROJECT, keys, NOW).err()
}

#[test]
fn every_algorithm_is_verified_with_and_without_kid() {
    let signers = signers();
    let keys: Vec<_> = signers.iter().map(|it| key_of(it, it.algorithm())).collect();
    for signer in &signers {
        let named = json!({"alg": signer.algorithm(), "kid": signer.algorithm()});
        for token in [signer.sign(&claims()), signer.sign_with(&named, &claims())] {
            assert_eq!(
                subject(&token, &keys).as_deref(),
                Some("p-1"),
                "{}",
                signer.algorithm()
            );
        }
    }
}

#[test]
fn what_others_have_signed_is_verified() {
    let rsa = include_str!("../examples/rsa-2048.pem");
    let ed25519 = include_str!("../examples/ed25519.pem");
    let of_pem = |pem: &str, algorithm| key("one", public_key::parse(&pem.into(), algorithm).unwrap().0);
    let rs256 = include_str!("../examples/rs256.jwt").trim();
    assert!(subject(rs256, &[of_pem(rsa, PublicAlgorithm::Rs256)]).is_some());
    let eddsa = include_str!("../examples/eddsa.jwt").trim();
    assert!(subject(eddsa, &[of_pem(ed25519, PublicAlgorithm::EdDsa)]).is_some());
    // RFC 7515, A.1 and A.3: the signature is right, and they say of nobody that they are playing.
    let payload =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let secret = KeyMaterial::Hs256(URL_SAFE_NO_PAD.decode(secret).unwrap());
    let hs256 = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert_eq!(defect(&hs256, &[key("one", secret)]), Some(Defect::Nobody));
    let point = json!({
        "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let point = public_key::parse(&point, PublicAlgorithm::Es256).unwrap().0;
    let es256 = format!(
        "eyJhbGciOiJFUzI1NiJ9.{payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    );
    assert_eq!(defect(&es256, &[key("one", point)]), Some(Defect::Nobody));
}

#[test]
fn a_key_is_used_with_its_own_algorithm_alone() {
    let [hs256, rs256, es256, eddsa] = signers();
    let keys: Vec<_> = [&rs256, &es256, &eddsa]
        .map(|signer| key_of(signer, signer.algorithm()))
        .into();
    for signer in [&rs256, &es256, &eddsa] {
        // What everybody knows of a key, taken for a secret.
        let (material, pem) = (key_of(signer, "").material, signer.public_pem());
        let (KeyMaterial::Rs256(der) | KeyMaterial::Es256(der) | KeyMaterial::EdDsa(der)) = material else {
            panic!("no public key");
        };
        for secret in [der.as_slice(), pem.as_bytes(), pem.trim().as_bytes()] {
            let thief = Signer::with_secret(secret);
            assert_eq!(defect(&thief.sign(&claims()), &keys), Some(Defect::UnknownKey));
            let named = json!({"alg": "HS256", "kid": signer.algorithm()});
            let forged = thief.sign_with(&named, &claims());
            assert_eq!(defect(&forged, &keys), Some(Defect::Algorithm));
        }
    }
    for other in ["HS384", "HS512"] {
        let token = hs256.sign_with(&json!({"alg": other}), &claims());
        assert_eq!(
            defect(&token, &[key_of(&hs256, "one")]),
            Some(Defect::UnknownKey),
            "{other}"
        );
    }
}

#[test]
fn an_unsigned_one_says_nothing() {
    let keys: Vec<_> = signers().iter().map(|it| key_of(it, it.algorithm())).collect();
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": algorithm, "kid": "HS256"});
        assert_eq!(
            defect(&unsigned(&header, &claims()), &keys),
            Some(Defect::Malformed),
            "{algorithm}"
        );
    }
    for signer in signers() {
        let header = json!({"alg": signer.algorithm()});
        assert_eq!(
            defect(&unsigned(&header, &claims()), &keys),
            Some(Defect::Signature),
            "{}",
            signer.algorithm()
        );
    }
}

#[test]
fn the_wrong_key_verifies_nothing() {
    let (ours, other) = (Signer::es256(), Signer::es256());
    let keys = [key_of(&ours, "ours"), key_of(&other, "other")];
    let token = |kid: &str| ours.sign_with(&json!({"alg": "ES256", "kid": kid}), &claims());
    assert!(subject(&token("ours"), &keys).is_some());
    assert!(subject(&ours.sign(&claims()), &keys).is_some(), "all are tried");
    assert_eq!(
        defect(&token("other"), &keys),
        Some(Defect::Signature),
        "the one that it names alone"
    );
    assert_eq!(defect(&token("gone"), &keys), Some(Defect::UnknownKey));
    assert_eq!(defect(&token("ours"), &[]), Some(Defect::UnknownKey));
    assert_eq!(
        defect(&Signer::es256().sign(&claims()), &keys),
        Some(Defect::Signature)
    );
}

#[test]
fn what_was_changed_says_nothing() {
    for signer in signers() {
        let keys = [key_of(&signer, "one")];
        let token = signer.sign(&claims());
        let (message, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = message.split_once('.').unwrap();
        let forged = URL_SAFE_NO_PAD.encode(json!({"sub": "p-2", "exp": 1_300_000_060}).to_string());
        assert_eq!(
            defect(&format!("{header}.{forged}.{signature}"), &keys),
            Some(Defect::Signature)
        );
        for bad in [
            message.to_owned(),
            format!("{token}.AAAA"),
            format!("a.{token}"),
            format!("{message}.{}", &signature[1..]),
            format!("{message}.%%%"),
            "..".to_owned(),
            "a.b.c".to_owned(),
            String::new(),
            format!("{header}.{}.{signature}", "A".repeat(9000)),
        ] {
            assert!(defect(&bad, &keys).is_some(), "{bad}");
        }
    }
}

#[test]
fn what_a_header_asks_for_beyond_the_signature_is_refused() {
    let signer = Signer::hs256();
    let keys = [key_of(&signer, "one")];
    let critical = signer.sign_with(&json!({"alg": "HS256", "crit": ["exp"]}), &claims());
    assert_eq!(defect(&critical, &keys), Some(Defect::Malformed));
    let other = Signer::es256();
    let own_key = other.sign_with(&json!({"alg": "ES256", "jwk": other.jwk()}), &claims());
    assert_eq!(
        defect(&own_key, &keys),
        Some(Defect::UnknownKey),
        "a key that comes along counts for nothing"
    );
}

#[test]
fn claims_of_another_shape_are_malformed() {
    let signer = Signer::hs256();
    let keys = [key_of(&signer, "one")];
    for claims in [
        json!([]),
        json!("text"),
        json!({"sub": {}, "exp": 1_300_000_060}),
        json!({"sub": "p-1", "exp": "1300000060"}),
        json!({"sub": "p-1", "exp": 1_300_000_060, "aud": 5}),
        json!({"sub": "p-1", "exp": 1_300_000_060, "email": 5}),
        json!({"sub": "p-1", "exp": 1_300_000_060, "purpose": ["identify_player"]}),
    ] {
        assert_eq!(
            defect(&signer.sign(&claims), &keys),
            Some(Defect::Malformed),
            "{claims}"
        );
    }
    let expired = signer.sign(&json!({"sub": "p-1", "exp": 1_299_999_000}));
    assert_eq!(defect(&expired, &keys), Some(Defect::Expired));
}
