//! Setting webhooks up: who may, what is refused, and what is shown.

use serde_json::json;
use support::{Launch, Receiver, Reply, Request, Server};

use super::{at, create, get, ids, log_of, start, subscribe};

#[test]
fn a_webhook_is_made_read_changed_and_deleted() {
    let mut server = start();
    let made = create(
        &server,
        &json!({"webhook": {"url": "https://hooks.example.org/a", "description": " Build ", "events": ["issue.created"]}}),
    );
    let location = made.header("Location").unwrap().to_owned();
    assert_eq!(made.header("Cache-Control"), Some("no-store"));
    let made = made.expect_status(201).json();
    assert!(
        location.ends_with(&format!("/webhooks/{}", made["id"])),
        "{location}"
    );
    assert_eq!(made["description"], "Build");
    assert_eq!(made["events"], json!(["issue.created"]));
    assert_eq!(made["active"], true);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));

    let shown = get(&server, "/1.json");
    assert_eq!(shown.get("secret"), None, "it is shown once");
    assert_eq!(get(&server, ".json")["webhooks"], json!([shown]));

    let change = at(&server, "PATCH", "/1.json").json(&json!({"active": false, "events": ["token.created"]}));
    let changed = server.send(&change).expect_status(200).json();
    assert_eq!(changed["active"], false);
    assert_eq!(changed["disabled_reason"], "owner");
    server.kill_hard();
    server.restart();
    let kept = get(&server, "/1.json");
    assert_eq!(kept, changed);
    let on = at(&server, "PATCH", "/1.json").json(&json!({"active": true}));
    assert_eq!(
        server.send(&on).expect_status(200).json()["disabled_at"],
        json!(null)
    );

    server.send(&at(&server, "DELETE", "/1.json")).expect_status(200);
    server.send(&at(&server, "GET", "/1.json")).expect_status(404);
    server.restart();
    let next = create(&server, &json!({"url": "https://hooks.example.org/b"}));
    assert_eq!(
        next.expect_status(201).json()["id"],
        2,
        "no number is given twice"
    );
}

#[test]
fn only_owners_may_and_only_their_own() {
    let mut server = start();
    create(&server, &json!({"url": "https://hooks.example.org/a"})).expect_status(201);
    let ada = server.add_person("ada@studio.example");
    let member = Request::post(server.path("members.json"))
        .bearer(server.personal_token())
        .json(&json!({"email": ada.email, "role": "developer"}));
    server.send(&member).expect_status(201);
    let paths = [
        ("GET", "webhooks.json"),
        ("POST", "webhooks.json"),
        ("GET", "webhooks/1.json"),
        ("PATCH", "webhooks/1.json"),
        ("DELETE", "webhooks/1.json"),
        ("POST", "webhooks/1/rotate_secret.json"),
        ("POST", "webhooks/1/test.json"),
        ("GET", "webhooks/1/deliveries.json"),
        ("POST", "webhooks/1/deliveries/1/redeliver.json"),
    ];
    let other = server.create_project(server.personal_token(), "Other");
    for (method, path) in paths {
        let as_developer = Request::new(method, server.path(path)).bearer(&ada.token);
        server.send(&as_developer.json(&json!({}))).expect_status(403);
        let by_game = Request::new(method, server.path(path)).form_user(server.project_token());
        server.send(&by_game.json(&json!({}))).expect_status(403);
        if path != "webhooks.json" {
            let elsewhere = format!("/projects/{other}/{path}");
            let elsewhere = Request::new(method, elsewhere).bearer(server.personal_token());
            server.send(&elsewhere.json(&json!({}))).expect_status(404);
        }
    }
}

