use bugle_actors::{IssuePatch, NewIssue};
use bugle_storage::UserId;
use bugle_storage::records::{Category, CustomValue, IssueStatus, Priority, ReleaseReference, ReportKind};
use serde_json::{Value, json};

use super::*;
use crate::http::body::{Encoding, decode};
use crate::http::error::FieldError;

mod encodings;

fn create_with(rules: Rules, body: &Value) -> Result<NewIssue, Vec<String>> {
    let text = body.to_string();
    let body: IssueBody =
        decode(Encoding::Json, text.as_bytes()).map_err(|error| vec![error.text().to_owned()])?;
    let reported = ReportedIssue::from_body(body, &rules).map_err(|errors| sentences(&errors))?;
    match reported.objection {
        Some(objection) => Err(sentences(&[objection])),
        None => Ok(reported.issue),
    }
}

fn create(body: &Value) -> Result<NewIssue, Vec<String>> {
    create_with(Rules::default(), body)
}

fn patch(body: &Value) -> Result<IssuePatch, Vec<String>> {
    let text = body.to_string();
    let body: IssueBody =
        decode(Encoding::Json, text.as_bytes()).map_err(|error| vec![error.text().to_owned()])?;
    patch_from_body(ReportKind::Bug, body).map_err(|errors| sentences(&errors))
}

fn form(body: &str) -> NewIssue {
    let body: IssueBody = decode(Encoding::UrlEncoded, body.as_bytes()).expect("a readable form");
    ReportedIssue::from_body(body, &Rules::default())
        .expect("a valid issue")
        .issue
}

