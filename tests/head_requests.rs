//! `HEAD` is answered as `GET` is, without the body (RFC 9110, 9.3.2).
#![expect(clippy::expect_used, reason = "the helpers of a test fail the test")]

use serde_json::Value;
use support::{Multipart, Request, Server};

/// Panics unless both methods get the same answer but for the body. What is always another moment is left out.
#[track_caller]
fn check_alike(server: &Server, path: &str, status: u16) {
    let mut connection = server.connect();
    let mut send = |method: &str| {
        let request = Request::new(method, path).bearer(server.personal_token());
        let answer = connection.send(&request).expect("an answer");
        let mut answer = answer.expect_status(status);
        answer
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
        answer.headers.sort();
        answer
    };
    let got = send("GET");
    let head = send("HEAD");
    assert_eq!(head.headers, got.headers, "{path}");
    assert_eq!(
        head.header("Content-Length"),
        Some(got.body.len().to_string().as_str()),
        "{path}"
    );
    assert!(head.body.is_empty(), "{path}");
    // Had a body been sent, it would be read as the next answer.
    assert_eq!(send("GET").body, got.body, "{path}");
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start();
    let issue = server.report("Seen", "").expect_status(201).json();
    let files = server.path(&format!("issues/g-{}/log_files", issue["id"]));
    let file = Multipart::new().file("log_file[file]", "a.log", "text/plain", &vec![b'x'; 300_000]);
    let upload = Request::post(&files)
        .bearer(server.personal_token())
        .multipart(file);
    let file: Value = server.send(&upload).expect_status(201).json();
    let file = file.get("url").and_then(Value::as_str).unwrap();
    for path in [
        "/healthz",
        "/ping.txt",
        "/",
        "/projects.json",
        "/profiles/me",
        "/organizations",
        &server.path("members.json"),
        &server.path("issues.json"),
        &server.path("issues/1"),
        &files,
        file.strip_prefix(server.url()).unwrap(),
    ] {
        check_alike(&server, path, 200);
    }
    for path in ["/nowhere", &server.path("issues/99")] {
        check_alike(&server, path, 404);
    }
    check_alike(&server, "/session.json", 405);
}

#[test]
fn head_is_let_in_as_get_is() {
    let server = Server::start();
    let head = |path: String| server.send(&Request::new("HEAD", path));
    head(server.path("issues.json")).expect_status(401);
    let refused = head(server.path("issues/1/publish")).expect_status(405);
    assert_eq!(refused.header("Allow"), Some("POST"));
    let preflight = server.send(&Request::new("OPTIONS", "/projects.json"));
    assert_eq!(
        preflight.header("Access-Control-Allow-Methods"),
        Some("GET, POST, PUT, PATCH, DELETE, OPTIONS")
    );
}
