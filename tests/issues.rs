//! Issues as members read and change them (protocol 5.2 and 12).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use support::{Request, Response, Server};

fn create(server: &Server, body: &Value) -> Value {
    let request = Request::post(server.path("issues.json")).bearer(server.personal_token());
    server.send(&request.json(body)).expect_status(201).json()
}

fn get(server: &Server, rest: &str) -> Response {
    server.send(&Request::get(server.path(rest)).bearer(server.personal_token()))
}

fn patch(server: &Server, issue: &Value, body: &Value) -> Response {
    let path = server.path(&format!("issues/g-{}.json", issue["id"]));
    server.send(&Request::patch(path).bearer(server.personal_token()).json(body))
}

/// Titles of a page of the list.
fn titles(server: &Server, query: &str) -> Vec<String> {
    let list = get(server, &format!("issues.json?{query}"))
        .expect_status(200)
        .json();
    let issues = list["issues"].as_array().unwrap();
    issues
        .iter()
        .map(|issue| issue["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_issue_is_shown_as_it_was_sent() {
    let server = Server::start();
    let created = create(
        &server,
        &json!({
            "title": "Lift stuck", "description": "Between floors.\nEvery time.", "priority": "high",
            "category": "question", "unformatted_steps_to_reproduce": "1. Enter\n2. Press 3", "source": "in-game",
            "custom_fields": {"mood": "calm", "mods": ["a", 2]},
        }),
    );
    assert!(created["token"].is_string(), "{created}");
    let expected = json!({
        "id": created["id"], "scoped_id": "1", "title": "Lift stuck", "description": "Between floors.\nEvery time.",
        "status": "open", "priority": "high", "category": "question", "score": "0.0", "source": "in-game",
        "steps_to_reproduce": [{"step": "Enter"}, {"step": "Press 3"}],
        "assigned_to": {"id": null, "name": null}, "reported_by": {"id": 1, "name": "Owner"},
        "release_id": null, "custom_fields": {"mood": "calm", "mods": ["a", "2"]}, "tag_ids": [],
        "potential_duplicate": null, "duplicate_of_id": null, "duplicates_count": 0,
        "extras": {}, "due_date": null, "contact": {"email": null, "discord_id": null},
        "created_at": created["created_at"], "updated_at": created["created_at"],
        "resolved_at": null, "url": format!("{}{}", server.url(), server.path("issues/1")),
    });
    for path in [
        format!("issues/g-{}.json", created["id"]),
        "issues/1.json".into(),
        "issues/1".into(),
    ] {
        assert_eq!(get(&server, &path).expect_status(200).json(), expected, "{path}");
    }
    assert_eq!(get(&server, "issues.json").json()["issues"], json!([expected]));
}

#[test]
fn pages_follow_each_other_newest_first() {
    let server = Server::start();
    for number in 1..=45 {
        create(&server, &json!({"title": format!("Number {number}")}));
    }
    let page = get(&server, "issues.json").expect_status(200).json();
    let expected = json!({"current_page": 1, "total_pages": 3, "total_count": 45, "per_page": 20});
    assert_eq!(page["pagination"], expected);
    let all: Vec<_> = (1..=45).rev().map(|number| format!("Number {number}")).collect();
    let paged: Vec<_> = (1..=4)
        .flat_map(|page| titles(&server, &format!("page={page}")))
        .collect();
    assert_eq!(paged, all);
    for (query, expected) in [
        ("per_page=100", &all[..]),
        ("per_page=5000", &all[..]),
        ("per_page=7&page=2", &all[7..14]),
        ("page=0&per_page=3", &all[..3]),
        ("page=-2&per_page=3", &all[..3]),
        ("per_page=0", &all[..1]),
        ("page=99999999999", &[]),
        ("page=&per_page=", &all[..20]),
    ] {
        assert_eq!(titles(&server, query), expected, "{query}");
    }
    let refused = get(&server, "issues.json?page=x").expect_status(422);
    assert!(refused.error().contains("page"), "{}", refused.error());
}

#[test]
fn filters_pick_what_they_say() {
    let server = Server::start();
    let issues = [
        ("Low bug", "low", "bug", "open"),
        ("High bug", "high", "bug", "resolved"),
        ("High question", "high", "question", "in_progress"),
        ("Critical wish", "critical", "feature_request", "closed"),
    ];
    for (title, priority, category, status) in issues {
        let issue = create(
            &server,
            &json!({"title": title, "priority": priority, "category": category}),
        );
        patch(&server, &issue, &json!({"status": status})).expect_status(200);
    }
    for (query, expected) in [
        ("status=open", vec!["Low bug"]),
        ("status=new", vec!["Low bug"]),
        ("status=resolved,closed", vec!["Critical wish", "High bug"]),
        (
            "status[]=resolved&status[]=closed",
            vec!["Critical wish", "High bug"],
        ),
        ("priority=high", vec!["High question", "High bug"]),
        ("priority=high&status=in_progress", vec!["High question"]),
        ("category=bug", vec!["High bug", "Low bug"]),
        ("status=wont_fix", vec![]),
        (
            "unknown=1",
            vec!["Critical wish", "High question", "High bug", "Low bug"],
        ),
    ] {
        assert_eq!(titles(&server, query), expected, "{query}");
    }
    for field in [
        "status",
        "priority",
        "category",
        "created_after",
        "updated_before",
    ] {
        let refused = get(&server, &format!("issues.json?{field}=nonsense")).expect_status(422);
        assert!(refused.error().contains(field), "{}", refused.error());
    }
}

/// The date so many days from today.
fn date(days: i64) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    let offset = Duration::from_secs(days.unsigned_abs() * 86_400);
    let moment = if days < 0 {
        now.checked_sub(offset).unwrap()
    } else {
        now + offset
    };
    let days = i64::try_from(moment.as_secs() / 86_400).unwrap();
    bugle_storage::Day(days.try_into().unwrap()).start().to_iso()[..10].to_owned()
}

#[test]
fn dates_include_their_day_and_moments_are_exact() {
    let server = Server::start();
    let issue = create(&server, &json!({"title": "Now"}));
    let moment = issue["created_at"].as_str().unwrap();
    for (query, found) in [
        (format!("created_after={}", date(-1)), true),
        (format!("created_after={}", date(1)), false),
        (format!("created_before={}", date(1)), true),
        (format!("created_before={}", date(-1)), false),
        (
            format!("created_after={}&created_before={}", &moment[..10], &moment[..10]),
            true,
        ),
        (format!("created_after={moment}&created_before={moment}"), true),
        (format!("updated_after={}", date(-1)), true),
        (format!("updated_before={}", date(-1)), false),
    ] {
        assert_eq!(titles(&server, &query).len(), usize::from(found), "{query}");
    }
    let changed = patch(&server, &issue, &json!({"title": "Later"}))
        .expect_status(200)
        .json();
    let updated = changed["updated_at"].as_str().unwrap();
    assert!(updated >= moment, "{updated} after {moment}");
    assert_eq!(titles(&server, &format!("updated_after={updated}")), ["Later"]);
}

#[test]
fn a_change_sets_what_it_names() {
    let mut server = Server::start();
    let issue = create(
        &server,
        &json!({"title": "Before", "description": "As it was", "priority": "low"}),
    );
    let me = Request::get("/profiles/me.json").bearer(server.personal_token());
    let me = server.send(&me).json()["id"].clone();
    let changed = patch(
        &server,
        &issue,
        &json!({"issue": {"title": "After", "assigned_to_id": me, "priority": "high"}}),
    );
    let changed = changed.expect_status(200).json();
    assert_eq!(
        (&changed["title"], &changed["priority"]),
        (&json!("After"), &json!("high"))
    );
    assert_eq!(changed["description"], "As it was");
    assert_eq!(changed["assigned_to"], json!({"id": me, "name": "Owner"}));
    assert_eq!(changed.get("token"), None);
    server.kill_hard();
    server.restart();
    let url = &json!(format!("{}{}", server.url(), server.path("issues/1")));
    let mut expected = changed;
    expected["url"].clone_from(url);
    assert_eq!(get(&server, "issues/1.json").json(), expected);

    let put = Request::new("PUT", server.path("issues/1")).bearer(server.personal_token());
    let put = server.send(&put.form(&[("issue[assigned_to_id]", ""), ("issue[title]", "By a form")]));
    let put = put.expect_status(200).json();
    assert_eq!(
        (&put["assigned_to"]["id"], &put["title"]),
        (&Value::Null, &json!("By a form"))
    );
}

#[test]
fn a_status_knows_when_it_was_settled() {
    let server = Server::start();
    let issue = create(&server, &json!({"title": "Settled"}));
    let set = |status: &str| {
        patch(&server, &issue, &json!({"status": status}))
            .expect_status(200)
            .json()
    };
    let resolved = set("resolved");
    assert!(resolved["resolved_at"].is_string(), "{resolved}");
    assert_eq!(
        set("closed")["resolved_at"],
        resolved["resolved_at"],
        "it was settled before"
    );
    let reopened = set("new");
    assert_eq!(
        (&reopened["status"], &reopened["resolved_at"]),
        (&json!("open"), &Value::Null)
    );
    assert_eq!(titles(&server, "status=open"), ["Settled"]);
    assert_eq!(titles(&server, "status=resolved,closed"), Vec::<String>::new());
}

#[test]
fn a_change_that_is_wrong_changes_nothing() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let stranger = server
        .send(&Request::get("/profiles/me.json").bearer(&stranger))
        .json()["id"]
        .clone();
    let issue = create(&server, &json!({"title": "Unchanged"}));
    for (field, value) in [
        ("assigned_to_id", stranger),
        ("assigned_to_id", json!(99)),
        ("assigned_to_id", json!("x")),
        ("status", json!("done")),
        ("priority", json!(1)),
        ("title", json!("")),
        ("title", json!({})),
    ] {
        let refused = patch(&server, &issue, &json!({"description": "changed", field: value}));
        assert_eq!(refused.status, 422, "{field} = {value}: {}", refused.text());
        assert!(refused.error().contains(field), "{value}: {}", refused.error());
    }
    let stored = get(&server, "issues/1.json").json();
    assert_eq!(stored["updated_at"], issue["updated_at"]);
    assert_eq!(stored["description"], "");
}