fn sentences(errors: &[FieldError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn the_least_report_is_a_description() {
    let issue = create(&json!({"description": "It broke."})).unwrap();
    assert_eq!(issue.title, "It broke");
    assert_eq!(
        (issue.priority, issue.category, issue.draft),
        (Priority::Medium, Category::Bug, false)
    );
    assert_eq!(create(&json!({"title": "T"})).unwrap().description, "");
    assert_eq!(
        create(&json!({"title": "T", "description": " \n"}))
            .unwrap()
            .description,
        ""
    );
    for body in [
        json!({}),
        json!({"description": " \n"}),
        json!({"title": " ", "description": null}),
    ] {
        assert_eq!(
            create(&body),
            Err(vec!["description can't be blank".to_owned()]),
            "{body}"
        );
    }
}

#[test]
fn what_unity_sends_is_understood() {
    let issue = form(
        "issue%5bdescription%5d=Fell+through%0d%0athe+floor&issue%5bunformatted_steps_to_reproduce%5d=jump\
         &draft=true&issue%5brelease_label%5d=1.2%2b3&issue%5bcustom_fields%5d%5basn%5d=AS1\
         &issue%5bcustom_fields%5d%5bcountry%5d=CH&email_my_report=True",
    );
    assert_eq!(issue.description, "Fell through\r\nthe floor");
    assert_eq!(issue.steps_to_reproduce, "jump");
    assert!(issue.draft && issue.email_my_report);
    assert_eq!(issue.release, Some(ReleaseReference::Label("1.2+3".to_owned())));
    let fields = [("asn", "AS1"), ("country", "CH")];
    assert_eq!(
        issue.custom_fields,
        fields.map(|(name, value)| (name.into(), CustomValue::One(value.into())))
    );
}

#[test]
fn what_unreal_and_rimworld_send_is_understood() {
    let issue = form(
        "issue[description]=D&issue[release_id]=17&issue[release_label]=x&issue[custom][mood]=bad\
         &issue[custom][tags][]=a&issue[custom][tags][]=b&issue[extras][device_info][value]=Deck\
         &issue[extras][device_info][validation_mode]=optional&user[email]=jo%40studio.example",
    );
    assert_eq!(issue.release, Some(ReleaseReference::Id(17)), "the id wins");
    let tags = CustomValue::Many(vec!["a".to_owned(), "b".to_owned()]);
    let mood = CustomValue::One("bad".to_owned());
    assert_eq!(
        issue.custom_fields,
        [("mood".to_owned(), mood), ("tags".to_owned(), tags)]
    );
    assert_eq!(issue.extras, [("device_info".to_owned(), "Deck".to_owned())]);
    assert_eq!(issue.contact_email.as_deref(), Some("jo@studio.example"));
}

#[test]
fn wrapped_json_takes_fields_beside_the_wrapper() {
    let issue = create(&json!({
        "issue": {"description": "D", "priority": "high", "category": "question", "logs": "l", "custom": [],
                  "custom_fields": {"a": 1.5, "b": true}, "due_date": "2026-12-01T08:00:00Z", "tag_ids": [1]},
        "draft": 1, "priority": "low", "user": {"email": "a@b.example"}, "source": "in-game",
        "unknown": {"deep": [1, {}]},
    }))
    .unwrap();
    assert_eq!(
        (issue.priority, issue.category),
        (Priority::High, Category::Question)
    );
    assert!(issue.draft);
    assert_eq!(issue.source.as_deref(), Some("in-game"));
    assert_eq!(issue.due_date.as_deref(), Some("2026-12-01"));
    let fields = [("a", "1.5"), ("b", "true")];
    assert_eq!(
        issue.custom_fields,
        fields.map(|(name, value)| (name.into(), CustomValue::One(value.into())))
    );
}

#[test]
fn no_release_is_said_in_many_ways() {
    for id in [json!(0), json!("0"), json!(""), json!(-1), json!(null)] {
        let issue = create(&json!({"description": "D", "release_id": id})).unwrap();
        assert_eq!(issue.release, None, "{id}");
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let errors = create(&json!({
        "title": "x".repeat(256), "priority": "urgent", "category": "rant", "user": {"email": "nobody"},
        "due_date": "tomorrow", "unformatted_steps_to_reproduce": "x".repeat(64 * 1024 + 1),
        "custom": {"long": "x".repeat(8 * 1024 + 1)}, "description": "x".repeat((1 << 20) + 1),
    }));
    let expected = [
        "title is too long (maximum is 255 characters)",
        "description is too long (maximum is 1048576 bytes)",
        "unformatted_steps_to_reproduce is too long (maximum is 65536 bytes)",
        "priority must be one of low, medium, high, critical",
        "category must be one of bug, feature_request, question",
        "user.email is not an e-mail address",
        "custom_fields.long is too long (maximum is 8192 bytes)",
        "due_date must be a date such as 2026-11-21",
    ];
    assert_eq!(errors.unwrap_err(), expected);
}

#[test]
fn limits_are_met_exactly() {
    let full: serde_json::Map<_, _> = (0..100)
        .map(|n| (format!("f{n}"), json!("x".repeat(8 * 1024))))
        .collect();
    let extras: serde_json::Map<_, _> = (0..50).map(|n| (format!("e{n}"), json!("x"))).collect();
    let mut body = json!({"title": "\u{f6}".repeat(255), "custom": full, "extras": extras});
    let issue = create(&body).unwrap();
    assert_eq!((issue.custom_fields.len(), issue.extras.len()), (100, 50));
    body["custom_fields"] = json!({"one more": "x"});
    body["extras"]["one more"] = json!("x");
    let expected = [
        "custom_fields has too many fields (maximum is 100)",
        "extras has too many fields (maximum is 50)",
    ];
    assert_eq!(create(&body).unwrap_err(), expected);
}

#[test]
fn what_does_not_count_must_be_right_all_the_same() {
    let long = "x".repeat(256);
    let body = json!({"title": "T", "release_id": 7, "release_label": long});
    let problem = "release_label is too long (maximum is 255 characters)";
    assert_eq!(create(&body).unwrap_err(), [problem]);
    assert_eq!(patch(&body).unwrap_err(), [problem]);
    let steps = "x".repeat(65_537);
    let body = json!({"title": "T", "unformatted_steps_to_reproduce": "Jump", "steps_to_reproduce": steps});
    let problem = "steps_to_reproduce is too long (maximum is 65536 bytes)";
    assert_eq!(create(&body).unwrap_err(), [problem]);
    assert_eq!(patch(&body).unwrap_err(), [problem]);
    let nulls: serde_json::Map<_, _> = (0..51).map(|n| (n.to_string(), Value::Null)).collect();
    let problems = create(&json!({"title": "T", "extras": nulls})).unwrap_err();
    assert_eq!(problems, ["extras has too many fields (maximum is 50)"]);
}

#[test]
fn a_field_has_at_most_as_many_values_as_a_multi_select() {
    let with = |count| json!({"title": "T", "custom_fields": {"mods": vec!["x"; count], "n": vec![Value::Null; count]}});
    assert!(create(&with(100)).is_ok());
    let problems = create(&with(101)).unwrap_err();
    assert_eq!(
        problems,
        [
            "custom_fields.mods has too many values (maximum is 100)",
            "custom_fields.n has too many values (maximum is 100)"
        ]
    );
}

#[test]
fn addresses_and_dates_are_read_as_the_document_says() {
    let body = json!({"title": "T", "due_date": "2026-11-21t10:00:00z", "user": {"email": "\u{b}jo@studio.example\u{2003}"}});
    let issue = create(&body).unwrap();
    assert_eq!(issue.due_date.as_deref(), Some("2026-11-21"));
    assert_eq!(issue.contact_email.as_deref(), Some("jo@studio.example"));
    for name in ["priority", "category"] {
        assert!(create(&json!({"title": "T", name: ""})).is_ok(), "{name}");
        assert!(create(&json!({"title": "T", name: "\u{c}"})).is_err(), "{name}");
    }
}

#[test]
fn a_project_can_ask_for_longer_descriptions() {
    let rules = Rules {
        description_length_min: 5,
        ..Rules::default()
    };
    let short = Err(vec![
        "description is too short (minimum is 5 characters)".to_owned(),
    ]);
    assert_eq!(create_with(rules, &json!({"description": "  four  "})), short);
    assert_eq!(create_with(rules, &json!({"title": "T"})), short);
    assert!(create_with(rules, &json!({"description": " fives "})).is_ok());
    let all = create_with(rules, &json!({"description": "four", "priority": "x"})).unwrap_err();
    assert_eq!(all.len(), 2, "it is told with all else that is wrong: {all:?}");
    assert!(
        create_with(
            rules,
            &json!({"description": "four", "skip_description_check": "true"})
        )
        .is_ok()
    );
}

#[test]
fn controls_are_replaced_in_every_text() {
    let issue = create(&json!({
        "title": "a\u{0}b\nc", "description": "a\u{1b}b\n", "custom": {"k\u{0}": ["v\u{0}"]}, "extras": {"e": "\u{0}"},
    }))
    .unwrap();
    assert_eq!(issue.title, "a\u{fffd}b c");
    assert_eq!(issue.description, "a\u{fffd}b\n");
    let value = CustomValue::Many(vec!["v\u{fffd}".to_owned()]);
    assert_eq!(issue.custom_fields, [("k\u{fffd}".to_owned(), value)]);
    assert_eq!(issue.extras, [("e".to_owned(), "\u{fffd}".to_owned())]);
}

#[test]
fn a_change_has_what_was_sent_and_nothing_else() {
    assert!(patch(&json!({})).unwrap() == IssuePatch::default());
    let changed = patch(&json!({"status": "resolved", "assigned_to_id": 123})).unwrap();
    let expected = IssuePatch {
        status: Some(IssueStatus::Resolved),
        assigned_to: Some(Some(UserId(123))),
        ..IssuePatch::default()
    };
    assert_eq!(changed, expected);
    assert_eq!(
        patch(&json!({"issue": {"status": "new"}})).unwrap().status,
        Some(IssueStatus::Open)
    );
    for nobody in [json!(null), json!(""), json!(0), json!("0")] {
        let assigned_to = patch(&json!({"issue": {"assigned_to_id": nobody}}))
            .unwrap()
            .assigned_to;
        assert_eq!(assigned_to, Some(None), "{nobody}");
    }
    assert_eq!(
        patch(&json!({"steps_to_reproduce": ""}))
            .unwrap()
            .steps_to_reproduce
            .as_deref(),
        Some("")
    );
}

#[test]
fn a_change_is_checked() {
    for (body, expected) in [
        (json!({"title": " "}), "title can't be blank"),
        (json!({"description": ""}), "description can't be blank"),
        (
            json!({"assigned_to_id": "Jo"}),
            "assigned_to_id must be a user's id, or null for nobody",
        ),
        (
            json!({"issue": {"assigned_to_id": -1}}),
            "assigned_to_id must be a user's id, or null for nobody",
        ),
        (json!({"issue": "x"}), "issue must be an object"),
        (
            json!({"custom": {"mood": {}}}),
            "custom.mood must be text, a number, true, false, or a list of those",
        ),
    ] {
        assert_eq!(patch(&body).unwrap_err(), [expected], "{body}");
    }
    let error = patch(&json!({"status": "done"})).unwrap_err().join(" ");
    assert!(
        error.starts_with("status must be one of open, in_progress,"),
        "{error}"
    );
}

#[test]
fn logs_and_discord_names_stand_beside_the_issue() {
    let body = decode(
        Encoding::UrlEncoded,
        b"issue[description]=D&issue[logs]=l&issue[discord_username]=d",
    )
    .unwrap();
    let reported = ReportedIssue::from_body(body, &Rules::default()).unwrap();
    assert_eq!(reported.logs.as_deref(), Some("l"));
    assert_eq!(reported.discord_username.as_deref(), Some("d"));
}
