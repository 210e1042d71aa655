use serde_json::json;

use super::*;
use crate::http::update_token::{UpdateGrant, UpdateTokens};

const ADA: UserId = UserId(7);

fn tokens(key: u8, clock: &Clock) -> IdentityTokens {
    IdentityTokens::new(&Secret([key; 32]), clock.clone())
}

fn grant() -> SubmissionGrant {
    let many = CustomValue::Many(vec!["a".to_owned(), "b".to_owned()]);
    SubmissionGrant {
        project: ProjectId(5),
        email: Some("jo@studio.example".to_owned()),
        token: Arc::new(SubmissionToken {
            id: [9; 16],
            expires_at: Timestamp(60_000),
            custom_fields: vec![
                ("plan".to_owned(), CustomValue::One("gold".to_owned())),
                ("modes".to_owned(), many),
            ],
        }),
    }
}

/// A JWT of whatever algorithm, signed with the right secret.
fn signed(algorithm: Algorithm, claims: &serde_json::Value) -> String {
    let key = EncodingKey::from_secret(&[1; 32]);
    jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
}

/// A JWT that says it is not signed.
fn unsigned(claims: &serde_json::Value) -> String {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!(
        "{}.{}.",
        part(&json!({"typ": "JWT", "alg": "none"})),
        part(claims)
    )
}

#[test]
fn what_was_signed_is_read_again() {
    let clock = Clock::manual(Timestamp(0));
    let tokens = tokens(1, &clock);
    let submission = tokens.sign_submission(&grant()).unwrap();
    assert_eq!(tokens.read(&submission), IdentityToken::Submission(grant()));
    let bare = SubmissionGrant {
        email: None,
        token: Arc::new(SubmissionToken {
            custom_fields: Vec::new(),
            ..(*grant().token).clone()
        }),
        ..grant()
    };
    let submission = tokens.sign_submission(&bare).unwrap();
    assert_eq!(tokens.read(&submission), IdentityToken::Submission(bare));
}

#[test]
fn a_sign_in_lasts_a_day() {
    let clock = Clock::manual(Timestamp(0));
    let tokens = tokens(1, &clock);
    let token = tokens.sign_player(ADA).unwrap();
    let end = Timestamp(PLAYER_LIFE_SECONDS * 1000);
    let ada = Player {
        user: ADA,
        expires_at: end,
    };
    clock.set(Timestamp(end.0 - 1));
    assert_eq!(tokens.read(&token), IdentityToken::Player(ada));
    clock.set(end);
    assert_eq!(tokens.read(&token), IdentityToken::Nothing);
}

#[test]
fn a_bad_submission_token_is_told_from_what_is_none() {
    let clock = Clock::manual(Timestamp(0));
    let ours = tokens(1, &clock);
    let strangers = tokens(2, &clock);
    let submission =
        json!({"purpose": "submit_report", "project": 5, "jti": "CQkJCQkJCQkJCQkJCQkJCQ", "exp": 60});
    let player = json!({"purpose": "sign_in_player", "user": 7, "exp": 60});
    assert!(matches!(
        ours.read(&signed(Algorithm::HS256, &submission)),
        IdentityToken::Submission(_)
    ));
    for bad in [
        strangers.sign_submission(&grant()).unwrap(),
        signed(Algorithm::HS384, &submission),
        unsigned(&submission),
        signed(
            Algorithm::HS256,
            &json!({"purpose": "submit_report", "project": 5, "exp": 60}),
        ),
        signed(
            Algorithm::HS256,
            &json!({"purpose": "submit_report", "project": 5, "jti": "CQkJ", "exp": 60}),
        ),
        signed(
            Algorithm::HS256,
            &json!({"purpose": "submit_report", "project": 5, "jti": "CQkJCQkJCQkJCQkJCQkJCQ"}),
        ),
    ] {
        assert_eq!(ours.read(&bad), IdentityToken::BadSubmission, "{bad}");
    }
    let updates = UpdateTokens::new(&Secret([1; 32]), clock.clone());
    let update = UpdateGrant {
        project: ProjectId(5),
        issue: bugle_storage::RecordId(77),
    };
    for nothing in [
        strangers.sign_player(ADA).unwrap(),
        signed(Algorithm::HS512, &player),
        unsigned(&player),
    ] {
        assert_eq!(ours.read(&nothing), IdentityToken::Nothing, "{nothing}");
        assert_eq!(updates.verify(&ours.sign_player(ADA).unwrap()), None);
    }
    let doubled = URL_SAFE_NO_PAD.encode(r#"{"purpose":"sign_in_player","purpose":"x"}"#);
    for foreign in [
        updates.sign(update, 0),
        signed(Algorithm::HS256, &json!({"purpose": "own_the_place", "exp": 60})),
        signed(Algorithm::HS256, &json!({"sub": "p-1", "exp": 60})),
        format!("e30.{doubled}.AAAA"),
        "a.b.c".to_owned(),
        "a".to_owned(),
        String::new(),
    ] {
        assert_eq!(ours.read(&foreign), IdentityToken::Foreign, "{foreign}");
    }
}

#[test]
fn a_forms_token_is_for_one_session_and_one_sign_in() {
    let clock = Clock::manual(Timestamp(0));
    let ours = tokens(1, &clock);
    let session = SessionHash::of("one");
    let id =
        |last: char| DeviceSignInId::parse(&format!("7c9e6679-7425-40de-944b-e07fc1f90ae{last}")).unwrap();
    let token = ours.form_token(session, id('1'));
    assert!(ours.is_form_token(&token, session, id('1')));
    assert!(!ours.is_form_token(&token, session, id('2')));
    assert!(!ours.is_form_token(&token, SessionHash::of("two"), id('1')));
    assert!(!tokens(2, &clock).is_form_token(&token, session, id('1')));
    for bad in ["", "AAAA", "%%"] {
        assert!(!ours.is_form_token(bad, session, id('1')), "{bad}");
    }
}
