//! Where a project's records lie.

use bugle_storage::records::Attachment;
use bugle_storage::{Key, ProjectId, RecordId, Table};

fn table(project: ProjectId, table: Table) -> Key {
    Key::new(project.shard(), table).u64(project.0)
}

pub(super) fn issue(project: ProjectId, id: RecordId) -> Key {
    table(project, Table::Issue).u64(id.sequence())
}

pub(super) fn issue_row(project: ProjectId, id: RecordId) -> Key {
    issue_rows(project).u64(id.sequence())
}

/// The prefix of every row of a project.
pub(super) fn issue_rows(project: ProjectId) -> Key {
    table(project, Table::IssueRow)
}

pub(super) fn attachment(project: ProjectId, file: &Attachment) -> Key {
    attachment_of(project, file.issue, file.id)
}

pub(super) fn attachment_of(project: ProjectId, issue: RecordId, id: RecordId) -> Key {
    table(project, Table::Attachment)
        .u64(issue.sequence())
        .u64(id.sequence())
}

/// The prefix of every idempotency record of a project.
pub(super) fn idempotency(project: ProjectId) -> Key {
    table(project, Table::Idempotency)
}

/// The sequence number at the end of a row's key.
pub(super) fn sequence(row: &Key) -> Option<u64> {
    row.as_bytes()
        .last_chunk::<8>()
        .map(|bytes| u64::from_be_bytes(*bytes))
}
