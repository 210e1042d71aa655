//! `cargo bench --bench lists`: how long a page of a large project takes.
//!
//! One server, a process of its own, with 100,000 issues in one project; one connection asks, each question several
//! hundred times with changing words and bounds: a script's for JSON, and a signed-in browser's for pages. What is told is the time at the client, which has the socket and the
//! reading of the answer in it, and the mean that the server's own histogram (`/metrics`) gives for the same requests.
//!
//! The run fails when an answer is not what it should be, or when a median is over 3 ms. Settings go behind `--`:
//! `--issues N` (100000), `--asks N` (300). Without `--bench` (so under `cargo test --benches`) it is short, to show
//! that it works, and judges no time.
#![expect(clippy::print_stdout, reason = "the table is what the bench is for")]

mod corpus;
mod questions;

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use support::{Connection, Launch, Request, Server};
use tempfile::TempDir;

use questions::{Asker, Question};

/// What a page may take.
const MEDIAN_MAX: Duration = Duration::from_millis(3);

struct Settings {
    issues: usize,
    asks: usize,
    judge: bool,
}

fn main() -> ExitCode {
    match settings().and_then(|settings| measure(&settings)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn settings() -> Result<Settings, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let judge = arguments.iter().any(|argument| argument == "--bench");
    let number = |name: &str, usual: usize| {
        let place = arguments.iter().position(|argument| argument == name);
        let value = place.and_then(|place| arguments.get(place + 1));
        value.map_or(Ok(usual), |value| value.parse())
    };
    Ok(Settings {
        issues: number("--issues", if judge { 100_000 } else { 500 })?,
        asks: number("--asks", if judge { 300 } else { 3 })?,
        judge,
    })
}

/// Asks everything, prints and writes the table. False when something takes too long.
fn measure(settings: &Settings) -> Result<bool, Box<dyn Error>> {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let folder = TempDir::with_prefix_in("lists-", &scratch)?;
    let server = Launch::new().with_data(folder.path().join("data")).start();
    let begun = Instant::now();
    corpus::fill(&server, settings.issues)?;
    let filled = begun.elapsed();
    let caught_up = corpus::wait_until_found(&server, settings.issues)?;
    let mut table = format!(
        "{} issues, reported in {:.1} s, all found {:.1} s later; {} asks each.\n\n",
        settings.issues,
        filled.as_secs_f64(),
        caught_up.as_secs_f64(),
        settings.asks
    );
    table.push_str("| question | median ms | p99 ms | server's mean ms |\n|---|---:|---:|---:|\n");
    let mut all_well = true;
    let session = sign_in(&server)?;
    for question in questions::all(settings.issues) {
        let times = ask(&server, &session, &question, settings.asks)?;
        all_well &= times.median <= MEDIAN_MAX || !settings.judge;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        writeln!(
            table,
            "| {} | {:.2} | {:.2} | {:.2} |",
            question.name,
            milliseconds(times.median),
            milliseconds(times.p99),
            milliseconds(times.at_server)
        )?;
    }
    println!("{table}");
    if let Some(target) = scratch.parent() {
        std::fs::write(target.join("lists.md"), &table)?;
    }
    Ok(all_well)
}

struct Times {
    median: Duration,
    p99: Duration,
    at_server: Duration,
}

/// The owner's cookie.
fn sign_in(server: &Server) -> Result<String, Box<dyn Error>> {
    let start = server.first_start();
    let body = serde_json::json!({"email": start.owner_email, "password": start.owner_password});
    let answer = server
        .send(&Request::post("/session.json").json(&body))
        .expect_status(201);
    let cookie = answer.header("Set-Cookie").and_then(|set| set.split(';').next());
    Ok(cookie.ok_or("no cookie")?.to_owned())
}

/// The request of a question.
fn request(server: &Server, session: &str, question: &Question, number: usize) -> Request {
    let path = server.path(&(question.path)(number));
    let request = Request::get(path.trim_end_matches('/'));
    match question.asker {
        Asker::Script => request.bearer(server.personal_token()),
        Asker::Browser => request.header("Accept", "text/html").header("Cookie", session),
    }
}

fn ask(server: &Server, session: &str, question: &Question, asks: usize) -> Result<Times, Box<dyn Error>> {
    let mut connection = server.connect();
    let request = |number| request(server, session, question, number);
    for number in 0..asks.min(20) {
        connection.send(&request(number))?;
    }
    let before = at_server(server, &mut connection)?;
    let mut times = Vec::with_capacity(asks);
    for number in 0..asks {
        let request = request(number);
        let begun = Instant::now();
        let answer = connection.send(&request)?;
        times.push(begun.elapsed());
        let page = answer
            .header("Content-Type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        if answer.status != 200 || page != (question.asker == Asker::Browser) {
            return Err(format!("{}: {} {}", request.summary(), answer.status, answer.text()).into());
        }
    }
    let after = at_server(server, &mut connection)?;
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).or(times.last()).copied();
    Ok(Times {
        median: at(50).unwrap_or_default(),
        p99: at(99).unwrap_or_default(),
        at_server: Duration::from_secs_f64(
            (after - before).max(0.0) / f64::from(u32::try_from(asks.max(1))?),
        ),
    })
}

/// The seconds that the server has spent on answers so far.
fn at_server(server: &Server, connection: &mut Connection) -> Result<f64, Box<dyn Error>> {
    let answer = connection.send(&Request::get("/metrics").bearer(server.personal_token()))?;
    let text = answer.text();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("bugle_http_duration_seconds_sum "));
    Ok(line.ok_or("no durations in /metrics")?.parse()?)
}
