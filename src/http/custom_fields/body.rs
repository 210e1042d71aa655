//! What a request says of a field, checked as far as that can be done without knowing the project's other fields.

use bugle_actors::{CustomFieldEdit, NewCustomField};
use bugle_storage::records::{FieldTarget, FieldType};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::body::{Flag, Text, Wrapped};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::openapi::fields;
use crate::http::text_rules::{NAME_LENGTH_MAX, changed_line, required_line};

/// The longest ident, in bytes.
const IDENT_SIZE_MAX: usize = 64;
/// The most options of one field.
const OPTIONS_MAX: usize = 100;

/// The fields, flat or wrapped in `custom_field`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct FieldBody {
    #[schema(schema_with = fields::ident)]
    ident: Option<Text>,
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::field_type)]
    field_type: Option<Text>,
    #[schema(schema_with = fields::field_target)]
    applies_to: Option<Text>,
    #[schema(schema_with = fields::flag)]
    required: Option<Flag>,
    #[schema(schema_with = fields::flag)]
    tester_settable: Option<Flag>,
    #[schema(schema_with = fields::flag)]
    tester_viewable: Option<Flag>,
    #[schema(schema_with = fields::options)]
    options: Option<Vec<Text>>,
}

impl Wrapped for FieldBody {
    const WRAPPER: &'static str = "custom_field";
}

impl FieldBody {
    /// With the options that a page's form has in one text, one a line.
    #[must_use]
    pub fn with_option_lines(self, lines: &str) -> Self {
        let options = lines.lines().map(|line| Text(line.to_owned())).collect();
        Self {
            options: Some(options),
            ..self
        }
    }

    /// A field to be made: of text and of issues, and not required, unless it says otherwise.
    pub(super) fn check_new(self) -> Result<NewCustomField, ApiError> {
        let mut problems = Vec::new();
        let new = NewCustomField {
            ident: ident(self.ident.as_ref(), &mut problems),
            name: required_line("name", self.name, NAME_LENGTH_MAX, &mut problems),
            field_type: named(
                "field_type",
                self.field_type.as_ref(),
                FieldType::ALL,
                FieldType::name,
                &mut problems,
            )
            .unwrap_or(FieldType::Text),
            applies_to: named(
                "applies_to",
                self.applies_to.as_ref(),
                FieldTarget::ALL,
                FieldTarget::name,
                &mut problems,
            )
            .unwrap_or(FieldTarget::Issue),
            required: self.required.is_some_and(|flag| flag.0),
            tester_settable: self.tester_settable.is_none_or(|flag| flag.0),
            tester_viewable: self.tester_viewable.is_none_or(|flag| flag.0),
            options: self
                .options
                .map(|all| options(all, &mut problems))
                .unwrap_or_default(),
        };
        none_or(problems, new)
    }

    /// A change to a field: what is absent stays. What values depend on, nothing changes.
    pub fn check_edit(self) -> Result<CustomFieldEdit, ApiError> {
        let mut problems = Vec::new();
        let fixed = [
            ("ident", self.ident.is_some()),
            ("field_type", self.field_type.is_some()),
            ("applies_to", self.applies_to.is_some()),
        ];
        for (field, _) in fixed.into_iter().filter(|(_, is_given)| *is_given) {
            problems.push(FieldError::new(field, "cannot be changed"));
        }
        let name = changed_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let edit = CustomFieldEdit {
            name,
            required: self.required.map(|flag| flag.0),
            tester_settable: self.tester_settable.map(|flag| flag.0),
            tester_viewable: self.tester_viewable.map(|flag| flag.0),
            options: self.options.map(|all| options(all, &mut problems)),
        };
        none_or(problems, edit)
    }
}

fn ident(text: Option<&Text>, problems: &mut Vec<FieldError>) -> Option<String> {
    let ident = text?.0.trim();
    if ident.is_empty() {
        return None;
    }
    let is_fit = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if ident.len() <= IDENT_SIZE_MAX && ident.bytes().all(is_fit) {
        return Some(ident.to_owned());
    }
    let problem = format!("must be lower-case letters, digits and underscores, {IDENT_SIZE_MAX} at the most");
    problems.push(FieldError::new("ident", problem));
    None
}

fn named<T: Copy>(
    field: &'static str,
    text: Option<&Text>,
    all: &[T],
    name: fn(T) -> &'static str,
    problems: &mut Vec<FieldError>,
) -> Option<T> {
    let text = text.filter(|text| !text.0.is_empty())?.0.trim();
    let found = all.iter().copied().find(|value| name(*value) == text);
    if found.is_none() {
        let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
        let problem = format!("must be one of {}", names.join(", "));
        problems.push(FieldError::new(field, problem));
    }
    found
}

/// Each option once, without blanks around it; blank ones are none.
fn options(all: Vec<Text>, problems: &mut Vec<FieldError>) -> Vec<String> {
    let mut options: Vec<String> = Vec::new();
    for Text(option) in all {
        let option = option.trim();
        if option.is_empty() || options.iter().any(|known| known == option) {
            continue;
        }
        if options.len() == OPTIONS_MAX {
            let problem = format!("has too many entries (maximum is {OPTIONS_MAX})");
            problems.push(FieldError::new("options", problem));
            break;
        }
        options.push(required_line(
            "options",
            Some(Text(option.to_owned())),
            NAME_LENGTH_MAX,
            problems,
        ));
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Record;

    fn body(json: &str) -> FieldBody {
        serde_json::from_str::<Record<FieldBody>>(json).unwrap().0
    }

    #[test]
    fn what_is_not_said_is_text_of_issues_that_games_may_set() {
        let new = body(r#"{"custom_field": {"name": " Country "}}"#)
            .check_new()
            .unwrap();
        let expected = NewCustomField {
            ident: None,
            name: "Country".to_owned(),
            field_type: FieldType::Text,
            applies_to: FieldTarget::Issue,
            required: false,
            tester_settable: true,
            tester_viewable: true,
            options: Vec::new(),
        };
        assert_eq!(new, expected);
    }

    #[test]
    fn options_are_trimmed_and_stand_once() {
        let json = r#"{"name": "Where", "field_type": "select", "options": [" PC", "PC ", "", 7]}"#;
        assert_eq!(body(json).check_new().unwrap().options, ["PC", "7"]);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let refusal = body(r#"{"ident": "A B", "field_type": "date", "applies_to": "user"}"#).check_new();
        let refusal = refusal.unwrap_err();
        for field in [
            "ident must",
            "name can't",
            "field_type must be one of text",
            "applies_to must",
        ] {
            assert!(refusal.text().contains(field), "{field}: {refusal}");
        }
    }

    #[test]
    fn an_edit_keeps_to_what_values_allow() {
        let edit = body(r#"{"required": "1", "options": ["PC"]}"#)
            .check_edit()
            .unwrap();
        let expected = CustomFieldEdit {
            required: Some(true),
            options: Some(vec!["PC".to_owned()]),
            ..CustomFieldEdit::default()
        };
        assert_eq!(edit, expected);
        assert!(body(r#"{"field_type": "text"}"#).check_edit().is_err());
    }
}
