//! The disk is full: writes are refused in a way that clients come back from, and reads go on.

use std::fs;
use std::path::Path;

use bugle_storage::records::IssueStatus;
use serde_json::json;
use support::media::PNG;
use support::{Multipart, Request, Response, eventually};

use crate::faulty_store::Fault;
use crate::host::{Game, Host};

#[track_caller]
fn check_refused(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert!(!answer.error().is_empty());
    let seconds: u32 = answer.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[track_caller]
fn check_readable(host: &Host, game: &Game) {
    assert_eq!(host.listed(game), [("Before".to_owned(), "1".to_owned())]);
    let issue = host.read(game, "issues/1.json").expect_status(200).json();
    assert_eq!(issue.get("status"), Some(&json!(IssueStatus::Open.name())));
    host.read(game, "issues/1/log_files.json").expect_status(200);
    host.read(game, "auth_tokens.json").expect_status(200);
}

/// Fills the disk, tries everything, and makes space again.
fn fill_and_free(host: &Host, fault: Fault) {
    let game = &host.games()[0];
    host.report(game, "Before").expect_status(201);
    host.store.set(fault);
    for _ in 0..20 {
        check_refused(&host.report(game, "During"));
        host.read(game, "issues.json").expect_status(200);
        host.read(game, "issues/1.json").expect_status(200);
    }
    // An actor whose write failed is ahead of the disk until its supervisor has looked.
    eventually("what was refused is in no list", || host.listed(game).len() == 1);
    check_readable(host, game);
    host.store.set(Fault::None);
    eventually("reports are taken again", || {
        let answer = host.report(game, "After");
        assert!(matches!(answer.status, 201 | 503), "{}", answer.text());
        answer.status == 201
    });
    let expected =
        [("After", "2"), ("Before", "1")].map(|(title, number)| (title.to_owned(), number.to_owned()));
    assert_eq!(host.listed(game), expected);
    eventually("the server is ready", || host.ready().0 == 200);
}

#[test]
fn a_full_disk_that_was_seen_refuses_writes_and_serves_reads() {
    let host = Host::start(100);
    fill_and_free(&host, Fault::Full { seen: true });
    assert_eq!(host.ready(), (200, 0), "nothing had to be restarted");
}

#[test]
fn a_full_disk_that_a_write_runs_into_does_the_same() {
    let host = Host::start(100);
    fill_and_free(&host, Fault::Full { seen: false });
}

#[test]
fn a_project_that_nobody_used_before_is_readable_on_a_full_disk() {
    let host = Host::start(100);
    let game = &host.games()[1];
    host.store.set(Fault::Full { seen: true });
    assert_eq!(host.listed(game), []);
    check_refused(&host.report(game, "During"));
    assert_eq!(host.ready().0, 503, "a load balancer is told");
    host.store.set(Fault::None);
    eventually("reports are taken", || host.report(game, "After").status == 201);
}

#[test]
fn what_was_refused_counts_against_nobody() {
    let host = Host::start(2);
    let game = &host.games()[0];
    host.store.set(Fault::Full { seen: false });
    for _ in 0..5 {
        check_refused(&host.report(game, "During"));
    }
    host.store.set(Fault::None);
    eventually("reports are taken", || host.report(game, "After").status == 201);
    host.report(game, "After").expect_status(201);
    host.report(game, "One too many").expect_status(403);
}

#[test]
fn tokens_and_projects_are_refused_and_come_back_too() {
    let host = Host::start(100);
    let game = &host.games()[0];
    let token = || {
        let path = format!("/projects/{}/auth_tokens.json", game.project);
        host.post_as_owner(&path, &json!({"name": "Another"}))
    };
    let project = || host.post_as_owner("/projects.json", &json!({"name": "Another"}));
    token().expect_status(201);
    for seen in [true, false] {
        host.store.set(Fault::Full { seen });
        check_refused(&token());
        check_refused(&project());
        host.report(game, "During").expect_status(503);
        host.send(&Request::get("/projects.json")).expect_status(200);
        host.store.set(Fault::None);
        eventually("tokens are made", || token().status == 201);
        eventually("projects are made", || project().status == 201);
    }
    let list = host.read(game, "auth_tokens.json").expect_status(200).json();
    let names = list
        .get("auth_tokens")
        .and_then(|list| list.as_array())
        .map(Vec::len);
    assert_eq!(
        names,
        Some(4),
        "three of them made here, none of them twice: {list}"
    );
}

/// How many files there are, those on their way too.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[test]
fn a_picture_whose_report_is_refused_because_the_disk_is_full_is_removed_at_once() {
    let host = Host::start(100);
    let game = &host.games()[0];
    let form = Multipart::new()
        .file("feature_request[files][]", "a.png", "image/png", PNG)
        .text("feature_request[title]", "A moat");
    let request = Request::post(format!("/projects/{}/feature_requests.json", game.project));
    let request = request.form_user(&game.token).multipart(form);
    let mut connection = host.connect();
    let bytes = request.encode(&connection.host());
    let title = b"feature_request[title]";
    let at = bytes
        .windows(title.len())
        .position(|window| window == title)
        .unwrap();
    let (picture, rest) = bytes.split_at(at);
    connection.send_part(picture).unwrap();
    eventually("the picture is whole", || files(&host.blobs()) == 1);
    // Too late to refuse the picture itself.
    host.store.set(Fault::Full { seen: true });
    connection.send_part(rest).unwrap();
    check_refused(&connection.receive().unwrap());
    assert_eq!(files(&host.blobs()), 0);
}
