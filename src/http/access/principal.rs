//! Who is asking: credentials looked up.

use std::sync::Arc;

use actix_web::HttpRequest;
use bugle_actors::{Grant, IdempotencyKey, ProjectGrant, Submission, TokenKind, parse_token};
use bugle_storage::records::{Reporter, Submitter};
use bugle_storage::{AddressHash, Timestamp, UserId};

use super::session::person_of;
use super::shown;
use super::vouched::ShownSubmission;
use crate::http::authorization::{Credentials, Identity, PlainToken};
use crate::http::error::ApiError;
use crate::http::identity_keys::{self, VerifiedPlayer};
use crate::http::identity_token::{IdentityToken, Player};
use crate::http::state::AppState;
use crate::http::update_token::UpdateGrant;
use crate::http::usage::counting;

/// Who is asking.
#[derive(Debug, Clone)]
pub enum Principal {
    /// Somebody with an account.
    Person(Person),
    /// A game with a project token.
    Game(Game),
    /// Whoever sent a report, with its update token.
    Holder(UpdateGrant),
    /// Somebody who signed in from a game, with that token alone. Less than a [`Person`]: they add to their reports.
    Player(Player),
    /// `FormUser anonymous`.
    Anonymous,
    /// Nobody said.
    Visitor,
}

/// Somebody with an account.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Who.
    pub user: UserId,
    /// By what: a token, or a signed-in browser.
    pub submitter: Submitter,
    /// When the token or the session stops working by itself.
    pub expires_at: Option<Timestamp>,
}

impl Person {
    /// The terms of what they send from this address to a project that they belong to: without a daily limit.
    pub const fn submission(self, address: AddressHash, key: Option<IdempotencyKey>) -> Submission {
        Submission {
            submitter: self.submitter,
            grant: None,
            address,
            reporter: Reporter::User(self.user),
            key,
            token: None,
        }
    }
}

/// A game with a project token. That the token was used is noted where the request is let through: a refusal
/// is no use of it, and writes nothing.
#[derive(Debug, Clone)]
pub struct Game {
    /// What the token may do.
    pub grant: Arc<ProjectGrant>,
    /// Whoever the game says is playing.
    pub reporter: Reporter,
    /// The update token that came along.
    pub holder: Option<UpdateGrant>,
    /// The submission token that came along.
    pub submission: ShownSubmission,
    /// Who is playing, by a JWT that a key of the project verified. Nobody, until `Game::identify` has looked.
    pub player: Option<Box<VerifiedPlayer>>,
    /// Whether a JWT was left unread, because nothing but the first answer to an earlier request can come of this one.
    pub is_unread: bool,
    /// Whether a JWT came along that none of ours signed.
    shows_foreign: bool,
}

impl Principal {
    /// Looks the request's credentials up. A dead personal token is 401, a dead project token 403 (protocol
    /// 14.6).
    pub fn of(request: &HttpRequest, state: &AppState) -> Result<Self, ApiError> {
        match Credentials::of(request.headers()) {
            Credentials::None => Ok(person_of(request, state)?.map_or(Self::Visitor, Self::Person)),
            Credentials::Anonymous => Ok(Self::Anonymous),
            Credentials::MisplacedProject => Err(ApiError::unauthorized(
                "A project token is not sent as Bearer: send `Authorization: FormUser tkn-…`",
            )),
            Credentials::Malformed => Err(ApiError::unauthorized("The Authorization header is not valid")),
            Credentials::Personal(token) => person(token, request, state).map(Self::Person),
            Credentials::Project { token, identity } => game(token, identity, state).map(Self::Game),
            Credentials::Jwt(token) => jwt(token.expose(), state),
        }
    }
}

fn jwt(token: &str, state: &AppState) -> Result<Principal, ApiError> {
    if let Some(grant) = state.update_tokens.verify(token) {
        return Ok(Principal::Holder(grant));
    }
    match state.identity_tokens.read(token) {
        IdentityToken::Player(player) if exists(player, state) => Ok(Principal::Player(player)),
        _ => Err(ApiError::unauthorized("The token is not valid or has expired")),
    }
}

