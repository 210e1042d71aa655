//! What the maintenance commands say at their end, as text.

use std::fmt::Write;
use std::path::Path;

use bugle_storage::Table;
use bugle_storage::maintenance::{BackupSummary, CheckReport, RestoreSummary};

/// What a check found: a line a table, then the problems.
pub(super) fn check(data: &Path, report: &CheckReport) -> String {
    let mut text = format!("Checked {}:\n", data.display());
    for (table, count) in &report.records {
        line(&mut text, *count, table_name(*table));
    }
    line(&mut text, report.journal_frames, "commits in the journal");
    line(&mut text, report.blobs, "files");
    // Where records cannot be read, nobody knows which files they name.
    if report.unreferenced_blobs > 0 && report.problems.is_empty() {
        line(
            &mut text,
            report.unreferenced_blobs,
            "of them that no record names: unfinished uploads, harmless",
        );
    }
    match report.problems.as_slice() {
        [] => text.push_str("All is well.\n"),
        problems => list(&mut text, problems.len(), "problem", problems),
    }
    text
}

/// What a backup holds.
pub(super) fn backup(file: &Path, summary: &BackupSummary) -> String {
    let mut text = format!("Wrote {}:\n", file.display());
    line(&mut text, summary.records, "records");
    line(&mut text, summary.blobs, "files");
    let _ = writeln!(text, "It goes up to change {}.", summary.through);
    text
}

/// What a restore brought back, and what is missing.
pub(super) fn restore(data: &Path, summary: &RestoreSummary) -> String {
    let mut text = format!("Restored into {}:\n", data.display());
    line(&mut text, summary.records, "records");
    line(&mut text, summary.blobs, "files");
    if summary.replayed > 0 || summary.copied_blobs > 0 {
        line(
            &mut text,
            summary.replayed,
            "changes after the backup, from the journal",
        );
        line(
            &mut text,
            summary.copied_blobs,
            "files after the backup, from beside the journal",
        );
    }
    let _ = writeln!(text, "It goes up to change {}.", summary.through);
    if let Some(problem) = &summary.journal_problem {
        let _ = writeln!(
            text,
            "The journal could be read up to there and no further, what came later is not restored:\n  {problem}"
        );
    }
    if !summary.missing_blobs.is_empty() {
        let missing = summary.missing_blobs.iter().map(ToString::to_string);
        let missing = missing.collect::<Vec<_>>();
        list(&mut text, missing.len(), "missing file", &missing);
    }
    text
}

fn line(text: &mut String, count: u64, what: &str) {
    let _ = writeln!(text, "{count:>12}  {what}");
}

fn list(text: &mut String, count: usize, what: &str, items: &[String]) {
    let plural = if count == 1 { "" } else { "s" };
    let _ = writeln!(text, "{count} {what}{plural}:");
    for item in items {
        let _ = writeln!(text, "  {item}");
    }
}

const fn table_name(table: Table) -> &'static str {
    match table {
        Table::Setting => "settings",
        Table::User => "accounts",
        Table::Project => "projects",
        Table::Membership => "memberships",
        Table::Organization => "organizations",
        Table::OrganizationMember => "members of organizations",
        Table::ProjectToken => "project tokens",
        Table::PersonalToken => "personal access tokens",
        Table::Session => "sign-in sessions",
        Table::IdLease => "leases of ids",
        Table::Issue => "issues",
        Table::IssueRow => "rows of the issue index",
        Table::FeatureRequest => "suggestions",
        Table::FeatureRequestRow => "rows of the index of suggestions",
        Table::Ticket => "tickets",
        Table::TicketRow => "rows of the index of tickets",
        Table::Vote => "votes for suggestions",
        Table::Duplicate => "marks of duplicates",
        Table::History => "changes of reports",
        Table::Quota => "daily counters",
        Table::Idempotency => "idempotency keys",
        Table::Attachment => "attachments",
        Table::Comment => "comments",
        Table::IndexChunk => "chunks of the issue index",
        Table::ChunkMark => "marks on chunks of the issue index",
        Table::FeatureRequestChunk => "chunks of the feature request index",
        Table::FeatureRequestChunkMark => "marks on chunks of the feature request index",
        Table::TicketChunk => "chunks of the ticket index",
        Table::TicketChunkMark => "marks on chunks of the ticket index",
        Table::ReporterChanges => "counters of changes by reporters",
        Table::Release => "releases",
        Table::IssueTag => "tags of issues",
        Table::TaggedIssues => "stretches of issues with a tag",
        Table::CustomField => "custom fields",
        Table::UsedSubmissionToken => "used submission tokens",
        Table::Invitation => "invitations",
        Table::IdentityKey => "identity keys",
        Table::TokenUsage => "days of use of tokens",
        Table::AcceptedReports => "days of accepted reports of tokens",
        Table::MailOutbox => "mails to be sent",
        Table::Webhook => "webhooks",
        Table::WebhookEvent => "events for webhooks",
        Table::WebhookRetry => "events that webhooks are told again",
        Table::WebhookDelivery => "entries of the logs of webhooks",
        Table::WebhookProgress => "notes of how far webhooks are",
        Table::VideoSegment => "pieces of unfinished video clips",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_lists_tables_and_then_problems() {
        let mut found = CheckReport {
            records: [(Table::User, 1), (Table::Issue, 1200)].into(),
            journal_frames: 9,
            blobs: 2,
            ..CheckReport::default()
        };
        let expected = "Checked d:
           1  accounts
        1200  issues
           9  commits in the journal
           2  files
";
        assert_eq!(check(Path::new("d"), &found), format!("{expected}All is well.\n"));
        found.problems = vec!["d/blobs/a is damaged".into()];
        let problems = "1 problem:\n  d/blobs/a is damaged\n";
        assert_eq!(check(Path::new("d"), &found), format!("{expected}{problems}"));
    }

    #[test]
    fn a_restore_says_what_is_missing() {
        let whole = RestoreSummary {
            records: 5,
            through: 12,
            ..RestoreSummary::default()
        };
        let text = restore(Path::new("d"), &whole);
        assert!(text.ends_with("It goes up to change 12.\n"), "{text}");
        let damaged = RestoreSummary {
            journal_problem: Some(bugle_storage::StorageError::Closed),
            ..whole
        };
        let text = restore(Path::new("d"), &damaged);
        assert!(
            text.contains("no further") && text.contains("the store is closed"),
            "{text}"
        );
    }
}