#[test]
fn an_address_that_is_not_public_is_refused_by_name() {
    let server = Server::start();
    for url in [
        "https://127.0.0.1/x",
        "https://0x7f.1/x",
        "https://2130706433/x",
        "https://0177.0.0.1/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "https://224.0.0.1/x",
        "https://localhost/x",
    ] {
        let refused = create(&server, &json!({"url": url})).expect_status(422);
        assert!(
            refused
                .error()
                .starts_with("url must not be an address of a private network")
                && refused
                    .error()
                    .ends_with("unless the operator allows it with --webhook-allow"),
            "{url}"
        );
    }
    for (url, problem) in [
        ("http://hooks.example.org", "url must begin with https://"),
        ("ftp://hooks.example.org", "url must begin with https://"),
        ("hooks", "url is not a web address"),
        ("", "url can't be blank"),
        (
            "https://me:secret@hooks.example.org",
            "url must not have a user name or a password",
        ),
    ] {
        let refused = create(&server, &json!({"url": url})).expect_status(422);
        assert_eq!(refused.error(), problem, "{url}");
    }
    let both = create(
        &server,
        &json!({"url": "https://10.0.0.1", "events": ["issue.exploded"]}),
    );
    let text = both.expect_status(422).error();
    assert!(
        text.contains("url must") && text.contains("events has a name"),
        "{text}"
    );
    assert_eq!(
        get(&server, ".json"),
        json!({"webhooks": []}),
        "nothing is half stored"
    );
}

#[test]
fn a_project_has_twenty_webhooks_at_the_most() {
    let server = start();
    let body = json!({"url": "https://hooks.example.org/a"});
    for _ in 0..20 {
        create(&server, &body).expect_status(201);
    }
    let refused = create(&server, &body).expect_status(422);
    assert_eq!(refused.error(), "url would be one webhook too many: delete some");
    server.send(&at(&server, "DELETE", "/7.json")).expect_status(200);
    create(&server, &body).expect_status(201);
}

#[test]
fn the_operator_allows_by_variable_and_by_name() {
    let server = Launch::new()
        .with_env("BUGLE_WEBHOOK_ALLOW", "10.0.0.0/8,localhost")
        .start();
    let receiver = Receiver::start(Reply::Status(200));
    create(&server, &json!({"url": "http://10.1.2.3/hook"})).expect_status(201);
    let by_name = receiver.url().replace("127.0.0.1", "localhost");
    create(&server, &json!({"url": by_name})).expect_status(201);
    create(&server, &json!({"url": receiver.url()})).expect_status(422);
    server
        .send(&at(&server, "POST", "/2/test.json"))
        .expect_status(202);
    receiver.wait_for(1);
}

#[test]
fn a_test_is_sent_and_logged_and_sent_again_under_the_same_id() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(500));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    let test = at(&server, "POST", &format!("/{webhook}/test.json"));
    let id = server.send(&test).expect_status(202).json()["message_id"].clone();
    let messages = receiver.wait_for(1);
    assert_eq!(messages[0].event(), "webhook.test");
    assert_eq!(messages[0].header("webhook-id"), id.as_str().unwrap());
    assert_eq!(messages[0].json()["data"]["webhook_id"], webhook);

    support::eventually("an entry in the log", || log_of(&server, webhook).len() == 1);
    let entry = log_of(&server, webhook).remove(0);
    assert_eq!(entry["message_id"], id);
    assert_eq!(entry["outcome"], "refused");
    assert_eq!(entry["status"], 500);
    assert_eq!(entry["attempt"], 1);
    assert_eq!(entry["next_attempt_at"], json!(null), "a test is not tried again");

    receiver.answer_with(Reply::Status(204));
    let again = format!("/{webhook}/deliveries/{}/redeliver.json", entry["id"]);
    let again = server.send(&at(&server, "POST", &again)).expect_status(202);
    assert_eq!(again.json()["message_id"], id);
    let messages = receiver.wait_for(2);
    assert_eq!(ids(&messages), [id.as_str().unwrap(), id.as_str().unwrap()]);
    support::eventually("a second entry", || log_of(&server, webhook).len() == 2);
    assert_eq!(log_of(&server, webhook)[0]["outcome"], "delivered");
    let none = at(
        &server,
        "POST",
        &format!("/{webhook}/deliveries/99/redeliver.json"),
    );
    server.send(&none).expect_status(404);

    let off = at(&server, "PATCH", &format!("/{webhook}.json")).json(&json!({"active": false}));
    server.send(&off).expect_status(200);
    let refused = server.send(&test).expect_status(422);
    assert_eq!(
        refused.error(),
        "active is false: nothing is sent to this webhook"
    );
}
