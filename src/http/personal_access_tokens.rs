//! `/personal_access_tokens`: a person's own tokens (seed "Personal Access Tokens").

mod operations;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    CreatePersonalToken, ListPersonalTokens, NewPersonalToken, ReadPersonalUsage, RevokePersonalToken,
};
use bugle_storage::records::TokenLimits;
use bugle_storage::{Day, Timestamp, TokenId, UserId};
use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, SignedIn};
use super::body::{Record, Text, Wrapped};
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

#[derive(Serialize, ToSchema)]
#[schema(as = PersonalTokenList)]
struct TokenList<'a> {
    personal_access_tokens: Vec<PersonalTokenView<'a>>,
}

/// `GET /personal_access_tokens.json`
pub async fn list(caller: Caller<SignedIn>, state: State) -> Answer {
    let user = caller.0.user;
    let tokens = state
        .ask_tokens(|reply| ListPersonalTokens { user, reply })
        .await?;
    let personal_access_tokens = tokens
        .iter()
        .map(|token| PersonalTokenView::of(token, None))
        .collect();
    Ok(HttpResponse::Ok().json(TokenList {
        personal_access_tokens,
    }))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
struct TokenBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::expiry)]
    expires_at: Option<Text>,
}

impl Wrapped for TokenBody {
    const WRAPPER: &'static str = "personal_access_token";
}

impl TokenBody {
    fn check(self, user: UserId, now: Timestamp) -> Result<NewPersonalToken, ApiError> {
        let mut problems = Vec::new();
        let name = text_rules::required_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let expires_at = expiry(self.expires_at, now, &mut problems);
        none_or(
            problems,
            NewPersonalToken {
                user,
                name,
                expires_at,
                limits: TokenLimits::default(),
            },
        )
    }
}

/// `POST /personal_access_tokens.json`
pub async fn create(
    caller: Caller<SignedIn>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let person = caller.0;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let new = body
        .decode::<Record<TokenBody>>()?
        .0
        .check(person.user, state.now())?;
    let created = state
        .ask_tokens(|reply| CreatePersonalToken {
            new,
            submitter: person.submitter,
            key,
            reply,
        })
        .await?;
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
pub async fn revoke(caller: Caller<SignedIn>, state: State, request: HttpRequest) -> Answer {
    let user = caller.0.user;
    let token = token_of(&request)?;
    let revoked = state
        .ask_tokens(|reply| RevokePersonalToken { user, token, reply })
        .await?;
    Ok(HttpResponse::Ok().json(PersonalTokenView::of(&revoked, None)))
}

/// `GET /personal_access_tokens/{token}/usage.json`
pub async fn usage(caller: Caller<SignedIn>, state: State, request: HttpRequest) -> Answer {
    let user = caller.0.user;
    let token = token_of(&request)?;
    let told = state
        .ask_tokens(|reply| ReadPersonalUsage { user, token, reply })
        .await?;
    Ok(HttpResponse::Ok().json(PersonalUsageView::of(told)))
}

/// The token that the path names, `.json` or not.
pub fn token_of(request: &HttpRequest) -> Result<TokenId, ApiError> {
    numbers::in_path(request, "token").map(TokenId)
}
