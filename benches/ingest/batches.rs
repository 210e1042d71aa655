//! `--batch N`: what a report costs in a batch of N, beside what a single one costs on the same server.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use support::load::{Generator, Plan, Process};
use support::{Connection, Request, Server};

use crate::bodies::{self, STAMP};
use crate::cases::{Servers, keyed_templates, token_with_limit};
use crate::rounds::CARRIED_ON;
use crate::settings::Settings;

/// CPU time is counted in steps of 10 ms, so there must be many reports.
const REPORTS: usize = 200_000;
/// What these do, they do for a report however it came, and nobody waits for it: search, the map behind the journal, its
/// compression. By the beginnings of their names.
const PUT_OFF: [&str; 7] = [
    "search",
    "segment_",
    "merge",
    "thrd-tantivy",
    "applier",
    "journal-helper",
    "sled",
];

/// What a report costs, in microseconds of the server's CPU time.
#[derive(Debug, Default)]
struct Cost {
    /// With what is put off.
    whole: f64,
    /// By thread.
    threads: BTreeMap<String, f64>,
}

impl Cost {
    fn of(reports: usize, whole: Duration, before: &Threads, after: &Threads) -> Self {
        let count = f64::from(u32::try_from(reports).unwrap_or(u32::MAX).max(1));
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count;
        let spent = |(name, time): (&String, &Duration)| {
            let earlier = before.get(name).copied().unwrap_or_default();
            (name.clone(), each(time.saturating_sub(earlier)))
        };
        Self {
            whole: each(whole),
            threads: after.iter().map(spent).collect(),
        }
    }

    /// What is done before the answer: what is not put off.
    fn to_answer(&self) -> f64 {
        let is_put_off = |name: &str| PUT_OFF.iter().any(|beginning| name.starts_with(beginning));
        let threads = self.threads.iter().filter(|(name, _)| !is_put_off(name));
        threads.map(|(_, time)| time).sum()
    }
}

type Threads = BTreeMap<String, Duration>;

/// Single reports beside batches.
#[derive(Debug)]
pub(crate) struct Comparison {
    size: usize,
    single: Cost,
    batched: Cost,
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "CPU time of a report with a key in us: alone, in batches of {}, the one of the other",
            self.size
        )?;
        let mut line = |name: &str, single: f64, batched: f64| {
            writeln!(
                formatter,
                "{name:>20} {single:>8.2} {batched:>8.2} {:>6.2}",
                batched / single
            )
        };
        for (name, single) in &self.single.threads {
            let batched = self.batched.threads.get(name).copied().unwrap_or_default();
            if single + batched > 0.05 {
                line(name, *single, batched)?;
            }
        }
        line(
            "until the answer",
            self.single.to_answer(),
            self.batched.to_answer(),
        )?;
        line("with what is put off", self.single.whole, self.batched.whole)
    }
}

/// Measures single reports, then batches of `size`.
pub(crate) fn compare(
    settings: &Settings,
    servers: &Servers,
    size: usize,
) -> Result<Comparison, Box<dyn Error>> {
    let server = servers.bugle().ok_or("batches need Bugle")?;
    let process = Process(server.id());
    let token = token_with_limit(server, i32::MAX)?;
    let single = singles(settings, server, &token)?;
    let wanted = if settings.quick { size } else { REPORTS.max(size) };
    let batches = wanted.div_ceil(size);
    let mut connection = server.connect();
    send(
        server,
        &mut connection,
        &token,
        &batch(usize::MAX, size.min(1000)),
    )?;
    process.settle(CARRIED_ON);
    let (before, whole_before) = (process.cpu_by_thread(), process.cpu());
    for number in 0..batches {
        send(server, &mut connection, &token, &batch(number, size))?;
    }
    process.settle(CARRIED_ON);
    let whole = process.cpu().saturating_sub(whole_before);
    Ok(Comparison {
        size,
        single,
        batched: Cost::of(batches * size, whole, &before, &process.cpu_by_thread()),
    })
}

fn singles(settings: &Settings, server: &Server, token: &str) -> Result<Cost, Box<dyn Error>> {
    let process = Process(server.id());
    let plan = |duration| Plan {
        address: server.address(),
        connections: settings.connections,
        duration,
        expected: 201,
    };
    let mut templates = keyed_templates(server, token, 0);
    Generator::run(plan(settings.turn.mul_f64(0.25)), &mut templates)?;
    process.settle(CARRIED_ON);
    let (before, whole_before) = (process.cpu_by_thread(), process.cpu());
    let mut templates = keyed_templates(server, token, 1);
    let sample = Generator::run(plan(settings.turn), &mut templates)?;
    process.settle(CARRIED_ON);
    if let (count, Some(status)) = sample.unexpected {
        return Err(format!("{count} answers had another status, such as {status}").into());
    }
    let whole = process.cpu().saturating_sub(whole_before);
    let answers = usize::try_from(sample.answers)?;
    Ok(Cost::of(answers, whole, &before, &process.cpu_by_thread()))
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

/// A line that was not taken is an error of the run.
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
        let sent = body.lines().count();
        Err(format!(
            "{stored} of {sent} lines were taken: {} {beginning}",
            answer.status
        )
        .into())
    }
}
