//! The pages of tokens: who sees them, and that a form which is sent again shows nothing again. What is on them, the
//! browser tests say.

use serde_json::{Value, json};
use support::{Person, Request, Response, Server};

/// Signs somebody in, and gives their cookie.
#[track_caller]
fn sign_in(server: &Server, email: &str, password: &str) -> String {
    let request = Request::post("/session.json").json(&json!({"email": email, "password": password}));
    let answer = server.send(&request).expect_status(201);
    let set = answer.header("Set-Cookie").unwrap().to_owned();
    set.split(';').next().unwrap().to_owned()
}

fn sign_in_owner(server: &Server) -> String {
    let start = server.first_start();
    sign_in(server, &start.owner_email, &start.owner_password)
}

fn page(server: &Server, cookie: &str, path: &str) -> Response {
    let request = Request::get(path)
        .header("Cookie", cookie)
        .header("Accept", "text/html");
    server.send(&request)
}

/// Sends a form with the token that a page of theirs carries.
fn send_form(server: &Server, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let carrier = page(server, cookie, "/projects/new").expect_status(200).text();
    let (_, rest) = carrier.split_once("name=\"form_token\" value=\"").unwrap();
    let (form_token, _) = rest.split_once('"').unwrap();
    let mut all = vec![("form_token", form_token)];
    all.extend_from_slice(fields);
    let request = Request::post(path)
        .header("Cookie", cookie)
        .header("Accept", "text/html")
        .header("Sec-Fetch-Site", "same-origin")
        .form(&all);
    server.send(&request)
}

/// Makes somebody a member of the first project.
fn join(server: &Server, person: &Person, role: &str) {
    let add = Request::post(server.path("members.json")).bearer(server.personal_token());
    let add = add.json(&json!({"email": person.email, "role": role}));
    server.send(&add).expect_status(201);
}

fn names(server: &Server) -> Vec<Value> {
    let list = Request::get(server.path("auth_tokens.json")).bearer(server.personal_token());
    let list = server.send(&list).expect_status(200).json();
    let tokens = list["auth_tokens"].as_array().unwrap();
    tokens.iter().map(|token| token["name"].clone()).collect()
}

#[test]
fn a_projects_tokens_are_for_its_developers() {
    let mut server = Server::start();
    let tester = server.add_person("tess@studio.example");
    let developer = server.add_person("dave@studio.example");
    join(&server, &tester, "tester");
    join(&server, &developer, "developer");
    let id = server.create_token(&json!({"name": "Theirs"}))["id"].to_string();
    let pages = ["", "/new", &format!("/{id}"), &format!("/{id}/usage")];
    let forms = ["", &format!("/{id}"), &format!("/{id}/delete")];
    let cookie = sign_in(&server, &tester.email, &tester.password);
    for part in pages {
        let answer = page(&server, &cookie, &server.path(&format!("auth_tokens{part}")));
        assert_eq!(answer.status, 403, "{part}: {}", answer.text());
        assert!(!answer.text().contains("Theirs"), "{part}");
    }
    for part in forms {
        let path = server.path(&format!("auth_tokens{part}"));
        let answer = send_form(&server, &cookie, &path, &[("name", "Taken over")]);
        assert_eq!(answer.status, 403, "{part}: {}", answer.text());
    }
    assert_eq!(names(&server), [json!("Theirs"), json!("First token")]);

    let cookie = sign_in(&server, &developer.email, &developer.password);
    for part in pages {
        let answer = page(&server, &cookie, &server.path(&format!("auth_tokens{part}")));
        assert_eq!(answer.status, 200, "{part}: {}", answer.text());
    }
    let path = server.path(&format!("auth_tokens/{id}"));
    send_form(&server, &cookie, &path, &[("name", "Renamed")]).expect_status(303);
    assert_eq!(names(&server), [json!("Renamed"), json!("First token")]);
    let path = server.path(&format!("auth_tokens/{id}/delete"));
    send_form(&server, &cookie, &path, &[]).expect_status(303);
    assert_eq!(names(&server), [json!("First token")]);
}

