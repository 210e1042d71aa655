//! What was asked of the server and what it promised.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use support::{Connection, Server};

use crate::target::{Target, acknowledged};

/// What kind of report it is, by the part of the path that it lies below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Folder {
    #[default]
    Issues,
    FeatureRequests,
    Tickets,
}

impl Folder {
    pub(crate) const ALL: [Self; 3] = [Self::Issues, Self::FeatureRequests, Self::Tickets];

    /// As it stands in paths, and as lists call what they hold.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Issues => "issues",
            Self::FeatureRequests => "feature_requests",
            Self::Tickets => "tickets",
        }
    }

    /// One report by its global id.
    pub(crate) fn path(self, id: u64) -> String {
        let prefix = match self {
            Self::Issues => "g",
            Self::FeatureRequests => "fr",
            Self::Tickets => "t",
        };
        format!("{}/{prefix}-{id}", self.name())
    }
}

/// A report that was sent.
#[expect(clippy::struct_excessive_bools, reason = "each was promised, or not yet")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// Unlike every other.
    pub(crate) title: String,
    /// The address that the report comes from.
    pub(crate) client_address: String,
    /// Filed with the token that has a limit.
    pub(crate) limited: bool,
    pub(crate) draft: bool,
    /// The release that it says it is from, which nobody has made before.
    pub(crate) release_label: Option<String>,
    pub(crate) folder: Folder,
    /// The owner's vote was acknowledged.
    pub(crate) voted: bool,
    /// The owner's comment was acknowledged.
    pub(crate) commented: bool,
    pub(crate) key: Option<String>,
    /// `None` when the server died before it answered.
    pub(crate) acknowledged: Option<Acknowledged>,
    /// The file whose upload was acknowledged.
    pub(crate) file: Option<File>,
    /// Publishing was acknowledged.
    pub(crate) published: bool,
}

/// What the answer to a report said.
#[derive(Clone, Debug)]
pub(crate) struct Acknowledged {
    pub(crate) id: u64,
    pub(crate) update_token: String,
}

/// A log file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    line: String,
    lines: usize,
}

impl Report {
    /// Follows from the title, so that it need not be remembered; every seventh is longer than a block of the store.
    pub(crate) fn description(&self) -> String {
        let repetitions = if self.title.len().is_multiple_of(7) {
            200
        } else {
            3
        };
        format!("What happened in {}? ", self.title).repeat(repetitions)
    }

    /// Sends again what got no answer and publishes what is still a draft.
    fn finish(&mut self, connection: &mut Connection, target: &Target) {
        if self.key.is_some() {
            // A client that lost the answer sends again; one that has it may as well, and gets the same.
            let answer = connection.send(&target.create(self)).unwrap();
            let issue = acknowledged(&answer);
            let before = self.acknowledged.replace(issue.clone());
            let same = before.is_none_or(|before| before.id == issue.id);
            assert!(
                same,
                "after the restart the same key gives another report: {}",
                self.title
            );
        }
        if let Some(issue) = self
            .acknowledged
            .as_ref()
            .filter(|_| self.draft && !self.published)
        {
            let answer = connection.send(&target.publish(self.folder, issue)).unwrap();
            assert_eq!(
                answer.status,
                200,
                "an acknowledged draft is lost: {}",
                answer.text()
            );
            self.published = true;
        }
    }

    /// Reads the report and its file back, if they were acknowledged.
    fn check(&self, connection: &mut Connection, target: &Target) {
        let Some(issue) = &self.acknowledged else { return };
        let found = target.report(connection, self.folder, issue.id);
        assert_eq!(found["title"], self.title.as_str(), "issue {}", issue.id);
        let description = found["description"].as_str().map(str::trim);
        assert_eq!(description, Some(self.description().trim()), "issue {}", issue.id);
        if self.voted {
            assert_eq!(
                (&found["votes"], &found["voted"]),
                (&1.into(), &true.into()),
                "{found}"
            );
        }
        if self.commented {
            let comments = target.comments(connection, self.folder, issue.id);
            let texts: Vec<_> = comments.iter().map(|comment| comment["body"].as_str()).collect();
            assert_eq!(
                texts,
                [Some(self.title.as_str())],
                "{} {}",
                self.folder.name(),
                issue.id
            );
        }
        if let Some(file) = &self.file {
            let listed = target.log_files(connection, issue.id);
            let complete =
                |listed: &&Value| listed["filename"] == file.name && listed["size_bytes"] == file.size();
            assert_eq!(
                listed.iter().filter(complete).count(),
                1,
                "{file:?} of {} in {listed:?}",
                self.title
            );
        }
    }
}

impl File {
    /// A file of some hundred bytes to some hundred kilobytes.
    pub(crate) fn of(report: &Report) -> Self {
        let lines = rand::random_range(10..4_000);
        Self {
            name: "player.log".to_owned(),
            line: format!("{}: all is well\n", report.title),
            lines,
        }
    }

    pub(crate) fn content(&self) -> String {
        self.line.repeat(self.lines)
    }

    fn size(&self) -> usize {
        self.line.len() * self.lines
    }
}

/// Every report of every round.
#[derive(Default)]
pub(crate) struct Ledger {
    reports: Vec<Report>,
}

impl Ledger {
    /// Adds reports without looking at them.
    pub(crate) fn extend(&mut self, reports: impl IntoIterator<Item = Report>) {
        self.reports.extend(reports);
    }

    /// After a restart: does what the clients of those reports would do next, and checks what was acknowledged.
    pub(crate) fn settle(&mut self, reports: Vec<Report>, target: &Target) {
        let mut connection = target.connect().expect("the server was started again");
        for mut report in reports {
            report.finish(&mut connection, target);
            report.check(&mut connection, target);
            self.reports.push(report);
        }
    }

    /// Holds the whole list against the ledger: all that must be there is there once, and nothing else is. Gives the
    /// number of stored reports through the limited token, by client address.
    pub(crate) fn check_everything(&self, server: &Server, target: &Target) -> HashMap<String, usize> {
        let mut lists = vec![server.issues()];
        for folder in Folder::ALL.into_iter().filter(|folder| *folder != Folder::Issues) {
            lists.push(target.all(folder));
        }
        let mut stored: HashMap<_, _> = lists.iter().flat_map(|listed| ids_by_title(listed)).collect();
        let mut limited = HashMap::new();
        for report in &self.reports {
            let found = stored.remove(report.title.as_str());
            if report.limited && found.is_some() {
                *limited.entry(report.client_address.clone()).or_default() += 1;
            }
            match &report.acknowledged {
                Some(issue) => assert_eq!(found, Some(issue.id), "acknowledged: {}", report.title),
                // A draft that nobody could publish stays hidden; anything else under way may be there or not.
                None => assert!(
                    found.is_none() || !report.draft,
                    "a draft in the list: {}",
                    report.title
                ),
            }
        }
        assert!(stored.is_empty(), "nobody filed these: {stored:?}");
        limited
    }
}

/// Panics when a title or a scoped id is there twice.
fn ids_by_title(listed: &[Value]) -> HashMap<&str, u64> {
    let mut ids = HashMap::new();
    let mut scoped_ids = HashSet::new();
    for issue in listed {
        let (title, id) = (issue["title"].as_str(), issue["id"].as_u64());
        let (Some(title), Some(id)) = (title, id) else {
            panic!("no title or id in {issue}")
        };
        assert!(ids.insert(title, id).is_none(), "twice in the list: {title}");
        assert!(
            scoped_ids.insert(issue["scoped_id"].to_string()),
            "a scoped id twice: {issue}"
        );
    }
    ids
}
