//! What stands beside a report: what developers change of it with one choice, and what everybody reads there.

use bugle_actors::{FindRelease, FoundIssue, Group, ListMembers};
use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, ReleaseReference, ReportKind, Role};

use super::people::Somebody;
use super::tags::{TagMark, Tags};
use super::words::{self, Choice, category_label, priority_label};
use crate::http::access::Membership;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::http::views::Sight;
use crate::pages::moments::Moment;

/// What stands beside a report.
pub struct Sidebar {
    /// Whether whoever looks may change the report.
    pub may_change: bool,
    /// The statuses to choose from.
    pub statuses: Vec<Choice>,
    /// The priorities to choose from.
    pub priorities: Vec<Choice>,
    /// The categories to choose from.
    pub categories: Vec<Choice>,
    /// The members to choose from.
    pub members: Vec<Choice>,
    /// All tags of the project, those chosen that the report has.
    pub tags: Vec<TagMark>,
    /// Its priority on the wire and on the page, of a bug report.
    pub priority: Option<(&'static str, &'static str)>,
    /// Its category, of a bug report.
    pub category: Option<&'static str>,
    /// Who works on it.
    pub assignee: Option<Somebody>,
    /// Whether it can be assigned to somebody.
    pub has_assignee: bool,
    /// Whether it can be the same as another.
    pub has_original: bool,
    /// `2026-11-21`.
    pub due_date: String,
    /// The release it was seen in: its number, if it has a page, and its label.
    pub release: Option<(Option<u64>, String)>,
    /// Free text that says where it came from.
    pub source: String,
    /// When it became visible.
    pub published: Moment,
    /// When the work was over.
    pub resolved: Option<Moment>,
}

impl Sidebar {
    /// Of a report, as a member sees it.
    pub async fn of(
        kind: ReportKind,
        found: &FoundIssue,
        tags: &Tags,
        membership: &Membership,
        state: &AppState,
    ) -> Result<Self, ApiError> {
        let report = &*found.issue;
        let may_change = membership.role >= Role::Developer;
        let sight = Sight::of(membership.role, &found.hidden);
        let assigned = sight.assigned_to(report);
        let is_bug = kind == ReportKind::Bug;
        let current = assigned.map(|user| user.0.to_string()).unwrap_or_default();
        let members = if may_change {
            members(membership.project, &current, state).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            may_change,
            statuses: words::statuses(kind, report.status.name()),
            priorities: words::priorities(report.priority.name()),
            categories: words::categories(report.category.name()),
            members,
            tags: tags.marked(&found.links.tags),
            priority: is_bug.then(|| (report.priority.name(), priority_label(report.priority))),
            category: is_bug.then(|| category_label(report.category)),
            assignee: assigned.map(|user| Somebody::author(user, state)),
            has_assignee: kind != ReportKind::FeatureRequest,
            has_original: kind != ReportKind::SupportTicket,
            due_date: report.due_date.clone().unwrap_or_default(),
            release: release(report, membership.project, state).await,
            source: report.source.clone().unwrap_or_default(),
            published: Moment::ago(report.published_at.unwrap_or(report.created_at), state.now()),
            resolved: report.resolved_at.map(|at| Moment::ago(at, state.now())),
        })
    }

    /// The tags that the report has.
    pub fn own_tags(&self) -> impl Iterator<Item = &TagMark> {
        self.tags.iter().filter(|tag| tag.is_chosen)
    }

    /// Whether the report has a tag.
    pub fn has_tags(&self) -> bool {
        self.tags.iter().any(|tag| tag.is_chosen)
    }
}

/// The project's members to choose from, by name.
pub async fn members(project: ProjectId, current: &str, state: &AppState) -> Result<Vec<Choice>, ApiError> {
    let group = Group::Project(project);
    let members = state.ask_accounts(|reply| ListMembers { group, reply }).await?;
    let choices = members
        .iter()
        .map(|member| Choice::new(&member.user.id.0.to_string(), &member.user.name, current));
    let mut choices: Vec<_> = choices.collect();
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    Ok(choices)
}

/// A release that was deleted is known by its number alone.
async fn release(report: &Issue, project: ProjectId, state: &AppState) -> Option<(Option<u64>, String)> {
    match report.release.as_ref()? {
        ReleaseReference::Label(label) => Some((None, label.clone())),
        ReleaseReference::Id(id) => {
            let number = u32::try_from(*id).ok()?;
            let asked = state.ask_project(project, |reply| FindRelease { number, reply });
            match asked.await {
                Ok(release) => Some((Some(*id), release.label)),
                Err(_) => Some((None, format!("#{id}, deleted"))),
            }
        }
    }
}
