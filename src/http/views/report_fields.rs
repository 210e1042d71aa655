//! What reports of every kind show (protocol 4).

use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, ReportKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::Iso;
use super::kept::{CustomValues, Extras, release_id};
use super::report::report_url;
use super::sight::{ContactView, Sight};
use crate::http::state::AppState;

/// What a bug report, a suggestion and a ticket have in common.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub(super) struct ReportFields<'a> {
    id: u64,
    scoped_id: Option<String>,
    title: &'a str,
    description: &'a str,
    source: Option<&'a str>,
    /// Not in the answer to a create, which may come again and has to be the same then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "left out, of no release, and of one are three different things"
    )]
    #[schema(value_type = Option<u64>)]
    release_id: Option<Option<u64>>,
    /// For members, as the next two.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    custom_fields: Option<CustomValues<'a>>,
    /// What the client said of the device and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    extras: Option<Extras<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[expect(
        clippy::option_option,
        reason = "left out, of none, and of one are three different things"
    )]
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Option<Option<&'a str>>,
    /// How the reporter can be reached; for owners and developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactView<'a>>,
    created_at: Iso,
    updated_at: Iso,
    /// Where the report is seen.
    pub(super) url: String,
    /// The update token, only in the answer to a create.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl<'a> ReportFields<'a> {
    pub(super) fn of(
        kind: ReportKind,
        report: &'a Issue,
        sight: Sight<'a>,
        project: ProjectId,
        state: &AppState,
    ) -> Self {
        Self {
            id: report.id.0,
            scoped_id: report.number.map(|number| number.to_string()),
            title: &report.title,
            description: &report.description,
            source: report.source.as_deref(),
            release_id: Some(release_id(report)),
            custom_fields: sight.custom_fields(report),
            extras: sight.extras(report),
            due_date: sight.due_date(report),
            contact: sight.contact(report),
            created_at: Iso(report.created_at),
            updated_at: Iso(report.updated_at),
            url: report_url(kind, report, project, state),
            token: None,
        }
    }

    /// The same in the answer to a create.
    #[must_use]
    pub(super) fn with_token(self, token: String) -> Self {
        Self {
            token: Some(token),
            release_id: None,
            ..self
        }
    }
}
