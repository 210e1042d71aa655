//! Bugle's own chores, run as `cargo xtask CHORE`.
//!
//! The standard library alone, so that the first chore on a fresh clone starts within seconds.

mod arguments;
mod browser;
mod chores;
mod needs;
mod python;
mod schemathesis;
mod steps;

use std::process::ExitCode;

fn main() -> ExitCode {
    match arguments::parse(std::env::args().skip(1)) {
        Ok(chore) => chores::run(&chore),
        Err(problem) => {
            eprintln!("{problem}\n\n{}", arguments::USAGE);
            ExitCode::from(2)
        }
    }
}
