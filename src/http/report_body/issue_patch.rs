//! A change to an issue, checked.

use bugle_actors::IssuePatch;
use bugle_storage::records::ReportKind;

use super::IssueBody;
use super::validation::{DESCRIPTION_SIZE_MAX, Problems, STEPS_SIZE_MAX};
use crate::http::error::FieldError;

/// Checks a body, wrapped or flat; all that is wrong with it is told at once. Whether there is such an
/// assignee is not known here. Only issues have tags, and tickets no duplicates.
pub fn patch_from_body(kind: ReportKind, body: IssueBody) -> Result<IssuePatch, Vec<FieldError>> {
    let fields = body.into_fields();
    let mut problems = Problems::default();
    for (name, text) in [("title", &fields.title), ("description", &fields.description)] {
        if text.as_ref().is_some_and(|text| text.0.trim().is_empty()) {
            problems.add(name, "can't be blank");
        }
    }
    let steps = problems.steps(fields.unformatted_steps_to_reproduce, fields.steps_to_reproduce);
    let emptied = steps
        .as_ref()
        .is_some_and(|steps| steps.0.trim().is_empty())
        .then(String::new);
    let due_date = fields.due_date.as_ref();
    let has_values = fields.custom_fields.is_some() || fields.custom.is_some();
    let patch = IssuePatch {
        title: problems.line("title", fields.title),
        description: problems.text("description", fields.description, DESCRIPTION_SIZE_MAX),
        steps_to_reproduce: problems
            .text("steps_to_reproduce", steps, STEPS_SIZE_MAX)
            .or(emptied),
        status: problems.status(kind, fields.status.as_ref()),
        priority: problems.named("priority", fields.priority.as_ref()),
        category: problems.named("category", fields.category.as_ref()),
        assigned_to: fields.assigned_to_id,
        tags: fields
            .tag_ids
            .map(|ids| ids.0)
            .filter(|_| kind == ReportKind::Bug),
        added_tags: Vec::new(),
        duplicate_of: fields
            .duplicate_of_id
            .filter(|_| kind != ReportKind::SupportTicket),
        due_date: due_date.map(|date| problems.date("due_date", Some(date))),
        release: problems.release(fields.release_id, fields.release_label),
        custom_fields: has_values.then(|| problems.custom_fields(fields.custom_fields, fields.custom)),
        written_over: None,
    };
    problems.none_or(patch)
}
