//! The chores.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::arguments::{Chore, USAGE};
use crate::browser;
use crate::needs;
use crate::python;
use crate::schemathesis;
use crate::steps::Steps;

/// Read by `tests/kill.rs`.
const KILL_ROUNDS: &str = "BUGLE_KILL_ROUNDS";

/// Runs a chore and says how it went.
pub(crate) fn run(chore: &Chore) -> ExitCode {
    match *chore {
        Chore::Test { kills, quick } => test(kills, quick),
        Chore::KillTest { rounds } => kill_test(rounds),
        Chore::Browser => browser_tests(),
        Chore::Screenshots => screenshots(),
        Chore::TryApi { seed } => try_api(seed),
        Chore::Help => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
    }
}

fn test(kills: u32, quick: bool) -> ExitCode {
    let mut steps = Steps::new().step("what the tests need", || needs::provide(needs::FOR_TESTS));
    if !quick {
        steps = steps
            .step("what Schemathesis needs", provide_schemathesis)
            .step("what webhooks are checked with", provide_webhooks)
            .step("what the pages are tested with", || browser::provide(root()));
    }
    steps = steps.run("formatting", &mut cargo("fmt --all --check"));
    if !quick {
        steps = steps
            .run(
                "lints",
                &mut cargo("clippy --workspace --all-targets -- -D warnings"),
            )
            .run(
                "documentation",
                cargo("doc --no-deps --workspace --document-private-items")
                    .env("RUSTDOCFLAGS", "-D warnings"),
            );
    }
    steps = steps.run(
        "tests",
        cargo("test --workspace").env(KILL_ROUNDS, kills.to_string()),
    );
    if !quick {
        // The tests' own build of the server: `cargo build` would choose other features, and build most of it again.
        steps = steps
            .step("the pages", || browser::test(root()))
            .step("Schemathesis", || schemathesis::try_api(root(), None));
    }
    steps.finish()
}

fn browser_tests() -> ExitCode {
    Steps::new()
        .step("what the pages are tested with", || browser::provide(root()))
        .run("the server", &mut server())
        .step("the pages", || browser::test(root()))
        .finish()
}

fn screenshots() -> ExitCode {
    Steps::new()
        .step("what pictures are taken with", || browser::provide(root()))
        .run("the server", &mut server())
        .step("pictures", || browser::take_pictures(root()))
        .finish()
}

fn try_api(seed: Option<u32>) -> ExitCode {
    Steps::new()
        .step("what Schemathesis needs", provide_schemathesis)
        .run("the server", &mut server())
        .step("Schemathesis", || schemathesis::try_api(root(), seed))
        .finish()
}

/// Early, so that what is missing shows before the tests have run.
fn provide_schemathesis() -> Result<(), String> {
    needs::provide(needs::FOR_SCHEMATHESIS)?;
    schemathesis::provide(root()).map(drop)
}

/// Without it, the test that needs it says so and passes over.
fn provide_webhooks() -> Result<(), String> {
    python::FOR_WEBHOOKS.provide(root()).map(drop)
}

fn kill_test(rounds: u32) -> ExitCode {
    let mut command = cargo("test --release --package bugle --test kill -- --nocapture");
    Steps::new()
        .run("kill test", command.env(KILL_ROUNDS, rounds.to_string()))
        .finish()
}

/// Builds the server that tests outside of cargo run.
fn server() -> Command {
    cargo("build --package bugle")
}

/// The cargo that runs this chore, in the root of the workspace.
fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments.split_whitespace());
    command.current_dir(root());
    command
}

/// The root of the workspace.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}
