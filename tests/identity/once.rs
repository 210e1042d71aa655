//! That a submission token is good for one report, whatever happens.

use std::sync::Barrier;
use std::thread;

use serde_json::json;
use support::Server;

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

#[test]
fn of_sixteen_at_once_one_is_taken() {
    let server = Server::start();
    let generous = json!({"bug_reports_per_day": 1000});
    let tokens = support::Request::get(server.path("auth_tokens.json")).bearer(server.personal_token());
    let id = server.send(&tokens).expect_status(200).json()["auth_tokens"][0]["id"].clone();
    let edit = support::Request::patch(server.path(&format!("auth_tokens/{id}.json")))
        .bearer(server.personal_token());
    server.send(&edit.json(&generous)).expect_status(200);
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
