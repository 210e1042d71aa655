//! Tags of issues: a tree of them, giving them to issues, and lists by tag (protocol 4 and 5.2).
#![expect(clippy::indexing_slicing, reason = "the helpers of a test fail the test")]

use serde_json::{Value, json};
use support::{Request, Response, Server};

fn owner(server: &Server, method: &str, rest: &str) -> Request {
    Request::new(method, server.path(rest)).bearer(server.personal_token())
}

fn get(server: &Server, rest: &str) -> Value {
    server.send(&owner(server, "GET", rest)).expect_status(200).json()
}

fn create(server: &Server, tag: &Value) -> Value {
    let request = owner(server, "POST", "issue_tags.json").json(tag);
    server.send(&request).expect_status(201).json()
}

fn patch(server: &Server, rest: &str, body: &Value) -> Response {
    server.send(&owner(server, "PATCH", rest).json(body))
}

/// Files a report and gives its number.
fn report(server: &Server, title: &str) -> String {
    let answer = server.report(title, "").expect_status(201).json();
    answer["scoped_id"].as_str().unwrap_or_default().to_owned()
}

/// The titles of a list, newest first.
fn listed(server: &Server, query: &str) -> Vec<String> {
    let list = get(server, &format!("issues.json?{query}"));
    let issues = list["issues"].as_array().cloned().unwrap_or_default();
    let titles = issues.iter().filter_map(|issue| issue["title"].as_str());
    titles.map(str::to_owned).collect()
}

#[test]
fn tags_are_a_tree_that_closes_over_what_is_deleted() {
    let mut server = Server::start();
    let request = owner(&server, "POST", "issue_tags.json").json(&json!({"issue_tag": {
        "name": "UI", "color": "#1E90FF", "description": "All that is clicked",
    }}));
    let answer = server.send(&request).expect_status(201);
    let location = answer.header("Location").unwrap_or_default();
    assert!(location.ends_with("/issue_tags/1"), "{location}");
    let top = answer.json();
    assert_eq!(
        (&top["id"], &top["name"], &top["color"]),
        (&json!(1), &json!("UI"), &json!("#1E90FF"))
    );
    assert_eq!(top["parent_tag_id"], Value::Null);
    let menu = create(&server, &json!({"name": "Menu", "parent_tag_id": 1}));
    create(&server, &json!({"name": "Options", "parent_tag_id": menu["id"]}));

    let cycle = patch(&server, "issue_tags/1.json", &json!({"parent_tag_id": 3})).expect_status(422);
    assert_eq!(cycle.error(), "parent_tag_id is the tag itself, or one below it");
    let edited = patch(&server, "issue_tags/1.json", &json!({"name": "Interface"}))
        .expect_status(200)
        .json();
    assert_eq!(
        (&edited["name"], &edited["color"]),
        (&json!("Interface"), &json!("#1E90FF"))
    );
    server
        .send(&owner(&server, "DELETE", "issue_tags/2.json"))
        .expect_status(200);

    server.kill_hard();
    server.restart();
    let tags = get(&server, "issue_tags.json")["tags"].clone();
    assert_eq!(tags[0], edited);
    assert_eq!(
        (&tags[1]["id"], &tags[1]["parent_tag_id"]),
        (&json!(3), &json!(1)),
        "it moved up"
    );
    assert_eq!(tags.as_array().map(Vec::len), Some(2));
    assert_eq!(get(&server, "issue_tags/3.json"), tags[1]);
    server
        .send(&owner(&server, "GET", "issue_tags/2.json"))
        .expect_status(404);
    let loose = patch(&server, "issue_tags/3.json", &json!({"parent_tag_id": null})).expect_status(200);
    assert_eq!(loose.json()["parent_tag_id"], Value::Null);
    server
        .send(&owner(&server, "DELETE", "issue_tags/3"))
        .expect_status(200);
    assert_eq!(
        create(&server, &json!({"name": "Menu"}))["id"],
        4,
        "a number is not given twice"
    );
}

