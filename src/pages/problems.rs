//! What was wrong with a form, beside the fields that it is about.

use actix_web::http::StatusCode;

use super::answer::PageError;
use super::frame::Frame;
use crate::http::error::{ApiError, FieldError};

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
    let field = problem.field.replace("[]", "").replace('_', " ");
    let mut letters = field.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    format!(
        "{}{} {}.",
        first.collect::<String>(),
        letters.as_str(),
        problem.message
    )
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
        assert_eq!(problems.of("other"), None);
        assert_eq!(
            problems.besides(&["name"]).as_deref(),
            Some("Expires at must be in the future.")
        );
        assert_eq!(problems.besides(&["name", "expires_at"]), None);
        assert!(Problems::of_fields(ApiError::not_found(), &Frame::default()).is_err());
    }
}
