//! Tags as the pages of reports show them.

use bugle_actors::ListIssueTags;
use bugle_storage::ProjectId;
use bugle_storage::records::IssueTag;

use super::words::Choice;
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// A tag on a report, or to be chosen for one.
#[derive(Debug, Clone)]
pub struct TagMark {
    /// Its number.
    pub number: u32,
    /// What people call it.
    pub name: String,
    /// `#RRGGBB`.
    pub color: String,
    /// Whether the report has it.
    pub is_chosen: bool,
}

/// All tags of a project.
#[derive(Debug, Default)]
pub struct Tags(Vec<IssueTag>);

impl Tags {
    /// Asks for them.
    pub async fn read(project: ProjectId, state: &AppState) -> Result<Self, ApiError> {
        let asked = state.ask_project(project, |reply| ListIssueTags { reply });
        Ok(Self(asked.await?))
    }

    /// All of them, those chosen that are among the numbers.
    pub fn marked(&self, chosen: &[u32]) -> Vec<TagMark> {
        let mark = |tag: &IssueTag| TagMark {
            number: tag.number,
            name: tag.name.clone(),
            color: tag.color.clone(),
            is_chosen: chosen.contains(&tag.number),
        };
        self.0.iter().map(mark).collect()
    }

    /// All of them to choose from by their numbers.
    pub fn choices(&self, current: &str) -> Vec<Choice> {
        let all = self.0.iter();
        all.map(|tag| Choice::new(&tag.number.to_string(), &tag.name, current))
            .collect()
    }

    /// Those with these numbers.
    pub fn of(&self, numbers: &[u32]) -> Vec<TagMark> {
        let mut marks = self.marked(numbers);
        marks.retain(|mark| mark.is_chosen);
        marks
    }

    /// What a tag is called; its number where it was deleted.
    pub fn name(&self, number: &str) -> String {
        let found = self.0.iter().find(|tag| tag.number.to_string() == number);
        found.map_or_else(|| format!("tag {number}"), |tag| tag.name.clone())
    }
}