#[test]
fn an_issue_is_found_in_its_own_project_only() {
    let server = Server::start();
    let issue = create(&server, &json!({"title": "Here"}));
    let other = server.create_project(server.personal_token(), "Another game");
    for name in [format!("g-{}", issue["id"]), "1".to_owned()] {
        let path = format!("/projects/{other}/issues/{name}.json");
        server
            .send(&Request::get(path).bearer(server.personal_token()))
            .expect_status(404);
    }
    let list = Request::get(format!("/projects/{other}/issues.json")).bearer(server.personal_token());
    assert_eq!(server.send(&list).expect_status(200).json()["issues"], json!([]));
}

#[test]
fn a_due_date_is_set_changed_and_taken_away() {
    let server = Server::start();
    let issue = create(&server, &json!({"title": "Lift stuck", "due_date": "2027-01-31"}));
    let due = |body: Value| {
        let changed = patch(&server, &issue, &body).expect_status(200).json();
        changed["due_date"].clone()
    };
    assert_eq!(
        due(json!({"status": "in_progress"})),
        "2027-01-31",
        "what is absent stays"
    );
    assert_eq!(due(json!({"due_date": "2027-02-28"})), "2027-02-28");
    let refused = patch(&server, &issue, &json!({"due_date": "soon", "title": "Never"})).expect_status(422);
    assert!(refused.error().contains("due_date"), "{}", refused.error());
    assert_eq!(titles(&server, ""), ["Lift stuck"], "nothing is half stored");
    assert_eq!(due(json!({"due_date": ""})), Value::Null);
    let history = get(&server, "issues/1/history.json").expect_status(200).json();
    let newest = &history["history"][0]["changes"][0];
    assert_eq!(
        *newest,
        json!({"field": "due_date", "from": "2027-02-28", "to": null})
    );
}
