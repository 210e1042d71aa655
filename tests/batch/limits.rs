//! Who may send a batch, and how much of it is taken.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Launch, Request, Server, eventually};

use super::{NDJSON, answers, batch_request, lines, open_token, report, send, statuses};

#[test]
fn a_limit_is_spent_in_the_middle_and_exactly() {
    let server = Server::start();
    let token = server.token_with_limit(5);
    let bad = json!({"title": " "});
    let body = lines([
        report(1),
        bad,
        report(2),
        report(3),
        report(4),
        report(5),
        report(6),
        report(7),
    ]);
    let answer = server.send(&batch_request(&server, &token, body.clone()));
    let first = answers(&answer);
    assert_eq!(statuses(&first), [201, 422, 201, 201, 201, 201, 403, 403]);
    assert_eq!(first[6]["error"], "Not allowed to create bug reports.");
    assert!(
        answer
            .header("RateLimit")
            .unwrap()
            .starts_with("\"bug_reports\";r=0;")
    );
    assert_eq!(
        answer.header("RateLimit-Policy"),
        Some("\"bug_reports\";q=5;w=86400")
    );
    assert_eq!(server.issue_count(), 5);
    // What was taken is answered as before, though nothing more is.
    let again = send(&server, &token, body);
    assert_eq!(statuses(&again), [201, 422, 201, 201, 201, 201, 403, 403]);
    assert_eq!(again[5]["issue"], first[5]["issue"]);
    server
        .send(
            &Request::post(server.path("issues.json"))
                .form_user(&token)
                .json(&json!({"title": "One more"})),
        )
        .expect_status(403);
    assert_eq!(server.issue_count(), 5);

    let none = server.token_with_limit(0);
    let refused = server
        .send(&batch_request(&server, &none, lines([report(9)])))
        .expect_status(403);
    assert_eq!(refused.error(), "Not allowed to create bug reports.");
}

#[test]
fn a_limit_of_100_under_eight_batches_at_once_takes_exactly_100() {
    let server = Server::start();
    let token = server.token_with_limit(100);
    let accepted: usize = thread::scope(|scope| {
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let (server, token) = (&server, &token);
                let body = lines((0..50).map(move |number| report(sender * 50 + number)));
                scope.spawn(move || statuses(&send(server, token, body)))
            })
            .collect();
        let statuses = senders.into_iter().flat_map(|sender| sender.join().unwrap());
        statuses.filter(|status| *status == 201).count()
    });
    assert_eq!(accepted, 100);
    assert_eq!(server.issue_count(), 100);
}

#[test]
fn whoever_may_report_may_send_a_batch_and_nobody_else() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example");
    let body = lines([json!({"title": "Who am I?", "user": {"email": "player@example.com"}})]);
    let request = || Request::post(server.path("issues/batch.json")).body(NDJSON, body.clone());
    server.send(&request()).expect_status(401);
    server.send(&request().form_user("tkn-nobody")).expect_status(403);
    server.send(&request().form_user("anonymous")).expect_status(403);
    server.send(&request().bearer(&stranger.token)).expect_status(403);
    let may_not = server.create_token(&json!({"name": "Readers", "can_create_bug_report": false}));
    let refused = server
        .send(&request().form_user(may_not["token"].as_str().unwrap()))
        .expect_status(403);
    assert_eq!(refused.error(), "Not allowed to create bug reports.");
    let elsewhere = server.create_project(server.personal_token(), "Another");
    let other = Request::post(format!("/projects/{elsewhere}/issues/batch.json")).body(NDJSON, body.clone());
    server
        .send(&other.form_user(&open_token(&server)))
        .expect_status(403);
    let missing = Request::post("/projects/pr-1/issues/batch.json").body(NDJSON, body.clone());
    server
        .send(&missing.bearer(server.personal_token()))
        .expect_status(404);
    assert_eq!(server.issue_count(), 0);

    let by_member = answers(&server.send(&request().bearer(server.personal_token())));
    assert_eq!(statuses(&by_member), [201]);
    let settings = Request::patch(format!("/projects/{}.json", server.project()))
        .bearer(server.personal_token())
        .json(&json!({"anonymous_reports": true}));
    server.send(&settings).expect_status(200);
    let anonymous = answers(&server.send(&request().form_user("anonymous")));
    assert_eq!(statuses(&anonymous), [201]);
    let by_game = answers(&server.send(&request().form_user(&open_token(&server))));
    assert_eq!(statuses(&by_game), [201]);
    let contact = |answers: &[Value]| {
        let id = answers[0]["issue"]["id"].as_u64().unwrap();
        server.issue(id).json()["contact"]["email"].clone()
    };
    assert_eq!(contact(&by_game), "player@example.com", "a line says who reports");
}

#[test]
fn an_answer_that_nobody_reads_counts_as_memory_until_its_connection_ends() {
    let server = Launch::new().with_args(["--body-memory-mib", "16"]).start();
    let token = open_token(&server);
    // Each is refused with its long names, so that the answer does not fit into what the kernel keeps of it.
    let choices = vec!["a"; 101];
    let fields = ["x", "y", "z"].map(|letter| (letter.repeat(250), json!(choices)));
    let bad = json!({"title": "Bad", "custom_fields": serde_json::Map::from_iter(fields)});
    let request = batch_request(&server, &token, lines(vec![bad; 4000]));
    let mut unread = server.connect();
    let bytes = request.encode(&unread.host());
    unread.send_part(&bytes).unwrap();
    assert!(unread.has_answer(Duration::from_secs(30)).unwrap());
    server.send(&request).expect_status(503);
    drop(unread);
    eventually("the memory is given back", || server.send(&request).status == 200);
}

#[test]
fn a_submission_token_is_good_for_one_line() {
    let server = Server::start();
    let settings = json!({"name": "Vouched", "require_submission_token": true, "bug_reports_per_day": 100});
    let token = server.create_token(&settings)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = lines([report(1), report(2), report(1)]);
    let refused = server
        .send(&batch_request(&server, &token, body.clone()))
        .expect_status(403);
    assert_eq!(refused.error(), "Submission token is required");
    let ask = Request::post(server.path("submission_tokens.json"))
        .bearer(server.personal_token())
        .json(&json!({}));
    let vouched = server.send(&ask).json();
    let jwt = vouched["token"]
        .as_str()
        .unwrap_or_else(|| panic!("no token in {vouched}"));
    let found = send(&server, &format!("{token},{jwt}"), body);
    assert_eq!(statuses(&found), [201, 403, 201]);
    assert_eq!(found[1]["error"], "The submission token was already used");
    assert_eq!(found[2]["replayed"], true);
    assert_eq!(server.issue_count(), 1);
}
