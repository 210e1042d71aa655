//! A report as one line of a list.

use bugle_actors::IssuePage;
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{ProjectId, Timestamp};

use super::people::Somebody;
use super::report_address;
use super::tags::{TagMark, Tags};
use super::words::{KindWords, StatusMark, priority_label};
use crate::http::state::AppState;
use crate::http::views::Sight;
use crate::pages::moments::Moment;

/// A report in a list.
pub struct Row {
    /// Its page.
    pub address: String,
    /// What kind it is of, in a list of several kinds.
    pub kind: Option<KindWords>,
    /// Its number.
    pub number: u32,
    /// What it is about.
    pub title: String,
    /// Where the work on it stands.
    pub status: StatusMark,
    /// How urgent it is, of a bug report: what that is called on the wire and on the page.
    pub priority: Option<(&'static str, &'static str)>,
    /// Its tags.
    pub tags: Vec<TagMark>,
    /// Who works on it.
    pub assignee: Option<Somebody>,
    /// How many are for it, of a suggestion.
    pub votes: Option<u32>,
    /// How many reports are duplicates of it.
    pub duplicates: u32,
    /// When it came.
    pub age: Moment,
    /// The same moment, to sort by.
    pub created_at: Timestamp,
}

/// What is the same for all rows of a list.
pub struct RowContext<'a> {
    /// Which project's.
    pub project: ProjectId,
    /// Of what kind they are.
    pub kind: ReportKind,
    /// Whether there are reports of other kinds among them.
    pub has_others: bool,
    /// Who looks.
    pub sight: Sight<'a>,
    /// The project's tags.
    pub tags: &'a Tags,
    /// Whom to ask.
    pub state: &'a AppState,
}

impl RowContext<'_> {
    /// The rows of a page.
    pub fn rows(&self, page: &IssuePage) -> Vec<Row> {
        page.issues.iter().map(|report| self.row(report, page)).collect()
    }

    fn row(&self, report: &Issue, page: &IssuePage) -> Row {
        let links = page.links.get(&report.id);
        let tags = links.map_or(&[][..], |links| &links.tags);
        let assignee = self.sight.assigned_to(report);
        let is_bug = self.kind == ReportKind::Bug;
        Row {
            address: report_address(self.project, self.kind, report),
            kind: self.has_others.then(|| KindWords::of(self.kind)),
            number: report.number.unwrap_or_default(),
            title: report.title.clone(),
            status: StatusMark::of(report.status),
            priority: is_bug.then(|| (report.priority.name(), priority_label(report.priority))),
            tags: self.tags.of(tags),
            assignee: assignee.and_then(|user| Somebody::user(user, self.state)),
            votes: None,
            duplicates: links.map_or(0, |links| links.duplicates_count),
            age: Moment::ago(report.created_at, self.state.now()),
            created_at: report.created_at,
        }
    }
}
