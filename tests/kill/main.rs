//! What the server acknowledged is there after `kill -9`, every time.
//!
//! Eleven clients file reports, eight more do everything else that changes the store. The server is killed at a random
//! moment, started again on the same data, and asked for everything it ever acknowledged. A request that was under way at
//! that moment may have happened or not, but wholly and once.
//!
//! `BUGLE_KILL_ROUNDS` says how often; `cargo xtask kill-test --rounds N` runs this test alone.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod client;
mod ledger;
mod quota;
mod scene;
mod stories;
mod target;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use support::{Server, bugle};

use client::{Client, Kind};
use ledger::{Ledger, Report};
use quota::SharedQuota;
use scene::Record;
use stories::STORIES;
use target::Target;

const KINDS: [Kind; 11] = [
    Kind::Plain,
    Kind::Plain,
    Kind::Draft,
    Kind::Draft,
    Kind::Retried,
    Kind::Retried,
    Kind::Limited,
    Kind::Limited,
    Kind::Suggestion,
    Kind::Ticket,
    Kind::Batch,
];

#[test]
fn server_killed_under_load_loses_nothing() {
    let mut server = Server::with_args(["--trusted-proxy", "127.0.0.1/32"]);
    let mut target = Target::prepare(&mut server);
    let mut ledger = Ledger::default();
    let quota = SharedQuota::new();
    let mut records = Vec::new();

    for round in 1..=rounds() {
        let lifetime = Duration::from_millis(rand::random_range(50..600));
        let (filed, told) = work_until_killed(&mut server, &target, &quota, round, lifetime);
        let restart = Instant::now();
        server.restart();
        let restart = restart.elapsed();
        target.move_to(server.address());

        eprintln!(
            "round {round}: killed after {lifetime:?}, {} reports acknowledged, {} under way, {} other writes, up again in {restart:?}",
            filed
                .iter()
                .filter(|report| report.acknowledged.is_some())
                .count(),
            filed
                .iter()
                .filter(|report| report.acknowledged.is_none())
                .count(),
            told.iter().map(|record| record.writes).sum::<usize>(),
        );
        ledger.settle(filed, &target);
        records.extend(settled(told, &target));
        ledger.extend(quota.check_still_spent(&target));
    }

    ledger.extend(quota.spend_the_rest(&target));
    let stored = ledger.check_everything(&server, &target);
    let mut connection = target.connect().unwrap();
    // Each was looked at after its own kill; what later kills do to it shows in a quarter of them as well.
    for record in records.iter().step_by(4) {
        record.check(&mut connection);
    }
    quota.check_exact(&stored);
    server.stop();
    let check = bugle()
        .args(["check", "--data"])
        .arg(server.data())
        .output()
        .unwrap();
    assert!(check.status.success(), "`bugle check` found damage: {check:?}");
}

/// What is left of the stories, once it is known what became of the last write of each.
fn settled(mut told: Vec<Record>, target: &Target) -> Vec<Record> {
    let mut connection = target.connect().unwrap();
    for record in &mut told {
        record.settle(&mut connection);
    }
    told
}

/// Lets all clients work until the server dies, and gives what they had asked for.
fn work_until_killed(
    server: &mut Server,
    target: &Target,
    quota: &SharedQuota,
    round: u32,
    lifetime: Duration,
) -> (Vec<Report>, Vec<Record>) {
    let killed = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = KINDS
            .iter()
            .zip(1..)
            .map(|(kind, number)| {
                let client = Client {
                    kind: *kind,
                    number,
                    round,
                    target,
                    quota,
                    killed: &killed,
                };
                scope.spawn(move || client.work())
            })
            .collect();
        let tellers: Vec<_> = STORIES
            .into_iter()
            .zip(100..)
            .map(|(story, number)| {
                let killed = &killed;
                scope.spawn(move || stories::tell(story, (number, round), target, killed))
            })
            .collect();
        // The wait is what is tested: the moment of death must fall anywhere.
        thread::sleep(lifetime);
        killed.store(true, Ordering::SeqCst);
        server.kill_hard();
        let filed = clients.into_iter().flat_map(|client| client.join().unwrap());
        let mut filed = filed.collect::<Vec<_>>();
        let told = tellers.into_iter().flat_map(|teller| teller.join().unwrap());
        let mut told = told.collect::<Vec<_>>();
        filed.extend(
            told.iter_mut()
                .flat_map(|record| std::mem::take(&mut record.reports)),
        );
        (filed, told)
    })
}

fn rounds() -> u32 {
    let Ok(text) = std::env::var("BUGLE_KILL_ROUNDS") else {
        return 3;
    };
    text.parse()
        .unwrap_or_else(|_| panic!("BUGLE_KILL_ROUNDS is no number: {text:?}"))
}
