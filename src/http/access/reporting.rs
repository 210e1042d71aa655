//! The policies of those who report: a game with its token, a member, or anybody where a project allows it.

use std::sync::Arc;

use actix_web::HttpRequest;
use bugle_actors::{IdempotencyKey, ProjectEntry, ShownToken, Submission};
use bugle_storage::AddressHash;
use bugle_storage::records::{ReportKind, Reporter, Submitter};

use super::policies::{existing_project, member_role, sign_in};
use super::vouched::admit_submission;
use super::{Game, Needs, Policy, Principal};
use crate::http::error::ApiError;
use crate::http::identity_token::SubmissionGrant;
use crate::http::state::AppState;
use crate::http::{idempotency, rate_limit};

/// Whoever may create bug reports in the project of the path.
pub struct BugReporter;
/// The same, for many at once. Each may be a retry of one that was taken before, so a limit that is spent is no reason
/// not to hear them.
pub struct BatchReporter;
/// Whoever may create feature requests there.
pub struct FeatureRequester;
/// Whoever may create support tickets there.
pub struct TicketSender;

/// A reporter's pass.
pub struct Reporting {
    /// What they report.
    pub kind: ReportKind,
    /// The project.
    pub project: Arc<ProjectEntry>,
    /// The project token, with which daily limits and a minimum length of descriptions come.
    pub game: Option<Game>,
    submitter: Submitter,
    reporter: Reporter,
    address: AddressHash,
    token: Option<ShownToken>,
}

impl Reporting {
    /// From where it comes.
    pub const fn address(&self) -> AddressHash {
        self.address
    }

    /// A report of nobody in particular, to a project that takes such ones.
    pub const fn by_anybody(kind: ReportKind, project: Arc<ProjectEntry>, address: AddressHash) -> Self {
        Self {
            kind,
            project,
            game: None,
            submitter: Submitter::Anonymous,
            reporter: Reporter::Anonymous,
            address,
            token: None,
        }
    }

    /// Whether a member of the project reports, rather than a game or somebody unknown.
    pub fn is_by_member(&self) -> bool {
        self.game.is_none() && matches!(self.reporter, Reporter::User(_))
    }

    /// Whether the project itself vouches for where the reporter can be reached, which nothing else can then change.
    pub fn has_vouched_address(&self) -> bool {
        self.reporter.vouched_email().is_some()
    }

    /// Whether there is nobody whom an answer could reach.
    pub fn is_by_nobody_known(&self) -> bool {
        match &self.reporter {
            Reporter::Anonymous => true,
            Reporter::Vouched(player) => player.email.is_none(),
            Reporter::User(_) | Reporter::Email(_) | Reporter::Discord(_) => false,
        }
    }

    /// Whether it is good for nothing but the first answer to an earlier request: who is playing was not looked at, and
    /// that answer does not tell it.
    pub fn may_only_repeat(&self) -> bool {
        self.game.as_ref().is_some_and(|game| game.is_unread)
    }

    /// The key as it is told from those of others.
    pub fn within_sender(&self, key: Option<IdempotencyKey>) -> Option<IdempotencyKey> {
        match self.submitter {
            Submitter::Anonymous => key.map(|key| idempotency::of_address(key, self.address)),
            _ => key,
        }
    }

    /// The terms of the submission.
    pub fn submission(&self, key: Option<IdempotencyKey>) -> Submission {
        let key = self.within_sender(key);
        Submission {
            submitter: self.submitter,
            grant: self.game.as_ref().map(|game| Arc::clone(&game.grant)),
            address: self.address,
            reporter: self.reporter.clone(),
            key,
            token: self.token.clone(),
        }
    }
}

impl Policy for BugReporter {
    type Pass = Reporting;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Reporting, ApiError> {
        Reporting::admit(ReportKind::Bug, request, state)
    }
}

impl Policy for BatchReporter {
    type Pass = Reporting;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Reporting, ApiError> {
        Reporting::admit_with(ReportKind::Bug, request, state, true)
    }
}

impl Policy for FeatureRequester {
    type Pass = Reporting;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Reporting, ApiError> {
        Reporting::admit(ReportKind::FeatureRequest, request, state)
    }
}

impl Policy for TicketSender {
    type Pass = Reporting;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Reporting, ApiError> {
        Reporting::admit(ReportKind::SupportTicket, request, state)
    }
}

impl Reporting {
    fn admit(kind: ReportKind, request: &HttpRequest, state: &AppState) -> Result<Self, ApiError> {
        Self::admit_with(kind, request, state, idempotency::has_key(request))
    }

    fn admit_with(
        kind: ReportKind,
        request: &HttpRequest,
        state: &AppState,
        may_be_retry: bool,
    ) -> Result<Self, ApiError> {
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?;
        let address = state.address(request);
        let mut token = None;
        let (game, submitter, reporter) = match principal {
            Principal::Person(person) => {
                member_role(person, project.project.id, state)?;
                (None, person.submitter, Reporter::User(person.user))
            }
            Principal::Game(mut game) => {
                let vouched = admit_game(&mut game, kind, &project, address, request, state, may_be_retry)?;
                let submitter = Submitter::ProjectToken(game.grant.token);
                let reporter = vouched.as_ref().and_then(|grant| grant.reporter());
                let reporter = reporter.unwrap_or_else(|| game.reporter.clone());
                token = shown_token(&game, vouched.as_deref());
                (Some(game), submitter, reporter)
            }
            Principal::Anonymous if project.project.anonymous_reports => {
                return Ok(Self::by_anybody(kind, project, address));
            }
            Principal::Anonymous | Principal::Holder(_) | Principal::Player(_) => return Err(refusal(kind)),
            Principal::Visitor => return Err(sign_in(request)),
        };
        Ok(Self {
            kind,
            project,
            game,
            submitter,
            reporter,
            address,
            token,
        })
    }
}

/// What the project vouches for beside who reports. A game shows one JWT or the other.
fn shown_token(game: &Game, vouched: Option<&SubmissionGrant>) -> Option<ShownToken> {
    let submission = vouched.map(|grant| ShownToken::Submission(Arc::clone(&grant.token)));
    let identity = || Some(ShownToken::Identity(Arc::clone(&game.player.as_ref()?.values)));
    submission.or_else(identity)
}

/// Refuses what can be refused without asking. A retry gets its first answer also when the limit is used up since, and
/// whether it is one, the project's actor knows.
fn admit_game(
    game: &mut Game,
    kind: ReportKind,
    project: &ProjectEntry,
    address: AddressHash,
    request: &HttpRequest,
    state: &AppState,
    may_be_retry: bool,
) -> Result<Option<Arc<SubmissionGrant>>, ApiError> {
    let right = game.grant.rights.of(kind);
    if game.grant.project != project.project.id || !right.allowed {
        return Err(refusal(kind));
    }
    let vouched = admit_submission(game, project.project.id, state, may_be_retry)?;
    let now = state.now();
    let spent = game.grant.spent.is_spent(address, kind, now.day());
    if right.per_day == 0 || (spent && !may_be_retry) {
        return Err(rate_limit::refuse(kind, right.per_day, now));
    }
    if spent {
        game.leave_unread();
    } else {
        game.identify(request, state);
    }
    game.note_use(request, state);
    if let Some(player) = &game.player {
        player.key_used.touch(now);
    }
    Ok(vouched)
}

fn refusal(kind: ReportKind) -> ApiError {
    ApiError::not_allowed_to(rate_limit::action(kind))
}
