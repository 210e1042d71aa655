//! More connections than there are descriptors.

use serde_json::json;
use support::{Launch, Request};

#[test]
fn more_connections_than_descriptors_lose_no_report() {
    const OPEN_FILES: u32 = 256;
    const CONNECTIONS: usize = 400;
    let mut server = Launch::new().with_open_files(OPEN_FILES).start();
    // Each brings a log, which is a file of its own.
    let report = |number: usize| {
        let body = json!({"title": format!("Number {number}"), "logs": format!("log {number}\n")});
        Request::post(server.path("issues.json"))
            .bearer(server.personal_token())
            .json(&body)
    };
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let mut connection = server.connect();
            let request = report(number).encode(&connection.host());
            connection.send_part(&request).unwrap();
            connection
        })
        .collect();
    // All are open at once; each that has its answer makes room for the next.
    for mut connection in senders {
        connection.receive().unwrap().expect_status(201);
    }
    server.report("And one more", "").expect_status(201);
    assert_eq!(server.issue_count(), CONNECTIONS as u64 + 1);
    server.restart();
    assert_eq!(server.issue_count(), CONNECTIONS as u64 + 1);
}
