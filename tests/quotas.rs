//! Daily limits: exact under concurrency and across a kill, told in headers, and free of charge for the disk.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::json;
use support::load::Process;
use support::{Connection, Request, Response, Server};

fn report(server: &Server, token: &str) -> Request {
    Request::post(server.path("issues.json"))
        .form_user(token)
        .json(&json!({"title": "One of many"}))
}

fn report_from(server: &Server, token: &str, header: &str, client: &str) -> u16 {
    server.send(&report(server, token).header(header, client)).status
}

/// Sends the same over one connection and gives the statuses.
fn send_often(connection: &mut Connection, request: &Request, times: usize) -> Vec<u16> {
    (0..times)
        .map(|_| connection.send(request).unwrap().status)
        .collect()
}

fn number_in(answer: &Response, header: &str, parameter: &str) -> u64 {
    let value = answer.header(header).unwrap_or_default();
    let found = value
        .split(';')
        .find_map(|part| part.strip_prefix(parameter)?.parse().ok());
    found.unwrap_or_else(|| panic!("no {parameter} in {header}: {value:?}"))
}

#[test]
fn a_limit_of_100_under_400_requests_from_16_threads_takes_exactly_100() {
    let server = Server::start();
    let token = server.token_with_limit(100);
    let request = report(&server, &token);
    let statuses = thread::scope(|scope| {
        let clients: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| send_often(&mut server.connect(), &request, 25)))
            .collect();
        let statuses = clients.into_iter().flat_map(|client| client.join().unwrap());
        statuses.collect::<Vec<_>>()
    });
    let accepted = statuses.iter().filter(|status| **status == 201).count();
    let refused = statuses.iter().filter(|status| **status == 403).count();
    assert_eq!((accepted, refused), (100, 300), "{statuses:?}");
    assert_eq!(server.issues().len(), 100);
}

#[test]
fn headers_tell_what_is_left_and_until_when() {
    let server = Server::start();
    let token = server.token_with_limit(2);
    for left in [1, 0] {
        let answer = server.send(&report(&server, &token)).expect_status(201);
        assert_eq!(
            answer.header("RateLimit-Policy"),
            Some("\"bug_reports\";q=2;w=86400")
        );
        assert_eq!(number_in(&answer, "RateLimit", "r="), left);
        assert!(number_in(&answer, "RateLimit", "t=") <= 86_400);
        assert_eq!(answer.header("Retry-After"), None);
    }
    for _ in 0..2 {
        let answer = server.send(&report(&server, &token)).expect_status(403);
        assert_eq!(answer.error(), "Not allowed to create bug reports.");
        assert_eq!(number_in(&answer, "RateLimit", "r="), 0);
        assert_eq!(
            answer.header("RateLimit-Policy"),
            Some("\"bug_reports\";q=2;w=86400")
        );
        let retry_after: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=86_400).contains(&retry_after), "{retry_after}");
        assert_eq!(retry_after, number_in(&answer, "RateLimit", "t="));
    }
}

#[test]
fn a_limit_of_zero_refuses_all_and_people_have_none() {
    let server = Server::start();
    let none = server.token_with_limit(0);
    server.send(&report(&server, &none)).expect_status(403);
    let by_hand = Request::post(server.path("issues.json")).bearer(server.personal_token());
    for _ in 0..20 {
        let answer = server.send(&by_hand.clone().json(&json!({"title": "By hand"})));
        assert_eq!(answer.expect_status(201).header("RateLimit"), None);
    }
}

#[test]
fn a_refused_body_takes_nothing_from_the_limit() {
    let server = Server::start();
    let token = server.token_with_limit(1);
    let empty = Request::post(server.path("issues.json"))
        .form_user(&token)
        .json(&json!({}));
    for _ in 0..5 {
        server.send(&empty).expect_status(422);
    }
    server.send(&report(&server, &token)).expect_status(201);
}

#[test]
fn each_address_behind_a_trusted_proxy_has_its_own_limit() {
    let server = Server::with_args(["--trusted-proxy", "127.0.0.1/32"]);
    let token = server.token_with_limit(1);
    let from = |client: &str| report_from(&server, &token, "X-Forwarded-For", client);
    assert_eq!((from("203.0.113.1"), from("203.0.113.1")), (201, 403));
    assert_eq!((from("203.0.113.2"), from("203.0.113.2")), (201, 403));
    assert_eq!(
        from("198.51.100.9, 203.0.113.2"),
        403,
        "what a client claims lies to the left"
    );
    assert_eq!(from("203.0.113.3:4711"), 201);
    assert_eq!(
        from("::ffff:203.0.113.3"),
        403,
        "the same address, written as IPv6"
    );
    // A household holds a whole /64.
    assert_eq!(
        (from("2001:db8:1:2::1"), from("2001:db8:1:2:ffff::7")),
        (201, 403)
    );
    assert_eq!(from("2001:db8:1:3::1"), 201);
    let standard = |client: &str| report_from(&server, &token, "Forwarded", client);
    assert_eq!(
        standard("for=203.0.113.1;proto=https"),
        403,
        "the same client, told in the other header"
    );
    assert_eq!(standard("for=203.0.113.4"), 201);
}

