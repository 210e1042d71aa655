//! Issues, as the document tells them; and what is the same for every kind of report.
#![expect(
    clippy::indexing_slicing,
    reason = "to index a JSON value gives null or makes the field, and all that is indexed here are objects"
)]

use bugle_storage::records::{IssueStatus, ReportKind};
use serde_json::{Value, json};

use super::IssueList;
use super::batch::{LINES_MAX, LineAnswer};
use super::completion::CompletionBody;
use crate::http::openapi::operation::{Operation, edit, fields_of, get, only, post, without};
use crate::http::openapi::{answers, fields, parameters};
use crate::http::report_body::IssueBody;
use crate::http::views::IssueView;

/// What can be done with issues.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/issues.json";
    const ONE: &str = "/projects/{project}/issues/{issue}.json";
    vec![
        post(ALL, super::create)
            .says(
                "Report a bug",
                "With `draft` it stays hidden until it is published, so that files can be added first. `token` in the \
                 answer is the update token of this one report. Without a title one is made from the description. With \
                 neither `release_id` nor `release_label` it belongs to the latest release.",
            )
            .takes_shape("application/json", new_report(ReportKind::Bug))
            .repeatable()
            .creates_with::<IssueView>("The issue", answers::counted()),
        batch(),
        get(ALL, super::list)
            .says("List issues", "Newest first, without drafts.")
            .asks(parameters::of_reports(ReportKind::Bug))
            .answers::<IssueList>("The issues"),
        get(ONE, super::show)
            .says("Read an issue", "A draft is not found.")
            .answers::<IssueView>("The issue"),
        edit(ONE, super::update)
            .says("Change an issue", "What is absent stays. `assigned_to_id` is `null` for nobody.")
            .takes_shape("application/json", change_of(ReportKind::Bug))
            .answers::<IssueView>("The issue"),
        published(post("/projects/{project}/issues/{issue}/publish.json", super::publish))
            .answers::<IssueView>("The issue"),
        with_email(post(
            "/projects/{project}/issues/{issue}/set_reporter_email.json",
            super::set_reporter_email,
        ))
        .answers::<IssueView>("The issue"),
        with_contact(post(
            "/projects/{project}/issues/{issue}/set_contact_info.json",
            super::set_contact_info,
        ))
        .answers::<IssueView>("The issue"),
    ]
}

/// Many at once.
fn batch() -> Operation {
    // As OpenAPI 3.2 tells media types of one item after the other: all of them are a list.
    let mut report = without(new_report(ReportKind::Bug), &["logs"]);
    let key = only(fields_of::<IssueBody>(&[]), &["idempotency_key"]);
    report["properties"]["idempotency_key"] = key["properties"]["idempotency_key"].clone();
    let shape = json!({
        "type": "array",
        "description": "A line for each report.",
        "items": report,
        "minItems": 1,
        "maxItems": LINES_MAX,
        "examples": [[
            {
                "idempotency_key": "7f1c",
                "title": "The lift never comes",
                "description": "Pressed the button, waited a minute.",
            },
            {"idempotency_key": "7f1d", "title": "No water in the fountain", "draft": true},
        ]],
    });
    post("/projects/{project}/issues/batch.json", super::batch::create)
        .says(
            "Report bugs in a batch",
            "For what a launcher kept while it was offline: one report a line, as a single one is sent in JSON, without \
             `logs`. Each line is admitted and answered by itself, in order; all that are accepted are stored by one \
             commit where it fits, and all are on the disk before the answer begins. A line with an `idempotency_key` \
             (1 to 255 characters) may be sent again, here or alone under the header `Idempotency-Key`. At most 10,000 \
             lines of 256 KiB and 32 MiB together.",
        )
        .takes_shape("application/x-ndjson", shape)
        .succeeds(
            200,
            "What became of each line",
            answers::counted_many(),
            vec![("application/x-ndjson", |schemas| {
                json!({"type": "array", "items": schemas.reference::<LineAnswer>()})
            })],
        )
}

/// Publishing a draft of whatever kind.
pub fn published(operation: Operation) -> Operation {
    operation
        .says("Publish a draft", "Once more changes nothing.")
        .takes_shape(
            "application/json",
            only(fields_of::<CompletionBody>(&[]), &["email_my_report"]),
        )
}

/// Saying by which address a reporter can be reached.
pub fn with_email(operation: Operation) -> Operation {
    operation
        .says("Set the reporter's e-mail address", "")
        .takes_shape(
            "application/json",
            only(fields_of::<CompletionBody>(&["email"]), &["email"]),
        )
}

/// Saying how a reporter can be reached.
pub fn with_contact(operation: Operation) -> Operation {
    operation
        .says("Set how the reporter can be reached", "")
        .takes_shape(
            "application/json",
            only(fields_of::<CompletionBody>(&[]), &["email", "discord_id"]),
        )
}

/// What a new report of this kind may say.
pub fn new_report(kind: ReportKind) -> Value {
    const FIELDS: [&str; 20] = [
        "title",
        "description",
        "source",
        "release_id",
        "release_label",
        "custom_fields",
        "custom",
        "user",
        "logs",
        "extras",
        "discord_username",
        "email_my_report",
        "skip_description_check",
        "due_date",
        "draft",
        "priority",
        "category",
        "unformatted_steps_to_reproduce",
        "steps_to_reproduce",
        "reporter_email",
    ];
    let mut schema = only(fields_of::<IssueBody>(&[]), &FIELDS);
    if kind != ReportKind::SupportTicket {
        schema = without(schema, &["reporter_email"]);
    }
    // Either will do; which is blank counts as absent.
    let visible = |name: &str| {
        json!({
            "required": [name],
            "properties": {name: {"type": ["string", "number", "boolean"], "pattern": fields::PRINTED}},
        })
    };
    schema["anyOf"] = json!([visible("description"), visible("title")]);
    schema
}

/// What may be changed of a report of this kind.
pub fn change_of(kind: ReportKind) -> Value {
    const FIELDS: [&str; 14] = [
        "title",
        "description",
        "unformatted_steps_to_reproduce",
        "steps_to_reproduce",
        "status",
        "priority",
        "category",
        "assigned_to_id",
        "release_id",
        "release_label",
        "custom_fields",
        "custom",
        "duplicate_of_id",
        "tag_ids",
    ];
    let has_not: &[&str] = match kind {
        ReportKind::Bug => &[],
        ReportKind::FeatureRequest => &["tag_ids"],
        ReportKind::SupportTicket => &["tag_ids", "duplicate_of_id"],
    };
    let mut schema = without(only(fields_of::<IssueBody>(&[]), &FIELDS), has_not);
    for name in ["title", "description"] {
        schema["properties"][name]["pattern"] = fields::PRINTED.into();
    }
    let statuses = IssueStatus::of(kind)
        .iter()
        .map(|status| Value::from(status.name()));
    schema["properties"]["status"]["enum"] = statuses.chain([Value::from(""), Value::Null]).collect();
    schema
}
