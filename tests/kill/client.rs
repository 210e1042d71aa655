//! A client that files reports in its own way until the server dies.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use support::Connection;

use crate::ledger::{File, Folder, Report};
use crate::quota::SharedQuota;
use crate::target::{Target, acknowledged, acknowledged_lines};

/// Reports of one batch.
const BATCH_SIZE: u32 = 40;

/// How a client files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One request a report.
    Plain,
    /// A draft, a log file, then published.
    Draft,
    /// With an `Idempotency-Key`, and again with the same one when the answer was lost.
    Retried,
    /// With the limited token, from one address until that is refused, then from the next.
    Limited,
    /// A suggestion: drafted, published, voted for and commented.
    Suggestion,
    /// A ticket, commented.
    Ticket,
    /// Many in one request, as a launcher does; what got no answer is sent again one by one, under the same keys.
    Batch,
}

/// One client in one round.
pub(crate) struct Client<'a> {
    pub(crate) kind: Kind,
    pub(crate) number: u32,
    pub(crate) round: u32,
    pub(crate) target: &'a Target,
    pub(crate) quota: &'a SharedQuota,
    /// Set before the server is killed: from then on a lost connection is what is expected.
    pub(crate) killed: &'a AtomicBool,
}

impl Client<'_> {
    /// Files until the connection breaks; gives every report that was sent and not refused.
    pub(crate) fn work(&self) -> Vec<Report> {
        let mut reports = Vec::new();
        let outcome = self.file_on(&mut reports);
        if let Err(error) = outcome {
            assert!(
                self.killed.load(Ordering::SeqCst),
                "the server broke off before it was killed: {error}"
            );
        }
        reports
    }

    fn file_on(&self, reports: &mut Vec<Report>) -> io::Result<()> {
        let mut connection = self.target.connect()?;
        if self.kind == Kind::Batch {
            return self.file_batches(&mut connection, reports);
        }
        for number in 1.. {
            let mut report = self.next_report(number);
            let outcome = self.file(&mut connection, &mut report);
            if !matches!(outcome, Ok(Outcome::Refused)) {
                reports.push(report);
            }
            outcome?;
        }
        Ok(())
    }

    fn file_batches(&self, connection: &mut Connection, reports: &mut Vec<Report>) -> io::Result<()> {
        for batch in 0.. {
            let ours = (0..BATCH_SIZE).map(|number| self.next_report(batch * BATCH_SIZE + number));
            let mut ours: Vec<_> = ours.collect();
            let outcome = connection.send(&self.target.create_batch(&ours));
            if let Ok(answer) = &outcome {
                for (report, issue) in ours.iter_mut().zip(acknowledged_lines(answer)) {
                    report.acknowledged = Some(issue);
                }
            }
            reports.extend(ours);
            outcome?;
        }
        Ok(())
    }

    fn next_report(&self, number: u32) -> Report {
        let title = format!(
            "{:?} report {} of client {} in round {}",
            self.kind, number, self.number, self.round
        );
        let limited = self.kind == Kind::Limited;
        let own_address = format!("198.51.100.{}", self.number);
        Report {
            key: matches!(self.kind, Kind::Retried | Kind::Batch).then(|| format!("key of {title}")),
            title,
            client_address: if limited {
                self.quota.address()
            } else {
                own_address
            },
            limited,
            draft: matches!(self.kind, Kind::Draft | Kind::Suggestion),
            folder: match self.kind {
                Kind::Suggestion => Folder::FeatureRequests,
                Kind::Ticket => Folder::Tickets,
                _ => Folder::Issues,
            },
            ..Report::default()
        }
    }

    fn file(&self, connection: &mut Connection, report: &mut Report) -> io::Result<Outcome> {
        let request = self.target.create(report);
        let answer = connection.send(&request)?;
        if report.limited && answer.status == 403 {
            self.quota.refused(&report.client_address);
            return Ok(Outcome::Refused);
        }
        let issue = acknowledged(&answer);
        report.acknowledged = Some(issue.clone());
        if report.key.is_some() {
            let again = acknowledged(&connection.send(&request)?);
            assert_eq!(
                again.id, issue.id,
                "the same key gives the same report: {}",
                report.title
            );
        }
        if report.draft {
            if report.folder == Folder::Issues {
                let file = File::of(report);
                let answer = connection.send(&self.target.upload(&issue, &file))?;
                assert_eq!(answer.status, 201, "a log file must be taken: {}", answer.text());
                report.file = Some(file);
            }
            let answer = connection.send(&self.target.publish(report.folder, &issue))?;
            assert_eq!(answer.status, 200, "a draft can be published: {}", answer.text());
            report.published = true;
        }
        if report.folder == Folder::FeatureRequests {
            let answer = connection.send(&self.target.vote(&issue))?;
            assert_eq!(answer.status, 200, "a vote must be taken: {}", answer.text());
            report.voted = true;
        }
        if report.folder != Folder::Issues {
            let answer = connection.send(&self.target.comment(report, &issue))?;
            assert_eq!(answer.status, 201, "a comment must be taken: {}", answer.text());
            report.commented = true;
        }
        Ok(Outcome::Filed)
    }
}

enum Outcome {
    Filed,
    Refused,
}
