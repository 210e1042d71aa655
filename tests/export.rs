//! All reports of a project, taken along as lines of JSON.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail the test")]

use serde_json::{Value, json};
use support::{Request, Response, Server};

/// More than are read at a time.
const REPORTS: usize = 120;

fn export(server: &Server, folder: &str, token: &str) -> Response {
    let path = server.path(&format!("export/{folder}.ndjson"));
    server.send(&Request::get(path).bearer(token))
}

#[track_caller]
fn lines(server: &Server, folder: &str) -> Vec<Value> {
    let answer = export(server, folder, server.personal_token()).expect_status(200);
    assert_eq!(answer.header("Content-Type"), Some("application/x-ndjson"));
    let text = answer.text();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_report_is_in_it_once_in_order_as_the_api_shows_it() {
    let server = Server::start();
    let mut ids = Vec::new();
    for number in 0..REPORTS {
        // As a member, whom no daily limit of a token stops.
        let report = Request::post(server.path("issues.json")).bearer(server.personal_token());
        let fields =
            json!({"title": format!("Report {number}"), "description": "It fell through the floor."});
        let made = server.send(&report.json(&fields)).expect_status(201);
        ids.push(made.json()["id"].clone());
    }
    let exported = lines(&server, "issues");
    let found: Vec<_> = exported.iter().map(|line| line["id"].clone()).collect();
    assert_eq!(found, ids);
    let listed = server.path("issues.json?per_page=100");
    let listed = server
        .send(&Request::get(listed).bearer(server.personal_token()))
        .json();
    let newest = &listed["issues"][0];
    let last = exported.last().unwrap();
    for (name, value) in newest.as_object().unwrap() {
        assert_eq!(&last[name], value, "{name}");
    }
}

#[test]
fn comments_and_votes_come_along_and_drafts_do_not() {
    let server = Server::start();
    let token = server.personal_token();
    let wish = Request::post(server.path("feature_requests.json")).bearer(token);
    let wish = wish.json(&json!({"title": "A map", "description": "Of all the caves, please."}));
    let wish = server.send(&wish).expect_status(201).json();
    let one = format!("feature_requests/fr-{}", wish["id"]);
    let vote = Request::post(server.path(&format!("{one}/vote.json"))).bearer(token);
    server.send(&vote);
    let comments = server.path(&format!("{one}/comments.json"));
    for number in 0..3 {
        let comment = Request::post(&*comments).bearer(token);
        let comment = comment.json(&json!({"body": format!("Number {number}")}));
        server.send(&comment).expect_status(201);
    }
    let exported = lines(&server, "feature_requests");
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0]["votes"], 1);
    let shown = server.send(&Request::get(&*comments).bearer(token)).json();
    assert_eq!(exported[0]["comments"], shown["comments"]);

    let draft = server.new_report("A draft", "It fell through the floor there.");
    let draft =
        draft.json(&json!({"draft": true, "title": "A draft", "description": "It fell through the floor."}));
    server.send(&draft).expect_status(201);
    assert!(lines(&server, "issues").is_empty());
    assert!(lines(&server, "tickets").is_empty());
}

#[test]
fn it_is_for_owners_and_of_known_kinds() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let owner = server.personal_token().to_owned();
    let add = Request::post(server.path("members.json")).bearer(&owner);
    let add = add.json(&json!({"email": "ben@studio.example", "role": "developer"}));
    server.send(&add).expect_status(201);
    export(&server, "issues", &ben).expect_status(403);
    export(&server, "secrets", &owner).expect_status(404);
    let nobody = Request::get(server.path("export/issues.ndjson"));
    server.send(&nobody).expect_status(401);
}

/// Larger than a socket's buffers at both of its ends, several times over.
const LARGE: usize = 400;

#[test]
fn whoever_is_removed_while_they_read_gets_no_more() {
    let mut server = Server::start();
    let ben = server.add_person("ben@studio.example").token;
    let owner = server.personal_token().to_owned();
    let add = Request::post(server.path("members.json")).bearer(&owner);
    let add = add.json(&json!({"email": "ben@studio.example", "role": "owner"}));
    let member = server.send(&add).expect_status(201).json();
    for lines in 0..4 {
        let text = "It fell through the floor. ".repeat(100 * 1024 / 27);
        let line =
            |number: usize| json!({"title": format!("{lines}.{number}"), "description": text}).to_string();
        let lines: Vec<_> = (0..LARGE / 4).map(line).collect();
        let batch = Request::post(server.path("issues/batch.json")).bearer(&owner);
        server
            .send(&batch.body("application/x-ndjson", lines.join("\n")))
            .expect_status(200);
    }
    let wanted = Request::get(server.path("export/issues.ndjson")).bearer(&ben);
    let mut reader = server.connect();
    let host = reader.host();
    reader.send_part(&wanted.encode(&host)).unwrap();
    // They have a beginning, and read no further for now. So the server cannot go on.
    assert!(reader.has_answer(std::time::Duration::from_secs(30)).unwrap());
    let path = server.path(&format!("members/{}.json", member["id"]));
    server
        .send(&Request::delete(path).bearer(&owner))
        .expect_status(200);
    // The connection is cut, so that nobody takes what came for all.
    let received = reader.receive();
    assert!(
        received.is_err(),
        "all of it came: {} bytes",
        received.map_or(0, |all| all.text().len())
    );
    assert!(
        server.log().contains("an export was cut short"),
        "{}",
        server.log()
    );
    export(&server, "issues", &ben).expect_status(403);
    assert_eq!(
        lines(&server, "issues").len(),
        LARGE,
        "whoever may still reads all"
    );
}
