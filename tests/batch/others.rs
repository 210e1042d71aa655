//! What the rest of the house makes of a batch: each report in it counts like a single one.

use serde_json::json;
use support::{Receiver, Reply, Request, Server};

use super::{lines, report, send, statuses};

#[test]
fn webhooks_hear_of_each_report_and_once_of_a_spent_limit_and_usage_counts_each_line() {
    let server = Server::with_args(["--webhook-allow", "127.0.0.1/32"]);
    let receiver = Receiver::start(Reply::Status(200));
    let events = json!({"url": receiver.url(), "events": ["issue.created", "quota.exhausted"]});
    let webhook = Request::post(server.path("webhooks.json"))
        .bearer(server.personal_token())
        .json(&events);
    server.send(&webhook).expect_status(201);
    let made = server.create_token(&json!({
        "name": "Launcher", "can_create_bug_report": true, "bug_reports_per_day": 80,
    }));
    let token = made["token"].as_str().expect("a token").to_owned();
    let bad = json!({"title": ""});
    let draft = json!({"title": "Later", "draft": true});
    let body = lines((0..80).map(report).chain([report(3), bad, draft]));

    let found = send(&server, &token, body);
    let mut expected = vec![201; 81];
    expected.extend([422, 403]);
    assert_eq!(statuses(&found), expected);

    let messages = receiver.wait_for(81);
    let of = |name: &str| messages.iter().filter(|it| it.event() == name).count();
    assert_eq!((of("issue.created"), of("quota.exhausted")), (80, 1));
    // What is refused as a whole counts once.
    let no_lines = Request::post(server.path("issues/batch.json")).form_user(&token);
    server.send(&no_lines.body("text/plain", "x")).expect_status(415);
    let usage = format!("auth_tokens/{}/usage.json", made["id"]);
    let usage = Request::get(server.path(&usage)).bearer(server.personal_token());
    let usage = server.send(&usage).expect_status(200).json();
    let counts = &usage["totals"]["bug_reports"];
    assert_eq!(
        (&counts["accepted"], &counts["refused"]),
        (&json!(80), &json!(3)),
        "{usage}"
    );
    assert_eq!(counts["refused_because"]["limit"], 1, "{usage}");
    assert_eq!(counts["refused_because"]["invalid"], 2, "{usage}");
}

#[test]
fn a_report_that_was_sent_alone_is_known_with_and_without_json_in_its_address() {
    let server = Server::start();
    let alone = json!({"title": "Sent alone"});
    let mut queued = alone.clone();
    queued["idempotency_key"] = "alone".into();
    let single = Request::post(server.path("issues"))
        .form_user(server.project_token())
        .header("Accept", "application/json")
        .header("Idempotency-Key", "alone");
    let first = server.send(&single.json(&alone)).expect_status(201).json();
    let again = send(&server, server.project_token(), lines([queued]));
    assert_eq!(
        (&again[0]["status"], &again[0]["replayed"]),
        (&json!(201), &json!(true))
    );
    assert_eq!(again[0]["issue"]["id"], first["id"]);
}
