//! What a request says of a project, checked field by field.

use bugle_actors::{NewProject, ProjectEdit};
use bugle_storage::OrganizationId;
use bugle_storage::records::Visibility;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::http::body::{Flag, Integer, Text, Wrapped};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::openapi::fields;
use crate::http::text_rules::{self, NAME_LENGTH_MAX};

/// The longest description of a project, in characters.
const DESCRIPTION_LENGTH_MAX: usize = 4000;
/// The most that a project may ask of a report's description, in characters.
const REPORT_LENGTH_MIN_MAX: u32 = 10_000;

/// The fields, flat or wrapped in `project`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct ProjectBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::text_of::<DESCRIPTION_LENGTH_MAX>)]
    description: Option<Text>,
    #[schema(schema_with = fields::visibility)]
    visibility: Option<Text>,
    #[schema(schema_with = fields::flag)]
    anonymous_reports: Option<Flag>,
    #[schema(schema_with = fields::number_to::<10_000>)]
    description_length_min: Option<Integer>,
    #[serde(deserialize_with = "sent")]
    #[expect(
        clippy::option_option,
        reason = "not sent, none, and one are three different things"
    )]
    #[schema(schema_with = fields::id)]
    organization_id: Option<Option<Integer>>,
}

/// Reads a field for which `null` says something that its absence does not.
#[expect(
    clippy::option_option,
    reason = "not sent, none, and one are three different things"
)]
fn sent<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Integer>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Wrapped for ProjectBody {
    const WRAPPER: &'static str = "project";
}

impl ProjectBody {
    /// One that says a name and nothing else.
    pub fn named(name: &str) -> Self {
        Self {
            name: Some(Text(name.to_owned())),
            ..Self::default()
        }
    }

    /// A project to be made: private, and without a description, unless it says otherwise.
    pub(super) fn check_new(self) -> Result<NewProject, ApiError> {
        let mut problems = Vec::new();
        let new = NewProject {
            name: text_rules::required_line("name", self.name, NAME_LENGTH_MAX, &mut problems),
            description: description(self.description, &mut problems).unwrap_or_default(),
            visibility: visibility(self.visibility.as_ref(), &mut problems).unwrap_or(Visibility::Private),
            organization: organization(self.organization_id, &mut problems).flatten(),
        };
        none_or(problems, new)
    }

    /// A change to a project: what is absent stays.
    pub(super) fn check_edit(self) -> Result<ProjectEdit, ApiError> {
        let mut problems = Vec::new();
        let name = text_rules::changed_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let edit = ProjectEdit {
            name,
            description: description(self.description, &mut problems),
            visibility: visibility(self.visibility.as_ref(), &mut problems),
            anonymous_reports: self.anonymous_reports.map(|flag| flag.0),
            description_length_min: report_length_min(self.description_length_min, &mut problems),
            organization: organization(self.organization_id, &mut problems),
        };
        none_or(problems, edit)
    }
}

fn description(text: Option<Text>, problems: &mut Vec<FieldError>) -> Option<String> {
    let text = text?.0;
    text_rules::is_short_enough("description", &text, DESCRIPTION_LENGTH_MAX, problems);
    Some(text)
}

fn visibility(text: Option<&Text>, problems: &mut Vec<FieldError>) -> Option<Visibility> {
    match text.filter(|text| !text.0.is_empty())?.0.trim() {
        "private" => Some(Visibility::Private),
        "public" => Some(Visibility::Public),
        _ => {
            problems.push(FieldError::new("visibility", "must be one of public, private"));
            None
        }
    }
}

fn report_length_min(number: Option<Integer>, problems: &mut Vec<FieldError>) -> Option<u32> {
    let number = u32::try_from(number?.0?);
    let length = number.ok().filter(|length| *length <= REPORT_LENGTH_MIN_MAX);
    if length.is_none() {
        let problem = format!("must be a number from 0 to {REPORT_LENGTH_MIN_MAX}");
        problems.push(FieldError::new("description_length_min", problem));
    }
    length
}

/// An organization's number, or nothing, `null` or empty, for none.
#[expect(
    clippy::option_option,
    reason = "not sent, none, and one are three different things"
)]
fn organization(
    number: Option<Option<Integer>>,
    problems: &mut Vec<FieldError>,
) -> Option<Option<OrganizationId>> {
    let Some(number) = number?.and_then(|number| number.0) else {
        return Some(None);
    };
    let organization = u64::try_from(number).ok().map(OrganizationId);
    if organization.is_none() {
        let problem = "must be an organization's number, or null for none";
        problems.push(FieldError::new("organization_id", problem));
    }
    Some(organization)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::body::Record;

    fn edit(json: &str) -> Result<ProjectEdit, ApiError> {
        serde_json::from_str::<Record<ProjectBody>>(json)
            .unwrap()
            .0
            .check_edit()
    }

    #[test]
    fn an_edit_says_what_it_says_wrapped_or_flat() {
        let expected = ProjectEdit {
            anonymous_reports: Some(true),
            description_length_min: Some(30),
            ..ProjectEdit::default()
        };
        for json in [
            r#"{"project": {"anonymous_reports": true, "description_length_min": 30}}"#,
            r#"{"anonymous_reports": "1", "description_length_min": "30", "visibility": ""}"#,
        ] {
            assert_eq!(edit(json).unwrap(), expected, "{json}");
        }
        assert_eq!(edit("{}").unwrap(), ProjectEdit::default());
    }

    #[test]
    fn a_length_has_bounds() {
        for (length, fits) in [(-1, false), (0, true), (10_000, true), (10_001, false)] {
            let json = format!(r#"{{"description_length_min": {length}}}"#);
            assert_eq!(edit(&json).is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn a_name_that_is_sent_is_not_blank() {
        assert!(edit(r#"{"name": " "}"#).is_err());
    }

    #[test]
    fn an_organization_is_named_taken_away_or_left() {
        for (json, expected) in [
            ("{}", None),
            (r#"{"organization_id": 3}"#, Some(Some(OrganizationId(3)))),
            (r#"{"organization_id": "3"}"#, Some(Some(OrganizationId(3)))),
            (r#"{"project": {"organization_id": null}}"#, Some(None)),
            (r#"{"organization_id": ""}"#, Some(None)),
        ] {
            assert_eq!(edit(json).unwrap().organization, expected, "{json}");
        }
        assert!(edit(r#"{"organization_id": -1}"#).is_err());
    }
}
