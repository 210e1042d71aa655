use serde_json::{Value, json};
use support::{Request, Server};

use super::{Report, as_owner, expect_found, report};

fn similar(server: &Server, id: u64, query: &str) -> Vec<(u64, f64)> {
    let answer = as_owner(server, &format!("issues/g-{id}/find_similar.json{query}"));
    let answer = answer.expect_status(200).json();
    let issues = answer["issues"].as_array().unwrap();
    let scored = |issue: &Value| {
        assert!(
            issue["title"].is_string() && issue["url"].is_string(),
            "a whole issue: {issue}"
        );
        (
            issue["id"].as_u64().unwrap(),
            issue["similarity_score"].as_f64().unwrap(),
        )
    };
    issues.iter().map(scored).collect()
}

/// An issue, another one that is word for word the same, and one that is only somewhat like them.
fn dragons(server: &Server) -> [Report; 3] {
    let twin = || {
        report(
            server,
            "Dragon falls through the bridge",
            "near the old mill",
            false,
        )
    };
    let (first, second) = (twin(), twin());
    [
        first,
        second,
        report(server, "Dragon falls through a roof", "", false),
    ]
}

fn shown(server: &Server, id: u64) -> Value {
    let answer = as_owner(server, &format!("issues/g-{id}.json"));
    answer.expect_status(200).json()["potential_duplicate"].clone()
}

#[test]
fn an_issue_names_what_it_may_be_the_same_as() {
    let server = Server::start();
    let [first, twin, cousin] = dragons(&server);
    expect_found(&server, "query=dragon", &[cousin.id, twin.id, first.id]);
    let original = shown(&server, twin.id);
    assert_eq!(original["id"], first.id, "{original}");
    assert_eq!(original["title"], "Dragon falls through the bridge");
    assert_eq!(shown(&server, first.id), Value::Null, "it came first");
    assert_eq!(shown(&server, cousin.id), Value::Null, "that is another one");
    let mark = Request::patch(server.path(&format!("issues/g-{}.json", cousin.id)));
    let mark = mark
        .bearer(server.personal_token())
        .json(&json!({"duplicate_of_id": twin.id}));
    server.send(&mark).expect_status(200);
    assert_eq!(shown(&server, cousin.id)["id"], twin.id, "somebody has said so");
}

#[test]
fn similar_issues_come_best_first() {
    let server = Server::start();
    let [first, twin, cousin] = dragons(&server);
    let other = report(&server, "Sound stutters", "in every menu", false);
    expect_found(&server, "query=sound", &[other.id]);
    let found = similar(&server, first.id, "");
    assert_eq!(
        found.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
        [twin.id, cousin.id]
    );
    assert!(
        (found[0].1 - 1.0).abs() < 1e-6,
        "word for word the same: {found:?}"
    );
    assert!(found[1].1 > 0.1 && found[1].1 < 0.9, "{found:?}");
    assert_eq!(similar(&server, first.id, "?limit=1").len(), 1);
    assert_eq!(
        similar(&server, first.id, "?limit=0").len(),
        1,
        "brought into range"
    );
    let settle = Request::patch(server.path(&format!("issues/g-{}.json", twin.id)))
        .bearer(server.personal_token())
        .json(&json!({"status": "closed"}));
    server.send(&settle).expect_status(200);
    support::eventually("a closed issue is left out", || {
        similar(&server, first.id, "").len() == 1
    });
    assert_eq!(similar(&server, first.id, "?include_archived=true").len(), 2);
}

#[test]
fn only_developers_ask_for_similar_issues() {
    let mut server = Server::start();
    let issue = report(&server, "Crash", "", false);
    let draft = report(&server, "Crash", "", true);
    let tester = server.add_person("tester@studio.example");
    let add = Request::post(server.path("members.json"))
        .bearer(server.personal_token())
        .json(&json!({"email": tester.email, "role": "tester"}));
    server.send(&add).expect_status(201);
    let path = server.path(&format!("issues/g-{}/find_similar.json", issue.id));
    server
        .send(&Request::get(path).bearer(&tester.token))
        .expect_status(403);
    as_owner(&server, &format!("issues/g-{}/find_similar", draft.id)).expect_status(404);
    as_owner(&server, "issues/99/find_similar.json").expect_status(404);
    as_owner(&server, "issues/1/find_similar.json?limit=x").expect_status(422);
}
