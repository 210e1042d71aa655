use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::{Request, Server, eventually};

use super::{as_owner, expect_found, ids, report, search};

#[test]
fn a_report_is_found_within_a_second() {
    let server = Server::start();
    search(&server, "query=warm");
    let mut quickest = Duration::MAX;
    for word in ["granite", "lantern", "quiver", "sundial", "mammoth"] {
        let reported = Instant::now();
        let issue = report(&server, word, "", false);
        expect_found(&server, &format!("query={word}"), &[issue.id]);
        quickest = quickest.min(reported.elapsed());
    }
    assert!(
        quickest < Duration::from_secs(1),
        "the quickest of five took {quickest:?}"
    );
}

#[test]
fn a_search_answers_as_the_list_does() {
    let server = Server::start();
    let older = report(&server, "Door is stuck", "in the cellar", false);
    let newer = report(&server, "The Door", "opens twice", false);
    expect_found(&server, "query=door", &[newer.id, older.id]);
    let found = search(&server, "query=door&per_page=1&page=2");
    assert_eq!(
        found["pagination"],
        json!({"current_page": 2, "total_pages": 2, "total_count": 2, "per_page": 1})
    );
    let listed = as_owner(&server, "issues.json?page=2&per_page=1").json();
    assert_eq!(found, listed, "the second of two, either way");
    assert_eq!(found["issues"][0].get("token"), None);
    let bare = Request::get(server.path("issues/search?query=doro+cell")).bearer(server.personal_token());
    assert_eq!(ids(&server.send(&bare).expect_status(200).json()), [older.id]);
}

#[test]
fn issues_are_skipped_and_shown_by_id() {
    let server = Server::start();
    let issues: Vec<u64> = (0..3).map(|_| report(&server, "Crash", "", false).id).collect();
    expect_found(&server, "query=crash", &[issues[2], issues[1], issues[0]]);
    let query = format!("query=crash&skip_ids=1,g-{}", issues[2]);
    let found = search(&server, &query);
    assert_eq!(
        (ids(&found), &found["pagination"]["total_count"]),
        (vec![issues[1]], &json!(1))
    );
    for name in ["2".to_owned(), format!("g-{}", issues[1])] {
        let one = search(&server, &format!("scoped_id={name}"));
        assert_eq!(one["id"], issues[1]);
        assert_eq!(one["scoped_id"], "2");
        assert_eq!(one.get("issues"), None, "one bare issue");
    }
    for nothing in ["4", "g-1", "x", "0", "fr-1"] {
        as_owner(&server, &format!("issues/search.json?scoped_id={nothing}")).expect_status(404);
    }
}

#[test]
fn drafts_are_never_found_and_changes_are() {
    let server = Server::start();
    let draft = report(&server, "Secret crash", "", true);
    let live = report(&server, "Open crash", "", false);
    expect_found(&server, "query=crash", &[live.id]);
    let path = format!("issues/search.json?scoped_id=g-{}", draft.id);
    as_owner(&server, &path).expect_status(404);
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", draft.id))).bearer(&draft.token);
    server.send(&publish).expect_status(200);
    expect_found(&server, "query=crash", &[live.id, draft.id]);
    let edit = Request::patch(server.path(&format!("issues/g-{}.json", live.id)))
        .bearer(server.personal_token())
        .json(&json!({"title": "Open freeze"}));
    server.send(&edit).expect_status(200);
    expect_found(&server, "query=freeze", &[live.id]);
    expect_found(&server, "query=crash", &[draft.id]);
}

#[test]
fn nobody_finds_what_they_may_not_list() {
    let mut server = Server::start();
    report(&server, "Crash", "", false);
    let stranger = server.add_person("other@studio.example");
    let own = server.create_project(&stranger.token, "Other game");
    let ask = |project: &str, token: &str| {
        let path = format!("/projects/{project}/issues/search.json?query=crash");
        server.send(&Request::get(path).bearer(token))
    };
    let listed = Request::get(server.path("issues.json")).bearer(&stranger.token);
    let refused = ask(server.project(), &stranger.token);
    assert_eq!(
        refused.status,
        server.send(&listed).status,
        "as the list refuses it"
    );
    assert!((400..500).contains(&refused.status));
    eventually("the search is ready", || ask(&own, &stranger.token).status == 200);
    assert_eq!(ids(&ask(&own, &stranger.token).json()), [0; 0]);
    let game = Request::get(server.path("issues/search.json?query=crash")).form_user(server.project_token());
    let listed = Request::get(server.path("issues.json")).form_user(server.project_token());
    assert_eq!(server.send(&game).status, server.send(&listed).status);
    let nobody = Request::get(server.path("issues/search.json?query=crash"));
    assert!((400..500).contains(&server.send(&nobody).status));
}

#[test]
fn odd_queries_are_answered() {
    let server = Server::start();
    let issue = report(&server, "Überlauf im Menü 🎮", "画面が固まる", false);
    expect_found(&server, "query=uberlauf", &[issue.id]);
    for found in [
        "%C3%9Cberlauf+Men%C3%BC",
        "%E7%94%BB%E9%9D%A2",
        "menu%22)+OR",
        "-im",
    ] {
        let expected = if found.ends_with("OR") {
            vec![]
        } else {
            vec![issue.id]
        };
        assert_eq!(
            ids(&search(&server, &format!("query={found}"))),
            expected,
            "{found}"
        );
    }
    let long = "a".repeat(10_000);
    let words = "word+".repeat(2_000);
    for nothing in [
        "",
        "%20",
        "*",
        "%22",
        "%F0%9F%8E%AE",
        "AND+OR+NOT",
        "title:%5Ba+TO+b%5D",
        "%00",
        &long,
        &words,
    ] {
        assert_eq!(
            ids(&search(&server, &format!("query={nothing}"))),
            [0; 0],
            "{nothing}"
        );
    }
    for bad in ["", "scoped_id=", "query=x&skip_ids=x", "query=x&per_page=x"] {
        let refused = as_owner(&server, &format!("issues/search.json?{bad}")).expect_status(422);
        assert!(!refused.json()["errors"].as_array().unwrap().is_empty(), "{bad}");
    }
    let wrong = Request::post(server.path("issues/search.json")).bearer(server.personal_token());
    let refused = server.send(&wrong).expect_status(405);
    assert_eq!(refused.header("Allow"), Some("GET, HEAD"));
    let pagination: &Value = &search(&server, "query=none")["pagination"];
    assert_eq!(pagination["total_pages"], 0);
}
