//! Bodies that are held whole.

use std::time::Duration;

use serde_json::json;
use support::{Request, Server, eventually};

use crate::partial::begin;

/// Most of the MiB that the server may use.
const SENT: usize = 700_000;

#[test]
fn bodies_share_a_budget_of_memory() {
    let server = Server::with_args(["--body-memory-mib", "1"]);
    let path = server.path("issues.json");
    let large = json!({"title": "Large", "logs": "x".repeat(SENT)});
    let large = Request::post(&path).bearer(server.personal_token()).json(&large);
    server.send(&large).expect_status(201);

    let hoard = || {
        let framing = "Content-Type: application/json\r\nContent-Length: 1000000";
        let mut connection = begin(&server, &path, framing);
        connection.send_part(&vec![b' '; SENT]).unwrap();
        connection
    };
    let mut hoarder = hoard();
    eventually(
        "the hoarder has its share, and nothing is left for others",
        || {
            // Whoever came first has it; a hoarder that was second is refused and tries again.
            if hoarder.has_answer(Duration::from_millis(50)).unwrap() {
                hoarder = hoard();
            }
            let answer = server.send(&large);
            if answer.status == 503 {
                assert!(!answer.error().is_empty());
                assert_eq!(answer.header("Retry-After"), Some("2"));
            }
            answer.status == 503
        },
    );
    // What is small asks for nothing.
    server.report("Small", "").expect_status(201);
    let text = "d".repeat(60_000);
    let small = Request::post(&path).bearer(server.personal_token());
    let small = small.form(&[("description", &text)]);
    server.send(&small).expect_status(201);

    drop(hoarder);
    eventually("the share comes back", || server.send(&large).status == 201);
}
