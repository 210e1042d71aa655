//! A support ticket as clients see it (protocol 5.6).

use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::kept::{CustomValues, release_id};
use super::report::{Beside, SenderView, report_url};
use super::{Iso, UserView};
use crate::http::openapi::names::TicketStatusName;
use crate::http::state::AppState;

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub struct TicketView<'a> {
    id: u64,
    scoped_id: Option<String>,
    title: &'a str,
    description: &'a str,
    #[schema(value_type = TicketStatusName)]
    status: &'static str,
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
    assigned_to: UserView,
    created_at: Iso,
    updated_at: Iso,
    resolved_at: Option<Iso>,
    pub(super) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl<'a> TicketView<'a> {
    pub(super) fn of(report: &'a Issue, beside: Beside<'_>, project: ProjectId, state: &AppState) -> Self {
        Self {
            id: report.id.0,
            scoped_id: report.number.map(|number| number.to_string()),
            title: &report.title,
            description: &report.description,
            status: report.status.name(),
            source: report.source.as_deref(),
            release_id: Some(release_id(report)),
            custom_fields: Some(CustomValues(&report.custom_fields)),
            user: SenderView::of(report, beside.for_member, state),
            assigned_to: UserView::of(report.assigned_to, state.directory()),
            created_at: Iso(report.created_at),
            updated_at: Iso(report.updated_at),
            resolved_at: report.resolved_at.map(Iso),
            url: report_url(ReportKind::SupportTicket, report, project, state),
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
