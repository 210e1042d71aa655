//! The command line of the bench.

use std::time::Duration;

/// What stands behind `cargo bench --bench ingest --`.
pub(crate) const USAGE: &str = "\
Usage: cargo bench --bench ingest -- [--rounds N] [--seconds S] [--connections C] [--only a,b,c,d] [--workers W] [--batch N] [--webhooks N] [--quick]

  --rounds N        how often each case has its turn (5)
  --seconds S       how long a turn lasts (4)
  --connections C   kept-alive connections, each with one request under way (64)
  --only a,b        these cases alone (a,b,c,d)
  --workers W       actix workers of the bare server and of Bugle (as many as Bugle starts by itself)
  --batch N         instead: single reports beside batches of N (at most 10000)
  --webhooks N      N webhooks hear of each report, the last of them hangs; (a) and (b) alone, and (b) is charged for
                    its turns only, because messages are sent for long after them
  --quick           one short round, to see that it works";

/// How to measure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Turns of each case, at least 1.
    pub(crate) rounds: usize,
    /// Length of a turn.
    pub(crate) turn: Duration,
    /// Connections, at least 1.
    pub(crate) connections: usize,
    /// The letters of the cases to run.
    pub(crate) only: String,
    /// HTTP workers, when not left to the servers.
    pub(crate) workers: Option<usize>,
    /// How many reports a batch has, when those are measured.
    pub(crate) batch: Option<usize>,
    /// Only to see that it works.
    pub(crate) quick: bool,
    /// Webhooks that hear of each report; the last of them hangs.
    pub(crate) webhooks: usize,
}

/// What the process is to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Mode {
    /// Drive the servers.
    Measure(Settings),
    /// Be the bare server.
    ServeBare {
        /// HTTP workers.
        workers: usize,
    },
    /// Print [`USAGE`].
    Help,
}

/// Reads the arguments.
pub(crate) fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Mode, String> {
    let mut settings = Settings {
        rounds: 5,
        turn: Duration::from_secs(4),
        connections: 64,
        only: "abcd".to_owned(),
        workers: None,
        batch: None,
        quick: false,
        webhooks: 0,
    };
    let (mut full, mut quick, mut serve_bare) = (false, false, false);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            arguments
                .next()
                .ok_or_else(|| format!("{argument} needs a value."))
        };
        match argument.as_str() {
            "--rounds" => settings.rounds = at_least_one(&value()?)?,
            "--seconds" => settings.turn = seconds(&value()?)?,
            "--connections" => settings.connections = at_least_one(&value()?)?,
            "--workers" => settings.workers = Some(at_least_one(&value()?)?),
            "--batch" => settings.batch = Some(at_least_one(&value()?)?),
            "--webhooks" => settings.webhooks = at_least_one(&value()?)?,
            "--only" => settings.only = letters(&value()?)?,
            "--quick" | "--test" => quick = true,
            "--bench" => full = true,
            "--serve-bare" => serve_bare = true,
            "--help" => return Ok(Mode::Help),
            other => return Err(format!("There is no setting {other:?}.")),
        }
    }
    if serve_bare {
        return Ok(Mode::ServeBare {
            workers: settings.workers.unwrap_or(1),
        });
    }
    if settings.webhooks > 0 {
        // Refusals would be blamed for what is written of messages meanwhile.
        settings.only.retain(|letter| matches!(letter, 'a' | 'b'));
    }
    // Cargo says `--bench` when the figures are wanted; a test run wants to see only that the bench works.
    if quick || !full {
        settings = Settings {
            rounds: 1,
            turn: Duration::from_millis(300),
            quick: true,
            ..settings
        };
    }
    if settings.batch.is_some() {
        "b".clone_into(&mut settings.only);
    }
    Ok(Mode::Measure(settings))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{text:?} is no number from 1 up."))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| format!("{text:?} is no number of seconds."))
}

fn letters(text: &str) -> Result<String, String> {
    let letters: String = text.split(',').map(str::trim).collect();
    let known = !letters.is_empty() && letters.chars().all(|letter| "abcd".contains(letter));
    if known {
        Ok(letters)
    } else {
        Err(format!("{text:?} names no cases: use letters of a,b,c,d."))
    }
}
