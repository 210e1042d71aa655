//! A support ticket as clients see it (protocol 5.6).

use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::report::{Beside, SenderView};
use super::report_fields::ReportFields;
use super::{Iso, UserView};
use crate::http::openapi::names::TicketStatusName;
use crate::http::state::AppState;

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub struct TicketView<'a> {
    #[serde(flatten)]
    pub(super) report: ReportFields<'a>,
    #[schema(value_type = TicketStatusName)]
    status: &'static str,
    user: SenderView,
    assigned_to: UserView,
    resolved_at: Option<Iso>,
}

impl<'a> TicketView<'a> {
    pub(super) fn of(report: &'a Issue, beside: Beside<'a>, project: ProjectId, state: &AppState) -> Self {
        let sight = beside.sight;
        Self {
            report: ReportFields::of(ReportKind::SupportTicket, report, sight, project, state),
            status: report.status.name(),
            user: SenderView::of(report, sight, state),
            assigned_to: UserView::of(sight.assigned_to(report), state.directory()),
            resolved_at: report.resolved_at.map(Iso),
        }
    }

    pub(super) fn with_token(self, token: String) -> Self {
        Self {
            report: self.report.with_token(token),
            ..self
        }
    }
}
