//! `/personal_access_tokens`: the management of a person's own tokens.

use serde_json::{Value, json};
use support::{Request, Response, Server};

use crate::secrets::{check_hidden, shown};

const PATH: &str = "/personal_access_tokens.json";

fn create(server: &Server, body: &Value) -> Response {
    server.send(&Request::post(PATH).bearer(server.personal_token()).json(body))
}

fn list(server: &Server, token: &str) -> Vec<Value> {
    let answer = server
        .send(&Request::get(PATH).bearer(token))
        .expect_status(200)
        .json();
    answer["personal_access_tokens"].as_array().unwrap().clone()
}

fn delete(server: &Server, token: &str, id: &Value) -> Response {
    server.send(&Request::delete(format!("/personal_access_tokens/{id}.json")).bearer(token))
}

fn me(token: &str) -> Request {
    Request::get("/profiles/me.json").bearer(token)
}

#[test]
fn a_token_is_shown_once_and_lives_from_create_to_delete() {
    let server = Server::start();
    let created = create(&server, &json!({"name": "CI script"}));
    let token = shown(&created, "pat-");
    let id = created.json()["id"].clone();
    let location = created.header("Location").unwrap();
    assert!(
        location.ends_with(&format!("/personal_access_tokens/{id}")),
        "{location}"
    );

    let tokens = list(&server, &token);
    let record = tokens.iter().find(|record| record["id"] == id).unwrap();
    check_hidden(record, &token);
    assert_eq!(record["name"], "CI script");
    assert_eq!(record["expires_at"], Value::Null);
    assert!(
        record["last_used_at"].is_string(),
        "the list itself was read with it: {record}"
    );

    check_hidden(&delete(&server, &token, &id).expect_status(200).json(), &token);
    server.send(&me(&token)).expect_status(401);
    assert!(
        list(&server, server.personal_token())
            .iter()
            .all(|record| record["id"] != id)
    );
    delete(&server, server.personal_token(), &id).expect_status(404);
}

#[test]
fn an_expiry_is_a_date_or_a_moment_to_come() {
    let server = Server::start();
    for (given, stored) in [
        ("2099-12-31", "2100-01-01T00:00:00.000Z"),
        ("2099-12-31T12:00:00+02:00", "2099-12-31T10:00:00.000Z"),
    ] {
        let answer = create(&server, &json!({"name": "Ends", "expires_at": given}));
        assert_eq!(answer.expect_status(201).json()["expires_at"], stored, "{given}");
    }
    for given in ["2020-01-01", "2020-01-01T00:00:00Z", "tomorrow", "2099-13-01"] {
        let answer = create(&server, &json!({"name": "Ends", "expires_at": given}));
        assert_eq!(answer.status, 422, "{given}: {}", answer.text());
        assert!(
            answer.error().contains("expires_at"),
            "{given}: {}",
            answer.error()
        );
    }
    let nothing = create(&server, &json!({"name": "Never ends", "expires_at": ""}));
    assert_eq!(nothing.expect_status(201).json()["expires_at"], Value::Null);
}

#[test]
fn a_name_is_required() {
    let server = Server::start();
    for body in [
        json!({}),
        json!({"name": " "}),
        json!({"personal_access_token": {"name": ""}}),
    ] {
        let answer = create(&server, &body).expect_status(422);
        assert!(answer.error().contains("name"), "{body}: {}", answer.error());
    }
}

#[test]
fn a_deleted_token_is_refused_on_a_connection_that_it_opened() {
    let server = Server::start();
    let created = create(&server, &json!({"name": "Short-lived"}));
    let token = shown(&created, "pat-");
    let mut script = server.connect();
    assert_eq!(script.send(&me(&token)).unwrap().status, 200);
    delete(&server, server.personal_token(), &created.json()["id"]).expect_status(200);
    let refused = script.send(&me(&token)).unwrap().expect_status(401);
    assert!(!refused.error().is_empty());
    assert_eq!(refused.header("WWW-Authenticate"), Some("Bearer"));
}

#[test]
fn nobody_sees_or_deletes_the_tokens_of_others() {
    let mut server = Server::start();
    let stranger = server.add_person("stranger@studio.example").token;
    let own = list(&server, server.personal_token());
    let others = list(&server, &stranger);
    assert_eq!((own.len(), others.len()), (1, 1));
    assert_ne!(own[0]["id"], others[0]["id"]);
    delete(&server, &stranger, &own[0]["id"]).expect_status(404);
    server.send(&me(server.personal_token())).expect_status(200);
}

#[test]
fn the_command_line_makes_lists_and_revokes_what_the_server_then_knows() {
    let mut server = Server::start();
    server.stop();
    let run = |server: &Server, arguments: &[&str]| {
        let output = server.command(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let project = server.project().to_owned();
    let made = run(
        &server,
        &["token", "create", "--project", &project, "--name", "By hand"],
    );
    let token = made.split_whitespace().last().unwrap().to_owned();
    let number = made.split_whitespace().nth(1).unwrap().to_owned();
    let listed = run(&server, &["token", "list"]);
    assert!(listed.contains("By hand") && !listed.contains(&token), "{listed}");
    assert!(listed.contains(&crate::secrets::partial(&token)), "{listed}");

    let report = |server: &Server| {
        let request = Request::post(server.path("issues.json")).form_user(&token);
        server.send(&request.json(&json!({"title": "A report"}))).status
    };
    server.restart();
    assert_eq!(report(&server), 201);
    server.stop();
    run(&server, &["token", "revoke", &number]);
    let again = server.command(["token", "revoke", &number]);
    let message = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && message.contains(&number), "{message}");
    server.restart();
    assert_eq!(report(&server), 403);
}
