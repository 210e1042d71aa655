//! A report as clients see it, of whatever kind.

use bugle_actors::{ReportLinks, VoteCount, global_prefix};
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{ProjectId, RecordId};
use serde::Serialize;
use utoipa::ToSchema;

use super::sight::Sight;
use super::suggestion::FeatureRequestView;
use super::ticket::TicketView;
use super::{IssueView, UserView};
use crate::http::state::AppState;

/// What is told of a report beside what it says itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside<'a> {
    /// Its tags and duplicates, where they are known.
    pub links: Option<&'a ReportLinks>,
    /// The issue that it may be the same as.
    pub potential_duplicate: Option<&'a Issue>,
    /// The votes for it.
    pub votes: VoteCount,
    /// Who asks.
    pub sight: Sight<'a>,
}

/// A report.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum ReportView<'a> {
    /// A bug report.
    Issue(IssueView<'a>),
    /// A suggestion.
    FeatureRequest(FeatureRequestView<'a>),
    /// A support ticket.
    Ticket(TicketView<'a>),
}

impl<'a> ReportView<'a> {
    /// A report as it is kept.
    pub fn of(
        kind: ReportKind,
        report: &'a Issue,
        beside: Beside<'a>,
        project: ProjectId,
        state: &AppState,
    ) -> Self {
        match kind {
            ReportKind::Bug => {
                let view = |issue| IssueView::of(issue, beside.sight, project, state);
                let original = beside.potential_duplicate.map(view);
                let view = view(report);
                Self::Issue(match beside.links {
                    Some(links) => view.with_links(links).with_potential_duplicate(original),
                    None => view,
                })
            }
            ReportKind::FeatureRequest => {
                Self::FeatureRequest(FeatureRequestView::of(report, beside, project, state))
            }
            ReportKind::SupportTicket => Self::Ticket(TicketView::of(report, beside, project, state)),
        }
    }

    /// The answer to a create, with the update token. It may come again and has to be the same then, so it says nothing
    /// that depends on what else the project has.
    pub fn created(
        kind: ReportKind,
        report: &'a Issue,
        token: String,
        project: ProjectId,
        state: &AppState,
    ) -> Self {
        match kind {
            ReportKind::Bug => {
                let view = IssueView::of(report, Sight::Reporter, project, state);
                Self::Issue(view.with_token(token))
            }
            ReportKind::FeatureRequest => {
                let view = FeatureRequestView::of(report, Beside::default(), project, state);
                Self::FeatureRequest(view.with_token(token))
            }
            ReportKind::SupportTicket => {
                let view = TicketView::of(report, Beside::default(), project, state);
                Self::Ticket(view.with_token(token))
            }
        }
    }

    /// Where the report is seen.
    pub fn url(&self) -> &str {
        match self {
            Self::Issue(view) => &view.report.url,
            Self::FeatureRequest(view) => &view.report.url,
            Self::Ticket(view) => &view.report.url,
        }
    }
}

/// Whoever sent a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sender)]
pub(super) struct SenderView {
    #[serde(flatten)]
    user: UserView,
    /// For owners and developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl SenderView {
    pub(super) fn of(report: &Issue, sight: Sight<'_>, state: &AppState) -> Self {
        let email = sight.contact(report).and_then(|contact| contact.email);
        Self {
            user: sight.sender(report, state.directory()),
            email: email.map(str::to_owned),
        }
    }
}

/// The part of a path that reports of this kind lie below.
pub const fn report_folder(kind: ReportKind) -> &'static str {
    match kind {
        ReportKind::Bug => "issues",
        ReportKind::FeatureRequest => "feature_requests",
        ReportKind::SupportTicket => "tickets",
    }
}

/// Where a report is seen: by number once it is published, by global id before (protocol 3).
pub(super) fn report_url(kind: ReportKind, report: &Issue, project: ProjectId, state: &AppState) -> String {
    url_of(kind, (report.id, report.number), project, state)
}

/// The same of a report of which no more is at hand than its id and its number.
pub fn url_of(
    kind: ReportKind,
    (id, number): (RecordId, Option<u32>),
    project: ProjectId,
    state: &AppState,
) -> String {
    let base = &state.options.public_url;
    let mut digits = itoa::Buffer::new();
    let (prefix, number) = match number {
        Some(number) => ("", digits.format(number)),
        None => (global_prefix(kind), digits.format(id.0)),
    };
    [
        base,
        "/projects/",
        &project.to_string(),
        "/",
        report_folder(kind),
        "/",
        prefix,
        number,
    ]
    .concat()
}
