//! What the owner of a project sets, and what it changes for whoever reports.

use serde_json::{Value, json};
use support::{Request, Response, Server};

fn edit(server: &Server, settings: &Value) -> Response {
    let path = format!("/projects/{}.json", server.project());
    server.send(
        &Request::patch(path)
            .bearer(server.personal_token())
            .json(settings),
    )
}

fn report_as(server: &Server, authorization: &str, description: &str) -> Response {
    let request = Request::post(server.path("issues.json")).header("Authorization", authorization);
    server.send(&request.json(&json!({"description": description})))
}

#[test]
fn a_change_is_answered_listed_and_outlives_a_kill() {
    let mut server = Server::start();
    let settings = json!({
        "name": "My second game",
        "description": "Now with fountains",
        "visibility": "public",
        "anonymous_reports": true,
        "description_length_min": 20,
    });
    let path = format!("/projects/{}.json", server.project());
    let before = server
        .send(&Request::get(&path).bearer(server.personal_token()))
        .json();
    assert_eq!(
        (&before["anonymous_reports"], &before["description_length_min"]),
        (&json!(false), &json!(0)),
        "off until somebody turns it on"
    );
    let edited = edit(&server, &json!({"project": settings}))
        .expect_status(200)
        .json();
    for (field, value) in settings.as_object().into_iter().flatten() {
        assert_eq!(&edited[field], value, "{field}");
    }
    for field in ["id", "url", "member_count", "created_at"] {
        assert_eq!(edited[field], before[field], "{field}");
    }
    assert_ne!(edited["updated_at"], before["updated_at"]);
    server.kill_hard();
    server.restart();
    let mut stored = server.send(&Request::get(&path)).expect_status(200).json();
    // With every start of a test the server has another port.
    stored["url"] = edited["url"].clone();
    assert_eq!(stored, edited);
    let kept = edit(&server, &json!({"name": "Third"})).expect_status(200).json();
    assert_eq!(kept["description_length_min"], 20, "what is absent stays: {kept}");
}

#[test]
fn what_does_not_fit_is_told_field_by_field_and_changes_nothing() {
    let server = Server::start();
    let wrong = json!({"name": "", "visibility": "secret", "description_length_min": 10_001});
    let answer = edit(&server, &wrong).expect_status(422).json();
    assert_eq!(
        answer["errors"],
        json!([
            "name can't be blank",
            "visibility must be one of public, private",
            "description_length_min must be a number from 0 to 10000"
        ])
    );
    let kept = edit(&server, &json!({})).expect_status(200).json();
    assert_eq!(
        (&kept["name"], &kept["description_length_min"]),
        (&json!("My game"), &json!(0))
    );
}

#[test]
fn only_an_owner_may() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let path = format!("/projects/{}.json", server.project());
    let request = |authorization: &str| {
        Request::new("PUT", &path)
            .header("Authorization", authorization)
            .json(&json!({"anonymous_reports": true}))
    };
    let game = format!("FormUser {}", server.project_token());
    for authorization in [&format!("Bearer {stranger}"), &game, "FormUser anonymous"] {
        server.send(&request(authorization)).expect_status(403);
    }
    server
        .send(&Request::new("PUT", &path).json(&json!({"name": "x"})))
        .expect_status(401);
    server
        .send(&request(&format!("Bearer {}", server.personal_token())))
        .expect_status(200);
}

#[test]
fn strangers_report_twenty_times_a_day_and_a_kill_changes_nothing_of_it() {
    let mut server = Server::start();
    edit(&server, &json!({"anonymous_reports": true})).expect_status(200);
    let report = |server: &Server, status| {
        report_as(server, "FormUser anonymous", "The lift stops between floors.").expect_status(status)
    };
    for _ in 0..20 {
        report(&server, 201);
    }
    server.kill_hard();
    server.restart();
    assert_eq!(report(&server, 403).error(), "Not allowed to create bug reports.");
    assert_eq!(server.issue_count(), 20);
    // Members, and games with a token, are counted apart.
    let game = format!("FormUser {}", server.project_token());
    report_as(&server, &game, "The lift stops between floors.").expect_status(201);
}

#[test]
fn anonymous_reports_are_taken_once_they_are_allowed_and_no_longer() {
    let server = Server::start();
    for (allowed, status) in [(false, 403), (true, 201), (false, 403)] {
        edit(&server, &json!({"anonymous_reports": allowed})).expect_status(200);
        report_as(&server, "FormUser anonymous", "The lift stops between floors.").expect_status(status);
    }
}

#[test]
fn a_shortest_description_is_asked_of_games_and_not_of_members() {
    let server = Server::start();
    edit(
        &server,
        &json!({"description_length_min": 20, "anonymous_reports": true}),
    )
    .expect_status(200);
    let game = format!("FormUser {}", server.project_token());
    let member = format!("Bearer {}", server.personal_token());
    let short = "It falls through.";
    for (authorization, status) in [(game.as_str(), 422), ("FormUser anonymous", 422), (&member, 201)] {
        report_as(&server, authorization, short).expect_status(status);
        report_as(&server, authorization, "It falls through the floor.").expect_status(201);
    }
}
