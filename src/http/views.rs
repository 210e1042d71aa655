//! Records as clients see them (protocol 4).

mod attachment;
mod issue;
mod kept;
mod report;
mod report_fields;
mod sight;
mod steps;
mod suggestion;
mod ticket;

use bugle_actors::{Directory, ProjectEntry};
use bugle_storage::records::{PersonalToken, Project, ProjectToken, TokenLimits, TokenScope, Visibility};
use bugle_storage::{ProjectId, Timestamp};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::state::AppState;
use crate::http::openapi::names::{ScopeName, VisibilityName};
pub use attachment::{AttachmentView, kind_names, kind_of_folder};
pub use issue::IssueView;
pub use report::{Beside, ReportView, report_folder, url_of};
pub use sight::{ContactView, Sight, VouchedView};
pub use steps::step_texts;
pub use suggestion::FeatureRequestView;
pub use ticket::TicketView;

/// A moment in ISO 8601, UTC.
#[derive(Debug, Clone, Copy)]
pub struct Iso(pub Timestamp);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_iso())
    }
}

/// A user by number and name, or nobody: both `null`. A player without an account may have a name.
#[derive(Debug, Serialize, Default, ToSchema)]
#[schema(as = Person)]
pub struct UserView {
    id: Option<u64>,
    /// What they are called.
    pub name: Option<String>,
}

impl UserView {
    /// Nobody when there is no such user any more.
    pub fn of(user: Option<bugle_storage::UserId>, directory: &Directory) -> Self {
        let entry = user.and_then(|user| directory.user(user));
        entry.map_or_else(Self::default, |entry| Self {
            id: Some(entry.id.0),
            name: Some(entry.name.clone()),
        })
    }

    /// Somebody who has no account.
    const fn without_account(name: Option<String>) -> Self {
        Self { id: None, name }
    }
}

/// `pagination` of lists (protocol 4).
#[derive(Debug, Serialize, ToSchema)]
pub struct Pagination {
    current_page: u64,
    total_pages: u64,
    total_count: u64,
    per_page: u32,
}

impl Pagination {
    /// Of page `page` (from 1) of `total` records.
    pub fn new(page: u64, per_page: u32, total: u64) -> Self {
        let total_pages = total.div_ceil(u64::from(per_page.max(1)));
        Self {
            current_page: page,
            total_pages,
            total_count: total,
            per_page,
        }
    }
}

/// A project (protocol 4, "Project").
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    id: String,
    name: String,
    description: String,
    #[schema(value_type = VisibilityName)]
    visibility: &'static str,
    anonymous_reports: bool,
    description_length_min: u32,
    url: String,
    organization_id: Option<u64>,
    member_count: usize,
    created_at: Iso,
    updated_at: Iso,
}

impl ProjectView {
    /// A project with so many members.
    pub fn of(project: &Project, member_count: usize, state: &AppState) -> Self {
        Self {
            id: project.id.to_string(),
            name: project.name.clone(),
            description: project.description.clone(),
            visibility: match project.visibility {
                Visibility::Public => "public",
                Visibility::Private => "private",
            },
            anonymous_reports: project.anonymous_reports,
            description_length_min: project.description_length_min,
            url: format!("{}/projects/{}", state.options.public_url, project.id),
            organization_id: project.organization.map(|organization| organization.0),
            member_count,
            created_at: Iso(project.created_at),
            updated_at: Iso(project.updated_at),
        }
    }

    /// A project as the directory has it.
    pub fn of_entry(entry: &ProjectEntry, state: &AppState) -> Self {
        Self::of(&entry.project, entry.member_count, state)
    }
}

/// How much of its user's rights a personal token has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenLimits)]
pub struct LimitsView {
    /// The scope it was given, and those that are included in that.
    #[schema(value_type = Vec<ScopeName>)]
    scopes: Vec<&'static str>,
    /// The only projects that it is for; `null` for all of its user's.
    projects: Option<Vec<String>>,
}

impl LimitsView {
    /// The limits of a token.
    pub fn of(limits: &TokenLimits) -> Self {
        let names = |projects: &Vec<ProjectId>| projects.iter().map(ToString::to_string).collect();
        Self {
            scopes: limits.scope.included().map(TokenScope::name).collect(),
            projects: limits.projects.as_ref().map(names),
        }
    }
}

/// A personal access token (seed "Viewing Existing Tokens").
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalToken)]
pub struct PersonalTokenView<'a> {
    id: u64,
    name: &'a str,
    created_at: Iso,
    expires_at: Option<Iso>,
    last_used_at: Option<Iso>,
    #[serde(flatten)]
    limits: LimitsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl<'a> PersonalTokenView<'a> {
    /// With `plain` the one answer that shows the token, without it any other.
    pub fn of(token: &'a PersonalToken, plain: Option<&'a str>) -> Self {
        Self {
            id: token.id.0,
            name: &token.name,
            created_at: Iso(token.created_at),
            expires_at: token.expires_at.map(Iso),
            last_used_at: token.last_used_at.map(Iso),
            limits: LimitsView::of(&token.limits),
            partial_token: plain.is_none().then(|| token.hash.partial()),
            token: plain,
        }
    }
}

/// A project token (protocol 1.4).
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field that clients read by its name"
)]
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectToken)]
pub struct ProjectTokenView<'a> {
    id: u64,
    project_id: String,
    name: &'a str,
    can_create_bug_report: bool,
    bug_reports_per_day: u32,
    can_create_feature_request: bool,
    feature_requests_per_day: u32,
    can_create_support_ticket: bool,
    support_tickets_per_day: u32,
    can_read_releases: bool,
    can_create_release: bool,
    require_submission_token: bool,
    created_at: Iso,
    updated_at: Iso,
    last_used_at: Option<Iso>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl<'a> ProjectTokenView<'a> {
    /// With `plain` the one answer that shows the token, without it any other.
    pub fn of(token: &'a ProjectToken, plain: Option<&'a str>) -> Self {
        let rights = token.rights;
        Self {
            id: token.id.0,
            project_id: token.project.to_string(),
            name: &token.name,
            can_create_bug_report: rights.bug_reports.allowed,
            bug_reports_per_day: rights.bug_reports.per_day,
            can_create_feature_request: rights.feature_requests.allowed,
            feature_requests_per_day: rights.feature_requests.per_day,
            can_create_support_ticket: rights.support_tickets.allowed,
            support_tickets_per_day: rights.support_tickets.per_day,
            can_read_releases: rights.read_releases,
            can_create_release: rights.create_releases,
            require_submission_token: rights.require_submission_token,
            created_at: Iso(token.created_at),
            updated_at: Iso(token.updated_at),
            last_used_at: token.last_used_at.map(Iso),
            partial_token: plain.is_none().then(|| token.hash.partial()),
            token: plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_upwards() {
        let pages = |total| Pagination::new(1, 20, total).total_pages;
        assert_eq!([pages(0), pages(1), pages(20), pages(21)], [0, 1, 1, 2]);
    }
}
