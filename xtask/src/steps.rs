//! Running one command after the other, with the time each took.

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// A run of steps. It ends with the first that fails.
pub(crate) struct Steps {
    started: Instant,
    done: Vec<(&'static str, Duration)>,
    failed: Option<&'static str>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            done: Vec::new(),
            failed: None,
        }
    }

    /// Runs a command, unless an earlier step failed.
    pub(crate) fn run(self, name: &'static str, command: &mut Command) -> Self {
        self.step(name, || match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{command:?} ended with {status}")),
            Err(error) => Err(format!("cannot run {command:?}: {error}")),
        })
    }

    /// Runs a function, unless an earlier step failed.
    pub(crate) fn step(mut self, name: &'static str, work: impl FnOnce() -> Result<(), String>) -> Self {
        if self.failed.is_some() {
            return self;
        }
        println!("== {name}");
        let started = Instant::now();
        let outcome = work();
        let taken = started.elapsed();
        match outcome {
            Ok(()) => {
                println!("== {name}: {:.1} s", taken.as_secs_f64());
                self.done.push((name, taken));
            }
            Err(problem) => {
                eprintln!("== {name}: failed after {:.1} s: {problem}", taken.as_secs_f64());
                self.failed = Some(name);
            }
        }
        self
    }

    /// Prints the summary, one line, and gives the exit code of the whole.
    pub(crate) fn finish(self) -> ExitCode {
        let times: Vec<String> = self
            .done
            .iter()
            .map(|(name, taken)| format!("{name} {:.1} s", taken.as_secs_f64()))
            .collect();
        let total = self.started.elapsed().as_secs_f64();
        match self.failed {
            None => {
                println!("All passed in {total:.1} s: {}", times.join(", "));
                ExitCode::SUCCESS
            }
            Some(name) => {
                eprintln!(
                    "Failed at {name:?} after {total:.1} s; passed before it: {}",
                    times.join(", ")
                );
                ExitCode::FAILURE
            }
        }
    }
}
