//! What a change makes of an issue.

use bugle_storage::Timestamp;
use bugle_storage::records::{Issue, IssueStatus, ReportKind, Reporter};

use super::{IssueChange, IssuePatch};

/// The rules of a change: plain values in, plain values out. `next_number` is for a draft that becomes
/// visible.
pub(super) fn apply(
    issue: &mut Issue,
    kind: ReportKind,
    change: IssueChange,
    next_number: u32,
    now: Timestamp,
) {
    match change {
        IssueChange::Patch(patch) => apply_patch(issue, *patch, now),
        IssueChange::Publish { email_my_report } => {
            issue.email_my_report = email_my_report.unwrap_or(issue.email_my_report);
            if issue.published_at.is_none() {
                issue.published_at = Some(now);
                issue.number = Some(next_number);
                issue.status = IssueStatus::first(kind);
            }
        }
        IssueChange::SetContact { email, discord_id } => {
            if let Some(discord_id) = discord_id
                && issue.reporter == Reporter::Anonymous
            {
                issue.reporter = Reporter::Discord(discord_id);
            }
            issue.contact_email = email.or(issue.contact_email.take());
        }
        IssueChange::Attach { .. } | IssueChange::Detach(_) => {}
    }
}

/// The change as whoever sent the report may make it: an address beside the one that the project vouches for would be
/// shown in its place, so it is not taken.
pub(super) fn without_unvouched_contact(issue: &Issue, change: IssueChange) -> IssueChange {
    match change {
        IssueChange::SetContact { discord_id, .. } if issue.reporter.vouched_email().is_some() => {
            IssueChange::SetContact {
                email: None,
                discord_id,
            }
        }
        other => other,
    }
}

fn apply_patch(issue: &mut Issue, patch: IssuePatch, now: Timestamp) {
    set(&mut issue.title, patch.title);
    set(&mut issue.description, patch.description);
    set(&mut issue.steps_to_reproduce, patch.steps_to_reproduce);
    set(&mut issue.priority, patch.priority);
    set(&mut issue.category, patch.category);
    set(&mut issue.assigned_to, patch.assigned_to);
    set(&mut issue.due_date, patch.due_date);
    set(&mut issue.custom_fields, patch.custom_fields);
    issue.release = patch.release.or(issue.release.take());
    // A draft's status is set by publishing it.
    if let Some(status) = patch.status.filter(|_| issue.published_at.is_some()) {
        let settled = issue.resolved_at.filter(|_| issue.status.is_settled());
        issue.resolved_at = status.is_settled().then(|| settled.unwrap_or(now));
        issue.status = status;
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
