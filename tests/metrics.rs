//! `GET /metrics`: what the server counts of itself, for the machine that it runs on.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what went wrong by a panic"
)]

use support::{Request, Server};

fn read(server: &Server) -> String {
    let answer = server.send(&Request::new("GET", "/metrics")).expect_status(200);
    assert!(
        answer
            .header("Content-Type")
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    answer.text()
}

/// The value of the line that begins with this.
fn value(text: &str, name: &str) -> f64 {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let line = line.unwrap_or_else(|| panic!("no {name} in\n{text}"));
    line.parse().unwrap()
}

/// The same of what is counted in whole numbers.
fn count(text: &str, name: &str) -> u64 {
    format!("{:.0}", value(text, name)).parse().unwrap()
}

#[test]
fn reports_refusals_and_the_state_of_the_server_are_counted() {
    let server = Server::start();
    for _ in 0..3 {
        server.report("Seen", "").expect_status(201);
    }
    server.send(&Request::new("GET", "/nowhere")).expect_status(404);
    let text = read(&server);
    assert_eq!(count(&text, "bugle_bug_reports_total"), 3);
    assert_eq!(count(&text, "bugle_http_responses_total{code=\"201\"}"), 3);
    assert_eq!(count(&text, "bugle_http_responses_total{code=\"404\"}"), 1);
    assert_eq!(count(&text, "bugle_http_duration_seconds_count"), 4);
    assert_eq!(count(&text, "bugle_http_duration_seconds_bucket{le=\"+Inf\"}"), 4);
    assert!(value(&text, "bugle_http_duration_seconds_sum") > 0.0);
    assert_eq!(count(&text, "bugle_ready"), 1);
    assert_eq!(count(&text, "bugle_store_writable"), 1);
    assert_eq!(count(&text, "bugle_actor_restarts_total"), 0);
    assert_eq!(count(&text, "bugle_users"), 1);
    assert!(value(&text, "process_resident_memory_bytes") > 1e6);
    assert!(value(&text, "process_open_fds") > 3.0);
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn what_is_secret_is_in_no_metric() {
    let server = Server::start();
    server.report("A title", "and a text").expect_status(201);
    let text = read(&server);
    for secret in [
        server.project_token(),
        server.personal_token(),
        server.project(),
        "A title",
        "127.0.0.1",
    ] {
        assert!(!text.contains(secret), "{secret} in\n{text}");
    }
}

#[test]
fn a_proxy_does_not_pass_them_on() {
    let server = Server::start();
    for name in ["X-Forwarded-For", "Forwarded"] {
        let through_proxy = Request::new("GET", "/metrics").header(name, "127.0.0.1");
        server.send(&through_proxy).expect_status(404);
    }
}
