//! How long each page keeps a thread that answers games too: its time on a processor, the sending with it. Measured, not
//! tested:
//!
//! `cargo test --profile profiling --test page_cost -- --ignored --nocapture`
#![expect(clippy::expect_used, reason = "the helpers of a test fail the test")]

use std::time::Duration;

use serde_json::json;
use support::load::Process;
use support::{Connection, Multipart, Request, Server};

/// How often each page is asked for.
const ROUNDS: u32 = 40;

/// What the threads that speak HTTP are called, digits aside.
const HTTP_THREADS: &str = "actix-rt|";

fn http_time(server: &Server) -> Duration {
    let threads = Process(server.id()).cpu_by_thread();
    let those = threads.iter().filter(|(name, _)| name.starts_with(HTTP_THREADS));
    those.map(|(_, time)| *time).sum()
}

/// A project with all that makes pages large.
fn fill(server: &Server) {
    let token = server.personal_token();
    let send = |request: Request| server.send(&request.bearer(token)).expect_status(201).json();
    for number in 0..100 {
        let fields = json!({
            "title": format!("The player falls through the floor of the castle, number {number}"),
            "description": "When I jump near the fountain the player falls and keeps falling. ".repeat(8),
            "priority": "high",
        });
        send(Request::post(server.path("issues.json")).json(&fields));
    }
    let huge = json!({"title": "Long", "description": "A line of text & more.\n".repeat((1 << 20) / 24)});
    send(Request::post(server.path("issues.json")).json(&huge));
    for number in 0..20 {
        let body = json!({"body": format!("{number} {}", "A < B & more. ".repeat((64 << 10) / 16))});
        send(Request::post(server.path("issues/1/comments.json")).json(&body));
        send(Request::post(server.path("issues/2/comments.json")).json(&json!({"body": "Short."})));
    }
    let log = "12:00:00.123 [Info] Loaded the chunk of the world at 12,34 & went on <quietly>\n".repeat(6000);
    let form = Multipart::new().file("log_file[file]", "Player.log", "text/plain", log.as_bytes());
    send(Request::post(server.path("issues/1/log_files.json")).multipart(form));
}

#[test]
#[ignore = "a measurement"]
fn what_each_page_costs() {
    let server = Server::with_args(["--workers", "1"]);
    fill(&server);
    let start = server.first_start();
    let body = json!({"email": start.owner_email, "password": start.owner_password});
    let signed_in = server.send(&Request::post("/session.json").json(&body));
    let set = signed_in.header("Set-Cookie").expect("a cookie").to_owned();
    let cookie = set.split(';').next().unwrap_or_default();
    let files = Request::get(server.path("issues/1/log_files.json")).bearer(server.personal_token());
    let file = server.send(&files).json()[0]["id"].to_string();
    let log = format!("issues/1/log_files/{file}/view");
    let mut connection = server.connect();
    println!("{:>9} {:>9}  page", "ms", "bytes");
    for path in [
        String::new(),
        "issues?per_page=20".into(),
        "issues?per_page=100".into(),
        "issues/3".into(),
        "issues/2".into(),
        "issues/1".into(),
        "issues/101".into(),
        "issues/101/edit".into(),
        "issues/1/history".into(),
        log.clone(),
        format!("{log}?find=chunk"),
        "auth_tokens".into(),
        "auth_tokens/1/usage".into(),
        "members".into(),
        "settings".into(),
    ] {
        let path = server.path(&path);
        let request = Request::get(path.trim_end_matches('/')).header("Accept", "text/html");
        let (time, size) = measured(&server, &mut connection, &request.header("Cookie", cookie));
        println!("{:>9.3} {size:>9}  {path}", time.as_secs_f64() * 1000.0);
    }
    let list = Request::get(server.path("issues.json?per_page=100")).bearer(server.personal_token());
    let (time, size) = measured(&server, &mut connection, &list);
    println!(
        "{:>9.3} {size:>9}  the same list as JSON",
        time.as_secs_f64() * 1000.0
    );
}

/// The time of one answer on the threads that speak HTTP, and its size in bytes.
fn measured(server: &Server, connection: &mut Connection, request: &Request) -> (Duration, usize) {
    let bytes = request.encode(&connection.host());
    let mut ask = || {
        connection
            .send_raw(&bytes)
            .expect("an answer")
            .expect_status(200)
            .text()
            .len()
    };
    let size = ask();
    let before = http_time(server);
    for _ in 0..ROUNDS {
        ask();
    }
    (http_time(server).saturating_sub(before) / ROUNDS, size)
}
