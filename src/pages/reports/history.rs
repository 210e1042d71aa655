//! Who changed what of a report, in sentences.

use actix_web::HttpRequest;
use askama::Template;
use bugle_actors::{HistoryPage, ReadHistory, ReportReference};
use bugle_storage::records::{FieldChange, HistoryEntry, IssueStatus, Priority, ReportKind};
use bugle_storage::{ProjectId, UserId};

use super::people::Somebody;
use super::tags::Tags;
use super::words::{priority_label, status_label};
use super::{State, report_address};
use crate::http::access::{MemberOf, Membership};
use crate::http::error::ApiError;
use crate::http::history::is_told;
use crate::http::issues::{find_published, reference};
use crate::http::state::AppState;
use crate::http::views::Sight;
use crate::pages::answer::{Page, page};
use crate::pages::frame::Frame;
use crate::pages::moments::Moment;
use crate::pages::paging::Paging;
use crate::pages::turner::Turner;
use crate::pages::viewer::Viewer;

/// A change, as it is told.
pub struct Entry {
    /// Who made it.
    pub by: String,
    /// What they did, a sentence each without who: `changed the status from Open to Closed`.
    pub changes: Vec<Told>,
    /// When.
    pub at: Moment,
}

/// One field of a change.
pub struct Told {
    /// `changed the status`, `added a file`.
    pub what: String,
    /// What it was.
    pub from: Option<String>,
    /// What it is since.
    pub to: Option<String>,
    /// How many files were added.
    added: u32,
}

impl Told {
    fn added(files: u32) -> Self {
        Self {
            what: match files {
                1 => "added a file".to_owned(),
                many => format!("added {many} files"),
            },
            from: None,
            to: None,
            added: files,
        }
    }
}

/// A page of a report's changes, newest first.
pub struct Entries {
    /// Those that whoever looks may know of.
    pub entries: Vec<Entry>,
    /// How many there are in all.
    pub total: u64,
}

/// Reads changes, `skip` passed over and `take` at the most.
pub async fn read(
    report: ReportReference,
    (skip, take): (u64, u32),
    membership: &Membership,
    tags: &Tags,
    state: &AppState,
) -> Result<Entries, ApiError> {
    let asked = state.ask_project(membership.project, |reply| ReadHistory {
        report,
        skip,
        take,
        reply,
    });
    let page: HistoryPage = asked.await?;
    let sight = Sight::of(membership.role, &page.hidden);
    let entries = page.entries.iter().map(|entry| told(entry, sight, tags, state));
    Ok(Entries {
        entries: folded(entries.filter(|entry| !entry.changes.is_empty())),
        total: page.total,
    })
}

/// Files that somebody added one by one are told as one change, with the moment of the last.
fn folded(entries: impl Iterator<Item = Entry>) -> Vec<Entry> {
    let mut folded: Vec<Entry> = Vec::new();
    for entry in entries {
        let before = folded.last_mut().filter(|before| before.by == entry.by);
        match (before.map(|before| &mut *before.changes), &*entry.changes) {
            (Some([later]), [earlier]) if later.added > 0 && earlier.added > 0 => {
                *later = Told::added(later.added + earlier.added);
            }
            _ => folded.push(entry),
        }
    }
    folded
}

fn told(entry: &HistoryEntry, sight: Sight<'_>, tags: &Tags, state: &AppState) -> Entry {
    let by = entry.by.user().and_then(|user| Somebody::user(user, state));
    let changes = entry.changes.iter().filter(|change| is_told(change, sight));
    Entry {
        by: by.map_or_else(|| "The player".to_owned(), |somebody| somebody.name),
        changes: changes.map(|change| told_change(change, tags, state)).collect(),
        at: Moment::ago(entry.at, state.now()),
    }
}

fn told_change(change: &FieldChange, tags: &Tags, state: &AppState) -> Told {
    let value = |value: &Option<String>| {
        value
            .as_deref()
            .map(|value| named(&change.field, value, tags, state))
    };
    let (from, to) = (value(&change.from), value(&change.to));
    let is_long = matches!(
        &*change.field,
        "description" | "steps_to_reproduce" | "contact" | "attachment"
    );
    let what = match (&*change.field, &to) {
        ("attachment", Some(_)) => return Told::added(1),
        ("attachment", None) => "removed a file".to_owned(),
        ("contact", _) => "changed how the player can be reached".to_owned(),
        (field, _) => format!("changed the {}", field_label(field)),
    };
    Told {
        what,
        from: from.filter(|_| !is_long),
        to: to.filter(|_| !is_long),
        added: 0,
    }
}

