//! Bodies that come too slowly, or stop.

use std::time::{Duration, Instant};

use support::{Connection, Server};

use crate::partial::{FORM, begin, begin_upload, issue};

const TIMEOUT: Duration = Duration::from_secs(1);

fn server() -> Server {
    Server::with_args(["--body-timeout", "1"])
}

/// Panics unless the sender is told that they were too slow, and the connection is closed.
#[track_caller]
fn check_cut_off(what: &str, connection: &mut Connection) {
    let answer = connection.receive().unwrap();
    assert_eq!(answer.status, 408, "{what}: {}", answer.text());
    assert!(!answer.error().is_empty(), "{what}");
    assert_eq!(answer.header("Connection"), Some("close"), "{what}");
    assert!(connection.is_closed(), "{what}");
}

#[test]
fn a_body_that_stops_is_refused_whatever_its_kind() {
    const JSON: &str = "Content-Type: application/json";
    const FORM_TYPE: &str = "Content-Type: multipart/form-data; boundary=frontier";
    let server = server();
    let issue = issue(&server);
    let reports = server.path("issues.json");
    let files = server.path(&format!("issues/g-{}/log_files", issue["id"]));
    let text = "--frontier\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nNever";
    let chunk = |body: &str| format!("{:x}\r\n{body}\r\n", body.len());
    let table = [
        (
            "nothing of it",
            &reports,
            format!("Content-Length: 20\r\n{JSON}"),
            String::new(),
        ),
        (
            "JSON",
            &reports,
            format!("Content-Length: 20\r\n{JSON}"),
            "{\"title\":".to_owned(),
        ),
        (
            "a form's text",
            &reports,
            format!("Content-Length: 999\r\n{FORM_TYPE}"),
            text.to_owned(),
        ),
        (
            "a form's file",
            &files,
            format!("Content-Length: 999\r\n{FORM_TYPE}"),
            format!("{}some", FORM.0),
        ),
        (
            "chunks",
            &reports,
            format!("Transfer-Encoding: chunked\r\n{JSON}"),
            chunk("{\"title\":"),
        ),
        (
            "half a chunk",
            &reports,
            format!("Transfer-Encoding: chunked\r\n{JSON}"),
            "9\r\n{\"ti".to_owned(),
        ),
        (
            "a file in chunks",
            &files,
            format!("Transfer-Encoding: chunked\r\n{FORM_TYPE}"),
            chunk(FORM.0),
        ),
        (
            "a sign-in",
            &"/session.json".to_owned(),
            format!("Content-Length: 20\r\n{JSON}"),
            "{".to_owned(),
        ),
    ];
    let began = Instant::now();
    let mut senders: Vec<_> = table
        .iter()
        .map(|(what, path, framing, sent)| {
            let mut connection = begin(&server, path, framing);
            connection.send_part(sent.as_bytes()).unwrap();
            (what, connection)
        })
        .collect();
    for (what, connection) in &mut senders {
        check_cut_off(what, connection);
    }
    assert!(began.elapsed() >= TIMEOUT);
    assert_eq!(server.issue_count(), 1, "nothing of it was stored");
}

#[test]
fn a_refusal_does_not_wait_for_ever_for_the_body_it_passes_over() {
    let server = server();
    let mut connection = server.connect();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer pat-wrong\r\nContent-Length: 20\r\n\r\n{{",
        server.path("issues.json")
    );
    connection.send_part(head.as_bytes()).unwrap();
    connection.receive().unwrap().expect_status(401);
    assert!(connection.is_closed());
}

#[test]
fn nobody_holds_a_connection_with_the_body_of_a_question() {
    let server = server();
    for (method, status) in [("OPTIONS", 400), ("HEAD", 404), ("GET", 404)] {
        let mut connection = server.connect();
        let head =
            format!("{method} /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n");
        connection.send_part(head.as_bytes()).unwrap();
        let answer = match method {
            "HEAD" => connection.receive_head().unwrap(),
            _ => connection.receive().unwrap(),
        };
        assert_eq!(answer.status, status, "{method}");
        assert!(connection.is_closed(), "{method}: the connection is held");
    }
}

#[test]
fn a_body_that_trickles_is_refused() {
    let server = server();
    let issue = issue(&server);
    let mut connection = begin_upload(&server, &issue, 1_000_000);
    // A byte every 20 ms: never silent for long, and far below a KiB a second.
    while !connection.has_answer(Duration::from_millis(20)).unwrap() {
        connection.send_part(b"x").unwrap();
    }
    check_cut_off("a trickle", &mut connection);
}

#[test]
fn a_body_that_is_slow_and_steady_is_taken() {
    const PIECE: &[u8] = &[b'x'; 1024];
    const PIECES: usize = 100;
    let server = server();
    let issue = issue(&server);
    let mut connection = begin_upload(&server, &issue, PIECES * PIECE.len());
    let began = Instant::now();
    for _ in 0..PIECES {
        assert!(!connection.has_answer(Duration::from_millis(25)).unwrap());
        connection.send_part(PIECE).unwrap();
    }
    assert!(
        began.elapsed() > 2 * TIMEOUT,
        "slower than the timeout alone would allow"
    );
    connection.send_part(FORM.1.as_bytes()).unwrap();
    connection.receive().unwrap().expect_status(201);
}
