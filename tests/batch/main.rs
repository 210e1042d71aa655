//! Many reports in one request: each line is answered for itself, all that is accepted is there after a kill, and nothing
//! is there twice when the batch is sent again.
#![expect(clippy::expect_used, reason = "the helpers of a test fail the test")]

mod kills;
mod limits;
mod lines;
mod others;
mod refusals;

use serde_json::{Value, json};
use support::{Request, Response, Server};

const NDJSON: &str = "application/x-ndjson";

fn batch_request(server: &Server, token: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::post(server.path("issues/batch.json"))
        .form_user(token)
        .header("BetaHub-Project-ID", server.project())
        .body(NDJSON, body)
}

/// What became of each line.
#[track_caller]
fn answers(answer: &Response) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("Content-Type"), Some(NDJSON));
    let text = answer.text();
    assert!(text.ends_with('\n'), "the last line has an end: {text:?}");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON line"));
    lines.collect()
}

#[track_caller]
fn send(server: &Server, token: &str, body: impl Into<Vec<u8>>) -> Vec<Value> {
    answers(&server.send(&batch_request(server, token, body)))
}

fn statuses(answers: &[Value]) -> Vec<u64> {
    answers
        .iter()
        .map(|line| line["status"].as_u64().unwrap_or_default())
        .collect()
}

fn report(number: usize) -> Value {
    json!({
        "idempotency_key": format!("key-{number}"),
        "title": format!("Report {number}"),
        "description": format!("What happened in report {number}, told at some length. ").repeat(4),
        "priority": "high",
        "custom_fields": {"platform": "windows"},
    })
}

fn lines(reports: impl IntoIterator<Item = Value>) -> String {
    reports
        .into_iter()
        .map(|report| report.to_string() + "\n")
        .collect()
}

/// A hundredth of these is wrong, each in a way of its own.
fn with_bad_ones(count: usize) -> String {
    let line = |number| match number % 500 {
        7 => "{\"title\": \"Report".to_owned(),
        107 => "[1, 2]".to_owned(),
        207 => json!({"title": "", "priority": "urgent"}).to_string(),
        307 => json!({"title": {"a": 1}}).to_string(),
        407 => json!({"title": "x".repeat(256), "description": "Long"}).to_string(),
        _ => report(number).to_string(),
    };
    (0..count).map(|number| line(number) + "\n").collect()
}

fn is_bad(number: usize) -> bool {
    number % 100 == 7
}

/// A token whose limit does not matter.
fn open_token(server: &Server) -> String {
    server.token_with_limit(1_000_000)
}

#[test]
fn ten_thousand_reports_are_answered_line_by_line_and_are_the_same_when_sent_again() {
    const COUNT: usize = 10_000;
    let server = Server::start();
    let token = open_token(&server);
    let body = with_bad_ones(COUNT);
    let first = send(&server, &token, body.clone());
    assert_eq!(first.len(), COUNT);
    let mut number_expected = 0;
    for (number, line) in first.iter().enumerate() {
        assert_eq!(line["line"], number + 1, "{line}");
        if is_bad(number) {
            let status = line["status"].as_u64().unwrap();
            assert!(matches!(status, 400 | 422), "{line}");
            assert!(!line["error"].as_str().unwrap().is_empty(), "{line}");
            assert_eq!(line.get("issue"), None);
        } else {
            number_expected += 1;
            assert_eq!(line["status"], 201, "{line}");
            assert_eq!(line["issue"]["scoped_id"], number_expected.to_string());
            assert_eq!(line["replayed"], false);
            assert_eq!(line.get("error"), None);
        }
    }
    assert_eq!(
        first[7]["error"],
        "The line is not valid JSON: EOF while parsing a string at column 17"
    );
    assert_eq!(first[107]["error"], "The line must be a JSON object");
    assert_eq!(
        first[207]["errors"],
        json!([
            "description can't be blank",
            "priority must be one of low, medium, high, critical"
        ])
    );
    assert_eq!(first[307]["error"], "title must be text");
    assert_eq!(
        first[407]["error"],
        "title is too long (maximum is 255 characters)"
    );
    assert_eq!(server.issue_count(), 9_900);

    let again = send(&server, &token, body);
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(
            (&first["status"], &first["issue"]),
            (&again["status"], &again["issue"])
        );
        let replayed = first["status"] == 201;
        assert_eq!(again["replayed"].as_bool(), replayed.then_some(true));
    }
    assert_eq!(server.issue_count(), 9_900);

    let one = &first[4_321]["issue"];
    let found = server
        .issue(one["id"].as_u64().unwrap())
        .expect_status(200)
        .json();
    assert_eq!(found["title"], "Report 4321");
    assert_eq!(
        (&found["url"], &found["scoped_id"]),
        (&one["url"], &one["scoped_id"])
    );
    assert_eq!(found["custom_fields"]["platform"], "windows");
}

