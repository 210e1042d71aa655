//! A change to an issue, checked.

use std::fmt;

use bugle_storage::UserId;
use bugle_storage::records::{Category, IssueStatus, Priority};
use serde::de::{Deserializer, Error, Unexpected, Visitor};

use super::IssueBody;
use super::validation::{DESCRIPTION_SIZE_MAX, Problems, STEPS_SIZE_MAX};
use crate::http::error::FieldError;

/// Who is to work on an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody: `null`, `0` or empty text.
    Nobody,
    /// Somebody with an account; whether there is such a user is not known here.
    User(UserId),
}

/// What to change of an issue; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuePatch {
    /// One line, not blank.
    pub title: Option<String>,
    /// Not blank.
    pub description: Option<String>,
    /// Free text; may be emptied.
    pub steps_to_reproduce: Option<String>,
    /// Where the work stands.
    pub status: Option<IssueStatus>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// What it is about.
    pub category: Option<Category>,
    /// Who works on it.
    pub assigned_to: Option<Assignee>,
}

impl IssuePatch {
    /// Checks a body, wrapped or flat; all that is wrong with it is told at once.
    pub fn from_body(body: IssueBody) -> Result<Self, Vec<FieldError>> {
        let fields = body.into_fields();
        let mut problems = Problems::default();
        for (name, text) in [("title", &fields.title), ("description", &fields.description)] {
            if text.as_ref().is_some_and(|text| text.0.trim().is_empty()) {
                problems.add(name, "can't be blank");
            }
        }
        let steps = fields
            .unformatted_steps_to_reproduce
            .or(fields.steps_to_reproduce);
        let emptied = steps
            .as_ref()
            .is_some_and(|steps| steps.0.trim().is_empty())
            .then(String::new);
        let patch = Self {
            title: problems.line("title", fields.title),
            description: problems.text("description", fields.description, DESCRIPTION_SIZE_MAX),
            steps_to_reproduce: problems
                .text("steps_to_reproduce", steps, STEPS_SIZE_MAX)
                .or(emptied),
            status: problems.named("status", fields.status.as_ref()),
            priority: problems.named("priority", fields.priority.as_ref()),
            category: problems.named("category", fields.category.as_ref()),
            assigned_to: fields.assigned_to_id,
        };
        problems.none_or(patch)
    }

    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Reads `assigned_to_id`: a field that is `null` was sent, and means nobody.
pub(super) fn assignee<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Assignee>, D::Error> {
    deserializer.deserialize_any(AssigneeVisitor).map(Some)
}

struct AssigneeVisitor;

impl Visitor<'_> for AssigneeVisitor {
    type Value = Assignee;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a user's id, or null for nobody")
    }

    fn visit_unit<E: Error>(self) -> Result<Assignee, E> {
        Ok(Assignee::Nobody)
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Assignee, E> {
        Ok(if id == 0 {
            Assignee::Nobody
        } else {
            Assignee::User(UserId(id))
        })
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Assignee, E> {
        match text.trim() {
            "" => Ok(Assignee::Nobody),
            text => match text.parse() {
                Ok(id) => self.visit_u64(id),
                Err(_) => Err(E::invalid_value(Unexpected::Other("text"), &self)),
            },
        }
    }
}
