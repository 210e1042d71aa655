//! Parameters of paths, queries and headers.

use bugle_storage::records::{Category, FieldTarget, IssueStatus, Priority, ReportKind};
use serde_json::{Value, json};

use super::fields::{self, BLANKS};
use super::schemas::value_of;
use crate::http::feature_requests::SuggestionSort;

/// The parameters that stand in a path, each under a name that means the same everywhere.
pub fn of_path(path: &str) -> Vec<Value> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    names.map(in_path).collect()
}

fn in_path(name: &str) -> Value {
    let number = |about: &str| {
        (
            about.to_owned(),
            json!({"type": "integer", "minimum": 0}),
            json!(1),
        )
    };
    let (about, schema, example) = match name {
        "project" => (
            "The project's id: `pr-` and ten digits.".to_owned(),
            json!({"type": "string", "pattern": "^pr-[0-9]{10}$"}),
            json!("pr-4476146959"),
        ),
        "issue" => report("issue", "g-"),
        "feature_request" => report("suggestion", "fr-"),
        "ticket" => report("ticket", "t-"),
        "kind" => (
            "What kind of file.".to_owned(),
            json!({"type": "string", "enum": ["screenshots", "video_clips", "log_files", "binary_files"]}),
            json!("screenshots"),
        ),
        "folder" => (
            "Which kind of reports.".to_owned(),
            json!({"type": "string", "enum": ["issues", "feature_requests", "tickets"]}),
            json!("issues"),
        ),
        "request" => (
            "The `request_id` of a sign-in that was begun.".to_owned(),
            json!({"type": "string", "format": "uuid"}),
            json!("7c9e6679-7425-40de-944b-e07fc1f90ae7"),
        ),
        "link" => (
            "The signed part of a mail's link.".to_owned(),
            json!({"type": "string", "pattern": "^[A-Za-z0-9._-]+$"}),
            json!("eyJ0eXAiOiJKV1Qi"),
        ),
        "upload" => (
            "The signed part of `direct_upload_url`.".to_owned(),
            json!({"type": "string", "pattern": "^[A-Za-z0-9._-]+$"}),
            json!("eyJ0eXAiOiJKV1Qi"),
        ),
        "file" => number("The file's `id`."),
        "comment" => number("The comment's `id`."),
        "user" => number("The number of the account: a member's `id`."),
        "token" => number("The token's number."),
        "release" => number("The release's number in the project."),
        "field" => number("The field's number in the project."),
        "invitation" => number("The invitation's number."),
        "key" => number("The key's number."),
        "tag" => number("The tag's number in the project."),
        "organization" => number("The organization's number."),
        other => number(&format!("The {other}'s number.")),
    };
    json!({
        "name": name, "in": "path", "required": true, "description": about, "schema": schema, "example": example,
    })
}

fn report(what: &str, prefix: &str) -> (String, Value, Value) {
    let about = format!("The {what}: `{prefix}` and its global id, or its number within the project.");
    (
        about,
        json!({"type": "string", "pattern": format!("^({prefix})?[0-9]{{1,15}}$")}),
        json!("1"),
    )
}

fn in_query(name: &str, about: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "description": about, "schema": schema})
}

/// Names that may stand in a row, with commas between them.
fn names_of(name: &str, about: &str, values: Vec<&'static str>) -> Value {
    in_a_row(name, about, &json!({"type": "string", "enum": values}))
}

/// What may stand in a row, with commas between.
fn in_a_row(name: &str, about: &str, item: &Value) -> Value {
    let row = json!({"type": "array", "items": item});
    let mut parameter = in_query(name, about, &json!({"anyOf": [row, blank()]}));
    parameter["style"] = "form".into();
    parameter["explode"] = false.into();
    parameter
}

/// One of these names.
fn one_of(
    name: &str,
    about: &str,
    names: impl IntoIterator<Item = &'static str>,
    default: &'static str,
) -> Value {
    let names: Vec<_> = names.into_iter().chain([""]).collect();
    in_query(
        name,
        about,
        &json!({"type": "string", "enum": names, "default": default}),
    )
}

/// Nothing: such a value counts as absent, here and everywhere.
fn blank() -> Value {
    json!({"type": "string", "maxLength": 0})
}

fn whole_number(default: u32) -> Value {
    let number = json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX});
    json!({"anyOf": [number, blank()], "default": default})
}

/// Yes or no, in the words that bodies use.
fn flag(name: &str, about: &str) -> Value {
    let mut schema = value_of(&fields::flag().into());
    for list in ["type", "enum"] {
        if let Some(values) = schema[list].as_array_mut() {
            values.retain(|value| !value.is_null() && *value != "null");
        }
    }
    schema["default"] = false.into();
    in_query(name, about, &schema)
}

/// `page` and `per_page`.
pub fn pages(per_page: u32) -> Vec<Value> {
    vec![
        in_query("page", "From 1; less counts as 1.", &whole_number(1)),
        in_query(
            "per_page",
            "1 to 100; what is out of range is brought into it.",
            &whole_number(per_page),
        ),
    ]
}