fn field_label(field: &str) -> String {
    let name = match field {
        "assigned_to_id" => "assignment",
        "tag_ids" => "tags",
        "release_id" => "release",
        "duplicate_of_id" => "original",
        other => other,
    };
    match name.strip_prefix("custom_fields.") {
        Some(field) => format!("field “{field}”"),
        None => name.replace('_', " "),
    }
}

/// What a value is called: the history keeps numbers and names of the wire.
fn named(field: &str, value: &str, tags: &Tags, state: &AppState) -> String {
    let found = match field {
        "status" => IssueStatus::from_name(value).map(|status| status_label(status).to_owned()),
        "priority" => Priority::from_name(value).map(|priority| priority_label(priority).to_owned()),
        "assigned_to_id" => {
            let user = value.parse().ok().map(UserId);
            user.map(|user| Somebody::author(user, state).name)
        }
        "tag_ids" => {
            let names: Vec<_> = value.split(',').map(|number| tags.name(number)).collect();
            Some(names.join(", "))
        }
        "category" => Some(value.replace('_', " ")),
        _ => None,
    };
    found.unwrap_or_else(|| value.to_owned())
}

#[derive(Template)]
#[template(path = "reports/history.html")]
struct HistoryTemplate<'a> {
    frame: &'a Frame,
    title: &'a str,
    number: u32,
    address: String,
    history: Vec<Entry>,
    turner: Turner,
}

/// `GET /projects/{project}/issues/{issue}/history`, and the same of suggestions and tickets.
pub async fn show(
    viewer: Viewer<MemberOf>,
    state: State,
    request: HttpRequest,
    Paging(query): Paging,
) -> Page {
    let membership = &viewer.pass;
    let report = reference(&request)?;
    let found = find_published(&state, membership.project, report, false).await?;
    let tags = tags_of(report.kind, membership.project, &state).await?;
    let range = (query.pages.skip(), query.pages.per_page);
    let read = read(report, range, membership, &tags, &state).await?;
    let address = report_address(membership.project, report.kind, &found.issue);
    let template = HistoryTemplate {
        frame: &viewer.frame,
        title: &found.issue.title,
        number: found.issue.number.unwrap_or_default(),
        turner: Turner::new(
            &format!("{address}/history"),
            request.query_string(),
            query.pages,
            read.total,
        ),
        history: read.entries,
        address,
    };
    page(&viewer.frame, &state, &template)
}

/// The project's tags, where such a report can have any.
pub async fn tags_of(kind: ReportKind, project: ProjectId, state: &AppState) -> Result<Tags, ApiError> {
    match kind {
        ReportKind::Bug => Tags::read(project, state).await,
        ReportKind::FeatureRequest | ReportKind::SupportTicket => Ok(Tags::default()),
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;

    use super::*;

    fn entry(by: &str, changes: Vec<Told>) -> Entry {
        Entry {
            by: by.to_owned(),
            changes,
            at: Moment::date(Timestamp(0)),
        }
    }

    #[test]
    fn files_that_come_one_by_one_are_one_change() {
        let status = || Told {
            what: "changed the status".to_owned(),
            from: None,
            to: None,
            added: 0,
        };
        let entries = [
            entry("Ada", vec![Told::added(1)]),
            entry("Ada", vec![Told::added(1)]),
            entry("Ada", vec![Told::added(1)]),
            entry("Bob", vec![Told::added(1)]),
            entry("Bob", vec![status()]),
            entry("Bob", vec![Told::added(1), status()]),
            entry("Bob", vec![Told::added(1)]),
        ];
        let told: Vec<_> = folded(entries.into_iter())
            .into_iter()
            .map(|entry| {
                let what: Vec<_> = entry.changes.iter().map(|change| change.what.as_str()).collect();
                format!("{} {}", entry.by, what.join(", "))
            })
            .collect();
        assert_eq!(
            told,
            [
                "Ada added 3 files",
                "Bob added a file",
                "Bob changed the status",
                "Bob added a file, changed the status",
                "Bob added a file",
            ]
        );
    }
}
