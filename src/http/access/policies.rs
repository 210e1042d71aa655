//! The policies: what each kind of call asks of its caller.

use std::sync::Arc;

use actix_web::HttpRequest;
use bugle_actors::{IdempotencyKey, ProjectEntry, ShownToken, Submission};
use bugle_storage::records::{ReportKind, Reporter, Role, Submitter, Visibility};
use bugle_storage::{AddressHash, ProjectId, UserId};

use super::session::not_signed_in;
use super::vouched::admit_submission;
use super::{Game, Needs, Person, Policy, Principal, project_of};
use crate::http::error::ApiError;
use crate::http::identity_token::{Player, SubmissionGrant};
use crate::http::state::AppState;
use crate::http::update_token::UpdateGrant;
use crate::http::{idempotency, rate_limit};

/// Anybody with an account.
pub struct SignedIn;

impl Policy for SignedIn {
    type Pass = Person;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Person, ApiError> {
        match Principal::of(request, state)? {
            Principal::Person(person) => Ok(person),
            Principal::Visitor => Err(sign_in(request)),
            _ => Err(ApiError::forbidden(
                "Not allowed to do this without a personal access token.",
            )),
        }
    }
}

/// A member of the project in the path, with at least the role `ROLE`.
pub struct AtLeast<const ROLE: u8>;

/// Any member of the project.
pub type MemberOf = AtLeast<{ Role::Tester as u8 }>;
/// A developer or an owner of the project.
pub type DeveloperOf = AtLeast<{ Role::Developer as u8 }>;
/// An owner of the project.
pub type OwnerOf = AtLeast<{ Role::Owner as u8 }>;

/// A member's pass.
pub struct Membership {
    /// Who.
    pub person: Person,
    /// The project.
    pub project: ProjectId,
    /// What they may do there.
    pub role: Role,
}

impl<const ROLE: u8> Policy for AtLeast<ROLE> {
    type Pass = Membership;

    /// What only owners may do is to look after something.
    const NEEDS: Needs = if ROLE == Role::Owner as u8 {
        Needs::Admin
    } else {
        Needs::ByMethod
    };

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Membership, ApiError> {
        let person = SignedIn::admit(request, state)?;
        let project = existing_project(request, state)?.project.id;
        let role = member_role(person, project, state)?;
        if (role as u8) < ROLE {
            return Err(ApiError::not_allowed_to("do this with your role in the project"));
        }
        Ok(Membership {
            person,
            project,
            role,
        })
    }
}

/// Whoever may see that the project in the path is there: its members and tokens, and everybody if it is
/// public.
pub struct ReaderOf;

impl Policy for ReaderOf {
    type Pass = Arc<ProjectEntry>;

    const NEEDS: Needs = Needs::ByMethod;

    fn admit(request: &HttpRequest, state: &AppState) -> Result<Self::Pass, ApiError> {
        let principal = Principal::of(request, state)?;
        let project = existing_project(request, state)?;
        let id = project.project.id;
        let may = match principal {
            _ if project.project.visibility == Visibility::Public => true,
            Principal::Person(person) => {
                member_role(person, id, state)?;
                true
            }
            Principal::Game(game) => game.grant.project == id,
            Principal::Holder(grant) => grant.project == id,
            Principal::Anonymous | Principal::Player(_) => false,
            Principal::Visitor => return Err(sign_in(request)),
        };
        if may {
            Ok(project)
        } else {
            Err(ApiError::not_allowed_to("see this project"))
        }
    }
}

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

/// The project of the path, or 404.
pub(super) fn existing_project(
    request: &HttpRequest,
    state: &AppState,
) -> Result<Arc<ProjectEntry>, ApiError> {
    state
        .directory()
        .project(project_of(request)?)
        .ok_or_else(ApiError::not_found)
}

pub(super) fn member_role(person: Person, project: ProjectId, state: &AppState) -> Result<Role, ApiError> {
    let role = state.directory().role(person.user, project);
    role.ok_or_else(|| ApiError::forbidden("Your account has no access to this project"))
}

fn refusal(kind: ReportKind) -> ApiError {
    ApiError::not_allowed_to(rate_limit::action(kind))
}

pub(super) fn sign_in(request: &HttpRequest) -> ApiError {
    not_signed_in(request, "An Authorization header is required")
}
