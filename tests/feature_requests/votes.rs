//! Votes: one for each member and suggestion.

use serde_json::json;
use support::{Request, Server};

use crate::{add, counted, owner, set_status, suggest};

#[test]
fn a_vote_counts_once_and_outlives_a_kill() {
    let mut server = Server::start();
    let tester = server.add_person("tester@studio.example").token;
    let member = owner(&server, "POST", "members.json");
    let member = member.json(&json!({"email": "tester@studio.example", "role": "tester"}));
    server.send(&member).expect_status(201);
    for title in ["Fly", "Swim", "Dig"] {
        add(&server, title);
    }
    let boss = server.personal_token().to_owned();
    let vote = |server: &Server, method: &str, token: &str, number: u32| {
        let path = server.path(&format!("feature_requests/{number}/vote.json"));
        let answer = server.send(&Request::new(method, path).bearer(token));
        let told = answer.expect_status(200).json();
        (told["votes"].as_u64().unwrap(), told["voted"].as_bool().unwrap())
    };
    assert_eq!(vote(&server, "POST", &boss, 1), (1, true));
    assert_eq!(vote(&server, "POST", &boss, 1), (1, true));
    assert_eq!(vote(&server, "POST", &tester, 1), (2, true));
    assert_eq!(vote(&server, "POST", &tester, 2), (1, true));
    assert_eq!(vote(&server, "DELETE", &boss, 2), (1, false));
    let expected = [("Fly", 2), ("Swim", 1), ("Dig", 0)].map(|(title, votes)| (title.to_owned(), votes));
    assert_eq!(counted(&server, ""), expected);
    server.kill_hard();
    server.restart();
    assert_eq!(counted(&server, ""), expected);
    assert_eq!(vote(&server, "DELETE", &tester, 1), (1, false));
    assert_eq!(vote(&server, "DELETE", &tester, 1), (1, false));
    assert_eq!(vote(&server, "POST", &boss, 2), (2, true));
    let expected = [("Swim", 2), ("Fly", 1), ("Dig", 0)].map(|(title, votes)| (title.to_owned(), votes));
    assert_eq!(counted(&server, "sort=top"), expected);
    assert_eq!(counted(&server, "sort=top&per_page=1&page=2"), expected[1..2]);
    let newest: Vec<_> = counted(&server, "sort=new");
    assert_eq!(newest.first(), Some(&("Dig".to_owned(), 0)));
    set_status(&server, "2", "rejected").expect_status(200);
    assert_eq!(counted(&server, ""), expected[1..]);
    server.restart();
    assert_eq!(counted(&server, ""), expected[1..], "after a stop");
}

#[test]
fn only_members_vote_and_only_for_what_is_there() {
    let mut server = Server::start();
    add(&server, "Fly");
    let stranger = server.add_person("stranger@studio.example").token;
    let path = server.path("feature_requests/1/vote.json");
    server
        .send(&Request::post(&*path).bearer(&stranger))
        .expect_status(403);
    server
        .send(&Request::post(&*path).form_user(server.project_token()))
        .expect_status(403);
    server.send(&Request::post(&*path)).expect_status(401);
    for number in ["7", "x"] {
        let path = format!("feature_requests/{number}/vote.json");
        server.send(&owner(&server, "POST", &path)).expect_status(404);
    }
    let draft = server.send(&suggest(&server).json(&json!({"title": "Later", "draft": true})));
    let id = draft.expect_status(201).json()["id"].clone();
    let path = format!("feature_requests/fr-{id}/vote.json");
    server.send(&owner(&server, "POST", &path)).expect_status(404);
    let wrong = owner(&server, "GET", "feature_requests/1/vote.json");
    let refused = server.send(&wrong).expect_status(405);
    assert_eq!(refused.header("Allow"), Some("POST, DELETE"));
}
