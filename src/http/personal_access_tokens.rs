//! `/personal_access_tokens`: a person's own tokens (seed "Personal Access Tokens").

mod operations;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    CreatePersonalToken, CreatedToken, IdempotencyKey, ListPersonalTokens, NewPersonalToken,
    ReadPersonalUsage, RevokePersonalToken, TokenUse,
};
use bugle_storage::records::{PersonalToken, TokenLimits, TokenScope};
use bugle_storage::{Day, ProjectId, Timestamp, TokenId, UserId};
use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, Reach, Reaching, TokenKeeper};
use super::body::{Names, Record, Text, Wrapped};
use super::error::{ApiError, FieldError, none_or};
use super::openapi::fields;
use super::state::AppState;
use super::text_rules::{self, NAME_LENGTH_MAX};
use super::usage::PersonalUsageView;
use super::views::PersonalTokenView;
use super::{created, idempotency, numbers, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How many projects a token may name.
pub const PROJECTS_MAX: usize = 100;

#[derive(Serialize, ToSchema)]
#[schema(as = PersonalTokenList)]
struct TokenList<'a> {
    personal_access_tokens: Vec<PersonalTokenView<'a>>,
}

/// `GET /personal_access_tokens.json`
pub async fn list(caller: Caller<TokenKeeper>, state: State) -> Answer {
    let tokens = tokens_of(&caller.0, &state).await?;
    let views = tokens.iter().map(|token| PersonalTokenView::of(token, None));
    Ok(HttpResponse::Ok().json(TokenList {
        personal_access_tokens: views.collect(),
    }))
}

/// The tokens that somebody may see, newest first.
pub async fn tokens_of(caller: &Reaching, state: &AppState) -> Result<Vec<PersonalToken>, ApiError> {
    let user = caller.person.user;
    let mut tokens = state
        .ask_tokens(|reply| ListPersonalTokens { user, reply })
        .await?;
    let limits = caller.reach.limits();
    tokens.retain(|token| limits.cover(&token.limits));
    Ok(tokens)
}

/// What is said of a token that is to be made.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct TokenBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::expiry)]
    expires_at: Option<Text>,
    #[schema(schema_with = fields::scopes)]
    scopes: Option<Names>,
    #[schema(schema_with = fields::projects)]
    projects: Option<Names>,
}

impl Wrapped for TokenBody {
    const WRAPPER: &'static str = "personal_access_token";
}

impl TokenBody {
    /// What is not said is as wide as what the caller has, which is all of their rights unless they ask with a token that
    /// has less.
    fn check(self, caller: &Reaching, state: &AppState) -> Result<NewPersonalToken, ApiError> {
        let Reaching { person, reach } = caller;
        let mut problems = Vec::new();
        let name = text_rules::required_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let expires_at = expiry(self.expires_at, state.now(), &mut problems);
        let own = reach.limits();
        let limits = TokenLimits {
            scope: self
                .scopes
                .map_or(own.scope, |names| scope(&names, &mut problems)),
            projects: match self.projects {
                None => own.projects,
                Some(names) => Some(projects(&names, (person.user, reach), state, &mut problems)),
            },
        };
        let new = NewPersonalToken {
            user: person.user,
            name,
            expires_at: within(expires_at, reach.end(), &mut problems),
            limits,
        };
        none_or(problems, new)
    }
}

/// The widest scope that is named. Whoever gets here has every scope to give.
fn scope(names: &Names, problems: &mut Vec<FieldError>) -> TokenScope {
    let scopes = names.0.iter().map(|name| TokenScope::from_name(name));
    let all: Option<Vec<_>> = scopes.collect();
    let widest = all.and_then(|scopes| scopes.into_iter().max());
    if widest.is_none() {
        problems.push(FieldError::new("scopes", "must be some of read, write, admin"));
    }
    widest.unwrap_or(TokenScope::Read)
}

