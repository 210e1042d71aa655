//! Fields that a project adds to reports: declaring them, checking and showing their values, counting them
//! (protocol 5.2, 5.6 and 14.4).
#![expect(clippy::indexing_slicing, reason = "the helpers of a test fail the test")]

use serde_json::{Value, json};
use support::{Request, Response, Server};

fn owner(server: &Server, method: &str, rest: &str) -> Request {
    Request::new(method, server.path(rest)).bearer(server.personal_token())
}

fn get(server: &Server, rest: &str) -> Value {
    server.send(&owner(server, "GET", rest)).expect_status(200).json()
}

fn declare(server: &Server, field: &Value) -> Value {
    let request = owner(server, "POST", "custom_fields.json").json(field);
    server.send(&request).expect_status(201).json()
}

fn report(server: &Server, values: &Value) -> Response {
    let body = json!({"description": "The lift never comes", "custom_fields": values});
    let token = server.project_token();
    server.send(
        &Request::post(server.path("issues.json"))
            .form_user(token)
            .json(&body),
    )
}

/// The values of a report as people see them.
fn values_of(server: &Server, report: &Response) -> Value {
    let created = report.clone().expect_status(201).json();
    let issue = server.issue(created["id"].as_u64().unwrap_or_default());
    issue.expect_status(200).json()["custom_fields"].clone()
}

fn idents(list: &Value) -> Vec<&str> {
    let fields = list.as_array().map(Vec::as_slice).unwrap_or_default();
    fields
        .iter()
        .filter_map(|field| field["ident"].as_str())
        .collect()
}

#[test]
fn a_field_is_declared_changed_and_deleted() {
    let mut server = Server::start();
    let answer = server.send(
        &owner(&server, "POST", "custom_fields.json").json(&json!({"custom_field": {
            "name": "Graphics card", "field_type": "select", "options": ["AMD", "Intel"], "required": true,
        }})),
    );
    let location = answer.header("Location").unwrap_or_default().to_owned();
    assert!(location.ends_with("/custom_fields/1"), "{location}");
    let field = answer.expect_status(201).json();
    for (key, value) in [
        ("id", json!(1)),
        ("ident", json!("graphics_card")),
        ("name", json!("Graphics card")),
        ("field_type", json!("select")),
        ("required", json!(true)),
        ("tester_settable", json!(true)),
        ("tester_viewable", json!(true)),
        ("options", json!(["AMD", "Intel"])),
        ("applies_to", json!("issue")),
    ] {
        assert_eq!(field[key], value, "{key} of {field}");
    }
    declare(&server, &json!({"name": "Mood", "applies_to": "ticket"}));
    let edit = owner(&server, "PATCH", "custom_fields/1.json")
        .json(&json!({"required": false, "options": ["AMD", "Nvidia"]}));
    let edited = server.send(&edit).expect_status(200).json();
    assert_eq!(edited["options"], json!(["AMD", "Nvidia"]));
    assert_eq!(edited["name"], "Graphics card", "what is absent stays");

    server.kill_hard();
    server.restart();
    assert_eq!(get(&server, "custom_fields/1.json"), edited);
    let list = get(&server, "custom_fields.json");
    assert_eq!(list["custom_fields"], json!([edited]));
    assert_eq!(list["custom_issue_fields"], list["custom_fields"]);
    assert_eq!(list["applies_to"], "issue");
    assert!(list["project_id"].is_u64(), "{list}");
    assert_eq!(
        list["pagination"],
        json!({"current_page": 1, "total_pages": 1, "total_count": 1, "per_page": 25})
    );
    let tickets = get(&server, "custom_fields.json?applies_to=ticket");
    assert_eq!(idents(&tickets["custom_fields"]), ["mood"]);
    assert!(tickets.get("custom_issue_fields").is_none(), "{tickets}");

    server
        .send(&owner(&server, "DELETE", "custom_fields/2.json"))
        .expect_status(200);
    server
        .send(&owner(&server, "GET", "custom_fields/2.json"))
        .expect_status(404);
    assert_eq!(
        declare(&server, &json!({"name": "Mood"}))["id"],
        3,
        "a number is not given twice"
    );
}

#[test]
fn what_is_wrong_with_a_field_is_named() {
    let server = Server::start();
    declare(&server, &json!({"name": "Mood"}));
    for (body, error) in [
        (json!({}), "name can't be blank"),
        (json!({"name": "Mood"}), "name has already been taken"),
        (json!({"name": "mood!"}), "ident has already been taken"),
        (
            json!({"name": "A", "ident": "A b"}),
            "ident must be lower-case letters, digits and underscores, 64 at the most",
        ),
        (
            json!({"name": "A", "field_type": "date"}),
            "field_type must be one of text, select, multi_select, boolean, number",
        ),
        (
            json!({"name": "A", "applies_to": "user"}),
            "applies_to must be one of issue, feature_request, ticket",
        ),
        (
            json!({"name": "A", "required": "maybe"}),
            "required must be true or false",
        ),
        (
            json!({"name": "A", "field_type": "select"}),
            "options must be there for select and multi_select, and for no other type",
        ),
        (
            json!({"name": "A", "options": ["a"]}),
            "options must be there for select and multi_select, and for no other type",
        ),
    ] {
        let request = owner(&server, "POST", "custom_fields.json").json(&body);
        assert_eq!(server.send(&request).expect_status(422).error(), error, "{body}");
    }
    let edit = owner(&server, "PATCH", "custom_fields/1.json").json(&json!({"field_type": "number"}));
    assert_eq!(
        server.send(&edit).expect_status(422).error(),
        "field_type cannot be changed"
    );
    let list = owner(&server, "GET", "custom_fields.json?applies_to=user");
    server.send(&list).expect_status(422);
    assert_eq!(
        idents(&get(&server, "custom_issue_fields.json")["custom_issue_fields"]),
        ["mood"]
    );
}

