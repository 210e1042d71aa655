//! What does not fit is told field by field, and changes nothing.

use serde_json::{Value, json};
use support::{Request, Response, Server};

use crate::{create_organization, members, project};

fn send(server: &Server, method: &str, path: &str, body: &Value) -> Response {
    let request = Request::new(method, path).bearer(server.personal_token());
    server.send(&request.json(body))
}

#[track_caller]
fn assert_refused(server: &Server, method: &str, path: &str, body: &Value, errors: &[&str]) {
    let refused = send(server, method, path, body).expect_status(422).json();
    assert_eq!(refused["errors"], json!(errors), "{method} {path} {body}");
}

#[test]
fn members_are_checked() {
    let server = Server::start();
    let (organization, _) = create_organization(&server, server.personal_token(), "Castle Studio");
    for path in [project(&server), organization] {
        let list = format!("{path}/members.json");
        for (body, errors) in [
            (json!({}), vec!["email can't be blank", "role can't be blank"]),
            (
                json!({"email": "ben", "role": "king"}),
                vec![
                    "email is not an e-mail address",
                    "role must be one of owner, developer, tester",
                ],
            ),
            (
                json!({"email": "nobody@studio.example", "role": "tester"}),
                vec![
                    "email belongs to nobody with an account here; whoever runs the server makes one with `bugle user add`",
                ],
            ),
            (
                json!({"email": "owner@bugle.local", "role": "tester"}),
                vec!["email is a member already; change the role instead"],
            ),
            (
                json!({"email": ["x"], "role": "tester"}),
                vec!["email must be text"],
            ),
        ] {
            assert_refused(&server, "POST", &list, &body, &errors);
        }
        let one = format!("{path}/members/1.json");
        assert_refused(
            &server,
            "PATCH",
            &one,
            &json!({"role": "Owner"}),
            &["role must be one of owner, developer, tester"],
        );
        assert_refused(&server, "PATCH", &one, &json!({}), &["role can't be blank"]);
        for nobody in ["2", "0", "x", "-1", "99999999999999999999"] {
            let path = format!("{path}/members/{nobody}.json");
            send(&server, "PATCH", &path, &json!({"role": "tester"})).expect_status(404);
            send(&server, "DELETE", &path, &json!({})).expect_status(404);
        }
        let method = send(&server, "GET", &one, &json!({})).expect_status(405);
        assert_eq!(method.header("Allow"), Some("PATCH, PUT, DELETE"));
        let method = send(&server, "DELETE", &list, &json!({})).expect_status(405);
        assert_eq!(method.header("Allow"), Some("GET, HEAD, POST"));
        assert_eq!(
            members(&server, &path, server.personal_token()),
            [(1, "owner".to_owned())]
        );
    }
}

#[test]
fn organizations_are_checked() {
    let server = Server::start();
    let (path, _) = create_organization(&server, server.personal_token(), "Castle Studio");
    let long = "x".repeat(121);
    for (body, error) in [
        (json!({"name": " "}), "name can't be blank"),
        (
            json!({"name": long}),
            "name is too long (maximum is 120 characters)",
        ),
        (json!({"name": {}}), "name must be text"),
    ] {
        assert_refused(&server, "POST", "/organizations.json", &body, &[error]);
        assert_refused(&server, "PATCH", &path, &body, &[error]);
    }
    assert_refused(
        &server,
        "POST",
        "/organizations",
        &json!({}),
        &["name can't be blank"],
    );
    send(&server, "PATCH", &path, &json!({})).expect_status(200);
    for nothing in ["0", "2", "x", "-1"] {
        let path = format!("/organizations/{nothing}.json");
        send(&server, "GET", &path, &json!({})).expect_status(404);
        send(&server, "DELETE", &path, &json!({})).expect_status(404);
        send(
            &server,
            "GET",
            &format!("/organizations/{nothing}/members.json"),
            &json!({}),
        )
        .expect_status(404);
    }
    send(&server, "POST", &path, &json!({})).expect_status(405);
    let project = format!("{}.json", project(&server));
    for (id, error) in [
        (
            json!(-1),
            "organization_id must be an organization's number, or null for none",
        ),
        (json!("x"), "organization_id must be a whole number"),
        (
            json!(7),
            "organization_id must be an organization that you are an owner of",
        ),
    ] {
        assert_refused(
            &server,
            "PATCH",
            &project,
            &json!({"organization_id": id}),
            &[error],
        );
    }
}

#[test]
fn a_profile_is_checked() {
    let server = Server::start();
    for (body, errors) in [
        (json!({"name": ""}), vec!["name can't be blank"]),
        (
            json!({"password": "short"}),
            vec![
                "password must have 10 to 200 characters",
                "current_password can't be blank",
            ],
        ),
        (
            json!({"password": "long enough", "current_password": "x".repeat(201)}),
            vec!["current_password is wrong"],
        ),
        (json!({"password": []}), vec!["password must be text"]),
    ] {
        assert_refused(&server, "PATCH", "/profiles/me.json", &body, &errors);
    }
    let method = send(&server, "DELETE", "/profiles/me.json", &json!({})).expect_status(405);
    assert_eq!(method.header("Allow"), Some("GET, HEAD, PATCH, PUT"));
}