/// The projects that are named, which must be the caller's.
fn projects(
    names: &Names,
    (user, reach): (UserId, &Reach),
    state: &AppState,
    problems: &mut Vec<FieldError>,
) -> Vec<ProjectId> {
    let is_theirs = |project: &ProjectId| {
        state.directory().project(*project).is_some()
            && state.directory().role(user, *project).is_some()
            && reach.includes(*project)
    };
    let projects = names.0.iter().map(|name| name.parse().ok().filter(is_theirs));
    let all: Option<Vec<_>> = projects.collect();
    let problem = match &all {
        Some(all) if (1..=PROJECTS_MAX).contains(&all.len()) => None,
        Some(all) if all.is_empty() => Some("must name a project, or be absent for all of them".to_owned()),
        Some(_) => Some(format!("has too many (maximum is {PROJECTS_MAX})")),
        None => Some("must be ids of projects that you reach, pr- and ten digits".to_owned()),
    };
    problems.extend(problem.map(|problem| FieldError::new("projects", problem)));
    all.unwrap_or_default()
}

/// An expiry that is not beyond the end.
fn within(
    expires_at: Option<Timestamp>,
    end: Option<Timestamp>,
    problems: &mut Vec<FieldError>,
) -> Option<Timestamp> {
    let Some(end) = end else { return expires_at };
    if expires_at.is_some_and(|expiry| expiry > end) {
        let problem = "must not be later than that of the token that you use";
        problems.push(FieldError::new("expires_at", problem));
    }
    expires_at.or(Some(end))
}

/// `POST /personal_access_tokens.json`
pub async fn create(
    caller: Caller<TokenKeeper>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<TokenBody>>()?.0;
    let created = create_from(&caller.0, sent, key, &state).await?;
    let url = format!(
        "{}/personal_access_tokens/{}",
        state.options.public_url, created.record.id.0
    );
    let plain = created.plain.as_ref().map(bugle_actors::PlainToken::reveal);
    // The token is shown once: a first answer that comes again is without it.
    Ok(created::at(&url, plain.is_none())
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(PersonalTokenView::of(&created.record, plain)))
}

/// Makes the token that somebody described.
pub async fn create_from(
    caller: &Reaching,
    sent: TokenBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<CreatedToken<PersonalToken>, ApiError> {
    let new = sent.check(caller, state)?;
    let submitter = caller.person.submitter;
    state
        .ask_tokens(|reply| CreatePersonalToken {
            new,
            submitter,
            key,
            reply,
        })
        .await
}

/// A moment, or a date, which counts to its end.
fn expiry(text: Option<Text>, now: Timestamp, problems: &mut Vec<FieldError>) -> Option<Timestamp> {
    let text = text_rules::trimmed(text)?;
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|date| Day::from(date).end());
    let moment =
        date.or_else(|_| DateTime::parse_from_rfc3339(&text).map(|at| Timestamp(at.timestamp_millis())));
    match moment {
        Ok(moment) if moment > now => return Some(moment),
        Ok(_) => problems.push(FieldError::new("expires_at", "must be in the future")),
        Err(_) => problems.push(FieldError::new(
            "expires_at",
            "must be a date or a time in ISO 8601",
        )),
    }
    None
}

/// `DELETE /personal_access_tokens/{token}.json`
pub async fn revoke(caller: Caller<TokenKeeper>, state: State, request: HttpRequest) -> Answer {
    let revoked = revoke_one(caller.0, token_of(&request)?, &state).await?;
    Ok(HttpResponse::Ok().json(PersonalTokenView::of(&revoked, None)))
}

/// Revokes a token that somebody may see.
pub async fn revoke_one(
    caller: Reaching,
    token: TokenId,
    state: &AppState,
) -> Result<PersonalToken, ApiError> {
    let Reaching { person, reach } = caller;
    state
        .ask_tokens(|reply| RevokePersonalToken {
            user: person.user,
            within: reach.limits(),
            token,
            reply,
        })
        .await
}

/// `GET /personal_access_tokens/{token}/usage.json`
pub async fn usage(caller: Caller<TokenKeeper>, state: State, request: HttpRequest) -> Answer {
    let told = usage_of(caller.0, token_of(&request)?, &state).await?;
    Ok(HttpResponse::Ok().json(PersonalUsageView::of(&told)))
}

/// What a token was used for that somebody may see.
pub async fn usage_of(
    caller: Reaching,
    token: TokenId,
    state: &AppState,
) -> Result<TokenUse<PersonalToken>, ApiError> {
    let Reaching { person, reach } = caller;
    state
        .ask_tokens(|reply| ReadPersonalUsage {
            user: person.user,
            within: reach.limits(),
            token,
            reply,
        })
        .await
}

/// The token that the path names, `.json` or not.
pub fn token_of(request: &HttpRequest) -> Result<TokenId, ApiError> {
    numbers::in_path(request, "token").map(TokenId)
}