fn exists(player: Player, state: &AppState) -> bool {
    state.directory().user(player.user).is_some()
}

fn person(token: PlainToken<'_>, request: &HttpRequest, state: &AppState) -> Result<Person, ApiError> {
    let now = state.now();
    let hash = parse_token(TokenKind::Personal, token.expose()).ok();
    let grant = match hash.and_then(|hash| state.directory().grant(&hash)) {
        Some(Grant::Personal(grant)) if grant.is_live(now) => grant,
        _ => {
            return Err(ApiError::unauthorized(
                "The personal access token is not valid, has expired or was deleted",
            ));
        }
    };
    let person = Person {
        user: grant.user,
        submitter: Submitter::PersonalToken(grant.token),
        expires_at: grant.expires_at,
    };
    if grant.last_used.touch(now) {
        counting::note_user_agent(person.submitter, request, state);
    }
    shown::note(request, grant);
    Ok(person)
}

fn game(token: PlainToken<'_>, identity: Option<Identity<'_>>, state: &AppState) -> Result<Game, ApiError> {
    let hash = parse_token(TokenKind::Project, token.expose()).ok();
    let Some(Grant::Project(grant)) = hash.and_then(|hash| state.directory().grant(&hash)) else {
        return Err(ApiError::forbidden(
            "The project token is not valid or was deleted",
        ));
    };
    let mut game = Game {
        grant,
        reporter: Reporter::Anonymous,
        holder: None,
        submission: ShownSubmission::None,
        player: None,
        is_unread: false,
        shows_foreign: false,
    };
    match identity {
        None => {}
        Some(Identity::Email(email)) => game.reporter = Reporter::Email(email.to_owned()),
        Some(Identity::Discord(id)) => game.reporter = Reporter::Discord(id.to_owned()),
        Some(Identity::Jwt(token)) => game.show(token, state),
    }
    Ok(game)
}

impl Game {
    /// Notes that the token was used.
    pub(super) fn note_use(&self, request: &HttpRequest, state: &AppState) {
        if self.grant.last_used.touch(state.now()) {
            counting::note_user_agent(Submitter::ProjectToken(self.grant.token), request, state);
        }
    }

    /// Takes up what a JWT says, by its purpose.
    fn show(&mut self, token: PlainToken<'_>, state: &AppState) {
        self.holder = state.update_tokens.verify(token.expose());
        if self.holder.is_some() {
            return;
        }
        match state.identity_tokens.read(token.expose()) {
            IdentityToken::Submission(grant) => self.submission = ShownSubmission::Signed(Arc::new(grant)),
            IdentityToken::BadSubmission => self.submission = ShownSubmission::Bad,
            IdentityToken::Player(player) if exists(player, state) => {
                self.reporter = Reporter::User(player.user);
            }
            // A stale sign-in loses no report.
            IdentityToken::Player(_) | IdentityToken::Nothing => {}
            IdentityToken::Foreign => self.shows_foreign = true,
        }
    }

    /// Leaves alone what `identify` would try.
    pub(super) fn leave_unread(&mut self) {
        self.is_unread = self.shows_foreign;
    }

    /// Takes up what a JWT says that a key of the project verifies. Any other loses no report either.
    ///
    /// Trying all keys of a project may cost more than all else of a request, so it comes once nothing is left that could
    /// refuse the request without.
    pub(super) fn identify(&mut self, request: &HttpRequest, state: &AppState) {
        if !self.shows_foreign {
            return;
        }
        let Credentials::Project {
            identity: Some(Identity::Jwt(token)),
            ..
        } = Credentials::of(request.headers())
        else {
            return;
        };
        let project = self.grant.project;
        let Some(keys) = state.directory().identity_keys(project) else {
            return;
        };
        match identity_keys::verify(token.expose(), project, &keys, state.now()) {
            Ok(verified) => {
                self.reporter = Reporter::Vouched(Box::new(verified.player.clone()));
                self.player = Some(Box::new(verified));
            }
            Err(defect) => tracing::debug!(%project, %defect, "a JWT does not say who is playing"),
        }
    }
}
