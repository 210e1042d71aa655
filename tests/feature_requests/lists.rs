//! Lists by `sort`, status, date and page.

use serde_json::{Value, json};
use support::{Request, Server};

use crate::{add, get, listed, owner, set_status};

/// A suggestion of every status, in this order.
const STATUSES: [&str; 8] = [
    "pending",
    "approved",
    "rejected",
    "in_progress",
    "completed",
    "duplicate",
    "pending_moderation",
    "muted",
];

fn server_with_every_status() -> Server {
    let server = Server::start();
    for status in STATUSES {
        let number = add(&server, status);
        let changed = set_status(&server, &number, status).expect_status(200).json();
        assert_eq!(changed["status"], status);
    }
    server
}

#[test]
fn every_sort_lists_what_it_says() {
    let mut server = server_with_every_status();
    let newest_first: Vec<_> = STATUSES.into_iter().rev().collect();
    let check = |server: &Server| {
        let open = ["completed", "in_progress", "approved", "pending"];
        assert_eq!(listed(server, ""), open);
        assert_eq!(listed(server, "sort=top"), open);
        assert_eq!(listed(server, "sort=new"), open);
        assert_eq!(listed(server, "sort=all"), newest_first);
        assert_eq!(listed(server, "sort=moderation"), ["pending_moderation"]);
        assert_eq!(listed(server, "sort=rejected"), ["rejected"]);
        assert_eq!(listed(server, "sort=muted"), ["muted"]);
        assert_eq!(listed(server, "sort=duplicates"), ["duplicate"]);
        assert_eq!(
            listed(server, "status=rejected"),
            ["rejected"],
            "a status says more than a sort"
        );
        assert_eq!(
            listed(server, "status=planned,Started"),
            ["in_progress", "approved"]
        );
    };
    check(&server);
    server.kill_hard();
    server.restart();
    check(&server);
    let list = get(&server, "feature_requests.json?sort=new");
    assert_eq!(list["sort"], "new");
    assert!(list["project_id"].is_u64(), "{list}");
    assert_eq!(get(&server, "feature_requests.json")["sort"], "top");
}

#[test]
fn statuses_are_taken_by_other_names_too() {
    let server = Server::start();
    let number = add(&server, "Fly");
    for (sent, kept) in [
        ("Planned", "approved"),
        ("started", "in_progress"),
        ("Under Review", "pending"),
        ("declined", "rejected"),
        ("completed", "completed"),
        ("open", "pending"),
        ("duplicate", "duplicate"),
    ] {
        let changed = set_status(&server, &number, sent).expect_status(200).json();
        assert_eq!(changed["status"], kept, "{sent}");
        assert_eq!(changed["is_duplicate"], kept == "duplicate");
    }
}

#[test]
fn a_page_has_twenty_five() {
    let server = Server::start();
    for number in 1..=27 {
        add(&server, &format!("n{number}"));
    }
    let first = get(&server, "feature_requests.json");
    assert_eq!(first["feature_requests"].as_array().map(Vec::len), Some(25));
    assert_eq!(
        first["pagination"],
        json!({"current_page": 1, "total_pages": 2, "total_count": 27, "per_page": 25})
    );
    assert_eq!(listed(&server, "page=2"), ["n2", "n1"]);
    assert_eq!(listed(&server, "sort=new&per_page=2&page=2"), ["n25", "n24"]);
    assert_eq!(listed(&server, "page=9"), [""; 0]);
}

#[test]
fn dates_bound_a_list() {
    let server = Server::start();
    add(&server, "Fly");
    for (query, count) in [
        ("created_after=2020-01-01", 1),
        ("created_before=2020-01-01", 0),
        ("updated_after=2999-01-01", 0),
        ("updated_before=2999-01-01", 1),
    ] {
        assert_eq!(listed(&server, query).len(), count, "{query}");
    }
}

#[test]
fn what_a_developer_changes_is_shown() {
    let mut server = Server::start();
    add(&server, "Fly");
    let change = owner(&server, "PATCH", "feature_requests/1.json");
    let body = json!({"feature_request": {"title": "Fly high", "description": "Up.", "tag_ids": [9]}});
    server.send(&change.json(&body)).expect_status(200);
    server.kill_hard();
    server.restart();
    let kept = get(&server, "feature_requests/1.json");
    assert_eq!(
        (&kept["title"], &kept["description"]),
        (&json!("Fly high"), &json!("Up."))
    );
}

#[test]
fn testers_read_and_games_do_not() {
    let mut server = Server::start();
    add(&server, "Fly");
    let tester = server.add_person("tester@studio.example").token;
    let stranger = server.add_person("stranger@studio.example").token;
    let member = owner(&server, "POST", "members.json");
    let member = member.json(&json!({"email": "tester@studio.example", "role": "tester"}));
    server.send(&member).expect_status(201);
    let game = format!("FormUser {}", server.project_token());
    for path in ["feature_requests.json", "feature_requests/1.json"] {
        let read = |authorization: &str| {
            let request = Request::get(server.path(path));
            server
                .send(&request.header("Authorization", authorization))
                .status
        };
        assert_eq!(read(&format!("Bearer {tester}")), 200);
        assert_eq!(read(&format!("Bearer {stranger}")), 403);
        assert_eq!(read(&game), 403);
    }
    let change = Request::patch(server.path("feature_requests/1.json")).bearer(&tester);
    let refused = server.send(&change.json(&json!({"status": "approved"})));
    assert!(refused.expect_status(403).json()["error"] != Value::Null);
}