#[test]
fn games_see_the_short_form_and_strangers_nothing() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@example.org");
    declare(
        &server,
        &json!({"name": "Mood", "field_type": "select", "options": ["calm"]}),
    );
    let game = |rest: &str| Request::get(server.path(rest)).form_user(server.project_token());
    let short = json!([{
        "ident": "mood", "name": "Mood", "field_type": "select", "required": false, "tester_settable": true,
        "applies_to": "issue",
    }]);
    for rest in [
        "custom_fields.json",
        "custom_issue_fields.json",
        "custom_issue_fields",
    ] {
        let list = server.send(&game(rest)).expect_status(200).json();
        assert_eq!(list["custom_issue_fields"], short, "{rest}");
    }
    let create = Request::post(server.path("custom_fields.json")).form_user(server.project_token());
    server
        .send(&create.json(&json!({"name": "Mine"})))
        .expect_status(403);
    for rest in [
        "custom_fields.json",
        "custom_issue_fields.json",
        "custom_field_aggregations.json?field=mood",
    ] {
        server.send(&Request::get(server.path(rest))).expect_status(401);
        server
            .send(&Request::get(server.path(rest)).bearer(&stranger.token))
            .expect_status(403);
    }
    server
        .send(&game("custom_field_aggregations.json?field=mood"))
        .expect_status(403);
}

#[test]
fn values_are_checked_where_a_field_is_declared() {
    let mut server = Server::start();
    declare(
        &server,
        &json!({"name": "Mood", "field_type": "select", "options": ["calm", "cross"], "required": true}),
    );
    declare(
        &server,
        &json!({"name": "Platforms", "field_type": "multi_select", "options": ["PC", "Deck"]}),
    );
    declare(&server, &json!({"name": "Frame rate", "field_type": "number"}));
    declare(&server, &json!({"name": "Modded", "field_type": "boolean"}));
    declare(
        &server,
        &json!({"name": "Owner", "tester_settable": false, "required": true}),
    );

    let sent = json!({
        "mood": "calm", "platforms": ["PC", "Deck"], "Frame rate": 59.5, "modded": "True", "owner": "ada",
        "roblox_id": 17,
    });
    let answer = report(&server, &sent);
    assert!(
        answer.json().get("custom_fields").is_none(),
        "a create does not say them"
    );
    let kept = json!({
        "mood": "calm", "platforms": ["PC", "Deck"], "frame_rate": "59.5", "modded": "true", "roblox_id": "17",
    });
    assert_eq!(
        values_of(&server, &answer),
        kept,
        "what a game may not set is left out"
    );

    let count = server.issue_count();
    let wrong = json!({"platforms": ["PC", "Mac"], "frame_rate": "fast", "modded": "maybe"});
    let refused = report(&server, &wrong).expect_status(422).json();
    assert_eq!(
        refused["errors"],
        json!([
            "custom_fields.frame_rate must be a number",
            "custom_fields.modded must be true or false",
            "custom_fields.platforms must be one of PC, Deck",
            "custom_fields.mood can't be blank",
        ])
    );
    assert_eq!(server.issue_count(), count, "nothing was stored");

    let body = json!({"description": "The lift never comes", "custom": {"mood": "cross"}});
    let people = owner(&server, "POST", "issues.json").json(&body);
    let refused = server.send(&people).expect_status(422);
    assert_eq!(
        refused.error(),
        "custom_fields.owner can't be blank",
        "who can set it must"
    );
    server.kill_hard();
    server.restart();
    assert_eq!(values_of(&server, &answer), kept);
}

#[test]
fn values_are_counted_the_most_frequent_first() {
    let server = Server::start();
    declare(
        &server,
        &json!({"name": "Platforms", "field_type": "multi_select", "options": ["PC", "Deck"]}),
    );
    for platforms in [json!(["Deck"]), json!(["PC", "Deck"]), json!([])] {
        report(&server, &json!({"platforms": platforms})).expect_status(201);
    }
    let counted = |query: &str| {
        get(
            &server,
            &format!("custom_field_aggregations.json?field=platforms{query}"),
        )
    };
    let row = |value: &str, count: u64| json!({"value": value, "count": count, "by_type": {"bugs": count, "suggestions": 0}});
    assert_eq!(
        counted(""),
        json!({"field": "platforms", "results": [row("Deck", 2), row("PC", 1)]})
    );
    assert_eq!(counted("&limit=1")["results"], json!([row("Deck", 2)]));
    for none in [
        "&types=suggestions",
        "&status=closed",
        "&to=2020-01-01",
        "&from=2999-01-01",
    ] {
        assert_eq!(counted(none)["results"], json!([]), "{none}");
    }
    let bad = owner(&server, "GET", "custom_field_aggregations.json?types=x&from=soon");
    let refused = server.send(&bad).expect_status(422);
    for field in ["types", "from", "field can't be blank"] {
        assert!(refused.error().contains(field), "{field}: {}", refused.error());
    }
}

#[test]
fn a_retry_is_answered_alike_and_makes_no_second_field() {
    let server = Server::start();
    let request = || {
        let request = owner(&server, "POST", "custom_fields.json").header("Idempotency-Key", "a");
        server
            .send(&request.json(&json!({"name": "Mood"})))
            .expect_status(201)
    };
    let first = request();
    let again = request();
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(again.json(), first.json());
}
