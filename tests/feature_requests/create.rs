//! Sending a suggestion.

use serde_json::{Value, json};
use support::media::PNG;
use support::{Multipart, Request, Server};

use crate::{get, listed, owner, suggest};

#[test]
fn every_encoding_says_the_same() {
    let server = Server::start();
    let wrapped = json!({"feature_request": {"title": "Fly", "description": "With wings.", "custom": {"mood": "high"}}});
    let flat = json!({"title": "Fly", "description": "With wings.", "custom_fields": {"mood": "high"}});
    let form = [
        ("feature_request[title]", "Fly"),
        ("feature_request[description]", "With wings."),
        ("feature_request[custom][mood]", "high"),
    ];
    let parts = form
        .iter()
        .fold(Multipart::new(), |parts, (name, value)| parts.text(name, value));
    for request in [
        suggest(&server).json(&wrapped),
        suggest(&server).json(&flat),
        suggest(&server).form(&form),
        suggest(&server).multipart(parts),
    ] {
        let answer = server.send(&request).expect_status(201);
        assert!(
            answer
                .header("RateLimit")
                .is_some_and(|it| it.contains("feature_requests"))
        );
        let created = answer.json();
        let location = answer.header("Location").unwrap();
        assert_eq!(created["url"].as_str(), Some(location));
        assert!(location.contains("/feature_requests/"), "{location}");
        assert_eq!(created["token"].as_str().unwrap().split('.').count(), 3);
        let id = created["id"].as_u64().unwrap();
        let kept = get(&server, &format!("feature_requests/fr-{id}.json"));
        for (field, value) in [
            ("title", json!("Fly")),
            ("description", json!("With wings.")),
            ("status", json!("pending")),
            ("votes", json!(0)),
            ("voted", json!(false)),
            ("is_duplicate", json!(false)),
            ("duplicates_count", json!(0)),
            ("custom_fields", json!({"mood": "high"})),
            ("scoped_id", created["scoped_id"].clone()),
        ] {
            assert_eq!(kept[field], value, "{field} of {kept}");
        }
        assert!(kept.get("token").is_none());
    }
    assert_eq!(listed(&server, "").len(), 4);
    assert_eq!(server.issue_count(), 0, "a suggestion is no issue");
}

#[test]
fn a_bare_number_is_the_projects_and_then_the_installations() {
    let server = Server::start();
    let created = server.send(&suggest(&server).json(&json!({"title": "Fly"})));
    let created = created.expect_status(201).json();
    let id = created["id"].as_u64().unwrap();
    assert_eq!(created["scoped_id"], "1");
    assert!(created["url"].as_str().unwrap().ends_with("/feature_requests/1"));
    for name in ["1", &format!("fr-{id}"), &id.to_string()] {
        assert_eq!(
            get(&server, &format!("feature_requests/{name}.json"))["id"],
            id,
            "{name}"
        );
    }
    for path in [
        format!("issues/g-{id}.json"),
        format!("feature_requests/g-{id}.json"),
    ] {
        server.send(&owner(&server, "GET", &path)).expect_status(404);
    }
}

#[test]
fn its_own_right_and_its_own_limit() {
    let server = Server::start();
    let settings = json!({"name": "g", "can_create_feature_request": true, "feature_requests_per_day": 2});
    let game = server.create_token(&settings)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = |token: &str, what: &str| {
        let request = Request::post(server.path(what)).form_user(token);
        server.send(&request.json(&json!({"title": "Fly"})))
    };
    send(&game, "feature_requests.json").expect_status(201);
    send(&game, "feature_requests.json").expect_status(201);
    let spent = send(&game, "feature_requests.json").expect_status(403);
    assert_eq!(spent.error(), "Not allowed to create feature requests.");
    assert!(spent.header("Retry-After").is_some());
    let other = server.create_token(
        &json!({"name": "b", "can_create_bug_report": true, "can_create_feature_request": false}),
    );
    let other = other["token"].as_str().unwrap();
    send(other, "issues.json").expect_status(201);
    send(other, "feature_requests.json").expect_status(403);
    let anonymous = Request::post(server.path("feature_requests.json"))
        .header("Authorization", "FormUser anonymous")
        .json(&json!({"title": "Fly"}));
    server.send(&anonymous).expect_status(403);
    let path = format!("/projects/{}.json", server.project());
    let open = Request::patch(path)
        .bearer(server.personal_token())
        .json(&json!({"anonymous_reports": true}));
    server.send(&open).expect_status(200);
    server.send(&anonymous).expect_status(201);
    let nobody = Request::post(server.path("feature_requests.json")).json(&json!({"title": "Fly"}));
    server.send(&nobody).expect_status(401);
}

#[test]
fn a_retry_gets_the_first_answer_and_makes_no_second() {
    let mut server = Server::start();
    let form = Multipart::new().text("feature_request[title]", "Fly").file(
        "feature_request[files][]",
        "a.png",
        "image/png",
        PNG,
    );
    let request = suggest(&server)
        .header("Idempotency-Key", "fly-1")
        .multipart(form);
    let first = server.send(&request).expect_status(201);
    server.kill_hard();
    server.restart();
    let again = server.send(&request).expect_status(201);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    let without_address = |answer: Value| {
        let mut answer = answer;
        answer.as_object_mut().unwrap().remove("url");
        answer
    };
    assert_eq!(without_address(first.json()), without_address(again.json()));
    assert_eq!(listed(&server, ""), ["Fly"]);
    assert_eq!(
        get(&server, "feature_requests/1/images.json")
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let other = suggest(&server)
        .header("Idempotency-Key", "fly-1")
        .json(&json!({"title": "Swim"}));
    server.send(&other).expect_status(422);
}

#[test]
fn fields_and_releases_are_those_of_the_project() {
    let server = Server::start();
    let field = json!({"name": "Mood", "field_type": "select", "options": ["good", "bad"], "applies_to": "feature_request", "required": true, "tester_settable": true});
    server
        .send(&owner(&server, "POST", "custom_fields.json").json(&field))
        .expect_status(201);
    let refused = server
        .send(&suggest(&server).json(&json!({"title": "Fly"})))
        .expect_status(422);
    assert_eq!(refused.error(), "custom_fields.mood can't be blank");
    server.report("An issue has no such field", "").expect_status(201);
    let body = json!({"title": "Fly", "custom": {"mood": "good"}, "release_label": "1.0"});
    let refused = server.send(&suggest(&server).json(&body)).expect_status(403);
    assert!(refused.error().contains("permission to create releases"));
    let by_owner = owner(&server, "POST", "feature_requests.json").json(&body);
    server.send(&by_owner).expect_status(201);
    let kept = get(&server, "feature_requests/1.json");
    assert_eq!(kept["custom_fields"], json!({"mood": "good"}));
    assert_eq!(kept["release_id"], 1);
}

#[test]
fn members_see_how_the_sender_is_reached_and_others_do_not() {
    let server = Server::start();
    let request = Request::post(server.path("feature_requests.json"))
        .form_user(&format!("{},email:jo@studio.example", server.project_token()))
        .json(&json!({"title": "Fly"}));
    let answer = server.send(&request).expect_status(201);
    assert!(!answer.text().contains("jo@studio.example"), "{}", answer.text());
    assert_eq!(
        get(&server, "feature_requests/1.json")["user"],
        json!({"id": null, "name": null, "email": "jo@studio.example"})
    );
}
