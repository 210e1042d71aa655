//! How lines may be written, and what is wrong with some.

use serde_json::json;
use support::{Request, Server};

use super::{answers, lines, open_token, report, send, statuses};

#[test]
fn lines_are_taken_however_they_are_written() {
    let server = Server::start();
    let token = open_token(&server);
    let body = "\u{feff}{\"title\":\"After a mark\"}\r\n\r\n   \n  {\"title\":\"Indented\"}  \r\n{\"title\":\"Without an end\"}";
    let found = send(&server, &token, body);
    let told: Vec<_> = found
        .iter()
        .map(|line| (line["line"].clone(), line["status"].clone()))
        .collect();
    assert_eq!(told, [1, 4, 5].map(|line| (json!(line), json!(201))));
    for name in [
        "application/jsonl",
        "application/json-lines; charset=utf-8",
        "Application/X-NDJSON",
    ] {
        let request = Request::post(server.path("issues/batch"))
            .form_user(&token)
            .body(name, "{\"title\":\"Under another name\"}");
        assert_eq!(statuses(&answers(&server.send(&request))), [201], "{name}");
    }
}

#[test]
fn each_bad_line_has_an_answer_of_its_own() {
    let server = Server::start();
    let token = open_token(&server);
    let mut body = Vec::new();
    let bad: [(&[u8], u64, &str); 9] = [
        (b"{\"title\":\"\xff\xfe\"}", 400, "The line is not valid UTF-8"),
        (b"null", 400, "The line must be a JSON object"),
        (b"7", 400, "The line must be a JSON object"),
        (b"title=x", 400, "The line must be a JSON object"),
        (
            b"{\"title\":\"a\"} {\"title\":\"b\"}",
            400,
            "The line is not valid JSON: trailing characters at column 15",
        ),
        (b"{}", 422, "description can't be blank"),
        (
            b"{\"title\":\"a\",\"title\":\"b\"}",
            422,
            "title is given more than once",
        ),
        (
            b"{\"title\":\"a\",\"logs\":\"a line\"}",
            422,
            "logs can't be sent in a batch: add it to the issue as a file",
        ),
        (
            b"{\"title\":\"a\",\"idempotency_key\":\" \"}",
            422,
            "idempotency_key must have 1 to 255 characters",
        ),
    ];
    for (line, ..) in bad {
        body.extend_from_slice(line);
        body.extend_from_slice(b"\n{\"title\":\"Between bad ones\"}\n");
    }
    let found = send(&server, &token, body);
    for (pair, (line, status, error)) in found.chunks(2).zip(bad) {
        let line = String::from_utf8_lossy(line);
        assert_eq!(
            (&pair[0]["status"], &pair[0]["error"]),
            (&json!(status), &json!(error)),
            "{line}"
        );
        assert_eq!(pair[1]["status"], 201, "{pair:?}");
    }
    assert_eq!(server.issue_count(), 9);
}

#[test]
fn a_line_of_ten_megabytes_is_an_error_of_its_own() {
    let server = Server::start();
    let token = open_token(&server);
    let long = json!({"title": "Long", "description": "x".repeat(10_000_000)});
    let fits = json!({"title": "Fits", "description": "x".repeat(250_000)});
    let found = send(&server, &token, lines([report(1), long, fits, report(2)]));
    assert_eq!(statuses(&found), [201, 422, 201, 201]);
    assert_eq!(found[1]["error"], "line is too long (maximum is 262144 bytes)");
    assert_eq!(server.issue_count(), 3);
}
