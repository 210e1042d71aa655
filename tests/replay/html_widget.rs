//! The HTML widget in a customer's page: three kinds of report from another origin, no `Accept` (protocol 10 and 13).

use serde_json::json;
use support::{Request, Response, Server};

const ORIGIN: &str = "https://shop.example";

fn send(server: &Server, path: &str, credentials: &str, fields: &[(&str, &str)]) -> Response {
    let path = server.path(path);
    let preflight = Request::new("OPTIONS", &*path)
        .header("Origin", ORIGIN)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,betahub-project-id",
        );
    let allowed = server.send(&preflight);
    assert!((200..300).contains(&allowed.status), "{path}: {}", allowed.status);
    let request = Request::post(path)
        .form_user(credentials)
        .header("BetaHub-Project-ID", server.project())
        .header("Origin", ORIGIN)
        .form(fields);
    let answer = server.send(&request);
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"));
    answer.json();
    answer
}

#[test]
fn each_tab_sends_its_kind_of_report() {
    let server = Server::start();
    let token = server.project_token();
    let known = format!("{token},email:jo@studio.example");
    for credentials in [token, &known] {
        for (path, wrapper) in [
            ("issues.json", "issue"),
            ("feature_requests.json", "feature_request"),
        ] {
            let name = |field: &str| format!("{wrapper}[{field}]");
            let fields = [
                (name("description"), "The basket is empty again"),
                (name("source"), "betahub-widget"),
                (name("custom_fields][plan"), "gold"),
            ];
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| (name.as_str(), *value))
                .collect();
            send(&server, path, credentials, &fields).expect_status(201);
        }
    }
    let ticket = [
        ("ticket[description]", "Where is my parcel?"),
        ("ticket[custom_fields][plan]", "gold"),
    ];
    send(&server, "tickets.json", &known, &ticket).expect_status(201);
    let refused = send(&server, "tickets.json", token, &ticket).expect_status(422);
    assert!(refused.error().contains("reporter_email"), "{}", refused.error());
    let typed = [
        ticket.as_slice(),
        &[("ticket[reporter_email]", "jo@studio.example")],
    ]
    .concat();
    send(&server, "tickets.json", token, &typed).expect_status(201);
}

#[test]
fn a_spent_limit_is_403_and_said_in_error() {
    let server = Server::start();
    let fields = [("feature_request[description]", "More colours")];
    let mut refused = None;
    for _ in 0..9 {
        let answer = send(&server, "feature_requests.json", server.project_token(), &fields);
        refused = Some(answer).filter(|answer| answer.status != 201);
    }
    let refused =
        refused.unwrap_or_else(|| panic!("the ninth of a day is taken, though eight are the limit"));
    assert_eq!(refused.status, 403);
    assert!(!refused.error().is_empty());
}

/// The customer's server vouches for its user; the widget sends what that gave it, and no address.
#[test]
fn a_submission_token_says_who_reports() {
    let server = Server::start();
    let ask = || {
        let request = Request::post(server.path("submission_tokens.json"))
            .bearer(server.personal_token())
            .json(&json!({"email": "jo@studio.example", "custom": {"plan": "gold"}, "expires_in": 600}));
        let answer = server.send(&request);
        assert!((200..300).contains(&answer.status), "{}", answer.text());
        let token = answer.json()["token"].as_str().map(str::to_owned);
        token.unwrap_or_else(|| panic!("no token in {}", answer.text()))
    };
    let strict = server.create_token(&json!({"name": "Widget", "require_submission_token": true}));
    let strict = strict["token"].as_str().unwrap_or_default();
    let fields = [
        ("issue[description]", "The basket is empty again"),
        ("issue[source]", "betahub-widget"),
        ("issue[custom_fields][plan]", "free"),
    ];
    let refused = send(&server, "issues.json", strict, &fields).expect_status(403);
    assert_eq!(refused.error(), "Submission token is required");

    let jwt = ask();
    let credentials = format!("{strict},{jwt}");
    let created = send(&server, "issues.json", &credentials, &fields)
        .expect_status(201)
        .json();
    let issue = server
        .issue(created["id"].as_u64().unwrap_or_default())
        .expect_status(200)
        .json();
    assert_eq!(issue["custom_fields"]["plan"], "gold", "{issue}");
    let used = send(&server, "issues.json", &credentials, &fields).expect_status(403);
    assert!(used.error().contains("already used"), "{}", used.error());

    // A ticket needs somebody who can be answered, and the token says who that is.
    let ticket = [("ticket[description]", "Where is my parcel?")];
    let credentials = format!("{strict},{}", ask());
    let created = send(&server, "tickets.json", &credentials, &ticket)
        .expect_status(201)
        .json();
    let path = format!(
        "tickets/{}.json",
        created["scoped_id"].as_str().unwrap_or_default()
    );
    let seen = server.send(&Request::get(server.path(&path)).bearer(server.personal_token()));
    assert!(seen.text().contains("jo@studio.example"), "{}", seen.text());
}