#[test]
fn without_a_trusted_proxy_nobody_makes_up_addresses() {
    let server = Server::start();
    let token = server.token_with_limit(2);
    let statuses: Vec<_> = (0..6)
        .map(|number| {
            let header = if number % 2 == 0 {
                "X-Forwarded-For"
            } else {
                "Forwarded"
            };
            let client = if number % 2 == 0 {
                format!("203.0.113.{number}")
            } else {
                format!("for=203.0.113.{number}")
            };
            report_from(&server, &token, header, &client)
        })
        .collect();
    assert_eq!(statuses, [201, 201, 403, 403, 403, 403]);
}

#[test]
fn a_changed_limit_counts_at_once() {
    let server = Server::start();
    let created = server.create_token(&json!({"name": "Changing", "bug_reports_per_day": 2}));
    let token = created["token"].as_str().unwrap();
    let set_limit = |limit: u32| {
        let path = server.path(&format!("auth_tokens/{}.json", created["id"]));
        let request = Request::patch(path).bearer(server.personal_token());
        server
            .send(&request.json(&json!({"bug_reports_per_day": limit})))
            .expect_status(200);
    };
    let mut game = server.connect();
    let mut send = |times| send_often(&mut game, &report(&server, token), times);
    assert_eq!(send(3), [201, 201, 403]);
    set_limit(4);
    assert_eq!(send(3), [201, 201, 403]);
    set_limit(3);
    assert_eq!(send(1), [403], "more than the new limit were taken already");
    set_limit(5);
    assert_eq!(send(2), [201, 403]);
}

#[test]
fn counters_are_exact_after_a_kill() {
    let mut server = Server::start();
    let token = server.token_with_limit(8);
    assert_eq!(
        send_often(&mut server.connect(), &report(&server, &token), 5),
        [201; 5]
    );
    server.kill_hard();
    server.restart();
    let statuses = send_often(&mut server.connect(), &report(&server, &token), 5);
    assert_eq!(statuses, [201, 201, 201, 403, 403]);
    server.kill_hard();
    server.restart();
    assert_eq!(
        send_often(&mut server.connect(), &report(&server, &token), 2),
        [403; 2]
    );
    assert_eq!(server.issue_count(), 8);
}

/// Name and bytes of every file of the journal.
fn journal(data: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(data.join("journal"))
        .expect("there is a journal")
        .flatten();
    files
        .filter(|file| file.path().is_file())
        .map(|file| {
            (
                file.file_name().to_string_lossy().into_owned(),
                fs::read(file.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn refused_requests_write_nothing() {
    let server = Server::start();
    let token = server.token_with_limit(1);
    let pat = server.personal_token();
    let refused = [
        (403, report(&server, &token)),
        (403, report(&server, &format!("tkn-{}", "0".repeat(64)))),
        (401, report(&server, "nonsense")),
        (
            401,
            Request::get("/profiles/me.json").bearer(&format!("pat-{}", "0".repeat(64))),
        ),
        (
            422,
            Request::post(server.path("issues.json"))
                .bearer(pat)
                .json(&json!({})),
        ),
        (404, Request::get(server.path("issues/99.json")).bearer(pat)),
        (
            404,
            Request::patch(server.path("issues/99.json"))
                .bearer(pat)
                .json(&json!({"status": "closed"})),
        ),
    ];
    server.send(&report(&server, &token)).expect_status(201);
    let process = Process(server.id());
    process.settle(Duration::from_millis(250));
    let (journal_before, written_before) = (journal(server.data()), process.disk_writes());
    let mut connection = server.connect();
    for (status, request) in &refused {
        let statuses = send_often(&mut connection, request, 100);
        assert!(
            statuses.iter().all(|given| given == status),
            "{}: {statuses:?}",
            request.summary()
        );
    }
    let written = process.disk_writes() - written_before;
    assert_eq!(written, 0, "bytes written for refusals");
    assert!(
        journal(server.data()) == journal_before,
        "the journal has changed"
    );
}

#[test]
fn a_flood_of_bad_tokens_harms_no_good_client() {
    let server = Server::start();
    let token = server.token_with_limit(10_000);
    let bad = report(&server, &format!("tkn-{}", "0123456789abcdef".repeat(4)));
    let (over, refused) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut connection = server.connect();
                while !over.load(Ordering::SeqCst) {
                    let status = connection.send(&bad).unwrap().status;
                    assert_eq!(status, 403);
                    refused.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        support::eventually("the flood runs", || refused.load(Ordering::SeqCst) > 100);
        let statuses = send_often(&mut server.connect(), &report(&server, &token), 200);
        over.store(true, Ordering::SeqCst);
        assert_eq!(statuses, [201; 200]);
    });
    assert_eq!(server.issue_count(), 200);
}
