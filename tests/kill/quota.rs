//! The limit of a token, counted across the kills.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use support::Response;

use crate::ledger::Report;
use crate::target::{LIMIT, Target, acknowledged};

/// The address that the clients of the limited token file from; a new one each time the limit is reached.
pub(crate) struct SharedQuota {
    current: AtomicU32,
    /// The limit is one of a UTC day: a run over midnight proves nothing about it.
    day: u64,
}

impl SharedQuota {
    pub(crate) fn new() -> Self {
        Self {
            current: AtomicU32::new(0),
            day: today(),
        }
    }

    /// The address to file from.
    pub(crate) fn address(&self) -> String {
        address_of(self.current.load(Ordering::SeqCst))
    }

    /// Goes on to the next address, unless the other client of the token already did.
    pub(crate) fn refused(&self, address: &str) {
        let current = self.current.load(Ordering::SeqCst);
        if address_of(current) == address {
            let _ = self
                .current
                .compare_exchange(current, current + 1, Ordering::SeqCst, Ordering::SeqCst);
        }
    }

    /// After a restart: the address refused last is still refused. Gives the report, where a new day has begun and it was
    /// taken.
    pub(crate) fn check_still_spent(&self, target: &Target) -> Option<Report> {
        let last = self.current.load(Ordering::SeqCst).checked_sub(1)?;
        let mut report = report_from(&address_of(last), "after a restart");
        let answer = file(target, &report);
        if answer.status == 403 {
            return None;
        }
        assert!(self.is_over(), "a spent quota is open again: {}", answer.text());
        report.acknowledged = Some(acknowledged(&answer));
        Some(report)
    }

    /// Files from the current address until the server refuses; gives what it took.
    pub(crate) fn spend_the_rest(&self, target: &Target) -> Vec<Report> {
        let address = self.address();
        let mut reports = Vec::new();
        for number in 1..=LIMIT + 1 {
            let mut report = report_from(&address, &format!("number {number} at the end"));
            let answer = file(target, &report);
            if answer.status == 403 {
                assert_eq!(answer.error(), "Not allowed to create bug reports.");
                self.refused(&address);
                return reports;
            }
            report.acknowledged = Some(acknowledged(&answer));
            reports.push(report);
        }
        panic!(
            "{} reports taken from {address} at a limit of {LIMIT}",
            reports.len()
        );
    }

    /// Every address that was refused in the end has exactly as many stored reports as the limit allows.
    pub(crate) fn check_exact(&self, stored: &HashMap<String, usize>) {
        if self.is_over() {
            eprintln!("the UTC day changed during the run: the quotas are not checked");
            return;
        }
        for number in 0..self.current.load(Ordering::SeqCst) {
            let address = address_of(number);
            assert_eq!(
                stored.get(&address),
                Some(&LIMIT),
                "stored from {address}, of all: {stored:?}"
            );
        }
    }

    fn is_over(&self) -> bool {
        today() != self.day
    }
}

fn report_from(address: &str, what: &str) -> Report {
    Report {
        title: format!("Limited report from {address}, {what}"),
        client_address: address.to_owned(),
        limited: true,
        ..Report::default()
    }
}

fn file(target: &Target, report: &Report) -> Response {
    let mut connection = target.connect().expect("the server was started again");
    connection
        .send(&target.create(report))
        .expect("the server answers")
}

/// From 203.0.0.1 on; as many as anyone needs.
fn address_of(number: u32) -> String {
    format!(
        "203.{}.{}.{}",
        number / 62_500,
        number / 250 % 250,
        number % 250 + 1
    )
}

fn today() -> u64 {
    SystemTime::UNIX_EPOCH
        .elapsed()
        .expect("the clock is past 1970")
        .as_secs()
        / 86_400
}
