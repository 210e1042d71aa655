//! `/projects/{project}/issue_tags`: the tags by which issues are sorted, as the tree that they are.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::IssueTagChange;
use bugle_storage::ProjectId;
use bugle_storage::records::IssueTag;
use serde::Deserialize;

use crate::http::access::{DeveloperOf, MemberOf};
use crate::http::body::Text;
use crate::http::error::ApiError;
use crate::http::issue_tags::{TagBody, change_one, create_from, number_of, tags_of};
use crate::http::state::AppState;
use crate::pages::answer::{Page, page_with_status, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::frame::ProjectCard;
use crate::pages::problems::Problems;
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

/// Deeper than this a tag is not moved to the right any more.
const DEPTH_SHOWN_MAX: usize = 4;

struct Row {
    number: u32,
    name: String,
    color: String,
    description: String,
    depth: usize,
    /// Whether the form changes it: it cannot be below itself.
    is_edited: bool,
}

/// What stands in the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    name: Text,
    color: Text,
    description: Text,
    parent_tag_id: Text,
}

impl Values {
    fn of(tag: &IssueTag) -> Self {
        Self {
            name: Text(tag.name.clone()),
            color: Text(tag.color.clone()),
            description: Text(tag.description.clone().unwrap_or_default()),
            parent_tag_id: Text(tag.parent.map(|parent| parent.to_string()).unwrap_or_default()),
        }
    }
}

#[derive(Template)]
#[template(path = "settings/tags.html")]
struct TagsPage<'a> {
    frame: &'a Frame,
    base: String,
    may_change: bool,
    tags: Vec<Row>,
    /// The tag that the form changes; without one it makes a new one.
    edited: Option<u32>,
    form_key: String,
    values: Values,
    problems: Problems,
}

/// The tags below each other, each behind the one that it is below.
fn tree(tags: &[IssueTag], edited: Option<u32>) -> Vec<Row> {
    let mut rows = Vec::with_capacity(tags.len());
    // What is still to be shown, the next one last.
    let below = |parent: Option<u32>| tags.iter().filter(move |tag| tag.parent == parent);
    let mut waiting: Vec<_> = below(None).map(|tag| (tag, 0)).collect();
    waiting.reverse();
    while let Some((tag, depth)) = waiting.pop() {
        rows.push(Row {
            number: tag.number,
            name: tag.name.clone(),
            color: tag.color.clone(),
            description: tag.description.clone().unwrap_or_default(),
            depth: depth.min(DEPTH_SHOWN_MAX),
            is_edited: edited == Some(tag.number),
        });
        let first = waiting.len();
        waiting.extend(below(Some(tag.number)).map(|child| (child, depth + 1)));
        if let Some(children) = waiting.get_mut(first..) {
            children.reverse();
        }
    }
    rows
}

fn base_of(project: ProjectId) -> String {
    format!("/projects/{project}/issue_tags")
}

async fn shown(
    status: StatusCode,
    (frame, project): (&Frame, ProjectId),
    (edited, values): (Option<u32>, Values),
    problems: Problems,
    state: &AppState,
) -> Page {
    let tags = tags_of(project, state).await?;
    let template = TagsPage {
        frame,
        base: base_of(project),
        may_change: frame.project.as_ref().is_some_and(ProjectCard::is_developer),
        tags: tree(&tags, edited),
        edited,
        form_key: form::new_key(),
        values,
        problems,
    };
    page_with_status(status, frame, state, &template)
}

/// `GET /projects/{project}/issue_tags`
pub async fn list(viewer: Viewer<MemberOf>, state: State) -> Page {
    let of = (&viewer.frame, viewer.pass.project);
    let empty = (None, Values::default());
    shown(StatusCode::OK, of, empty, Problems::default(), &state).await
}

/// `GET /projects/{project}/issue_tags/{tag}`: the list with the tag in the form.
pub async fn show(viewer: Viewer<DeveloperOf>, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let number = number_of(&request)?;
    let tags = tags_of(project, &state).await?;
    let tag = tags.iter().find(|tag| tag.number == number);
    let tag = tag.ok_or_else(ApiError::not_found)?;
    let filled = (Some(number), Values::of(tag));
    let of = (&viewer.frame, project);
    shown(StatusCode::OK, of, filled, Problems::default(), &state).await
}

/// `POST /projects/{project}/issue_tags`
pub async fn create(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let (member, terms) = (&viewer.pass, (state.address(&request), form.key()));
    let made = async { create_from(member, form.record()?, terms, &state).await };
    let Err(error) = made.await else {
        return Ok(see_with_notice(&base_of(member.project), "created"));
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let filled = (None, form.read()?);
    let of = (&viewer.frame, member.project);
    shown(StatusCode::UNPROCESSABLE_ENTITY, of, filled, problems, &state).await
}

/// `POST /projects/{project}/issue_tags/{tag}`
pub async fn edit(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let edited = async {
        let edit = form.record::<TagBody>()?.check_edit()?;
        change_one(project, &request, IssueTagChange::Edit(edit), &state).await
    };
    let Err(error) = edited.await else {
        return Ok(see_with_notice(&base_of(project), "saved"));
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let filled = (Some(number_of(&request)?), form.read()?);
    let of = (&viewer.frame, project);
    shown(StatusCode::UNPROCESSABLE_ENTITY, of, filled, problems, &state).await
}

/// `POST /projects/{project}/issue_tags/{tag}/delete`
pub async fn delete(
    viewer: Viewer<DeveloperOf>,
    _form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let project = viewer.pass.project;
    change_one(project, &request, IssueTagChange::Delete, &state).await?;
    Ok(see_with_notice(&base_of(project), "deleted"))
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;

    use super::*;

    fn tag(number: u32, parent: Option<u32>) -> IssueTag {
        IssueTag {
            number,
            name: number.to_string(),
            color: "#808080".to_owned(),
            description: None,
            parent,
            created_at: Timestamp(0),
            updated_at: Timestamp(0),
            deleted: false,
        }
    }

    #[test]
    fn tags_stand_behind_the_ones_that_they_are_below() {
        let tags = [
            tag(1, None),
            tag(2, None),
            tag(3, Some(1)),
            tag(4, Some(3)),
            tag(5, Some(1)),
        ];
        let rows = tree(&tags, None);
        let rows: Vec<_> = rows.iter().map(|row| (row.number, row.depth)).collect();
        assert_eq!(rows, [(1, 0), (3, 1), (4, 2), (5, 1), (2, 0)]);
    }
}
