//! The policies of releases (protocol 5.6): a token's own rights decide what it may do with them.

use std::sync::Arc;

use actix_web::HttpRequest;
use bugle_actors::{IdempotencyKey, Submission};
use bugle_storage::records::{Reporter, Role, Submitter, Visibility};
use bugle_storage::{AddressHash, ProjectId};

use super::policies::{existing_project, member_role, sign_in};
use super::{Game, Needs, Policy, Principal};
use crate::http::error::ApiError;
use crate::http::state::AppState;

/// Whoever may read the releases of the project in the path: its members, its tokens with the right, and everybody
/// who shows no token of the project if it is public.
pub struct ReleaseReader;

impl Policy for ReleaseReader {
    type Pass = ProjectId;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<ProjectId, ApiError> {
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?;
        let id = project.project.id;
        let is_public = project.project.visibility == Visibility::Public;
        match principal {
            Principal::Game(game) if game.grant.project == id => {
                if !game.grant.rights.read_releases {
                    return Err(ApiError::not_allowed_to("read releases"));
                }
                game.note_use(request, state);
            }
            _ if is_public => {}
            Principal::Person(person) => {
                member_role(person, id, state)?;
            }
            Principal::Visitor => return Err(sign_in(request)),
            _ => return Err(ApiError::not_allowed_to("read releases")),
        }
        Ok(id)
    }
}

/// Whoever may create releases in the project of the path: its developers, and its tokens with the right.
pub struct ReleaseCreator;

/// The pass of somebody who creates a release.
pub struct ReleaseCreation {
    /// The project.
    pub project: ProjectId,
    game: Option<Game>,
    submitter: Submitter,
    reporter: Reporter,
    address: AddressHash,
}

impl ReleaseCreation {
    /// The terms of the creation.
    pub fn submission(self, key: Option<IdempotencyKey>) -> Submission {
        Submission {
            submitter: self.submitter,
            grant: self.game.map(|game| Arc::clone(&game.grant)),
            address: self.address,
            reporter: self.reporter,
            key,
            token: None,
        }
    }
}

impl Policy for ReleaseCreator {
    type Pass = ReleaseCreation;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<ReleaseCreation, ApiError> {
        let refusal = || ApiError::not_allowed_to("create releases");
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?.project.id;
        let (game, submitter, reporter) = match principal {
            Principal::Person(person) => {
                if member_role(person, project, state)? < Role::Developer {
                    return Err(refusal());
                }
                (None, person.submitter, Reporter::User(person.user))
            }
            Principal::Game(mut game) => {
                if game.grant.project != project || !game.grant.rights.create_releases {
                    return Err(refusal());
                }
                game.identify(request, state);
                game.note_use(request, state);
                let submitter = Submitter::ProjectToken(game.grant.token);
                let reporter = game.reporter.clone();
                (Some(game), submitter, reporter)
            }
            Principal::Visitor => return Err(sign_in(request)),
            Principal::Holder(_) | Principal::Player(_) | Principal::Anonymous => return Err(refusal()),
        };
        Ok(ReleaseCreation {
            project,
            game,
            submitter,
            reporter,
            address: state.address(request),
        })
    }
}
