//! `cargo bench --bench ingest`: what taking a report costs, beside what answering at all costs.
//!
//! Four cases in turns, in one run, each against a server that is a process of its own:
//!
//! - (a) a bare actix-web server that parses the same JSON and answers 201: the yardstick;
//! - (b) Bugle taking the report: authenticated, counted against a quota, on the disk before it answers;
//! - (c) Bugle refusing a token that nobody made;
//! - (d) Bugle refusing a token whose quota is spent.
//!
//! The machine is shared by server and generator and is never quite still, so a figure alone says little: the cases
//! take turns (a b c d a b c d ...), each figure is the median over the rounds, and what counts are the ratios to
//! (a). That is also why criterion is not the harness: it measures one closure to the end before it begins the next,
//! and it cannot see the CPU time of another process.
//!
//! The run checks itself: every answer has the status the case expects, Bugle holds exactly as many issues as it
//! acknowledged, and refusing wrote nothing to the disk. It fails when one of these does not hold.
//!
//! Settings go behind `--`: see [`settings::USAGE`]. Without `--bench` (so under `cargo test --benches`) it makes
//! one short round only, to show that it works.
#![expect(clippy::print_stdout, reason = "the table is what the bench is for")]

mod bare;
mod batches;
mod bodies;
mod cases;
mod machine;
mod rounds;
mod settings;
mod table;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use settings::Mode;

// The same allocator as the `bugle` binary has, for the bare server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let outcome = match settings::parse(std::env::args().skip(1)) {
        Ok(Mode::ServeBare { workers }) => bare::serve(workers).map(|()| true).map_err(Into::into),
        Ok(Mode::Measure(settings)) => measure(&settings),
        Ok(Mode::Help) => {
            println!("{}", settings::USAGE);
            Ok(true)
        }
        Err(problem) => Err(format!("{problem}\n\n{}", settings::USAGE).into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every case, prints and writes the table. False when the run contradicts what Bugle promises.
fn measure(settings: &settings::Settings) -> Result<bool, Box<dyn Error>> {
    // A real file system: on a tmpfs a sync would cost nothing and (b) would look better than it is.
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let mut servers = cases::Servers::start(settings, &scratch)?;
    if let Some(size) = settings.batch {
        let comparison = batches::compare(settings, &servers, size)?;
        println!("{comparison}");
        return Ok(true);
    }
    let results = rounds::run(settings, &mut servers)?;
    let table = table::render(
        settings,
        &machine::describe(&scratch),
        servers.workers(),
        &results,
    );
    println!("{table}");
    if settings.webhooks > 0 {
        let sent = servers.messages();
        println!(
            "(b) is charged for its turns alone. Messages to each webhook so far, the last of which hangs: {sent:?}"
        );
    }
    if let Some(target) = scratch.parent() {
        std::fs::write(target.join("ingest.md"), &table)?;
    }
    let problems = rounds::contradictions(&servers, &results);
    for problem in &problems {
        println!("NOT AS PROMISED: {problem}");
    }
    Ok(problems.is_empty())
}
