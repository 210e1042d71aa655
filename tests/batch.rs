//! Many reports in one request: each line is answered for itself, all that is accepted is there after a kill, and nothing
//! is there twice when the batch is sent again.
#![expect(clippy::expect_used, reason = "the helpers of a test fail the test")]

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Connection, Request, Response, Server, bugle};

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

/// Sends a batch, and kills the server after so long. The answer may have come by then or not.
fn send_and_kill(server: &mut Server, request: &Request, after: Duration) {
    let address = server.address();
    thread::scope(|scope| {
        scope.spawn(|| Connection::open(address).and_then(|mut connection| connection.send(request)));
        // The wait is what is tested: the moment of death must fall anywhere.
        thread::sleep(after);
        server.kill_hard();
    });
}

#[test]
fn a_batch_that_was_cut_off_by_a_kill_is_there_whole_or_not_at_all_and_makes_no_double() {
    const COUNT: usize = 2_000;
    const MOMENTS: u32 = 8;
    let mut server = Server::start();
    let token = open_token(&server);
    let batch = |round: usize| lines((0..COUNT).map(|number| report(round * COUNT + number)));
    let began = Instant::now();
    send(&server, &token, batch(0));
    let took = began.elapsed();
    for round in 1..=MOMENTS {
        let stored = COUNT * round as usize;
        let request = batch_request(&server, &token, batch(round as usize));
        send_and_kill(&mut server, &request, took * round / MOMENTS);
        server.restart();
        let again = server.send(&request);
        let quota = again.header("RateLimit").expect("the limit").to_owned();
        let again = answers(&again);
        let replayed = again.iter().filter(|line| line["replayed"] == true).count();
        eprintln!("killed {round}/{MOMENTS} of {took:?} in: {replayed} were there");
        assert!(statuses(&again).iter().all(|status| *status == 201), "{again:?}");
        assert!(
            replayed == 0 || replayed == COUNT,
            "{replayed} of {COUNT} were there, and they are one commit"
        );
        assert_eq!(
            server.issue_count(),
            (stored + COUNT) as u64,
            "each is there once"
        );
        let left = 1_000_000 - stored - COUNT;
        assert!(
            quota.starts_with(&format!("\"bug_reports\";r={left};")),
            "{quota}"
        );
    }
    server.stop();
    let check = bugle()
        .args(["check", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    assert!(check.status.success(), "`bugle check` found damage: {check:?}");
}

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
fn lines_are_taken_however_they_are_written() {
    let server = Server::start();
    let token = open_token(&server);
    let body = "\u{feff}{\"title\":\"After a mark\"}\r\n\r\n   \n  {\"title\":\"Indented\"}  \r\n{\"title\":\"Without an end\"}";
    let found = send(&server, &token, body);
    let told: Vec<_> = found
        .iter()
        .map(|line| (line["line"].clone(), line["status"].clone()))
        .collect();
    assert_eq!(told, [1, 4, 5].map(|line| (json!(line), json!(201))));
    for name in [
        "application/jsonl",
        "application/json-lines; charset=utf-8",
        "Application/X-NDJSON",
    ] {
        let request = Request::post(server.path("issues/batch"))
            .form_user(&token)
            .body(name, "{\"title\":\"Under another name\"}");
        assert_eq!(statuses(&answers(&server.send(&request))), [201], "{name}");
    }
}

#[test]
fn each_bad_line_has_an_answer_of_its_own() {
    let server = Server::start();
    let token = open_token(&server);
    let mut body = Vec::new();
    let bad: [(&[u8], u64, &str); 9] = [
        (b"{\"title\":\"\xff\xfe\"}", 400, "The line is not valid UTF-8"),
        (b"null", 400, "The line must be a JSON object"),
        (b"7", 400, "The line must be a JSON object"),
        (b"title=x", 400, "The line must be a JSON object"),
        (
            b"{\"title\":\"a\"} {\"title\":\"b\"}",
            400,
            "The line is not valid JSON: trailing characters at column 15",
        ),
        (b"{}", 422, "description can't be blank"),
        (
            b"{\"title\":\"a\",\"title\":\"b\"}",
            422,
            "title is given more than once",
        ),
        (
            b"{\"title\":\"a\",\"logs\":\"a line\"}",
            422,
            "logs can't be sent in a batch: add it to the issue as a file",
        ),
        (
            b"{\"title\":\"a\",\"idempotency_key\":\" \"}",
            422,
            "idempotency_key must have 1 to 255 characters",
        ),
    ];
    for (line, ..) in bad {
        body.extend_from_slice(line);
        body.extend_from_slice(b"\n{\"title\":\"Between bad ones\"}\n");
    }
    let found = send(&server, &token, body);
    for (pair, (line, status, error)) in found.chunks(2).zip(bad) {
        let line = String::from_utf8_lossy(line);
        assert_eq!(
            (&pair[0]["status"], &pair[0]["error"]),
            (&json!(status), &json!(error)),
            "{line}"
        );
        assert_eq!(pair[1]["status"], 201, "{pair:?}");
    }
    assert_eq!(server.issue_count(), 9);
}

#[test]
fn a_line_of_ten_megabytes_is_an_error_of_its_own() {
    let server = Server::start();
    let token = open_token(&server);
    let long = json!({"title": "Long", "description": "x".repeat(10_000_000)});
    let fits = json!({"title": "Fits", "description": "x".repeat(250_000)});
    let found = send(&server, &token, lines([report(1), long, fits, report(2)]));
    assert_eq!(statuses(&found), [201, 422, 201, 201]);
    assert_eq!(found[1]["error"], "line is too long (maximum is 262144 bytes)");
    assert_eq!(server.issue_count(), 3);
}

#[test]
fn a_batch_of_more_than_one_commit_is_there_after_its_answer() {
    let mut server = Server::start();
    let token = open_token(&server);
    let large = |number: usize| {
        let description = format!("Report {number} at length. ").repeat(8_000);
        json!({"idempotency_key": number, "title": format!("Large {number}"), "description": description})
    };
    let body = lines((0..150).map(large));
    assert!(
        body.len() > 24 << 20,
        "more than a frame of the journal takes: {}",
        body.len()
    );
    let request = batch_request(&server, &token, body);
    let first = answers(&server.send(&request));
    server.kill_hard();
    server.restart();
    assert_eq!(server.issue_count(), 150);
    let again = answers(&server.send(&request));
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first["status"], 201, "{first}");
        assert_eq!(first["issue"]["id"], again["issue"]["id"]);
        assert_eq!(again["replayed"], true);
    }
    assert_eq!(server.issue_count(), 150);
}

