//! Drafts: nobody's business until published, and completed by nobody but whoever sent them (protocol 5.4 and 6).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::media::PNG;
use support::{Multipart, Request, Response, Server};

/// A draft as the answer to its create described it.
struct Draft {
    id: u64,
    token: String,
}

impl Draft {
    fn create(server: &Server, title: &str) -> Self {
        let body = json!({"title": title, "draft": true});
        let request = Request::post(server.path("issues.json"))
            .form_user(server.project_token())
            .json(&body);
        let answer = server.send(&request).expect_status(201).json();
        Self {
            id: answer["id"].as_u64().unwrap(),
            token: answer["token"].as_str().unwrap().to_owned(),
        }
    }

    fn post(&self, server: &Server, rest: &str) -> Request {
        Request::post(server.path(&format!("issues/g-{}/{rest}", self.id))).bearer(&self.token)
    }

    #[track_caller]
    fn publish(&self, server: &Server) -> Value {
        server
            .send(&self.post(server, "publish"))
            .expect_status(200)
            .json()
    }
}

fn as_owner(server: &Server, path: &str) -> Response {
    server.send(&Request::get(server.path(path)).bearer(server.personal_token()))
}

fn screenshot() -> Multipart {
    Multipart::new().file("screenshot[image]", "shot.png", "image/png", PNG)
}

#[test]
fn a_draft_is_invisible_until_it_is_published() {
    let mut server = Server::start();
    let draft = Draft::create(&server, "Not yet");
    server
        .send(&draft.post(&server, "screenshots").multipart(screenshot()))
        .expect_status(201);
    let hidden = |server: &Server| {
        assert_eq!(server.issue_count(), 0);
        assert_eq!(
            as_owner(server, "issues.json?status=hidden").json()["issues"],
            json!([])
        );
        for path in ["", "/screenshots", "/log_files"] {
            as_owner(server, &format!("issues/g-{}{path}.json", draft.id)).expect_status(404);
        }
        as_owner(server, "issues/1.json").expect_status(404);
        let change = Request::patch(server.path(&format!("issues/g-{}.json", draft.id)));
        let change = change
            .bearer(server.personal_token())
            .json(&json!({"status": "open"}));
        server.send(&change).expect_status(404);
    };
    hidden(&server);
    server.kill_hard();
    server.restart();
    hidden(&server);

    let published = draft.publish(&server);
    assert_eq!(
        (&published["scoped_id"], &published["status"]),
        (&json!("1"), &json!("open"))
    );
    assert_eq!(
        published.get("token"),
        None,
        "the update token is in no answer but the first"
    );
    assert_eq!(server.issues().len(), 1);
    assert_eq!(as_owner(&server, "issues/1.json").json()["id"], draft.id);
    let shots = as_owner(&server, "issues/1/screenshots.json").json();
    assert_eq!(shots.as_array().map(Vec::len), Some(1), "{shots}");
}

#[test]
fn numbers_are_given_in_the_order_of_publishing() {
    let server = Server::start();
    let (first, second) = (Draft::create(&server, "First"), Draft::create(&server, "Second"));
    server.report("Live at once", "").expect_status(201);
    assert_eq!(second.publish(&server)["scoped_id"], "2");
    assert_eq!(first.publish(&server)["scoped_id"], "3");
}

