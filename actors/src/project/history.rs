//! Who changed what of a report that is published: an entry for each change, in the change's own batch.

use actix::{Context, Handler, Message};
use bugle_storage::records::{CustomValue, FieldChange, HistoryEntry, Issue, ReleaseReference};
use bugle_storage::{Batch, RecordId, StorageError};

use super::listings::{PAGE_SIZE_MAX, PageRead, ReadPage, Wanted};
use super::{HiddenValues, ProjectActor, ReportLinks, ReportReference, Submission, keys};
use crate::{ActorError, Reply};

/// Reads who changed what of a published report.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadHistory {
    /// Of which report.
    pub report: ReportReference,
    /// How many to pass over.
    pub skip: u64,
    /// How many to read at the most.
    pub take: u32,
    /// Where the answer goes.
    pub reply: Reply<HistoryPage>,
}

/// A page of changes.
#[derive(Debug)]
pub struct HistoryPage {
    /// The changes, newest first.
    pub entries: Vec<HistoryEntry>,
    /// How many there are in all.
    pub total: u64,
    /// The custom values of which testers are not told.
    pub hidden: HiddenValues,
}

impl Handler<ReadHistory> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ReadHistory, context: &mut Context<Self>) {
        self.handled += 1;
        let report = match self.published(message.report) {
            Ok(report) => report,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        let hidden = self.hidden_values(message.report.kind);
        let ReadHistory {
            skip, take, reply, ..
        } = message;
        let then: ReadPage = Box::new(move |page| match page {
            Err(refusal) => reply.send(Err(refusal)),
            Ok(PageRead { read, total }) => {
                tokio::task::spawn_blocking(move || {
                    let entries = read.run_within(PAGE_SIZE_MAX);
                    let page = entries.map(|entries| HistoryPage {
                        entries,
                        total,
                        hidden,
                    });
                    reply.send(page.map_err(ActorError::from));
                });
            }
        });
        let wanted = Wanted { skip, take, then };
        self.page_below(keys::history(self.id, report), wanted, context);
    }
}

impl ProjectActor {
    /// Adds an entry to the batch of a change to a published report. A draft has no history: its sender is still writing
    /// it.
    pub(super) fn note_history(
        &mut self,
        id: RecordId,
        (before, after): (&Issue, &Issue),
        (links_before, links_after): (&ReportLinks, &ReportLinks),
        submission: &Submission,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let mut changes = differences(before, after);
        changes.extend(link_differences(links_before, links_after));
        if changes.is_empty() {
            return Ok(());
        }
        let entry = HistoryEntry {
            id,
            by: submission.reporter.clone(),
            submitter: submission.submitter,
            at: after.updated_at,
            changes,
        };
        let place = keys::history_entry(self.id, after.id, entry.id);
        batch.put(place.clone(), &entry)?;
        if let Some(number) = place.last_u64() {
            self.listings
                .note(&keys::history(self.id, after.id), number, true);
        }
        Ok(())
    }
}

/// The fields in which two states of a report differ, under the names that clients know. How a reporter can be reached is
/// told to nobody, only that it was changed.
fn differences(before: &Issue, after: &Issue) -> Vec<FieldChange> {
    let user = |issue: &Issue| issue.assigned_to.map(|user| user.0.to_string());
    let mut changes = vec![
        text("title", &before.title, &after.title),
        text("description", &before.description, &after.description),
        text(
            "steps_to_reproduce",
            &before.steps_to_reproduce,
            &after.steps_to_reproduce,
        ),
        text("status", before.status.name(), after.status.name()),
        text("priority", before.priority.name(), after.priority.name()),
        text("category", before.category.name(), after.category.name()),
        change("assigned_to_id", user(before), user(after)),
        change("release_id", release(before), release(after)),
        change("due_date", before.due_date.clone(), after.due_date.clone()),
    ];
    if before.contact_email != after.contact_email || before.reporter != after.reporter {
        changes.push(Some(FieldChange {
            field: "contact".to_owned(),
            from: None,
            to: None,
        }));
    }
    changes.extend(value_differences(&before.custom_fields, &after.custom_fields));
    changes.extend(file_differences(&before.attachments, &after.attachments));
    changes.into_iter().flatten().collect()
}

fn link_differences(before: &ReportLinks, after: &ReportLinks) -> impl Iterator<Item = FieldChange> {
    let tags = |links: &ReportLinks| {
        let numbers = links.tags.iter().map(ToString::to_string);
        Some(numbers.collect::<Vec<_>>().join(",")).filter(|text| !text.is_empty())
    };
    let original = |links: &ReportLinks| links.duplicate_of.map(|id| id.0.to_string());
    let changes = [
        change("tag_ids", tags(before), tags(after)),
        change("duplicate_of_id", original(before), original(after)),
    ];
    changes.into_iter().flatten()
}

