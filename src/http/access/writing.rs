//! The policies of those who add to a report or change it.

use actix_web::HttpRequest;
use bugle_storage::records::Role;
use bugle_storage::{AddressHash, ProjectId, UserId};

use super::policies::{existing_project, member_role, sign_in};
use super::{Game, Needs, Person, Policy, Principal};
use crate::http::error::ApiError;
use crate::http::identity_token::Player;
use crate::http::state::AppState;
use crate::http::update_token::UpdateGrant;

/// Whoever may add to the issue in the path: its holder, its reporter, its game, or a member.
pub struct IssueWriter;

/// A writer's pass. Whether it is good for the issue is known once that is read: [`Writer::may_write`].
pub struct Writer {
    /// The project.
    pub project: ProjectId,
    /// Who.
    pub kind: WriterKind,
    /// From where.
    pub address: AddressHash,
}

impl Writer {
    /// The member who writes, if it is one.
    pub const fn member(&self) -> Option<UserId> {
        match &self.kind {
            WriterKind::Member(person, _) => Some(person.user),
            WriterKind::Holder(_) | WriterKind::Player(_) | WriterKind::Game(_) => None,
        }
    }
}

/// How a writer came by their pass.
pub enum WriterKind {
    /// With the issue's update token, alone or beside a project token.
    Holder(UpdateGrant),
    /// As somebody who signed in from a game.
    Player(Player),
    /// With a project token alone.
    Game(Game),
    /// As a member.
    Member(Person, Role),
}

impl Policy for IssueWriter {
    type Pass = Writer;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Writer, ApiError> {
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?.project.id;
        let address = state.address(request);
        let kind = match principal {
            Principal::Holder(grant) => WriterKind::Holder(grant),
            Principal::Player(player) => WriterKind::Player(player),
            Principal::Game(game) if game.grant.project != project => {
                return Err(ApiError::not_allowed_to("add to this report"));
            }
            Principal::Game(game) => {
                game.note_use(request, state);
                game.holder
                    .map_or_else(|| WriterKind::Game(game), WriterKind::Holder)
            }
            Principal::Person(person) => WriterKind::Member(person, member_role(person, project, state)?),
            Principal::Visitor => return Err(sign_in(request)),
            Principal::Anonymous => return Err(ApiError::not_allowed_to("add to this report")),
        };
        Ok(Writer {
            project,
            kind,
            address,
        })
    }
}

/// Whoever holds the update token of the issue in the path, or works on the project.
pub struct Holder;

impl Policy for Holder {
    type Pass = Writer;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Writer, ApiError> {
        let writer = IssueWriter::admit(request, state)?;
        match writer.kind {
            WriterKind::Holder(_) => Ok(writer),
            WriterKind::Member(_, role) if role >= Role::Developer => Ok(writer),
            _ => Err(ApiError::not_allowed_to("change this report")),
        }
    }
}
