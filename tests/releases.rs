//! Releases: who reads and makes them, and which of them a report belongs to (protocol 5.2 and 5.6).
#![expect(clippy::indexing_slicing, reason = "the helpers of a test fail the test")]

use serde_json::{Value, json};
use support::{Request, Response, Server};

fn create(server: &Server, body: &Value) -> Response {
    let request = Request::post(server.path("releases.json")).bearer(server.personal_token());
    server.send(&request.json(body))
}

fn owner(server: &Server, method: &str, rest: &str) -> Response {
    server.send(&Request::new(method, server.path(rest)).bearer(server.personal_token()))
}

fn list(server: &Server) -> Value {
    owner(server, "GET", "releases.json").expect_status(200).json()
}

fn labels(list: &Value) -> Vec<&str> {
    let releases = list.as_array().map(Vec::as_slice).unwrap_or_default();
    releases
        .iter()
        .filter_map(|release| release["label"].as_str())
        .collect()
}

/// A token that may do this, beside sending reports.
fn token(server: &Server, settings: Value) -> String {
    let mut settings = settings;
    settings["name"] = json!("Build");
    settings["bug_reports_per_day"] = json!(100);
    server.create_token(&settings)["token"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn report(server: &Server, token: &str, fields: &Value) -> Response {
    let mut body = json!({"description": "The lift never comes"});
    if let (Some(body), Some(fields)) = (body.as_object_mut(), fields.as_object()) {
        body.extend(fields.clone());
    }
    let request = Request::post(server.path("issues.json")).form_user(token);
    server.send(&request.json(&body))
}

/// The release that a report was filed under, as people see it.
fn release_of(server: &Server, report: &Response) -> Value {
    let created = report.clone().expect_status(201).json();
    let issue = server.issue(created["id"].as_u64().unwrap_or_default());
    issue.expect_status(200).json()["release_id"].clone()
}

#[test]
fn a_release_is_made_published_and_deleted_and_its_number_not_given_again() {
    let mut server = Server::start();
    let body = json!({"release": {
        "label": "1.0", "summary": "The castle", "description": "All of it.\nAt last.",
        "download_link": "https://example.org/1.0",
    }});
    let answer = create(&server, &body).expect_status(201);
    let location = answer.header("Location").unwrap_or_default();
    assert!(location.ends_with("/releases/1"), "{location}");
    let first = answer.json();
    assert_eq!(first["id"], 1);
    assert!(first["project_id"].is_u64(), "{first}");
    assert_eq!(first["label"], "1.0");
    assert_eq!(first["description"], "All of it.\nAt last.");
    assert_eq!(first["dynamically_created"], false);
    assert_eq!(first["published_at"], Value::Null);
    create(&server, &json!({"label": "1.1"})).expect_status(201);

    let publish = |server: &Server| {
        owner(server, "POST", "releases/1/publish.json")
            .expect_status(200)
            .json()
    };
    let published = publish(&server);
    assert!(published["published_at"].is_string(), "{published}");
    assert_eq!(publish(&server), published, "once more changes nothing");
    let deleted = owner(&server, "DELETE", "releases/2").expect_status(200).json();
    assert_eq!(deleted["label"], "1.1");

    server.kill_hard();
    server.restart();
    assert_eq!(list(&server), json!([published]));
    assert_eq!(
        owner(&server, "GET", "releases/1.json").expect_status(200).json(),
        published
    );
    owner(&server, "GET", "releases/2.json").expect_status(404);
    owner(&server, "DELETE", "releases/2").expect_status(404);
    owner(&server, "POST", "releases/2/publish").expect_status(404);
    let again = create(&server, &json!({"label": "1.1"}))
        .expect_status(201)
        .json();
    assert_eq!(again["id"], 3, "a number is not given twice");
    assert_eq!(labels(&list(&server)), ["1.0", "1.1"], "oldest first");
}

#[test]
fn what_is_wrong_with_a_release_is_named() {
    let server = Server::start();
    create(&server, &json!({"label": "1.0"})).expect_status(201);
    for (body, error) in [
        (json!({}), "label can't be blank"),
        (json!({"label": " "}), "label can't be blank"),
        (
            json!({"label": "x".repeat(256)}),
            "label is too long (maximum is 255 characters)",
        ),
        (json!({"label": ["1.1"]}), "label must be text"),
        (
            json!({"label": "1.1", "summary": "x".repeat(1001)}),
            "summary is too long (maximum is 1000 characters)",
        ),
        (
            json!({"label": "1.1", "download_link": "javascript:alert(1)"}),
            "download_link must be an address that begins with https:// or http://",
        ),
        (json!({"label": "1.0"}), "label has already been taken"),
    ] {
        assert_eq!(create(&server, &body).expect_status(422).error(), error, "{body}");
    }
    for path in [
        "releases/x.json",
        "releases/0.json",
        "releases/-1",
        "releases/99999999999.json",
    ] {
        owner(&server, "GET", path).expect_status(404);
    }
    let refused = owner(&server, "PUT", "releases/1.json").expect_status(405);
    assert_eq!(refused.header("Allow"), Some("GET, HEAD, DELETE"));
    assert_eq!(labels(&list(&server)), ["1.0"], "nothing was stored");
}

#[test]
fn rights_decide_who_reads_and_who_makes() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@example.org");
    create(&server, &json!({"label": "1.0"})).expect_status(201);
    let read = |server: &Server, authorize: fn(Request, &str) -> Request, token: &str| {
        server
            .send(&authorize(Request::get(server.path("releases.json")), token))
            .status
    };
    let game: fn(Request, &str) -> Request = |request, token| request.form_user(token);
    let person: fn(Request, &str) -> Request = |request, token| request.bearer(token);
    let visitor: fn(Request, &str) -> Request = |request, _| request;
    let reads = token(&server, json!({"can_read_releases": true}));
    let blind = token(&server, json!({"can_read_releases": false}));
    let makes = token(&server, json!({"can_create_release": true}));

    assert_eq!(read(&server, game, &reads), 200);
    assert_eq!(read(&server, game, &blind), 403);
    assert_eq!(read(&server, person, &stranger.token), 403);
    assert_eq!(read(&server, visitor, ""), 401);
    let public =
        Request::patch(format!("/projects/{}.json", server.project())).bearer(server.personal_token());
    server
        .send(&public.json(&json!({"visibility": "public"})))
        .expect_status(200);
    assert_eq!(read(&server, visitor, ""), 200, "as Unreal asks for them");
    assert_eq!(read(&server, person, &stranger.token), 200);
    assert_eq!(
        read(&server, game, &blind),
        403,
        "a token has its own rights only"
    );

    let make = |credentials: Request| server.send(&credentials.json(&json!({"label": "2.0"})));
    let post = || Request::post(server.path("releases.json"));
    let refused = make(post().form_user(&reads)).expect_status(403);
    assert_eq!(refused.error(), "Not allowed to create releases.");
    make(post().bearer(&stranger.token)).expect_status(403);
    make(post()).expect_status(401);
    make(post().form_user(&makes)).expect_status(201);
    let delete = Request::delete(server.path("releases/1")).form_user(&makes);
    server.send(&delete).expect_status(403);
    assert_eq!(labels(&list(&server)), ["1.0", "2.0"]);
}

#[test]
fn a_report_belongs_to_the_release_it_names_or_to_the_latest() {
    let mut server = Server::start();
    let plain = token(&server, json!({}));
    let makes = token(&server, json!({"can_create_release": true}));
    let early = report(&server, &plain, &json!({}));
    assert_eq!(release_of(&server, &early), Value::Null, "there is none yet");
    assert!(
        early.json().get("release_id").is_none(),
        "a create does not say it"
    );
    create(&server, &json!({"label": "1.0"})).expect_status(201);
    create(&server, &json!({"label": "1.1"})).expect_status(201);

    let filed = |fields: Value| release_of(&server, &report(&server, &plain, &fields));
    assert_eq!(filed(json!({})), 2, "the latest");
    assert_eq!(filed(json!({"release_label": "1.0"})), 1);
    assert_eq!(
        filed(json!({"release_id": "1", "release_label": "1.1"})),
        1,
        "the id wins"
    );
    assert_eq!(
        filed(json!({"release_id": 0})),
        2,
        "0 is what a game sends that knows of none"
    );
    let refused = report(&server, &plain, &json!({"release_id": 7})).expect_status(422);
    assert_eq!(refused.error(), "release_id is not a release of the project");

    let count = server.issue_count();
    let refused = report(&server, &plain, &json!({"release_label": "1.2"})).expect_status(403);
    assert!(
        refused.error().contains("permission to create releases"),
        "{}",
        refused.error()
    );
    assert_eq!(server.issue_count(), count, "nothing was stored");
    assert_eq!(labels(&list(&server)), ["1.0", "1.1"]);

    let made = report(&server, &makes, &json!({"release_label": "1.2"}));
    server.kill_hard();
    server.restart();
    assert_eq!(release_of(&server, &made), 3);
    let releases = list(&server);
    assert_eq!(labels(&releases), ["1.0", "1.1", "1.2"]);
    assert_eq!(releases[2]["dynamically_created"], true);
    let announced = create(&server, &json!({"label": "1.2", "summary": "Out now"})).expect_status(201);
    let announced = announced.json();
    assert_eq!(announced["id"], 3, "what reports made known is filled in");
    assert_eq!(announced["dynamically_created"], false);
    assert_eq!(announced["created_at"], releases[2]["created_at"]);
}

#[test]
fn a_person_makes_a_release_by_a_report_only_as_a_developer() {
    let server = Server::start();
    let body = json!({"description": "The lift never comes", "release_label": "0.9"});
    let request = Request::post(server.path("issues.json")).bearer(server.personal_token());
    let answer = server.send(&request.json(&body));
    assert_eq!(release_of(&server, &answer), 1, "an owner may");
    let anonymous =
        Request::patch(format!("/projects/{}.json", server.project())).bearer(server.personal_token());
    server
        .send(&anonymous.json(&json!({"anonymous_reports": true})))
        .expect_status(200);
    let body = json!({"description": "The lift never comes", "release_label": "1.0"});
    let request = Request::post(server.path("issues.json")).header("Authorization", "FormUser anonymous");
    server.send(&request.json(&body)).expect_status(403);
    assert_eq!(labels(&list(&server)), ["0.9"]);
}

#[test]
fn a_retry_is_answered_alike_and_makes_no_second_release() {
    let mut server = Server::start();
    let request = |server: &Server, label: &str| {
        let request = Request::post(server.path("releases.json")).bearer(server.personal_token());
        let request = request.header("Idempotency-Key", "ci-17");
        server.send(&request.json(&json!({"label": label, "description": "Notes"})))
    };
    let first = request(&server, "1.0").expect_status(201);
    owner(&server, "POST", "releases/1/publish").expect_status(200);
    server.kill_hard();
    server.restart();
    let again = request(&server, "1.0").expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
    request(&server, "2.0").expect_status(422);
    assert_eq!(labels(&list(&server)), ["1.0"]);
}
