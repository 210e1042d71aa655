//! Reports for tests.

use bugle_storage::records::{Category, Issue, Priority, ReportKind, Reporter, Submitter};
use bugle_storage::{AddressHash, RecordId, Timestamp};

use super::issues::build_issue;
use super::{NewIssue, Submission};

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
