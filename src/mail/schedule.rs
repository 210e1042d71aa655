//! When a mail is tried, and how many go to one address: rules over plain values, all in memory. After a restart
//! everything that is due is tried at once.

use std::collections::{HashMap, HashSet, VecDeque};

use bugle_actors::{DueMail, MailPlace};
use bugle_storage::{ProjectId, Timestamp};

/// Seconds to wait after each failure; the last one stays.
const DELAYS: [i64; 6] = [5, 30, 120, 600, 3600, 3 * 3600];
/// How long a mail is tried, in seconds: three days.
const TRIED_FOR: i64 = 3 * 24 * 3600;
/// Mails to one address in an hour. Anybody can write anybody's address into a report.
const TO_ADDRESS_MAX: usize = 10;
/// Mails of one project in an hour.
const OF_PROJECT_MAX: usize = 500;
const HOUR: i64 = 3600;
/// Beyond so many senders and addresses, those of whom nothing is known any more are forgotten.
const REMEMBERED_MAX: usize = 10_000;

/// Whether a mail may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Yes,
    /// The address has had as many as anybody may cause.
    NotThisAddress,
    /// The project has sent as many as it may within an hour.
    NotNow,
}

/// What was tried and sent of late.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    failures: HashMap<MailPlace, Failed>,
    to_address: HashMap<String, VecDeque<Timestamp>>,
    of_project: HashMap<ProjectId, VecDeque<Timestamp>>,
}

#[derive(Debug)]
struct Failed {
    times: usize,
    next: Timestamp,
}

impl Schedule {
    /// Forgets what is not due any more.
    pub(super) fn retain(&mut self, due: &[DueMail]) {
        if self.failures.is_empty() {
            return;
        }
        let due: HashSet<_> = due.iter().map(|due| &due.place).collect();
        self.failures.retain(|place, _| due.contains(place));
    }

    /// Whether it is time to try it.
    pub(super) fn is_due(&self, place: &MailPlace, now: Timestamp) -> bool {
        self.failures.get(place).is_none_or(|failed| failed.next <= now)
    }

    /// Notes a failure. False when the mail has been tried for long enough.
    pub(super) fn postpone(&mut self, place: &MailPlace, created_at: Timestamp, now: Timestamp) -> bool {
        if now >= created_at.plus_seconds(TRIED_FOR) {
            return false;
        }
        let failed = self
            .failures
            .entry(place.clone())
            .or_insert(Failed { times: 0, next: now });
        let delay = DELAYS
            .get(failed.times)
            .or(DELAYS.last())
            .copied()
            .unwrap_or(HOUR);
        failed.times += 1;
        failed.next = now.plus_seconds(delay);
        true
    }

    /// Whether a mail of this project may go to this address.
    pub(super) fn may_send(&mut self, project: ProjectId, address: &str, now: Timestamp) -> Verdict {
        if count(self.to_address.get_mut(&key_of(address)), now) >= TO_ADDRESS_MAX {
            Verdict::NotThisAddress
        } else if count(self.of_project.get_mut(&project), now) >= OF_PROJECT_MAX {
            Verdict::NotNow
        } else {
            Verdict::Yes
        }
    }

    /// Notes a mail that was sent.
    pub(super) fn note_sent(&mut self, project: ProjectId, address: &str, now: Timestamp) {
        if self.to_address.len() >= REMEMBERED_MAX {
            self.to_address.retain(|_, sent| count(Some(sent), now) > 0);
        }
        self.to_address.entry(key_of(address)).or_default().push_back(now);
        self.of_project.entry(project).or_default().push_back(now);
    }
}

/// Addresses are one whatever the case of their letters, and whatever stands behind a plus: with most providers all these
/// are one mailbox.
fn key_of(address: &str) -> String {
    let address = address.to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address;
    };
    match local.split_once('+') {
        Some((mailbox, _)) if !mailbox.is_empty() => format!("{mailbox}@{domain}"),
        _ => address,
    }
}

/// How many of these are of the last hour; older ones are forgotten.
fn count(sent: Option<&mut VecDeque<Timestamp>>, now: Timestamp) -> usize {
    let Some(sent) = sent else { return 0 };
    while sent.front().is_some_and(|when| when.plus_seconds(HOUR) <= now) {
        sent.pop_front();
    }
    sent.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId(7);

    const fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn an_address_has_ten_an_hour_from_all_projects() {
        let mut schedule = Schedule::default();
        for sent in 0..10 {
            let project = ProjectId(sent);
            assert_eq!(
                schedule.may_send(project, "player@example.com", at(0)),
                Verdict::Yes
            );
            schedule.note_sent(project, "player@example.com", at(0));
        }
        assert_eq!(
            schedule.may_send(PROJECT, "Player@Example.com", at(3599)),
            Verdict::NotThisAddress
        );
        assert_eq!(
            schedule.may_send(PROJECT, "another@example.com", at(3599)),
            Verdict::Yes
        );
        assert_eq!(
            schedule.may_send(PROJECT, "player@example.com", at(3600)),
            Verdict::Yes
        );
    }

    #[test]
    fn what_stands_behind_a_plus_makes_no_other_address() {
        let mut schedule = Schedule::default();
        for sent in 0..10 {
            schedule.note_sent(PROJECT, &format!("player+{sent}@example.com"), at(0));
        }
        for address in ["player@example.com", "Player+more+yet@example.com"] {
            assert_eq!(
                schedule.may_send(PROJECT, address, at(1)),
                Verdict::NotThisAddress
            );
        }
        for address in [
            "player@another.example",
            "+player@example.com",
            "play@example.com",
        ] {
            assert_eq!(schedule.may_send(PROJECT, address, at(1)), Verdict::Yes);
        }
    }

    #[test]
    fn a_project_that_sends_much_waits() {
        let mut schedule = Schedule::default();
        for sent in 0..OF_PROJECT_MAX {
            schedule.note_sent(PROJECT, &format!("player-{sent}@example.com"), at(0));
        }
        assert_eq!(
            schedule.may_send(PROJECT, "player@example.com", at(1)),
            Verdict::NotNow
        );
        assert_eq!(
            schedule.may_send(ProjectId(8), "player@example.com", at(1)),
            Verdict::Yes
        );
        assert_eq!(
            schedule.may_send(PROJECT, "player@example.com", at(3600)),
            Verdict::Yes
        );
    }
}
