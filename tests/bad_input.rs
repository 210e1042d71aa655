//! What no server should be sent, and every server is: refused in JSON, by name, and without a trace.

use std::thread;

use rand::Rng;
use serde_json::{Value, json};
use support::{Connection, Multipart, Request, Response, Server};

fn create(server: &Server) -> Request {
    Request::post(server.path("issues.json")).bearer(server.personal_token())
}

/// Panics unless the answer is a refusal that every client can show.
#[track_caller]
fn check_refusal(what: &str, answer: &Response, status: u16) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("Content-Type"), Some("application/json"), "{what}");
    assert!(!answer.error().is_empty(), "{what}");
    assert_eq!(
        answer.json().get("message"),
        None,
        "{what}: Roblox would show that instead"
    );
}

#[test]
fn a_field_that_is_wrong_is_named() {
    let server = Server::start();
    let long = "x".repeat(70_000);
    let table = [
        ("description", json!({})),
        ("description", json!({"description": "  \n "})),
        ("description", json!({"description": {"a": 1}})),
        ("description", json!({"description": ["a"]})),
        ("description", json!({"description": "x".repeat((1 << 20) + 1)})),
        ("title", json!({"title": {}, "description": "d"})),
        ("title", json!({"title": "t".repeat(256)})),
        ("priority", json!({"title": "t", "priority": "urgent"})),
        ("category", json!({"title": "t", "category": "praise"})),
        (
            "unformatted_steps_to_reproduce",
            json!({"title": "t", "unformatted_steps_to_reproduce": long}),
        ),
        ("custom_fields", json!({"title": "t", "custom_fields": "none"})),
        ("custom", json!({"title": "t", "custom": 7})),
        ("custom_fields", json!({"title": "t", "custom": {"k": long}})),
        ("user.email", json!({"title": "t", "user": {"email": "nowhere"}})),
        ("user", json!({"title": "t", "user": "me"})),
        ("due_date", json!({"title": "t", "due_date": "soon"})),
        ("draft", json!({"title": "t", "draft": {}})),
        ("issue", json!({"issue": "t"})),
    ];
    for (field, body) in table {
        let summary: String = format!("{field}: {body}").chars().take(100).collect();
        for body in [body.clone(), json!({"issue": body})] {
            let answer = server.send(&create(&server).json(&body));
            check_refusal(&summary, &answer, 422);
            assert!(answer.error().contains(field), "{summary}: {}", answer.error());
            assert!(answer.json()["errors"].is_array(), "{summary}: {}", answer.text());
        }
    }
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let server = Server::start();
    let body = json!({"priority": "x", "category": "y", "due_date": "z"});
    let answer = server.send(&create(&server).json(&body)).expect_status(422);
    for field in ["description", "priority", "category", "due_date"] {
        assert!(answer.error().contains(field), "{field} in {}", answer.error());
    }
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_body_that_cannot_be_read_is_refused_with_its_own_status() {
    let server = Server::start();
    let deep = format!("{}{}", "{\"a\":".repeat(50), "1".to_owned() + &"}".repeat(50));
    let deeper = "[".repeat(200_000);
    let json = "application/json";
    let table = [
        (400, json, "{"),
        (400, json, "{\"title\": }"),
        (400, json, "[]"),
        (400, json, "\"text\""),
        (400, json, "null"),
        (400, json, "not json"),
        (400, json, "{\"title\": \"\\ud800\"}"),
        (400, json, deeper.as_str()),
        (422, json, deep.as_str()),
        (422, json, ""),
        (422, "application/x-www-form-urlencoded", ""),
        (422, "application/x-www-form-urlencoded", "%%%=&&&=[[[]]]"),
        (415, "application/xml", "<issue/>"),
        (415, "image/png", "{}"),
        (415, "text/plain;charset=UTF-8", "{\"title\": \"t\"}"),
        (400, "multipart/form-data", "--x--"),
        (400, "multipart/form-data; boundary=x", "no part of it"),
    ];
    for (status, content_type, body) in table {
        let summary: String = format!("{content_type}: {body}").chars().take(80).collect();
        check_refusal(
            &summary,
            &server.send(&create(&server).body(content_type, body)),
            status,
        );
    }
    let not_utf8 = create(&server).body(json, b"{\"title\": \"\xff\xfe\"}".to_vec());
    check_refusal("no UTF-8", &server.send(&not_utf8), 400);
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn too_much_is_refused_as_too_much() {
    let server = Server::start();
    let body = format!("{{\"title\": \"{}\"}}", "x".repeat(17 << 20));
    let answer = server.send(&create(&server).body("application/json", body));
    check_refusal("17 MiB", &answer, 413);
    let fields: Vec<_> = (0..3000)
        .map(|number| format!("issue[custom][k{number}]=v"))
        .collect();
    let form = create(&server).body("application/x-www-form-urlencoded", fields.join("&"));
    check_refusal("3000 fields", &server.send(&form), 400);
    let mut parts = Multipart::new();
    for number in 0..3000 {
        parts = parts.text(&format!("issue[custom][k{number}]"), "v");
    }
    check_refusal("3000 parts", &server.send(&create(&server).multipart(parts)), 400);
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn odd_text_is_kept_as_far_as_it_is_text() {
    let server = Server::start();
    let title = "\u{1f41b} Gr\u{fc}\u{df}e <script>'\"\\ \u{0} \u{7f} \u{feff}";
    let created = server
        .report(title, "a\r\nb\u{0}c\t\u{1f469}\u{200d}\u{1f680}")
        .expect_status(201)
        .json();
    let stored = server.issue(created["id"].as_u64().unwrap()).json();
    assert_eq!(
        stored["title"],
        "\u{1f41b} Gr\u{fc}\u{df}e <script>'\"\\ \u{fffd} \u{7f} \u{feff}"
    );
    assert_eq!(
        stored["description"],
        "a\r\nb\u{fffd}c\t\u{1f469}\u{200d}\u{1f680}"
    );
}

#[test]
fn the_header_and_the_address_name_the_same_project() {
    let server = Server::start();
    let with = |project: &str| {
        let request = create(&server).header("BetaHub-Project-ID", project);
        server.send(&request.json(&json!({"title": "Which?"})))
    };
    check_refusal("another project", &with("pr-0000000001"), 403);
    with("").expect_status(201);
    with(server.project()).expect_status(201);
}

/// Every path that takes something, with a method that it does not take and those that it does.
fn routes(server: &Server) -> Vec<(String, &'static str, &'static str)> {
    let mut routes = vec![
        ("/projects".to_owned(), "DELETE", "GET, HEAD, POST"),
        ("/personal_access_tokens".to_owned(), "PUT", "GET, HEAD, POST"),
        ("/personal_access_tokens/1".to_owned(), "GET", "DELETE"),
        ("/auth/verify".to_owned(), "GET", "POST"),
        ("/profiles/me".to_owned(), "POST", "GET, HEAD, PATCH, PUT"),
        ("/organizations".to_owned(), "DELETE", "GET, HEAD, POST"),
        (
            "/organizations/1".to_owned(),
            "POST",
            "GET, HEAD, PATCH, PUT, DELETE",
        ),
        ("/organizations/1/members".to_owned(), "PUT", "GET, HEAD, POST"),
        (
            "/organizations/1/members/1".to_owned(),
            "GET",
            "PATCH, PUT, DELETE",
        ),
        (
            format!("/projects/{}", server.project()),
            "POST",
            "GET, HEAD, PATCH, PUT",
        ),
    ];
    for (rest, wrong, allowed) in [
        ("issues", "DELETE", "GET, HEAD, POST"),
        ("issues/1", "DELETE", "GET, HEAD, PATCH, PUT"),
        ("issues/1/publish", "GET", "POST"),
        ("issues/1/comments", "PUT", "GET, HEAD, POST"),
        ("issues/1/comments/1", "GET", "DELETE, PATCH, PUT"),
        ("issues/1/set_reporter_email", "GET", "POST"),
        ("issues/1/set_contact_info", "PATCH", "POST"),
        ("issues/1/screenshots", "PUT", "GET, HEAD, POST"),
        ("issues/1/video_clips", "PUT", "GET, HEAD, POST"),
        ("issues/1/log_files", "DELETE", "GET, HEAD, POST"),
        ("members", "DELETE", "GET, HEAD, POST"),
        ("members/1", "GET", "PATCH, PUT, DELETE"),
        ("auth_tokens", "DELETE", "GET, HEAD, POST"),
        ("auth_tokens/1", "POST", "GET, HEAD, PATCH, PUT, DELETE"),
    ] {
        routes.push((server.path(rest), wrong, allowed));
    }
    routes
}

#[test]
fn every_path_answers_browsers_and_says_which_methods_it_takes() {
    let server = Server::start();
    let mut connection = server.connect();
    let mut send = |request: &Request| connection.send(request).unwrap();
    for (path, wrong, allowed) in routes(&server) {
        for path in [path.clone(), format!("{path}.json")] {
            let preflight = Request::new("OPTIONS", &path)
                .header("Origin", "https://forms.studio.example")
                .header("Access-Control-Request-Method", "POST");
            let answer = send(&preflight);
            assert!(
                matches!(answer.status, 200 | 204),
                "OPTIONS {path}: {}",
                answer.status
            );
            assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"), "{path}");
            let headers = answer.header("Access-Control-Allow-Headers").unwrap_or_default();
            for name in [
                "Authorization",
                "BetaHub-Project-ID",
                "Content-Type",
                "Accept",
                "Content-MD5",
            ] {
                assert!(headers.contains(name), "{name} in {headers}");
            }
            let answer = send(&Request::new(wrong, &path).header("Origin", "https://forms.studio.example"));
            check_refusal(&format!("{wrong} {path}"), &answer, 405);
            assert_eq!(answer.header("Allow"), Some(allowed), "{path}");
            assert_eq!(answer.header("Access-Control-Allow-Origin"), Some("*"), "{path}");
        }
    }
}

#[test]
fn every_refusal_can_be_read_by_a_page_of_another_origin() {
    let server = Server::start();
    let table = [
        (401, Request::get(server.path("issues.json"))),
        (
            403,
            Request::get(server.path("issues.json")).form_user(server.project_token()),
        ),
        (404, Request::get("/nowhere")),
        (
            404,
            Request::get("/projects/pr-1/issues.json").bearer(server.personal_token()),
        ),
        (422, create(&server).json(&json!({}))),
        (400, create(&server).body("application/json", "{")),
        (415, create(&server).body("application/xml", "<a/>")),
    ];
    for (status, request) in table {
        let summary = request.summary();
        let answer = server.send(&request.header("Origin", "https://forms.studio.example"));
        check_refusal(&summary, &answer, status);
        assert_eq!(
            answer.header("Access-Control-Allow-Origin"),
            Some("*"),
            "{summary}"
        );
        let exposed = answer.header("Access-Control-Expose-Headers").unwrap_or_default();
        for name in ["Retry-After", "RateLimit", "Location", "Idempotent-Replayed"] {
            assert!(exposed.contains(name), "{name} in {exposed}");
        }
    }
}

#[test]
fn doubled_and_trailing_slashes_are_overlooked() {
    let server = Server::start();
    let id = server.report("Found by any path", "").expect_status(201).json()["id"].clone();
    let project = server.project();
    for path in [
        format!("//projects/{project}/issues/g-{id}.json"),
        format!("/projects//{project}//issues/g-{id}"),
        format!("/projects/{project}/issues/g-{id}/"),
        format!("/projects/{project}/issues/1//"),
        format!("/projects/{project}/issues/1.json?x=//"),
    ] {
        let answer = server.send(&Request::get(&path).bearer(server.personal_token()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.json()["id"], id, "{path}");
    }
    let list = Request::get(format!("//projects/{project}/issues/?per_page=1&page=2"));
    let list = server
        .send(&list.bearer(server.personal_token()))
        .expect_status(200)
        .json();
    assert_eq!(list["pagination"]["current_page"], 2, "the query is kept: {list}");
}

#[test]
fn what_names_nothing_is_not_found() {
    let server = Server::start();
    let project = server.project();
    for path in [
        "/nowhere".to_owned(),
        "/projects/pr-0000000001/issues.json".to_owned(),
        "/projects/x/issues.json".to_owned(),
        "/projects/%00/issues.json".to_owned(),
        "/projects/..%2f..%2fetc%2fpasswd".to_owned(),
        format!("/projects/{project}/nowhere"),
        format!("/projects/{project}/issues/x.json"),
        format!("/projects/{project}/issues/g-.json"),
        format!("/projects/{project}/issues/-1.json"),
        format!("/projects/{project}/issues/99999999999999999999.json"),
        format!("/projects/{project}/issues/g-18446744073709551615.json"),
        format!("/projects/{project}/issues/1/screenshots/1"),
        format!("/projects/{project}/auth_tokens/99.json"),
        format!("/projects/{project}/auth_tokens/x.json"),
        format!("/{}", "a".repeat(5000)),
    ] {
        let answer = server.send(&Request::get(&path).bearer(server.personal_token()));
        let summary: String = path.chars().take(80).collect();
        check_refusal(&summary, &answer, 404);
    }
}

/// What a port scanner, a broken proxy or an attacker sends. Whatever comes back, the server must go on.
#[test]
fn garbage_on_the_socket_harms_nobody() {
    let server = Server::start();
    let long_head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(300_000));
    let many_headers = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(5000));
    let path = server.path("issues.json");
    let fixed = [
        "\0\0\0\0".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\n: nothing\r\n\r\n".to_owned(),
        format!("POST {path} HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        format!("POST {path} HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{{}}"),
        format!("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"),
        format!("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
        "\x16\x03\x01\x02\0\x01\0\x01\u{fc}\x03\x03".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        long_head,
        many_headers,
    ];
    thread::scope(|scope| {
        for bytes in &fixed {
            scope.spawn(|| throw(&server, bytes.as_bytes()));
        }
        for _ in 0..20 {
            scope.spawn(|| {
                let mut bytes = vec![0; rand::random_range(1..4096)];
                rand::rng().fill_bytes(&mut bytes);
                throw(&server, &bytes);
            });
        }
    });
    server.report("Still here", "").expect_status(201);
    assert_eq!(server.issue_count(), 1, "and nothing else was stored");
}

/// Sends bytes and hangs up without waiting for an answer that may never come.
fn throw(server: &Server, bytes: &[u8]) {
    let mut connection: Connection = server.connect();
    // The server may well hang up first.
    let _ = connection.send_part(bytes);
}

#[test]
fn half_a_request_stores_nothing() {
    let server = Server::start();
    let body = json!({"title": "Never sent whole", "description": "x".repeat(2000)}).to_string();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: FormUser {}\r\n\
         Content-Length: {}\r\n\r\n",
        server.path("issues.json"),
        server.project_token(),
        body.len()
    );
    for cut in [0, 1, body.len() / 2, body.len() - 1] {
        throw(&server, format!("{head}{}", &body[..cut]).as_bytes());
    }
    // The token's default limit is 8: all of it is still there.
    for _ in 0..8 {
        server.report("Sent whole", "").expect_status(201);
    }
    let titles: Vec<Value> = server
        .issues()
        .iter()
        .map(|issue| issue["title"].clone())
        .collect();
    assert_eq!(titles, vec!["Sent whole"; 8]);
}
