//! `/projects/{project}/auth_tokens`: a project's tokens (seed "Project Auth Tokens", protocol 1.4).

mod operations;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    CreateProjectToken, CreatedToken, EditProjectToken, ForgetAcceptedReports, IdempotencyKey,
    ListProjectTokens, NewProjectToken, ProjectTokenEdit, ReadAcceptedReports, ReadProjectTokenUsage,
    RevokeProjectToken,
};
use bugle_storage::records::{ProjectToken, ReportRight, TokenRights};
use bugle_storage::{ProjectId, TokenId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf, Managing, Membership};
use super::body::{Flag, Integer, Record, Text, Wrapped};
use super::error::{ApiError, FieldError, none_or};
use super::openapi::fields;
use super::personal_access_tokens::token_of;
use super::state::AppState;
use super::text_rules::{self, NAME_LENGTH_MAX};
use super::usage::ProjectUsageView;
use super::views::ProjectTokenView;
use super::{created, idempotency, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// Reports a day when nothing else is said (seed "Default Limits").
const PER_DAY_DEFAULT: u32 = 8;
/// The highest limit.
pub const PER_DAY_MAX: u32 = i32::MAX as u32;

/// What a new token may do when nothing else is said: send reports of every kind, eight a day.
pub const DEFAULT_RIGHTS: TokenRights = TokenRights {
    bug_reports: ReportRight {
        allowed: true,
        per_day: PER_DAY_DEFAULT,
    },
    feature_requests: ReportRight {
        allowed: true,
        per_day: PER_DAY_DEFAULT,
    },
    support_tickets: ReportRight {
        allowed: true,
        per_day: PER_DAY_DEFAULT,
    },
    read_releases: true,
    create_releases: false,
    require_submission_token: false,
};

/// The fields of a create or an edit; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct TokenBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::flag)]
    can_create_bug_report: Option<Flag>,
    #[schema(schema_with = fields::daily_limit)]
    bug_reports_per_day: Option<Integer>,
    #[schema(schema_with = fields::flag)]
    can_create_feature_request: Option<Flag>,
    #[schema(schema_with = fields::daily_limit)]
    feature_requests_per_day: Option<Integer>,
    #[schema(schema_with = fields::flag)]
    can_create_support_ticket: Option<Flag>,
    #[schema(schema_with = fields::daily_limit)]
    support_tickets_per_day: Option<Integer>,
    #[schema(schema_with = fields::flag)]
    can_read_releases: Option<Flag>,
    #[schema(schema_with = fields::flag)]
    can_create_release: Option<Flag>,
    #[schema(schema_with = fields::flag)]
    require_submission_token: Option<Flag>,
}

/// A checked edit.
struct Changes {
    name: Option<String>,
    flags: [Option<bool>; 6],
    limits: [Option<u32>; 3],
}

impl Wrapped for TokenBody {
    const WRAPPER: &'static str = "auth_token";
}

impl TokenBody {
    fn check(self, name_required: bool) -> Result<Changes, ApiError> {
        let mut problems = Vec::new();
        let name = (name_required || self.name.is_some())
            .then(|| text_rules::required_line("name", self.name, NAME_LENGTH_MAX, &mut problems));
        let mut limit = |field, value: Option<Integer>| {
            let number = value?.0?;
            let limit = u32::try_from(number).ok().filter(|limit| *limit <= PER_DAY_MAX);
            if limit.is_none() {
                problems.push(FieldError::new(
                    field,
                    format!("must be a number from 0 to {PER_DAY_MAX}"),
                ));
            }
            limit
        };
        let limits = [
            limit("bug_reports_per_day", self.bug_reports_per_day),
            limit("feature_requests_per_day", self.feature_requests_per_day),
            limit("support_tickets_per_day", self.support_tickets_per_day),
        ];
        let flags = [
            self.can_create_bug_report,
            self.can_create_feature_request,
            self.can_create_support_ticket,
            self.can_read_releases,
            self.can_create_release,
            self.require_submission_token,
        ];
        let flags = flags.map(|flag| flag.map(|flag| flag.0));
        none_or(problems, Changes { name, flags, limits })
    }
}

impl Changes {
    /// The token that has these and nothing else said of it.
    fn into_new(self, project: ProjectId) -> NewProjectToken {
        let ProjectTokenEdit { name, rights } = self.apply(ProjectTokenEdit {
            name: String::new(),
            rights: DEFAULT_RIGHTS,
        });
        NewProjectToken {
            project,
            name,
            rights,
        }
    }

    fn apply(self, now: ProjectTokenEdit) -> ProjectTokenEdit {
        let right = |right: ReportRight, allowed: Option<bool>, per_day: Option<u32>| ReportRight {
            allowed: allowed.unwrap_or(right.allowed),
            per_day: per_day.unwrap_or(right.per_day),
        };
        let [bugs, requests, tickets, read, create, submission] = self.flags;
        let [bugs_per_day, requests_per_day, tickets_per_day] = self.limits;
        let rights = now.rights;
        ProjectTokenEdit {
            name: self.name.unwrap_or(now.name),
            rights: TokenRights {
                bug_reports: right(rights.bug_reports, bugs, bugs_per_day),
                feature_requests: right(rights.feature_requests, requests, requests_per_day),
                support_tickets: right(rights.support_tickets, tickets, tickets_per_day),
                read_releases: read.unwrap_or(rights.read_releases),
                create_releases: create.unwrap_or(rights.create_releases),
                require_submission_token: submission.unwrap_or(rights.require_submission_token),
            },
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = ProjectTokenList)]
struct TokenList<'a> {
    auth_tokens: Vec<ProjectTokenView<'a>>,
}