fn value_differences(
    before: &[(String, CustomValue)],
    after: &[(String, CustomValue)],
) -> Vec<Option<FieldChange>> {
    let value_in = |values: &[(String, CustomValue)], name: &str| {
        let found = values.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| match value {
            CustomValue::One(text) => text.clone(),
            CustomValue::Many(texts) => texts.join(", "),
        })
    };
    let removed = before
        .iter()
        .filter(|(name, _)| !after.iter().any(|(key, _)| key == name));
    after
        .iter()
        .chain(removed)
        .map(|(name, _)| {
            change(
                &format!("custom_fields.{name}"),
                value_in(before, name),
                value_in(after, name),
            )
        })
        .collect()
}

fn file_differences(before: &[RecordId], after: &[RecordId]) -> Vec<Option<FieldChange>> {
    let number = |id: &RecordId| Some(id.0.to_string());
    let gone = before.iter().filter(|id| !after.contains(id));
    let new = after.iter().filter(|id| !before.contains(id));
    let gone = gone.map(|id| change("attachment", number(id), None));
    gone.chain(new.map(|id| change("attachment", None, number(id))))
        .collect()
}

fn release(issue: &Issue) -> Option<String> {
    issue.release.as_ref().map(|release| match release {
        ReleaseReference::Id(id) => id.to_string(),
        ReleaseReference::Label(label) => label.clone(),
    })
}

fn text(field: &str, from: &str, to: &str) -> Option<FieldChange> {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    (from != to)
        .then(|| change(field, given(from), given(to)))
        .flatten()
}

fn change(field: &str, from: Option<String>, to: Option<String>) -> Option<FieldChange> {
    (from != to).then(|| FieldChange {
        field: field.to_owned(),
        from,
        to,
    })
}

#[cfg(test)]
mod tests {
    use bugle_storage::records::{IssueStatus, ReportKind};
    use bugle_storage::{Timestamp, UserId};

    use super::super::issues::build_issue;
    use super::super::{NewIssue, examples};
    use super::*;

    fn issue() -> Issue {
        let new = NewIssue {
            steps_to_reproduce: "Jump".to_owned(),
            ..examples::new_issue("A title")
        };
        build_issue(
            RecordId(64),
            ReportKind::Bug,
            new,
            &examples::submission(),
            Timestamp(0),
        )
    }

    fn told(changes: impl IntoIterator<Item = FieldChange>) -> Vec<String> {
        let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
        changes
            .into_iter()
            .map(|change| format!("{}: {} > {}", change.field, side(change.from), side(change.to)))
            .collect()
    }

    #[test]
    fn every_field_that_differs_is_told_with_both_values() {
        let before = issue();
        let mut after = before.clone();
        after.title = "Other".to_owned();
        after.steps_to_reproduce = String::new();
        after.status = IssueStatus::Resolved;
        after.assigned_to = Some(UserId(7));
        after.release = Some(ReleaseReference::Id(3));
        after.custom_fields = vec![("level".to_owned(), CustomValue::One("2".to_owned()))];
        after.attachments = vec![RecordId(640)];
        let told = told(differences(&before, &after));
        for line in [
            "title: A title > Other",
            "steps_to_reproduce: Jump > -",
            "status: open > resolved",
            "assigned_to_id: - > 7",
            "release_id: - > 3",
            "custom_fields.level: - > 2",
            "attachment: - > 640",
        ] {
            assert!(told.iter().any(|told| told == line), "{line} in {told:?}");
        }
        assert_eq!(told.len(), 7);
        assert!(differences(&before, &before).is_empty());
    }

    #[test]
    fn how_a_reporter_can_be_reached_is_not_told() {
        let before = issue();
        let mut after = before.clone();
        after.contact_email = Some("player@studio.example".to_owned());
        assert_eq!(told(differences(&before, &after)), ["contact: - > -"]);
    }

    #[test]
    fn tags_and_originals_are_told() {
        let before = ReportLinks::default();
        let after = ReportLinks {
            tags: vec![1, 4],
            duplicate_of: Some(RecordId(65)),
            duplicates_count: 3,
        };
        assert_eq!(
            told(link_differences(&before, &after)),
            ["tag_ids: - > 1,4", "duplicate_of_id: - > 65"]
        );
    }
}