#[test]
fn publishing_twice_is_publishing_once() {
    let mut server = Server::start();
    let draft = Draft::create(&server, "Once");
    let first = draft.publish(&server);
    server.kill_hard();
    server.restart();
    let close = Request::patch(server.path(&format!("issues/g-{}.json", draft.id)));
    let close = close
        .bearer(server.personal_token())
        .json(&json!({"status": "closed"}));
    server.send(&close).expect_status(200);
    let again = draft.publish(&server);
    assert_eq!(again["scoped_id"], first["scoped_id"]);
    assert_eq!(again["status"], "closed", "a late retry opens nothing again");
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn the_reporter_gives_an_address_before_or_after_publishing() {
    let server = Server::start();
    let draft = Draft::create(&server, "Write to me");
    let set = |rest: &str, body: &Value| server.send(&draft.post(&server, rest).json(body));
    set("set_reporter_email", &json!({"email": "player@studio.example"})).expect_status(200);
    for wrong in ["nowhere", "", "a@"] {
        let refused = set("set_reporter_email", &json!({"email": wrong})).expect_status(422);
        assert!(refused.error().contains("email"), "{}", refused.error());
    }
    set("set_contact_info", &json!({"discord_id": "123456789012345678"})).expect_status(200);
    let refused = set("set_contact_info", &json!({"discord_id": "abc"})).expect_status(422);
    assert!(refused.error().contains("discord_id"), "{}", refused.error());
    draft.publish(&server);
    set("set_contact_info", &json!({"email": "other@studio.example"})).expect_status(200);
    let shown = as_owner(&server, &format!("issues/g-{}.json", draft.id)).json();
    let contact = json!({"email": "other@studio.example", "discord_id": "123456789012345678"});
    assert_eq!(shown["contact"], contact, "what was said last");
}

/// All that an update token can be used for on an issue.
fn completions(server: &Server, project: &str, issue: &str) -> Vec<Request> {
    let path = |rest: &str| format!("/projects/{project}/issues/{issue}/{rest}");
    let _ = server;
    vec![
        Request::post(path("publish")),
        Request::post(path("set_reporter_email")).json(&json!({"email": "thief@studio.example"})),
        Request::post(path("set_contact_info")).json(&json!({"email": "thief@studio.example"})),
        Request::post(path("screenshots")).multipart(screenshot()),
        Request::post(path("log_files")).form(&[("log_file[contents]", "text")]),
    ]
}

#[test]
fn an_update_token_is_for_its_own_issue_only() {
    let server = Server::start();
    let other_project = server.create_project(server.personal_token(), "Another game");
    let (own, other) = (Draft::create(&server, "Mine"), Draft::create(&server, "Not mine"));
    let live = server.report("Live", "").expect_status(201).json();
    let global = |id: u64| format!("g-{id}");
    let live_id = live["id"].as_u64().unwrap();
    let targets = [
        (server.project().to_owned(), global(other.id)),
        (server.project().to_owned(), global(live_id)),
        (
            server.project().to_owned(),
            live["scoped_id"].as_str().unwrap().to_owned(),
        ),
        (other_project.clone(), global(own.id)),
        (other_project, "1".to_owned()),
    ];
    let with_token = format!("{},{}", server.project_token(), own.token);
    for (project, issue) in &targets {
        for request in completions(&server, project, issue) {
            let summary = request.summary();
            for request in [request.clone().bearer(&own.token), request.form_user(&with_token)] {
                let answer = server.send(&request);
                assert_eq!(answer.status, 403, "{summary}: {}", answer.text());
            }
        }
    }
    assert_eq!(server.issue_count(), 1, "nothing but the live one is published");
    let updated = as_owner(&server, &format!("issues/g-{live_id}.json")).json();
    assert_eq!(updated["updated_at"], live["updated_at"], "and that is untouched");
    // Neither does it read anything.
    for path in ["issues.json".to_owned(), format!("issues/g-{}.json", own.id)] {
        server
            .send(&Request::get(server.path(&path)).bearer(&own.token))
            .expect_status(403);
    }
    for request in completions(&server, server.project(), &global(own.id)) {
        let summary = request.summary();
        let answer = server.send(&request.bearer(&own.token));
        assert!(matches!(answer.status, 200 | 201), "{summary}: {}", answer.text());
    }
}

#[test]
fn a_bare_number_that_is_the_holders_own_id_means_their_issue() {
    let server = Server::start();
    let draft = Draft::create(&server, "By its bare id");
    let publish = Request::post(server.path(&format!("issues/{}/publish", draft.id))).bearer(&draft.token);
    server.send(&publish).expect_status(200);
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn media_may_follow_after_publishing() {
    let server = Server::start();
    let draft = Draft::create(&server, "Pictures follow");
    draft.publish(&server);
    server
        .send(&draft.post(&server, "screenshots").multipart(screenshot()))
        .expect_status(201);
    let shots = as_owner(&server, "issues/1/screenshots.json").json();
    assert_eq!(shots[0]["filename"], "shot.png", "{shots}");
}

#[test]
fn a_game_adds_to_what_it_sent_from_the_same_address_only() {
    let server = Server::with_args(["--trusted-proxy", "127.0.0.1/32"]);
    let (token, other_token) = (server.token_with_limit(9), server.token_with_limit(9));
    let from = |request: Request, token: &str, address: &str| {
        server.send(&request.form_user(token).header("X-Forwarded-For", address))
    };
    let create = Request::post(server.path("issues.json")).json(&json!({"title": "Live at once"}));
    let issue = from(create, &token, "203.0.113.1").expect_status(201).json();
    // COS sends the last segment of the url, the web form the global id.
    for name in [
        format!("g-{}", issue["id"]),
        issue["scoped_id"].as_str().unwrap().to_owned(),
    ] {
        let upload =
            || Request::post(server.path(&format!("issues/{name}/screenshots"))).multipart(screenshot());
        from(upload(), &token, "203.0.113.1").expect_status(201);
        from(upload(), &token, "203.0.113.2").expect_status(403);
        from(upload(), &other_token, "203.0.113.1").expect_status(403);
    }
    let publish = || Request::post(server.path(&format!("issues/g-{}/publish", issue["id"])));
    from(publish(), &token, "203.0.113.1").expect_status(403);
    let shots = as_owner(&server, "issues/1/screenshots.json").json();
    assert_eq!(shots.as_array().map(Vec::len), Some(2), "{shots}");
}

#[test]
fn a_forged_update_token_opens_nothing() {
    let server = Server::start();
    let draft = Draft::create(&server, "Forged");
    let parts: Vec<_> = draft.token.split('.').collect();
    let tampered = draft
        .token
        .replace(parts[2], &parts[2].chars().rev().collect::<String>());
    // {"alg":"none"} and the same claims.
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
    for token in [&tampered, &unsigned] {
        let publish = Request::post(server.path(&format!("issues/g-{}/publish", draft.id)));
        server.send(&publish.clone().bearer(token)).expect_status(401);
        let beside = format!("{},{token}", server.project_token());
        server.send(&publish.form_user(&beside)).expect_status(403);
    }
    assert_eq!(server.issue_count(), 0);
}
