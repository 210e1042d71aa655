//! A bug report as clients see it (protocol 4, "Issue").

use bugle_actors::ReportLinks;
use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::report_fields::ReportFields;
use super::sight::Sight;
use super::steps::{Step, steps};
use super::{Iso, UserView};
use crate::http::openapi::names::{CategoryName, IssueStatusName, PriorityName};
use crate::http::state::AppState;

/// An issue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Issue)]
pub struct IssueView<'a> {
    #[serde(flatten)]
    pub(super) report: ReportFields<'a>,
    #[schema(value_type = IssueStatusName)]
    status: &'static str,
    #[schema(value_type = PriorityName)]
    priority: &'static str,
    #[schema(value_type = CategoryName)]
    category: &'static str,
    score: &'static str,
    steps_to_reproduce: Vec<Step<'a>>,
    /// This and the next two for members, where the answer tells an issue as it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<u32>>)]
    tag_ids: Option<&'a [u32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "left out, of none, and of one are three different things"
    )]
    #[schema(value_type = Option<u64>)]
    duplicate_of_id: Option<Option<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates_count: Option<u32>,
    assigned_to: UserView,
    reported_by: UserView,
    #[schema(no_recursion)]
    potential_duplicate: Option<Box<IssueView<'a>>>,
    resolved_at: Option<Iso>,
}

impl<'a> IssueView<'a> {
    /// An issue of a project.
    pub fn of(issue: &'a Issue, sight: Sight<'a>, project: ProjectId, state: &AppState) -> Self {
        let directory = state.directory();
        Self {
            report: ReportFields::of(ReportKind::Bug, issue, sight, project, state),
            status: issue.status.name(),
            priority: issue.priority.name(),
            category: issue.category.name(),
            score: "0.0",
            steps_to_reproduce: steps(&issue.steps_to_reproduce),
            tag_ids: None,
            duplicate_of_id: None,
            duplicates_count: None,
            assigned_to: UserView::of(sight.assigned_to(issue), directory),
            reported_by: sight.sender(issue, directory),
            potential_duplicate: None,
            resolved_at: issue.resolved_at.map(Iso),
        }
    }

    /// The same with what stands beside it.
    #[must_use]
    pub fn with_links(self, links: &'a ReportLinks) -> Self {
        Self {
            tag_ids: Some(&links.tags),
            duplicate_of_id: Some(links.duplicate_of.map(|id| id.0)),
            duplicates_count: Some(links.duplicates_count),
            ..self
        }
    }

    /// The same with the issue that it may be the same as.
    #[must_use]
    pub fn with_potential_duplicate(self, original: Option<Self>) -> Self {
        Self {
            potential_duplicate: original.map(Box::new),
            ..self
        }
    }

    /// The same with its update token.
    #[must_use]
    pub fn with_token(self, token: String) -> Self {
        Self {
            report: self.report.with_token(token),
            ..self
        }
    }
}