#[test]
fn what_is_wrong_with_a_tag_is_named() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@example.org");
    create(&server, &json!({"name": "UI"}));
    for (body, error) in [
        (json!({}), "name can't be blank"),
        (json!({"name": "UI"}), "name has already been taken"),
        (
            json!({"name": "A", "color": "red"}),
            "color must be a colour such as #1E90FF",
        ),
        (
            json!({"name": "A", "parent_tag_id": 9}),
            "parent_tag_id is not a tag of the project",
        ),
        (
            json!({"name": "A", "parent_tag_id": "up"}),
            "parent_tag_id must be a whole number",
        ),
        (json!({"name": ["A"]}), "name must be text"),
    ] {
        let request = owner(&server, "POST", "issue_tags.json").json(&body);
        assert_eq!(server.send(&request).expect_status(422).error(), error, "{body}");
    }
    for path in ["issue_tags.json", "issue_tags/1.json"] {
        server.send(&Request::get(server.path(path))).expect_status(401);
        server
            .send(&Request::get(server.path(path)).bearer(&stranger.token))
            .expect_status(403);
        let game = Request::get(server.path(path)).form_user(server.project_token());
        server.send(&game).expect_status(403);
    }
    assert_eq!(
        get(&server, "issue_tags.json")["tags"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn issues_are_tagged_listed_by_tag_and_lose_a_deleted_one() {
    let mut server = Server::start();
    for name in ["UI", "Sound", "Crash"] {
        create(&server, &json!({"name": name}));
    }
    let [first, second] = ["First", "Second"].map(|title| report(&server, title));
    report(&server, "Third");
    let tagged = patch(
        &server,
        &format!("issues/{first}.json"),
        &json!({"tag_ids": [2, 1]}),
    )
    .expect_status(200);
    assert_eq!(tagged.json()["tag_ids"], json!([1, 2]));
    let form = owner(&server, "PATCH", &format!("issues/{second}.json"));
    let form = form.form(&[("issue[tag_ids][]", "2"), ("issue[tag_ids][]", "3")]);
    let tagged = server.send(&form).expect_status(200).json();
    assert_eq!(tagged["tag_ids"], json!([2, 3]));
    let again = patch(
        &server,
        &format!("issues/{second}.json"),
        &json!({"tag_ids": "3,2"}),
    )
    .expect_status(200);
    assert_eq!(
        again.json()["updated_at"],
        tagged["updated_at"],
        "nothing changed"
    );

    let check = |server: &Server| {
        assert_eq!(listed(server, "tag_ids=2"), ["Second", "First"]);
        assert_eq!(listed(server, "tag_ids=1,3"), ["Second", "First"], "any of them");
        assert_eq!(listed(server, "tag_ids=1&status=open"), ["First"]);
        assert_eq!(listed(server, "tag_ids=9"), [""; 0]);
        assert_eq!(
            get(server, &format!("issues/{first}.json"))["tag_ids"],
            json!([1, 2])
        );
        let list = get(server, "issues.json");
        let tags: Vec<_> = (0..3)
            .map(|place| list["issues"][place]["tag_ids"].clone())
            .collect();
        assert_eq!(tags, [json!([]), json!([2, 3]), json!([1, 2])]);
    };
    check(&server);
    server.kill_hard();
    server.restart();
    check(&server);
    server.restart();
    check(&server);

    server
        .send(&owner(&server, "DELETE", "issue_tags/2.json"))
        .expect_status(200);
    patch(&server, &format!("issues/{second}.json"), &json!({"tag_ids": []})).expect_status(200);
    server.kill_hard();
    server.restart();
    assert_eq!(listed(&server, "tag_ids=2,3"), [""; 0]);
    assert_eq!(
        get(&server, &format!("issues/{first}.json"))["tag_ids"],
        json!([1])
    );
}

#[test]
fn tags_that_an_issue_cannot_have_are_refused() {
    let server = Server::start();
    create(&server, &json!({"name": "UI"}));
    let issue = report(&server, "First");
    let path = format!("issues/{issue}.json");
    for (tags, error) in [
        (json!([1, 9]), "tag_ids has a tag that is not one of the project"),
        (json!(["UI"]), "tag_ids[0] must be a whole number"),
        (json!({"a": 1}), "tag_ids must be a list of the numbers of tags"),
        (
            json!((1..=51).collect::<Vec<_>>()),
            "tag_ids has too many tags (maximum is 50)",
        ),
    ] {
        let body = json!({"tag_ids": tags, "title": "Changed"});
        assert_eq!(
            patch(&server, &path, &body).expect_status(422).error(),
            error,
            "{tags}"
        );
    }
    let bad = owner(&server, "GET", "issues.json?tag_ids=UI");
    let refused = server.send(&bad).expect_status(422);
    assert_eq!(
        refused.error(),
        "tag_ids must be the numbers of tags, separated by commas"
    );
    let issue = get(&server, &path);
    assert_eq!(
        (&issue["title"], &issue["tag_ids"]),
        (&json!("First"), &json!([])),
        "nothing was stored"
    );
}
