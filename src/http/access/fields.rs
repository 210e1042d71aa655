//! The policy of reading a project's own fields (protocol 5.6).

use actix_web::HttpRequest;
use bugle_storage::ProjectId;
use bugle_storage::records::Role;

use super::policies::{existing_project, member_role, sign_in};
use super::{Needs, Policy, Principal};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Whoever may see which fields the project in the path has: its members and its tokens.
pub struct FieldReader;

/// The pass of somebody who reads a project's fields.
pub struct FieldReading {
    /// The project.
    pub project: ProjectId,
    /// Whether they work on the project, and see all of a field.
    pub is_developer: bool,
}

impl Policy for FieldReader {
    type Pass = FieldReading;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<FieldReading, ApiError> {
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?.project.id;
        let is_developer = match principal {
            Principal::Person(person) => member_role(person, project, state)? >= Role::Developer,
            Principal::Game(game) if game.grant.project == project => {
                game.note_use(request, state);
                false
            }
            // A game that somebody signed in from looks which fields there are, and no more.
            Principal::Player(player) if state.directory().role(player.user, project).is_some() => false,
            Principal::Visitor => return Err(sign_in(request)),
            _ => return Err(ApiError::not_allowed_to("read custom fields")),
        };
        Ok(FieldReading {
            project,
            is_developer,
        })
    }
}
