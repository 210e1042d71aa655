//! A suggestion as clients see it (protocol 4, "Feature request").

use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, IssueStatus, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::Iso;
use super::kept::{CustomValues, release_id};
use super::report::{Beside, SenderView, report_url};
use crate::http::openapi::names::FeatureRequestStatusName;
use crate::http::state::AppState;

/// A suggestion.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FeatureRequest)]
pub struct FeatureRequestView<'a> {
    id: u64,
    scoped_id: Option<String>,
    title: &'a str,
    description: &'a str,
    #[schema(value_type = FeatureRequestStatusName)]
    status: &'static str,
    votes: u32,
    voted: bool,
    is_duplicate: bool,
    duplicate_of_id: Option<u64>,
    duplicates_count: u32,
    source: Option<&'a str>,
    /// Left out where the answer is to a create.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "left out, of no release, and of one are three different things"
    )]
    #[schema(value_type = Option<u64>)]
    release_id: Option<Option<u64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<CustomValues<'a>>,
    user: SenderView,
    created_at: Iso,
    updated_at: Iso,
    pub(super) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl<'a> FeatureRequestView<'a> {
    pub(super) fn of(report: &'a Issue, beside: Beside<'_>, project: ProjectId, state: &AppState) -> Self {
        let original = beside.links.and_then(|links| links.duplicate_of);
        let duplicate_of_id = original.map(|id| id.0);
        Self {
            id: report.id.0,
            scoped_id: report.number.map(|number| number.to_string()),
            title: &report.title,
            description: &report.description,
            status: report.status.name(),
            votes: beside.votes.votes,
            voted: beside.votes.voted,
            is_duplicate: report.status == IssueStatus::Duplicate || duplicate_of_id.is_some(),
            duplicate_of_id,
            duplicates_count: beside.links.map_or(0, |links| links.duplicates_count),
            source: report.source.as_deref(),
            release_id: Some(release_id(report)),
            custom_fields: Some(CustomValues(&report.custom_fields)),
            user: SenderView::of(report, beside.for_member, state),
            created_at: Iso(report.created_at),
            updated_at: Iso(report.updated_at),
            url: report_url(ReportKind::FeatureRequest, report, project, state),
            token: None,
        }
    }

    pub(super) fn with_token(self, token: String) -> Self {
        Self {
            token: Some(token),
            release_id: None,
            custom_fields: None,
            ..self
        }
    }
}
