//! Batches that are refused as a whole.

use serde_json::json;
use support::{Request, Server};

use super::{NDJSON, answers, batch_request, lines, open_token, report, send, statuses};

/// The head of a batch of so many bytes, and what of it is sent.
fn beginning(server: &Server, token: &str, size: usize, part: &str) -> Vec<u8> {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: here\r\nAuthorization: FormUser {token}\r\nContent-Type: {NDJSON}\r\nContent-Length: {size}\r\n\r\n{part}",
        server.path("issues/batch.json"),
    );
    head.into_bytes()
}

#[test]
fn too_much_is_refused_before_it_was_read_and_stores_nothing() {
    let server = Server::start();
    let token = open_token(&server);
    let line = "{\"title\":\"One of a million\"}\n";
    // A little more than ten thousand of the million is sent: the answer comes without the rest.
    let mut connection = server.connect();
    let part = beginning(&server, &token, line.len() * 1_000_000, &line.repeat(10_001));
    connection.send_part(&part).unwrap();
    let refused = connection.receive().unwrap().expect_status(413);
    assert_eq!(
        refused.error(),
        "The request has more than 10000 lines: send them in several"
    );
    assert!(connection.is_closed(), "the rest is not waited for");

    let blanks = "\n".repeat((32 << 20) + 1);
    let mut connection = server.connect();
    let part = beginning(&server, &token, 64 << 20, &blanks);
    connection.send_part(&part).unwrap();
    let refused = connection.receive().unwrap().expect_status(413);
    assert_eq!(refused.error(), "The request is larger than 33554432 bytes");
    assert_eq!(server.issue_count(), 0);
    let exactly = send(&server, &token, line.repeat(10_000));
    assert_eq!(exactly.len(), 10_000);
}

#[test]
fn what_is_no_batch_is_refused_as_a_whole() {
    let server = Server::start();
    let token = open_token(&server);
    let request = |name: &str, body: &str| {
        Request::post(server.path("issues/batch.json"))
            .form_user(&token)
            .body(name, body)
    };
    for name in [
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
    ] {
        let refused = server
            .send(&request(name, "{\"title\":\"x\"}"))
            .expect_status(415);
        assert_eq!(
            refused.error(),
            "The Content-Type must be application/x-ndjson: one JSON object a line"
        );
        assert!(
            refused
                .header("Accept")
                .unwrap()
                .starts_with("application/x-ndjson")
        );
    }
    for blank in ["", "\n", "\r\n \n\u{feff}"] {
        let answer = server.send(&request(NDJSON, blank));
        // A mark that is not at the beginning is a line like any other.
        if blank.ends_with('\u{feff}') {
            assert_eq!(statuses(&answers(&answer)), [400]);
        } else {
            assert_eq!(
                answer.expect_status(422).error(),
                "body must have at least one line"
            );
        }
    }
    server
        .send(&Request::get(server.path("issues/batch.json")).form_user(&token))
        .expect_status(405);
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn a_batch_counts_in_the_memory_for_bodies() {
    let server = Server::with_args(["--body-memory-mib", "2"]);
    let token = open_token(&server);
    // Little to send, and much to hold.
    let values: Vec<_> = (0..100).collect();
    let fields: serde_json::Map<_, _> = (0..20)
        .map(|field| (format!("f{field}"), json!(values)))
        .collect();
    let greedy = json!({"title": "Greedy", "custom_fields": fields});
    let refused = server.send(&batch_request(&server, &token, lines(vec![greedy; 50])));
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.header("Retry-After").is_some());
    assert_eq!(server.issue_count(), 0, "nothing is half stored");
    for _ in 0..3 {
        let found = send(&server, &token, lines((0..1000).map(report)));
        assert_eq!(found.len(), 1000, "what was held is given back");
    }
}
