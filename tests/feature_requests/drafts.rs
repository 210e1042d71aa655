//! Drafts of suggestions: hidden until they are published.

use serde_json::{Value, json};
use support::{Request, Response, Server};

use crate::{get, listed, owner, suggest};

fn draft(server: &Server) -> (u64, String, String) {
    let body = json!({"feature_request": {"title": "Later"}, "draft": true});
    let answer = server
        .send(&suggest(server).json(&body))
        .expect_status(201)
        .json();
    let text = |field: &str| answer[field].as_str().unwrap().to_owned();
    assert_eq!(answer["scoped_id"], Value::Null);
    (answer["id"].as_u64().unwrap(), text("token"), text("url"))
}

fn complete(server: &Server, token: &str, name: &str, rest: &str, body: &Value) -> Response {
    let path = server.path(&format!("feature_requests/{name}/{rest}"));
    server.send(&Request::post(path).bearer(token).json(body))
}

#[test]
fn a_draft_is_hidden_until_it_is_published() {
    let mut server = Server::start();
    let (id, token, url) = draft(&server);
    assert!(url.ends_with(&format!("/feature_requests/fr-{id}")), "{url}");
    let hidden = |server: &Server| {
        assert!(listed(server, "").is_empty());
        let all = get(server, "feature_requests.json?sort=all");
        assert_eq!(all["pagination"]["total_count"], 0);
        let show = owner(server, "GET", &format!("feature_requests/fr-{id}.json"));
        server.send(&show).expect_status(404);
    };
    hidden(&server);
    server.kill_hard();
    server.restart();
    hidden(&server);
    let contact = json!({"email": "jo@studio.example", "discord_id": "123456789012345678"});
    complete(&server, &token, &format!("fr-{id}"), "set_contact_info", &contact).expect_status(200);
    let published = complete(&server, &token, &format!("fr-{id}"), "publish", &json!({}));
    let published = published.expect_status(200).json();
    assert_eq!(
        (&published["scoped_id"], &published["status"]),
        (&json!("1"), &json!("pending"))
    );
    assert!(published["user"].get("email").is_none(), "{published}");
    complete(&server, &token, "1", "publish", &json!({})).expect_status(200);
    assert_eq!(listed(&server, ""), ["Later"]);
    assert_eq!(
        get(&server, "feature_requests/1.json")["user"]["email"],
        "jo@studio.example"
    );
}

#[test]
fn the_raw_id_and_the_end_of_the_url_both_name_it() {
    let server = Server::start();
    for by_url in [true, false] {
        let (id, token, url) = draft(&server);
        let name = if by_url {
            url.rsplit('/').next().unwrap().to_owned()
        } else {
            id.to_string()
        };
        complete(&server, &token, &name, "publish", &json!({})).expect_status(200);
    }
    assert_eq!(listed(&server, "").len(), 2);
}

#[test]
fn a_token_is_for_its_own_suggestion() {
    let server = Server::start();
    let (first, token, _) = draft(&server);
    let (second, ..) = draft(&server);
    complete(&server, &token, &format!("fr-{second}"), "publish", &json!({})).expect_status(403);
    let as_issue = Request::post(server.path(&format!("issues/g-{first}/publish"))).bearer(&token);
    server.send(&as_issue).expect_status(404);
    let game = Request::post(server.path(&format!("feature_requests/fr-{first}/publish")));
    server
        .send(&game.form_user(server.project_token()))
        .expect_status(403);
    let wrong = json!({"email": "nobody"});
    let refused = complete(
        &server,
        &token,
        &format!("fr-{first}"),
        "set_reporter_email",
        &wrong,
    );
    assert_eq!(
        refused.expect_status(422).error(),
        "email is not an e-mail address"
    );
}
