//! What a request says of a tag, checked field by field.

use bugle_actors::{IssueTagEdit, NewIssueTag};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::http::body::{Integer, Text, Wrapped};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::openapi::fields;
use crate::http::text_rules::{NAME_LENGTH_MAX, changed_line, optional_text, required_line};

/// The longest description, in characters.
const DESCRIPTION_LENGTH_MAX: usize = 1000;
/// The colour of a tag that does not say its own: a grey that can be read on light and dark.
const COLOR_DEFAULT: &str = "#808080";

/// The fields, flat or wrapped in `issue_tag`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct TagBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::color)]
    color: Option<Text>,
    #[schema(schema_with = fields::text_of::<DESCRIPTION_LENGTH_MAX>)]
    description: Option<Text>,
    /// A field that is `null` was sent, and means none.
    #[serde(deserialize_with = "sent")]
    #[schema(schema_with = fields::id)]
    parent_tag_id: Option<Integer>,
}

fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Integer>, D::Error> {
    Integer::deserialize(deserializer).map(Some)
}

impl Wrapped for TagBody {
    const WRAPPER: &'static str = "issue_tag";
}

impl TagBody {
    /// A tag to be made.
    pub(super) fn check_new(self) -> Result<NewIssueTag, ApiError> {
        let mut problems = Vec::new();
        let new = NewIssueTag {
            name: required_line("name", self.name, NAME_LENGTH_MAX, &mut problems),
            color: color(self.color.as_ref(), &mut problems).unwrap_or_else(|| COLOR_DEFAULT.to_owned()),
            description: description(self.description, &mut problems),
            parent: parent(self.parent_tag_id, &mut problems).flatten(),
        };
        none_or(problems, new)
    }

    /// A change to a tag: what is absent stays.
    pub fn check_edit(self) -> Result<IssueTagEdit, ApiError> {
        let mut problems = Vec::new();
        let name = changed_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let edit = IssueTagEdit {
            name,
            color: color(self.color.as_ref(), &mut problems),
            description: self
                .description
                .map(|text| description(Some(text), &mut problems)),
            parent: parent(self.parent_tag_id, &mut problems),
        };
        none_or(problems, edit)
    }
}

fn description(text: Option<Text>, problems: &mut Vec<FieldError>) -> Option<String> {
    optional_text("description", text, DESCRIPTION_LENGTH_MAX, problems)
}

fn color(text: Option<&Text>, problems: &mut Vec<FieldError>) -> Option<String> {
    let color = text?.0.trim();
    if color.is_empty() {
        return None;
    }
    let digits = color.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(color.to_owned());
    }
    problems.push(FieldError::new("color", "must be a colour such as #1E90FF"));
    None
}

#[expect(
    clippy::option_option,
    reason = "not sent, none, and one are three different things"
)]
fn parent(number: Option<Integer>, problems: &mut Vec<FieldError>) -> Option<Option<u32>> {
    let Some(number) = number?.0 else {
        return Some(None);
    };
    let parent = u32::try_from(number).ok();
    if parent.is_none() {
        problems.push(FieldError::new("parent_tag_id", "is not a tag of the project"));
    }
    Some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Record;

    fn body(json: &str) -> TagBody {
        serde_json::from_str::<Record<TagBody>>(json).unwrap().0
    }

    #[test]
    fn a_color_is_six_digits() {
        let color = |color: &str| body(&format!(r#"{{"name": "UI", "color": "{color}"}}"#)).check_new();
        assert_eq!(color("#1e90FF").unwrap().color, "#1e90FF");
        assert_eq!(color("").unwrap().color, COLOR_DEFAULT);
        for bad in ["1e90ff", "#1e9", "#1e90fg", "red", "#1e90ff00"] {
            assert!(color(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_parent_is_kept_set_or_taken_away() {
        let parent = |json: &str| body(json).check_edit().map(|edit| edit.parent).unwrap();
        assert_eq!(parent("{}"), None);
        assert_eq!(parent(r#"{"parent_tag_id": null}"#), Some(None));
        assert_eq!(parent(r#"{"issue_tag": {"parent_tag_id": "7"}}"#), Some(Some(7)));
        assert!(body(r#"{"parent_tag_id": -1}"#).check_edit().is_err());
    }
}
