//! The chores.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::arguments::{Chore, USAGE};
use crate::needs;
use crate::schemathesis;
use crate::steps::Steps;

/// Read by `tests/kill.rs`.
const KILL_ROUNDS: &str = "BUGLE_KILL_ROUNDS";

/// Runs a chore and says how it went.
pub(crate) fn run(chore: &Chore) -> ExitCode {
    match *chore {
        Chore::Test { kills, quick } => test(kills, quick),
        Chore::KillTest { rounds } => kill_test(rounds),
        Chore::TryApi { seed } => try_api(seed),
        Chore::Help => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
    }
}

fn test(kills: u32, quick: bool) -> ExitCode {
    let mut steps = Steps::new()
        .step("what the tests need", || needs::provide(needs::FOR_TESTS))
        .run("formatting", &mut cargo("fmt --all --check"));
    if !quick {
        steps = steps
            .run(
                "lints",
                &mut cargo("clippy --workspace --all-targets -- -D warnings"),
            )
            .run(
                "documentation",
                cargo("doc --no-deps --workspace").env("RUSTDOCFLAGS", "-D warnings"),
            );
    }
    steps
        .run(
            "tests",
            cargo("test --workspace").env(KILL_ROUNDS, kills.to_string()),
        )
        .finish()
}

fn try_api(seed: Option<u32>) -> ExitCode {
    Steps::new()
        .step("what it needs", || needs::provide(needs::FOR_SCHEMATHESIS))
        .run("the server", &mut cargo("build --package bugle"))
        .step("Schemathesis", || schemathesis::try_api(root(), seed))
        .finish()
}

fn kill_test(rounds: u32) -> ExitCode {
    let mut command = cargo("test --release --package bugle --test kill -- --nocapture");
    Steps::new()
        .run("kill test", command.env(KILL_ROUNDS, rounds.to_string()))
        .finish()
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
