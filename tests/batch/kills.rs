//! Batches that a kill cuts off.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use support::{Connection, Request, Server, bugle};

use super::{answers, batch_request, lines, open_token, report, send, statuses};

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
