//! Reports that are the same as another one, and the fields that only a change of a report can set.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::{Request, Response, Server};

fn patch(server: &Server, path: &str, body: &Value) -> Response {
    let request = Request::patch(server.path(path)).bearer(server.personal_token());
    server.send(&request.json(body))
}

#[track_caller]
fn shown(server: &Server, number: usize) -> Value {
    let path = server.path(&format!("issues/{number}.json"));
    let request = Request::get(path).bearer(server.personal_token());
    server.send(&request).expect_status(200).json()
}

/// A server with so many issues, and their ids.
fn server_with(count: usize) -> (Server, Vec<u64>) {
    let server = Server::start();
    let ids = (1..=count).map(|number| {
        let report = server.report(&format!("Report {number}"), "").expect_status(201);
        report.json()["id"].as_u64().unwrap()
    });
    let ids = ids.collect();
    (server, ids)
}

/// What each issue says: its original, how many duplicates it has, and its status.
fn standing(server: &Server, count: usize) -> Vec<(Option<u64>, u64, String)> {
    (1..=count)
        .map(|number| {
            let issue = shown(server, number);
            let status = issue["status"].as_str().unwrap().to_owned();
            let copies = issue["duplicates_count"].as_u64().unwrap();
            (issue["duplicate_of_id"].as_u64(), copies, status)
        })
        .collect()
}

fn open(original: Option<u64>, copies: u64) -> (Option<u64>, u64, String) {
    let status = if original.is_some() { "duplicate" } else { "open" };
    (original, copies, status.to_owned())
}

#[test]
fn a_duplicate_names_its_original_and_outlives_a_kill() {
    let (mut server, ids) = server_with(3);
    let marked = patch(&server, "issues/2.json", &json!({"duplicate_of_id": ids[0]}));
    let marked = marked.expect_status(200).json();
    assert_eq!(marked["duplicate_of_id"], ids[0]);
    assert!(marked["resolved_at"].is_string(), "nobody works on it: {marked}");
    // A duplicate of a duplicate is one of the original; addresses of issues have g- before the id.
    let named = json!({"issue": {"duplicate_of_id": format!("g-{}", ids[1])}});
    patch(&server, "issues/3.json", &named).expect_status(200);
    let expected = [open(None, 2), open(Some(ids[0]), 0), open(Some(ids[0]), 0)];
    assert_eq!(standing(&server, 3), expected);
    let listed = server.issues();
    assert_eq!(
        listed[0]["duplicate_of_id"], ids[0],
        "lists say it too: {}",
        listed[0]
    );
    server.kill_hard();
    server.restart();
    assert_eq!(standing(&server, 3), expected);
}

#[test]
fn the_duplicates_of_a_report_go_with_it_and_a_mark_can_be_taken_back() {
    let (server, ids) = server_with(3);
    patch(&server, "issues/2.json", &json!({"duplicate_of_id": ids[0]})).expect_status(200);
    patch(&server, "issues/1.json", &json!({"duplicate_of_id": ids[2]})).expect_status(200);
    let expected = [open(Some(ids[2]), 0), open(Some(ids[2]), 0), open(None, 2)];
    assert_eq!(standing(&server, 3), expected);
    patch(&server, "issues/1.json", &json!({"duplicate_of_id": null})).expect_status(200);
    let expected = [open(None, 0), open(Some(ids[2]), 0), open(None, 1)];
    assert_eq!(standing(&server, 3), expected);
    let kept = json!({"duplicate_of_id": ids[2], "status": "closed"});
    let kept = patch(&server, "issues/1.json", &kept).expect_status(200).json();
    assert_eq!(kept["status"], "closed", "a status that is named counts more");
}

#[test]
fn what_cannot_be_an_original_is_refused_by_name() {
    let (server, ids) = server_with(2);
    patch(&server, "issues/2.json", &json!({"duplicate_of_id": ids[0]})).expect_status(200);
    let draft = server.new_report("Hidden", "");
    let draft = server.send(&draft.json(&json!({"title": "Hidden", "draft": true})));
    let draft = draft.expect_status(201).json()["id"].clone();
    let wish = Request::post(server.path("feature_requests.json")).form_user(server.project_token());
    let wish = server.send(&wish.json(&json!({"description": "A hat"})));
    let wish = wish.expect_status(201).json()["id"].clone();
    for wrong in [
        json!(ids[0]),
        json!(ids[1]),
        json!(64_000_064),
        draft,
        wish,
        json!("x"),
    ] {
        let refused = patch(
            &server,
            "issues/1.json",
            &json!({"duplicate_of_id": wrong, "title": "No"}),
        );
        let refused = refused.expect_status(422);
        assert!(
            refused.error().contains("duplicate_of_id"),
            "{wrong}: {}",
            refused.error()
        );
    }
    assert_eq!(shown(&server, 1)["title"], "Report 1", "nothing was half done");
    assert_eq!(standing(&server, 2), [open(None, 1), open(Some(ids[0]), 0)]);
}

#[test]
fn release_and_custom_values_change_one_by_one() {
    let (server, _) = server_with(1);
    let field = |name: &str, field_type: &str| {
        let request = Request::post(server.path("custom_fields.json")).bearer(server.personal_token());
        let field = json!({"name": name, "field_type": field_type, "tester_settable": true});
        server.send(&request.json(&field)).expect_status(201);
    };
    field("level", "number");
    let values = json!({"custom_fields": {"level": 3, "mood": "grim"}, "release_label": "1.2"});
    let changed = patch(&server, "issues/1.json", &values).expect_status(200).json();
    assert_eq!(changed["custom_fields"], json!({"level": "3", "mood": "grim"}));
    let release = changed["release_id"].clone();
    assert!(release.is_u64(), "{changed}");
    let changed = patch(&server, "issues/1.json", &json!({"custom_fields": {"mood": ""}}));
    let changed = changed.expect_status(200).json();
    assert_eq!(changed["custom_fields"], json!({"level": "3"}));
    assert_eq!(changed["release_id"], release);
    for (body, field) in [
        (json!({"custom_fields": {"level": "high"}}), "custom_fields.level"),
        (json!({"release_id": 77}), "release_id"),
    ] {
        let refused = patch(&server, "issues/1.json", &body).expect_status(422);
        assert!(refused.error().contains(field), "{}", refused.error());
    }
    assert_eq!(shown(&server, 1)["custom_fields"], json!({"level": "3"}));
    let many = |from: usize| {
        let names = (from..from + 60).map(|number| (format!("field{number}"), json!("x")));
        json!({"custom_fields": Value::Object(names.collect())})
    };
    patch(&server, "issues/1.json", &many(0)).expect_status(200);
    let refused = patch(&server, "issues/1.json", &many(60)).expect_status(422);
    assert!(refused.error().contains("custom_fields"), "{}", refused.error());
}
