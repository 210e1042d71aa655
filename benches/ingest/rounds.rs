//! The turns: who is measured when, and what a turn cost.

use std::error::Error;
use std::thread;
use std::time::Duration;

use support::load::{Generator, Plan, Process, Sample};

use crate::cases::{Case, Servers};
use crate::settings::Settings;

/// A server is still when it has done nothing for so long.
const STILL: Duration = Duration::from_millis(250);
/// After reports it is only when it has been still for longer than it waits before it saves its index (7 s), and before it
/// makes its map durable (5 s).
pub(crate) const CARRIED_ON: Duration = Duration::from_secs(9);

/// What the server writes by the clock, whatever it is asked: once a minute, what tokens were used for. Spread over the
/// answers of a turn that is next to nothing; a refusal that wrote would write a sector at the least.
const BYTES_BY_THE_CLOCK_PER_ANSWER: u64 = 8;

/// What the turns of one case brought.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// `a` to `d`.
    pub(crate) letter: char,
    /// What the line is called.
    pub(crate) name: &'static str,
    /// The turns that count.
    pub(crate) turns: Vec<Turn>,
    /// Answers with the expected status, warm-up included.
    pub(crate) answers: u64,
    /// Answers with another status, warm-up included, and one such status.
    pub(crate) unexpected: (u64, Option<u16>),
    /// Connections that had to be opened again.
    pub(crate) reconnects: u64,
    /// Bytes that the server wrote to the disk, warm-up included.
    pub(crate) disk_writes: u64,
}

/// One turn of one case, reduced to the figures of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Answers per second.
    pub(crate) rate: f64,
    /// Half of the answers took no longer.
    pub p50: Duration,
    /// 99 of 100 answers took no longer.
    pub p99: Duration,
    /// CPU time of the server for each answer, in microseconds, with what it put off until after the turn.
    pub(crate) server_cpu: f64,
    /// The same without what it put off.
    pub(crate) server_cpu_meanwhile: f64,
    /// CPU time of the generator for each answer, in microseconds.
    pub(crate) generator_cpu: f64,
    /// How long the server worked on after the last answer.
    pub(crate) behind: Duration,
}

/// Runs a warm-up and then the rounds.
pub(crate) fn run(settings: &Settings, servers: &mut Servers) -> Result<Vec<Outcome>, Box<dyn Error>> {
    let mut outcomes: Vec<Outcome> = servers.cases.iter().map(Outcome::new).collect();
    for round in 0..=settings.rounds {
        let warm_up = round == 0;
        let duration = if warm_up {
            settings.turn.mul_f64(0.25)
        } else {
            settings.turn
        };
        for (case, outcome) in servers.cases.iter_mut().zip(&mut outcomes) {
            let turn = outcome.take_turn(case, settings.connections, duration)?;
            if !warm_up {
                eprintln!(
                    "round {round} ({}) {:>8.0}/s, server {:.1} us ({:.1} meanwhile), generator {:.1} us, settled after {:.1} s",
                    case.letter,
                    turn.rate,
                    turn.server_cpu,
                    turn.server_cpu_meanwhile,
                    turn.generator_cpu,
                    turn.behind.as_secs_f64()
                );
                outcome.turns.push(turn);
            }
        }
    }
    Ok(outcomes)
}

/// What the run shows that Bugle promises not to do.
pub(crate) fn contradictions(servers: &Servers, outcomes: &[Outcome]) -> Vec<String> {
    let mut problems = Vec::new();
    for outcome in outcomes {
        if let (count, Some(status)) = outcome.unexpected {
            problems.push(format!(
                "({}) {count} answers had another status, such as {status}",
                outcome.letter
            ));
        }
        let by_the_clock = BYTES_BY_THE_CLOCK_PER_ANSWER * outcome.answers;
        if matches!(outcome.letter, 'c' | 'd') && outcome.disk_writes > by_the_clock {
            problems.push(format!(
                "({}) refusing wrote {} bytes to the disk",
                outcome.letter, outcome.disk_writes
            ));
        }
    }
    if let Some(found) = servers.issues() {
        let acknowledged: u64 = outcomes
            .iter()
            .filter(|outcome| outcome.letter == 'b')
            .map(|outcome| outcome.answers)
            .sum();
        let expected = servers.issues_before + acknowledged;
        if found != expected {
            problems.push(format!(
                "Bugle acknowledged {acknowledged} reports, so it should hold {expected}, not {found}"
            ));
        }
    }
    problems
}

impl Outcome {
    fn new(case: &Case) -> Self {
        Self {
            letter: case.letter,
            name: case.name,
            turns: Vec::new(),
            answers: 0,
            unexpected: (0, None),
            reconnects: 0,
            disk_writes: 0,
        }
    }

    fn take_turn(
        &mut self,
        case: &mut Case,
        connections: usize,
        duration: Duration,
    ) -> Result<Turn, Box<dyn Error>> {
        let generator = Process::own();
        let plan = Plan {
            address: case.address,
            connections,
            duration,
            expected: case.expected,
        };
        if case.works_on {
            // It is never still, but what the last turn put off is to be done.
            thread::sleep(CARRIED_ON);
        } else {
            case.server.settle(STILL);
        }
        let (server_before, generator_before) = (case.server.cpu(), generator.cpu());
        let writes_before = case.server.disk_writes();
        let sample = Generator::run(plan, &mut case.templates)
            .map_err(|error| format!("({}) {}: {error}", case.letter, case.name))?;
        let generator_cpu = generator.cpu().saturating_sub(generator_before);
        let meanwhile = case.server.cpu().saturating_sub(server_before);
        let behind = if case.works_on {
            Duration::ZERO
        } else {
            case.server
                .settle(if case.letter == 'b' { CARRIED_ON } else { STILL })
        };
        let server_cpu = case.server.cpu().saturating_sub(server_before);
        self.disk_writes += case.server.disk_writes().saturating_sub(writes_before);
        self.answers += sample.answers;
        self.unexpected = (
            self.unexpected.0 + sample.unexpected.0,
            self.unexpected.1.or(sample.unexpected.1),
        );
        self.reconnects += sample.reconnects;
        Ok(Turn::new(&sample, [server_cpu, meanwhile, generator_cpu], behind))
    }
}

impl Turn {
    fn new(sample: &Sample, cpu: [Duration; 3], behind: Duration) -> Self {
        let count =
            f64::from(u32::try_from(sample.answers + sample.unexpected.0).unwrap_or(u32::MAX)).max(1.0);
        let [server_cpu, server_cpu_meanwhile, generator_cpu] =
            cpu.map(|time| time.as_secs_f64() * 1e6 / count);
        Self {
            rate: count / sample.elapsed.as_secs_f64(),
            p50: sample.latencies.quantile(0.5),
            p99: sample.latencies.quantile(0.99),
            server_cpu,
            server_cpu_meanwhile,
            generator_cpu,
            behind,
        }
    }
}