#[test]
fn a_key_is_one_within_a_batch_and_beside_single_reports() {
    let server = Server::start();
    let token = open_token(&server);
    let single = |key: &str, body: &Value| {
        Request::post(server.path("issues.json"))
            .form_user(&token)
            .header("Idempotency-Key", key)
            .json(body)
    };
    let told = json!({"title": "Sent alone", "description": "The answer was lost."});
    let alone = server.send(&single("alone", &told)).expect_status(201).json();
    let mut queued = told.clone();
    queued["idempotency_key"] = "alone".into();
    let flat = report(1);
    let mut other = report(2);
    other["idempotency_key"] = "key-1".into();
    let wrapped = json!({"issue": {"title": "Wrapped"}, "idempotency_key": "wrapped"});
    let without = json!({"title": "Without a key"});
    let body = lines([
        queued,
        flat.clone(),
        flat,
        other,
        wrapped.clone(),
        wrapped,
        without.clone(),
        without,
    ]);
    let found = send(&server, &token, body);
    assert_eq!(statuses(&found), [201, 201, 201, 422, 201, 201, 201, 201]);
    let replayed: Vec<_> = found.iter().map(|line| line["replayed"].as_bool()).collect();
    let [new, again] = [Some(false), Some(true)];
    assert_eq!(replayed, [again, new, again, None, new, again, new, new]);
    assert_eq!(found[0]["issue"]["id"], alone["id"]);
    assert_eq!(found[0]["issue"]["token"], alone["token"]);
    assert_eq!(found[2]["issue"], found[1]["issue"]);
    assert_eq!(
        found[3]["error"],
        "Idempotency-Key was already used for another request"
    );
    assert_eq!(found[5]["issue"], found[4]["issue"]);
    assert_ne!(found[7]["issue"]["id"], found[6]["issue"]["id"]);

    // The other way round: what came in a batch is sent alone.
    let wrapped = json!({"issue": {"title": "Wrapped"}});
    let again = server.send(&single("wrapped", &wrapped)).expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(again.json()["id"], found[4]["issue"]["id"]);
    server
        .send(&single("wrapped", &json!({"title": "Another"})))
        .expect_status(422);
    // Another sender's keys are others.
    let others = send(&server, &open_token(&server), lines([report(1)]));
    assert_eq!(others[0]["replayed"], false);
    assert_eq!(server.issue_count(), 6);
}

#[test]
fn drafts_are_hidden_until_they_are_published() {
    let server = Server::start();
    let token = open_token(&server);
    let found = send(
        &server,
        &token,
        lines([
            json!({"title": "Draft", "draft": true}),
            json!({"title": "Visible"}),
        ]),
    );
    assert_eq!(found[0]["issue"]["scoped_id"], Value::Null);
    assert_eq!(found[1]["issue"]["scoped_id"], "1");
    assert_eq!(server.issue_count(), 1);
    let id = found[0]["issue"]["id"].as_u64().unwrap();
    let publish = Request::post(server.path(&format!("issues/g-{id}/publish.json")))
        .bearer(found[0]["issue"]["token"].as_str().unwrap())
        .json(&json!({}));
    let published = server.send(&publish).expect_status(200).json();
    assert_eq!(published["scoped_id"], "2");
    assert_eq!(server.issue_count(), 2);
}
