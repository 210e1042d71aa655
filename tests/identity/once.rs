//! That a submission token is good for one report, whatever happens.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;
use support::{Connection, Request, Server, eventually};

use crate::{check_refused, report, token};

/// The same token and sixteen who send it at once: one report.
fn race(server: &Server, jwt: &str) -> usize {
    let start = Barrier::new(16);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..16)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = server.connect();
                    start.wait();
                    let answer = connection.send(&report(server, jwt)).unwrap();
                    assert!(
                        matches!(answer.status, 201 | 403),
                        "{} {}",
                        answer.status,
                        answer.text()
                    );
                    answer.status == 201
                })
            })
            .collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .filter(|taken| *taken)
            .count()
    })
}

/// Lets the project token send as much as a test likes.
fn lift_limit(server: &Server) {
    let tokens = Request::get(server.path("auth_tokens.json")).bearer(server.personal_token());
    let id = server.send(&tokens).expect_status(200).json()["auth_tokens"][0]["id"].clone();
    let edit = Request::patch(server.path(&format!("auth_tokens/{id}.json"))).bearer(server.personal_token());
    server
        .send(&edit.json(&json!({"bug_reports_per_day": 100_000})))
        .expect_status(200);
}

#[test]
fn of_sixteen_at_once_one_is_taken() {
    let server = Server::start();
    lift_limit(&server);
    for round in 1..=10 {
        let jwt = token(&server, &json!({}));
        assert_eq!(race(&server, &jwt), 1, "round {round}");
        assert_eq!(server.issue_count(), round);
    }
}

#[test]
fn a_used_one_is_used_after_a_hard_kill_and_an_unused_one_is_not() {
    let mut server = Server::start();
    let used: Vec<_> = (0..3).map(|_| token(&server, &json!({}))).collect();
    let unused = token(&server, &json!({}));
    for jwt in &used {
        server.send(&report(&server, jwt)).expect_status(201);
    }
    server.kill_hard();
    server.restart();
    for jwt in &used {
        check_refused(
            &server,
            &report(&server, jwt),
            "The submission token was already used",
        );
    }
    server.send(&report(&server, &unused)).expect_status(201);
    server.restart();
    check_refused(
        &server,
        &report(&server, &unused),
        "The submission token was already used",
    );
    assert_eq!(server.issue_count(), 4);
}

/// Reports under way when the server dies are stored with the use of their tokens, or neither is: sent again, each token
/// has brought one report in the end.
#[test]
fn a_kill_in_the_middle_leaves_report_and_use_together() {
    const SENDERS: usize = 8;
    let mut server = Server::start();
    lift_limit(&server);
    let requests: Vec<_> = (0..240)
        .map(|_| report(&server, &token(&server, &json!({}))))
        .collect();
    let (address, taken) = (server.address(), AtomicUsize::new(0));
    let acknowledged: Vec<usize> = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (requests, taken) = (&requests, &taken);
                scope.spawn(move || {
                    let mut connection = Connection::open(address).unwrap();
                    let mut acknowledged = Vec::new();
                    for number in (sender..requests.len()).step_by(SENDERS) {
                        // The server is gone.
                        let Ok(answer) = connection.send(&requests[number]) else {
                            break;
                        };
                        answer.expect_status(201);
                        acknowledged.push(number);
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                    acknowledged
                })
            })
            .collect();
        eventually("some are taken", || taken.load(Ordering::Relaxed) >= 40);
        server.kill_hard();
        senders
            .into_iter()
            .flat_map(|sender| sender.join().unwrap())
            .collect()
    });
    assert!(
        acknowledged.len() < requests.len(),
        "all were taken before the kill"
    );
    server.restart();
    for (number, request) in requests.iter().enumerate() {
        let answer = server.send(request);
        let expected: &[u16] = if acknowledged.contains(&number) {
            &[403]
        } else {
            &[201, 403]
        };
        assert!(
            expected.contains(&answer.status),
            "{number}: {} {}",
            answer.status,
            answer.text()
        );
    }
    assert_eq!(server.issue_count(), requests.len() as u64);
}
