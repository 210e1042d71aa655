//! A project's reports: its dashboard, the lists, each report, and the form for a new one.

pub mod bulk;
pub mod change;
pub mod comments;
pub mod dashboard;
pub mod edit;
pub mod files;
pub mod filters;
pub mod history;
pub mod list;
pub mod log;
pub mod new;
pub mod order;
pub mod people;
pub mod row;
pub mod show;
pub mod sidebar;
pub mod tags;
pub mod words;

use actix_web::web;
use bugle_storage::ProjectId;
use bugle_storage::records::{Issue, ReportKind};

use crate::http::state::AppState;
use crate::http::views::report_folder;

type State = web::Data<AppState>;

/// The page of a project's reports of that kind.
fn list_address(project: ProjectId, kind: ReportKind) -> String {
    format!("/projects/{project}/{}", report_folder(kind))
}

/// The page of a report that is published.
fn report_address(project: ProjectId, kind: ReportKind, report: &Issue) -> String {
    let number = report.number.unwrap_or_default();
    format!("{}/{number}", list_address(project, kind))
}
