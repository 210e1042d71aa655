//! A suggestion as clients see it (protocol 4, "Feature request").

use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, IssueStatus, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::report::{Beside, SenderView};
use super::report_fields::ReportFields;
use crate::http::openapi::names::FeatureRequestStatusName;
use crate::http::state::AppState;

/// A suggestion.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeatureRequest)]
pub struct FeatureRequestView<'a> {
    #[serde(flatten)]
    pub(super) report: ReportFields<'a>,
    #[schema(value_type = FeatureRequestStatusName)]
    status: &'static str,
    votes: u32,
    voted: bool,
    is_duplicate: bool,
    duplicate_of_id: Option<u64>,
    duplicates_count: u32,
    user: SenderView,
}

impl<'a> FeatureRequestView<'a> {
    pub(super) fn of(report: &'a Issue, beside: Beside<'a>, project: ProjectId, state: &AppState) -> Self {
        let original = beside.links.and_then(|links| links.duplicate_of);
        let duplicate_of_id = original.map(|id| id.0);
        Self {
            report: ReportFields::of(ReportKind::FeatureRequest, report, beside.sight, project, state),
            status: report.status.name(),
            votes: beside.votes.votes,
            voted: beside.votes.voted,
            is_duplicate: report.status == IssueStatus::Duplicate || duplicate_of_id.is_some(),
            duplicate_of_id,
            duplicates_count: beside.links.map_or(0, |links| links.duplicates_count),
            user: SenderView::of(report, beside.sight, state),
        }
    }

    pub(super) fn with_token(self, token: String) -> Self {
        Self {
            report: self.report.with_token(token),
            ..self
        }
    }
}
