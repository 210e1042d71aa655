//! What was wrong with a form, beside the fields that it is about.

use actix_web::http::StatusCode;

use super::answer::PageError;
use super::frame::Frame;
use crate::http::error::{ApiError, FieldError};

/// The fields that pages call otherwise than the API does, by what their labels say.
const LABELS: [(&str, &str); 17] = [
    ("anonymous_reports", "Take reports without a token"),
    ("applies_to", "Field of"),
    ("body", "Comment"),
    ("bug_reports_per_day", "Limit Per Day"),
    ("color", "Colour"),
    ("description_length_min", "Shortest description"),
    ("email", "E-mail address"),
    ("expires_at", "Expiration Date"),
    ("feature_requests_per_day", "Limit Per Day"),
    ("field_type", "Type"),
    ("parent_tag_id", "Parent tag"),
    ("project_name", "Name of your first project"),
    ("reporter_email", "E-mail address"),
    ("support_tickets_per_day", "Limit Per Day"),
    ("unformatted_steps_to_reproduce", "Steps to reproduce"),
    ("url", "Address"),
    ("visibility", "Who sees the project"),
];

/// What is wrong with the fields of a form. A form that is shown for the first time has none.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldError>);

impl Problems {
    /// What an error says of the fields of a form, so that the page can be shown again with it.
    ///
    /// # Errors
    /// Every other error, as the page that says so.
    pub fn of_fields(error: ApiError, frame: &Frame) -> Result<Self, PageError> {
        if error.status() == StatusCode::UNPROCESSABLE_ENTITY {
            Ok(Self(error.into_fields()))
        } else {
            Err(PageError::within(error, frame.clone()))
        }
    }

    /// What is wrong with a field, as one sentence.
    pub fn of(&self, field: &str) -> Option<String> {
        let found = self.0.iter().find(|problem| problem.field == field)?;
        Some(sentence(found))
    }

    /// The same on a page whose label for the field is another one.
    pub fn of_as(&self, field: &str, label: &str) -> Option<String> {
        let found = self.0.iter().find(|problem| problem.field == field)?;
        Some(format!("{label} {}.", found.message))
    }

    /// What is wrong with a field whose message is a whole sentence.
    pub fn told(&self, field: &str) -> Option<&str> {
        let found = self.0.iter().find(|problem| problem.field == field)?;
        Some(&found.message)
    }

    /// What is wrong with fields that are not among these, which the page shows beside themselves.
    pub fn besides(&self, shown: &[&str]) -> Option<String> {
        let rest = self.0.iter().filter(|problem| !shown.contains(&&*problem.field));
        let rest: Vec<_> = rest.map(sentence).collect();
        (!rest.is_empty()).then(|| rest.join(" "))
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// `Name can't be blank.`
fn sentence(problem: &FieldError) -> String {
    format!("{} {}.", words_of(&problem.field), problem.message)
}

/// The name of a field as pages say it.
pub fn words_of(field: &str) -> String {
    if let Some((_, label)) = LABELS.iter().find(|(known, _)| *known == field) {
        return (*label).to_owned();
    }
    let field = field.replace("[]", "").replace('_', " ");
    let mut letters = field.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_stand_beside_their_fields() {
        let fields = vec![
            FieldError::new("name", "can't be blank"),
            FieldError::new("expires_at", "must be in the future"),
        ];
        let problems = Problems::of_fields(ApiError::invalid(fields), &Frame::default()).unwrap();
        assert_eq!(problems.of("name").as_deref(), Some("Name can't be blank."));
        assert_eq!(
            problems.of_as("name", "Token Name").as_deref(),
            Some("Token Name can't be blank.")
        );
        assert_eq!(problems.of("other"), None);
        assert_eq!(
            problems.besides(&["name"]).as_deref(),
            Some("Expiration Date must be in the future.")
        );
        assert_eq!(problems.besides(&["name", "expires_at"]), None);
        assert!(Problems::of_fields(ApiError::not_found(), &Frame::default()).is_err());
    }
}