#[test]
fn tokens_of_others_are_not_found() {
    let mut server = Server::start();
    let other = server.add_person("ada@studio.example");
    let project = server.create_project(&other.token, "Another game");
    let foreign = server.create_token(&json!({"name": "Not of that project"}))["id"].to_string();
    let cookie = sign_in(&server, &other.email, &other.password);
    let list = Request::get("/personal_access_tokens.json").bearer(server.personal_token());
    let owners = server.send(&list).expect_status(200).json()["personal_access_tokens"][0]["id"].to_string();

    for path in [
        format!("/projects/{project}/auth_tokens/{foreign}"),
        format!("/projects/{project}/auth_tokens/{foreign}/usage"),
        format!("/personal_access_tokens/{owners}/usage"),
        "/personal_access_tokens/x/usage".to_owned(),
    ] {
        let answer = page(&server, &cookie, &path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    for path in [
        format!("/projects/{project}/auth_tokens/{foreign}"),
        format!("/projects/{project}/auth_tokens/{foreign}/delete"),
        format!("/personal_access_tokens/{owners}/delete"),
    ] {
        let answer = send_form(&server, &cookie, &path, &[("name", "Mine now")]);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    assert_eq!(
        names(&server),
        [json!("Not of that project"), json!("First token")]
    );
    server
        .send(&Request::get("/projects.json").bearer(server.personal_token()))
        .expect_status(200);
}

#[test]
fn a_form_that_is_sent_again_makes_one_token_and_shows_it_once() {
    let server = Server::start();
    let cookie = sign_in_owner(&server);
    let project_tokens = server.path("auth_tokens");
    for (path, prefix) in [
        ("/personal_access_tokens", "pat-"),
        (project_tokens.as_str(), "tkn-"),
    ] {
        let key = format!("the key of one {prefix} form");
        let fields = [("name", "Only one"), ("form_key", key.as_str())];
        let first = send_form(&server, &cookie, path, &fields).expect_status(200);
        assert_eq!(first.header("Cache-Control"), Some("no-store"), "{path}");
        let first = first.text();
        assert!(
            first.contains(&format!("<code id=\"token\">{prefix}")),
            "{path}: {first}"
        );
        let again = send_form(&server, &cookie, path, &fields)
            .expect_status(200)
            .text();
        assert!(again.contains("This token was shown once"), "{path}: {again}");
        assert!(
            !again.contains(&format!("<code id=\"token\">{prefix}")),
            "{path}: {again}"
        );
        let list = page(&server, &cookie, path).expect_status(200).text();
        assert_eq!(
            list.matches("<bdi>Only one</bdi></a>").count(),
            1,
            "{path}: {list}"
        );
    }
}

#[test]
fn whoever_is_not_signed_in_is_led_there_and_back() {
    let server = Server::start();
    for path in [
        "/personal_access_tokens".to_owned(),
        server.path("auth_tokens/new"),
    ] {
        let request = Request::get(&path).header("Accept", "text/html");
        let answer = server.send(&request).expect_status(303);
        let to = answer.header("Location").unwrap();
        assert!(to.starts_with("/sign_in?return_to=%2F"), "{path}: {to}");
    }
}

/// Where a form is sent, what it says, and what the page says of that.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn what_is_wrong_stands_in_the_form_and_nothing_is_made() {
    let server = Server::start();
    let cookie = sign_in_owner(&server);
    let project_tokens = server.path("auth_tokens");
    let cases: [Case<'_>; 5] = [
        (
            "/personal_access_tokens",
            &[("name", "Late"), ("expires_at", "2001-02-03")],
            "Expiration Date must be in the future.",
        ),
        (
            "/personal_access_tokens",
            &[("name", "Far"), ("projects[]", "pr-0000000001")],
            "Projects must be ids of projects that you reach",
        ),
        (
            &project_tokens,
            &[("name", "Less than none"), ("bug_reports_per_day", "-1")],
            "Limit Per Day must be a number from 0 to 2147483647.",
        ),
        (
            &project_tokens,
            &[("name", "Many"), ("bug_reports_per_day", "many")],
            "must be a whole number",
        ),
        (&project_tokens, &[("name", "\u{7}")], "Name can&#39;t be blank."),
    ];
    for (path, fields, problem) in cases {
        let answer = send_form(&server, &cookie, path, fields)
            .expect_status(422)
            .text();
        assert!(answer.contains(problem), "{fields:?}: {answer}");
        assert!(answer.contains("<h1>New Token</h1>"), "{fields:?}: {answer}");
    }
    assert_eq!(names(&server), [json!("First token")]);
    let list = page(&server, &cookie, "/personal_access_tokens").text();
    assert!(!list.contains("Late") && !list.contains("Far"), "{list}");
}

#[test]
fn the_address_of_a_personal_token_leads_to_its_use() {
    let server = Server::start();
    let cookie = sign_in_owner(&server);
    let answer = page(&server, &cookie, "/personal_access_tokens/1").expect_status(303);
    let to = answer.header("Location").unwrap();
    assert_eq!(to, "/personal_access_tokens/1/usage");
    page(&server, &cookie, "/personal_access_tokens/x").expect_status(404);
}