/// The head of a batch of so many bytes, and what of it is sent.
fn beginning(server: &Server, token: &str, size: usize, part: &str) -> Vec<u8> {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: here\r\nAuthorization: FormUser {token}\r\nContent-Type: {NDJSON}\r\nContent-Length: {size}\r\n\r\n{part}",
        server.path("issues/batch.json"),
    );
    head.into_bytes()
}

#[test]
fn too_much_is_refused_before_it_was_read_and_stores_nothing() {
    let server = Server::start();
    let token = open_token(&server);
    let line = "{\"title\":\"One of a million\"}\n";
    // A little more than ten thousand of the million is sent: the answer comes without the rest.
    let mut connection = server.connect();
    let part = beginning(&server, &token, line.len() * 1_000_000, &line.repeat(10_001));
    connection.send_part(&part).unwrap();
    let refused = connection.receive().unwrap().expect_status(413);
    assert_eq!(
        refused.error(),
        "The request has more than 10000 lines: send them in several"
    );
    assert!(connection.is_closed(), "the rest is not waited for");

    let blanks = "\n".repeat((32 << 20) + 1);
    let mut connection = server.connect();
    let part = beginning(&server, &token, 64 << 20, &blanks);
    connection.send_part(&part).unwrap();
    let refused = connection.receive().unwrap().expect_status(413);
    assert_eq!(refused.error(), "The request is larger than 33554432 bytes");
    assert_eq!(server.issue_count(), 0);
    let exactly = send(&server, &token, line.repeat(10_000));
    assert_eq!(exactly.len(), 10_000);
}

#[test]
fn what_is_no_batch_is_refused_as_a_whole() {
    let server = Server::start();
    let token = open_token(&server);
    let request = |name: &str, body: &str| {
        Request::post(server.path("issues/batch.json"))
            .form_user(&token)
            .body(name, body)
    };
    for name in [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ] {
        let refused = server
            .send(&request(name, "{\"title\":\"x\"}"))
            .expect_status(415);
        assert_eq!(
            refused.error(),
            "The Content-Type must be application/x-ndjson: one JSON object a line"
        );
        assert!(
            refused
                .header("Accept")
                .unwrap()
                .starts_with("application/x-ndjson")
        );
    }
    for blank in ["", "\n", "\r\n \n\u{feff}"] {
        let answer = server.send(&request(NDJSON, blank));
        // A mark that is not at the beginning is a line like any other.
        if blank.ends_with('\u{feff}') {
            assert_eq!(statuses(&answers(&answer)), [400]);
        } else {
            assert_eq!(
                answer.expect_status(422).error(),
                "body must have at least one line"
            );
        }
    }
    server
        .send(&Request::get(server.path("issues/batch.json")).form_user(&token))
        .expect_status(405);
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn a_batch_counts_in_the_memory_for_bodies() {
    let server = Server::with_args(["--body-memory-mib", "2"]);
    let token = open_token(&server);
    // Little to send, and much to hold.
    let values: Vec<_> = (0..100).collect();
    let fields: serde_json::Map<_, _> = (0..20)
        .map(|field| (format!("f{field}"), json!(values)))
        .collect();
    let greedy = json!({"title": "Greedy", "custom_fields": fields});
    let refused = server.send(&batch_request(&server, &token, lines(vec![greedy; 50])));
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("Retry-After").is_some());
    assert_eq!(server.issue_count(), 0, "nothing is half stored");
    for _ in 0..3 {
        let found = send(&server, &token, lines((0..1000).map(report)));
        assert_eq!(found.len(), 1000, "what was held is given back");
    }
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
