//! `--batch N`: what a report costs in a batch of N, beside what a single one costs on the same server.

use std::error::Error;

use serde_json::Value;
use support::load::Process;
use support::{Connection, Request, Server};

use crate::bodies::{self, STAMP};
use crate::cases::{Servers, token_with_limit};
use crate::rounds::{self, CARRIED_ON};
use crate::settings::Settings;

/// CPU time is counted in steps of 10 ms, so there must be many reports.
const REPORTS: usize = 200_000;

/// What a report costs, in microseconds of the server's CPU time, with what is put off.
#[derive(Debug)]
pub(crate) struct Comparison {
    size: usize,
    reports: usize,
    single: f64,
    batched: f64,
}

impl Comparison {
    /// The figures in a sentence.
    pub(crate) fn told(&self) -> String {
        let Self {
            size,
            reports,
            single,
            batched,
        } = self;
        format!(
            "CPU a report: {single:.1} us alone, {batched:.1} us in batches of {size}, each with a key ({reports} reports): {:.2} of it",
            batched / single
        )
    }
}

/// Measures single reports, then batches of `size`.
pub(crate) fn compare(
    settings: &Settings,
    servers: &mut Servers,
    size: usize,
) -> Result<Comparison, Box<dyn Error>> {
    let outcomes = rounds::run(settings, servers)?;
    let turns = outcomes.iter().flat_map(|outcome| &outcome.turns);
    let mut single: Vec<_> = turns.map(|turn| turn.server_cpu).collect();
    single.sort_by(f64::total_cmp);
    let single = single.get(single.len() / 2).copied().unwrap_or_default();
    let server = servers.bugle().ok_or("batches need Bugle")?;
    let wanted = if settings.quick { size } else { REPORTS.max(size) };
    let batches = wanted.div_ceil(size);
    let token = token_with_limit(server, i32::MAX)?;
    let process = Process(server.id());
    let mut connection = server.connect();
    send(
        server,
        &mut connection,
        &token,
        &batch(usize::MAX, size.min(1000)),
    )?;
    process.settle(CARRIED_ON);
    let before = process.cpu();
    for number in 0..batches {
        send(server, &mut connection, &token, &batch(number, size))?;
    }
    process.settle(CARRIED_ON);
    let cpu = process.cpu().saturating_sub(before);
    let reports = batches * size;
    let count = f64::from(u32::try_from(reports)?);
    Ok(Comparison {
        size,
        reports,
        single,
        batched: cpu.as_secs_f64() * 1e6 / count,
    })
}

/// Bodies of single reports, each with a key in front and unlike all others.
fn batch(number: usize, size: usize) -> String {
    let bodies = bodies::reports(size.min(1024));
    let lines = bodies.iter().cycle().take(size).enumerate().map(|(line, body)| {
        let stamped = body.replace(STAMP, &format!("{line:08}"));
        let rest = stamped.trim_start_matches('{');
        format!("{{\"idempotency_key\":\"{number}-{line}\",{rest}\n")
    });
    lines.collect()
}

/// Panics nowhere: a line that was not taken is an error of the run.
fn send(server: &Server, connection: &mut Connection, token: &str, body: &str) -> Result<(), Box<dyn Error>> {
    let request = Request::post(server.path("issues/batch.json"))
        .form_user(token)
        .body("application/x-ndjson", body);
    let answer = connection.send(&request)?;
    let text = answer.text();
    let is_taken = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        line.get("status").and_then(Value::as_u64) == Some(201)
    };
    let stored = text.lines().filter(|line| is_taken(line)).count();
    if answer.status == 200 && stored == body.lines().count() {
        Ok(())
    } else {
        let beginning: String = text.chars().take(500).collect();
        Err(format!(
            "{stored} of {} lines were taken: {} {beginning}",
            body.lines().count(),
            answer.status
        )
        .into())
    }
}
