//! Reports for tests.

use std::sync::Arc;

use bugle_storage::records::{
    Category, Issue, Priority, ReportKind, ReportRight, Reporter, Submitter, TokenRights,
};
use bugle_storage::{AddressHash, ProjectId, RecordId, Timestamp, TokenId};

use super::issues::build_issue;
use super::{NewIssue, Submission};
use crate::ProjectGrant;
use crate::directory::{LastUsed, SpentMarks};

/// A published report as it is stored.
pub(crate) fn issue(id: RecordId) -> Issue {
    build_issue(id, ReportKind::Bug, new_issue(""), &submission(), Timestamp(0))
}

/// A report of which nothing but the title matters.
pub(crate) fn new_issue(title: &str) -> NewIssue {
    NewIssue {
        title: title.to_owned(),
        description: String::new(),
        steps_to_reproduce: String::new(),
        category: Category::Bug,
        priority: Priority::Medium,
        source: None,
        release: None,
        custom_fields: Vec::new(),
        extras: Vec::new(),
        due_date: None,
        contact_email: None,
        email_my_report: false,
        draft: false,
    }
}

/// Somebody whom no limit concerns.
pub(crate) fn submission() -> Submission {
    Submission {
        submitter: Submitter::Anonymous,
        grant: None,
        address: AddressHash(1),
        reporter: Reporter::Anonymous,
        key: None,
        token: None,
    }
}

/// A project token that may send 1000 reports of each kind a day.
pub(crate) fn grant(project: ProjectId, token: TokenId) -> Arc<ProjectGrant> {
    let right = ReportRight {
        allowed: true,
        per_day: 1000,
    };
    Arc::new(ProjectGrant {
        token,
        project,
        rights: TokenRights {
            bug_reports: right,
            feature_requests: right,
            support_tickets: right,
            read_releases: true,
            create_releases: false,
            require_submission_token: false,
        },
        last_used: Arc::new(LastUsed::default()),
        spent: SpentMarks::default(),
    })
}