/// `GET /projects/{project}/auth_tokens.json`
pub async fn list(caller: Caller<Managing<DeveloperOf>>, state: State) -> Answer {
    let tokens = tokens_of(caller.0.project, &state).await?;
    let auth_tokens = tokens
        .iter()
        .map(|token| ProjectTokenView::of(token, None))
        .collect();
    Ok(HttpResponse::Ok().json(TokenList { auth_tokens }))
}

/// The tokens of a project, newest first.
pub async fn tokens_of(project: ProjectId, state: &AppState) -> Result<Vec<ProjectToken>, ApiError> {
    state
        .ask_tokens(|reply| ListProjectTokens { project, reply })
        .await
}

/// `POST /projects/{project}/auth_tokens.json`
pub async fn create(
    caller: Caller<Managing<DeveloperOf>>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<TokenBody>>()?.0;
    let created = create_from(&caller.0, sent, key, &state).await?;
    let base = &state.options.public_url;
    let url = format!("{base}/projects/{project}/auth_tokens/{}", created.record.id.0);
    let plain = created.plain.as_ref().map(bugle_actors::PlainToken::reveal);
    // The token is shown once: a first answer that comes again is without it.
    Ok(created::at(&url, plain.is_none())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(ProjectTokenView::of(&created.record, plain)))
}

/// Makes the token that somebody described.
pub async fn create_from(
    caller: &Membership,
    sent: TokenBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<CreatedToken<ProjectToken>, ApiError> {
    let new = sent.check(true)?.into_new(caller.project);
    let submitter = caller.person.submitter;
    state
        .ask_tokens(|reply| CreateProjectToken {
            new,
            submitter,
            key,
            reply,
        })
        .await
}

/// `GET /projects/{project}/auth_tokens/{token}.json`
pub async fn show(caller: Caller<Managing<DeveloperOf>>, state: State, request: HttpRequest) -> Answer {
    let token = find(caller.0.project, token_of(&request)?, &state).await?;
    Ok(HttpResponse::Ok().json(ProjectTokenView::of(&token, None)))
}

/// A token of a project, or 404.
pub async fn find(project: ProjectId, wanted: TokenId, state: &AppState) -> Result<ProjectToken, ApiError> {
    let tokens = tokens_of(project, state).await?;
    let found = tokens.into_iter().find(|token| token.id == wanted);
    found.ok_or_else(ApiError::not_found)
}

/// `PATCH|PUT /projects/{project}/auth_tokens/{token}.json`
pub async fn edit(
    caller: Caller<Managing<DeveloperOf>>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let token = token_of(&request)?;
    let body = request_body::read(&state, &request, payload).await?;
    let sent = body.decode::<Record<TokenBody>>()?.0;
    let edited = edit_from(caller.0.project, token, sent, &state).await?;
    Ok(HttpResponse::Ok().json(ProjectTokenView::of(&edited, None)))
}

/// Changes what somebody said of a token; the rest stays.
pub async fn edit_from(
    project: ProjectId,
    token: TokenId,
    sent: TokenBody,
    state: &AppState,
) -> Result<ProjectToken, ApiError> {
    let changes = sent.check(false)?;
    let edit = Box::new(|now| changes.apply(now));
    state
        .ask_tokens(|reply| EditProjectToken {
            project,
            token,
            edit,
            reply,
        })
        .await
}

/// `DELETE /projects/{project}/auth_tokens/{token}.json`
pub async fn revoke(caller: Caller<Managing<DeveloperOf>>, state: State, request: HttpRequest) -> Answer {
    let revoked = revoke_one(caller.0.project, token_of(&request)?, &state).await?;
    Ok(HttpResponse::Ok().json(ProjectTokenView::of(&revoked, None)))
}

/// Revokes a token, and forgets what it was used for.
pub async fn revoke_one(
    project: ProjectId,
    token: TokenId,
    state: &AppState,
) -> Result<ProjectToken, ApiError> {
    let revoked = state
        .ask_tokens(|reply| RevokeProjectToken {
            project,
            token,
            reply,
        })
        .await?;
    let forget = |reply| ForgetAcceptedReports { token, reply };
    if let Err(cause) = state.actors.ask_project(project, forget).await {
        tracing::warn!(%project, %cause, "the use of a deleted token stays in the store");
    }
    Ok(revoked)
}

/// `GET /projects/{project}/auth_tokens/{token}/usage.json`
pub async fn usage(caller: Caller<Managing<DeveloperOf>>, state: State, request: HttpRequest) -> Answer {
    let token = token_of(&request)?;
    let (_, view) = usage_of(caller.0.project, token, &state).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// A token, and what it was used for.
pub async fn usage_of(
    project: ProjectId,
    token: TokenId,
    state: &AppState,
) -> Result<(ProjectToken, ProjectUsageView), ApiError> {
    let used = state
        .ask_tokens(|reply| ReadProjectTokenUsage {
            project,
            token,
            reply,
        })
        .await?;
    let accepted = state
        .ask_project(project, |reply| ReadAcceptedReports { token, reply })
        .await?;
    let view = ProjectUsageView::of(&used, accepted);
    Ok((used.token, view))
}