/// Whether more than one's own is wanted.
pub fn all() -> Value {
    flag("all", "With true, public projects too.")
}

fn moment(name: &str, about: &str) -> Value {
    let day = json!({"type": "string", "format": "date", "examples": ["2026-11-21"]});
    let schema = json!({"anyOf": [{"type": "string", "format": "date-time"}, day, blank()]});
    in_query(
        name,
        &format!("{about}: a date or a moment in ISO 8601, inclusive."),
        &schema,
    )
}

fn statuses(kind: ReportKind) -> Value {
    let names = IssueStatus::of(kind).iter().map(|status| status.name());
    names_of("status", "One or several, with commas.", names.collect())
}

/// What a list of reports of this kind can be asked for.
pub fn of_reports(kind: ReportKind) -> Vec<Value> {
    let mut all = pages(if kind == ReportKind::FeatureRequest {
        25
    } else {
        20
    });
    all.push(statuses(kind));
    if kind == ReportKind::FeatureRequest {
        all.push(one_of(
            "sort",
            "Which, and in what order: `top` by votes, the others newest first.",
            SuggestionSort::ALL.map(SuggestionSort::name),
            SuggestionSort::default().name(),
        ));
    }
    if kind == ReportKind::Bug {
        let priorities = Priority::ALL.iter().map(|priority| priority.name());
        all.push(names_of(
            "priority",
            "One or several, with commas.",
            priorities.collect(),
        ));
        let categories = Category::ALL.iter().map(|category| category.name());
        all.push(names_of(
            "category",
            "One or several, with commas.",
            categories.collect(),
        ));
        let number = json!({"type": "integer", "minimum": 0, "maximum": u32::MAX});
        all.push(in_a_row(
            "tag_ids",
            "Numbers of tags, with commas: those that have any of them.",
            &number,
        ));
    }
    all.extend([
        moment("created_after", "Arrived then or later"),
        moment("created_before", "Arrived then or earlier"),
        moment("updated_after", "Changed then or later"),
        moment("updated_before", "Changed then or earlier"),
    ]);
    all
}

/// What reports of this kind are looked for by.
pub fn of_search(kind: ReportKind) -> Vec<Value> {
    let prefix = if kind == ReportKind::Bug { "g-" } else { "fr-" };
    let id = format!("({prefix})?[0-9]{{1,15}}");
    let one = format!("^{BLANKS}({id})?{BLANKS}$");
    let row = format!("^({id}(,{id})*)?$");
    let mut all = vec![
        in_query("query", "Words.", &json!({"type": "string"})),
        in_query(
            "scoped_id",
            "One report, by its number or its global id.",
            &json!({"type": "string", "pattern": one}),
        ),
        in_query(
            "skip_ids",
            "Reports that are passed over, with commas; at most 1000.",
            &json!({"type": "string", "pattern": row}),
        ),
    ];
    all.extend(pages(if kind == ReportKind::FeatureRequest {
        25
    } else {
        20
    }));
    all
}

/// How similar issues are looked for.
pub fn of_similar() -> Vec<Value> {
    vec![
        in_query(
            "limit",
            "1 to 50; what is out of range is brought into it.",
            &whole_number(10),
        ),
        flag("include_archived", "Whether issues are told whose work is over."),
    ]
}

/// Of what the fields are.
pub fn applies_to() -> Value {
    let names = FieldTarget::ALL.iter().map(|target| target.name());
    one_of("applies_to", "Of what the fields are.", names, "issue")
}

/// What is counted of a field's values.
pub fn of_aggregation() -> Vec<Value> {
    let mut field = in_query(
        "field",
        "The field's `ident`.",
        &json!({"type": "string", "pattern": super::fields::NOT_BLANK}),
    );
    field["required"] = true.into();
    let mut limit = whole_number(50);
    limit["description"] = "1 to 500; what is out of range is brought into it.".into();
    vec![
        field,
        names_of(
            "types",
            "What is counted, with commas.",
            vec!["bugs", "suggestions"],
        ),
        moment("from", "Arrived then or later"),
        moment("to", "Arrived then or earlier"),
        statuses(ReportKind::Bug),
        in_query("limit", "How many values, the most frequent first.", &limit),
    ]
}

/// What a browser is to call a file.
pub fn download() -> Value {
    in_query(
        "download",
        "What a browser is to call the file.",
        &json!({"type": "string"}),
    )
}

/// `Range` and `If-None-Match` of a download.
pub fn of_download() -> Vec<Value> {
    let header = |name, about| json!({"name": name, "in": "header", "description": about, "schema": {"type": "string"}});
    vec![
        header(
            "Range",
            "A part of the file: `bytes=0-99`. Several count as none.",
        ),
        header("If-None-Match", "The `ETag` of what is there already."),
    ]
}

/// `Idempotency-Key`.
pub fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Any text. The same key with the same request within 24 hours gives the first answer again, with \
            `Idempotent-Replayed: true`, and makes nothing; with another request it is 422.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "[^ \\t]"},
    })
}
