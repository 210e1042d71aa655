//! Fields whose values are names of a few things.

use bugle_storage::records::{Category, FieldTarget, FieldType, IssueStatus, Priority};
use serde_json::Value;
use utoipa::openapi::schema::{Object, Type};

use super::of_types;

pub(super) fn named(names: impl IntoIterator<Item = &'static str>) -> Object {
    let values = names.into_iter().map(Value::from);
    let values = values.chain([Value::from(""), Value::Null]);
    of_types([Type::String, Type::Null])
        .enum_values(Some(values.collect::<Vec<_>>()))
        .build()
}

/// How urgent.
pub fn priority() -> Object {
    named(Priority::ALL.iter().map(|value| value.name()))
}

/// What it is about.
pub fn category() -> Object {
    named(Category::ALL.iter().map(|value| value.name()))
}

/// Where the work stands; which of these a kind of report has differs.
pub fn status() -> Object {
    named(IssueStatus::ALL.iter().map(|value| value.name()))
}

/// What the values of a field look like.
pub fn field_type() -> Object {
    named(FieldType::ALL.iter().map(|value| value.name()))
}

/// What a field is a field of.
pub fn field_target() -> Object {
    named(FieldTarget::ALL.iter().map(|value| value.name()))
}

/// Who may see a project.
pub fn visibility() -> Object {
    named(["private", "public"])
}

/// What a member may do.
pub fn role() -> Object {
    named(["owner", "developer", "tester"])
}

/// Under what a comment is written.
pub fn commentable_type() -> Object {
    named(["Issue", "FeatureRequest", "Ticket"])
}
