//! The table, in Markdown: the same on the terminal and in `target/ingest.md`.

use std::fmt::Write as _;

use crate::rounds::{Outcome, Turn};
use crate::settings::Settings;

/// The medians of every case, with the machine above them.
pub(crate) fn render(settings: &Settings, machine: &str, workers: usize, outcomes: &[Outcome]) -> String {
    let bare = outcomes
        .iter()
        .find(|outcome| outcome.letter == 'a')
        .map(Medians::of);
    let mut table = format!(
        "{machine}; {workers} HTTP workers; {} connections; medians of {} turns of {:.1} s.\n\n",
        settings.connections,
        settings.rounds,
        settings.turn.as_secs_f64()
    );
    table.push_str(
        "| case | requests/s | p50 ms | p99 ms | CPU us | meanwhile | of (a): requests/s | of (a): CPU | ",
    );
    table.push_str("of (a): meanwhile | generator CPU us | settles in s | disk MiB |\n");
    table.push_str("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for outcome in outcomes {
        let medians = Medians::of(outcome);
        let of_bare = |figure: fn(&Medians) -> f64| match &bare {
            Some(bare) => format!("{:.2}", figure(&medians) / figure(bare)),
            None => "-".to_owned(),
        };
        let _ = writeln!(
            table,
            "| ({}) {} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {} | {} | {} | {:.1} | {:.1} | {:.1} |",
            outcome.letter,
            outcome.name,
            medians.rate,
            medians.p50 * 1e3,
            medians.p99 * 1e3,
            medians.server_cpu,
            medians.server_cpu_meanwhile,
            of_bare(|medians| medians.rate),
            of_bare(|medians| medians.server_cpu),
            of_bare(|medians| medians.server_cpu_meanwhile),
            medians.generator_cpu,
            medians.behind,
            mebibytes(outcome.disk_writes),
        );
    }
    table.push_str(
        "\nCPU us: processor time of the server's process for each answer, with what it puts off until it is still again; \
         meanwhile: only up to the last answer.\n",
    );
    for outcome in outcomes.iter().filter(|outcome| outcome.reconnects > 0) {
        let _ = writeln!(
            table,
            "({}) opened {} connections again.",
            outcome.letter, outcome.reconnects
        );
    }
    table
}

/// Medians over the turns, each figure by itself.
struct Medians {
    rate: f64,
    p50: f64,
    p99: f64,
    server_cpu: f64,
    server_cpu_meanwhile: f64,
    generator_cpu: f64,
    behind: f64,
}

impl Medians {
    fn of(outcome: &Outcome) -> Self {
        let of = |figure: fn(&Turn) -> f64| median(outcome.turns.iter().map(figure).collect());
        Self {
            rate: of(|turn| turn.rate),
            p50: of(|turn| turn.p50.as_secs_f64()),
            p99: of(|turn| turn.p99.as_secs_f64()),
            server_cpu: of(|turn| turn.server_cpu),
            server_cpu_meanwhile: of(|turn| turn.server_cpu_meanwhile),
            generator_cpu: of(|turn| turn.generator_cpu),
            behind: of(|turn| turn.behind.as_secs_f64()),
        }
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    let upper = figures.get(figures.len() / 2).copied().unwrap_or_default();
    let lower = figures
        .get(figures.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or_default();
    f64::midpoint(lower, upper)
}

/// In units of 2^20 bytes.
fn mebibytes(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}
