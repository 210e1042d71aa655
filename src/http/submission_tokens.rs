//! `POST /projects/{project}/submission_tokens` (protocol 8): a studio's own server vouches for one report.
//!
//! Nothing is stored when a token is made. The one report that is sent with it notes that it was used.

mod operations;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::SubmissionToken;
use bugle_storage::Timestamp;
use bugle_storage::records::CustomValue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf};
use super::body::{Entries, Integer, Record, Text, Wrapped};
use super::contact::is_email_address;
use super::error::{ApiError, FieldError, none_or};
use super::identity_token::SubmissionGrant;
use super::openapi::fields;
use super::report_body::{FieldValue, checked_custom_values};
use super::request_body;
use super::state::AppState;
use super::text_rules::trimmed;
use super::views::Iso;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How long a token works when nothing else is said, in seconds.
const LIFE_SECONDS_DEFAULT: i64 = 60 * 60;
/// How long one can work, in seconds: a day. Used ones are remembered as long.
const LIFE_SECONDS_MAX: i64 = 24 * 60 * 60;
/// Bytes of all custom values together, names included: the token goes into a header.
const CUSTOM_SIZE_MAX: usize = 2048;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
struct SubmissionTokenBody {
    /// Who reports.
    #[schema(schema_with = fields::email)]
    email: Option<Text>,
    /// Values of custom fields, which count more than those that the report brings.
    #[schema(schema_with = fields::vouched_values)]
    custom: Option<Entries<FieldValue>>,
    /// How long it works, in seconds; an hour when nothing is said.
    #[schema(schema_with = fields::day_of_seconds)]
    expires_in: Option<Integer>,
}

impl Wrapped for SubmissionTokenBody {
    const WRAPPER: &'static str = "submission_token";
}

/// What a token is to say, checked.
struct Vouched {
    email: Option<String>,
    custom_fields: Vec<(String, CustomValue)>,
    life_seconds: i64,
}

impl SubmissionTokenBody {
    fn check(self) -> Result<Vouched, ApiError> {
        let mut problems = Vec::new();
        let email = trimmed(self.email);
        if email.as_deref().is_some_and(|email| !is_email_address(email)) {
            problems.push(FieldError::new("email", "is not an e-mail address"));
        }
        let custom_fields = checked_values(self.custom.unwrap_or_default(), &mut problems);
        let said = self.expires_in.and_then(|seconds| seconds.0);
        let life_seconds = said.unwrap_or(LIFE_SECONDS_DEFAULT);
        if !(1..=LIFE_SECONDS_MAX).contains(&life_seconds) {
            let problem = format!("must be a number of seconds from 1 to {LIFE_SECONDS_MAX}");
            problems.push(FieldError::new("expires_in", problem));
        }
        let vouched = Vouched {
            email,
            custom_fields,
            life_seconds,
        };
        none_or(problems, vouched)
    }
}

/// Values of custom fields that are vouched for. A blank value would let the one that the report brings stand, so there is
/// none.
pub fn checked_values(
    sent: Entries<FieldValue>,
    problems: &mut Vec<FieldError>,
) -> Vec<(String, CustomValue)> {
    let values = match checked_custom_values(sent) {
        Ok(values) => values,
        Err(wrong) => {
            let renamed = wrong.into_iter().map(|wrong| {
                let field = wrong.field.replacen("custom_fields", "custom", 1);
                FieldError::new(field, wrong.message)
            });
            problems.extend(renamed);
            return Vec::new();
        }
    };
    let mut size = 0;
    for (name, value) in &values {
        let texts = match value {
            CustomValue::One(text) => std::slice::from_ref(text),
            CustomValue::Many(texts) => texts,
        };
        if texts.iter().all(|text| text.trim().is_empty()) {
            problems.push(FieldError::new(format!("custom.{name}"), "can't be blank"));
        }
        size += name.len() + texts.iter().map(String::len).sum::<usize>();
    }
    if size > CUSTOM_SIZE_MAX {
        let problem = format!("is too large (maximum is {CUSTOM_SIZE_MAX} bytes)");
        problems.push(FieldError::new("custom", problem));
    }
    values
}

#[derive(Serialize, ToSchema)]
#[schema(as = SubmissionToken)]
struct SubmissionTokenView {
    /// What a report is sent with: `FormUser tkn-…,TOKEN`.
    token: String,
    /// When it stops working.
    expires_at: Iso,
}

/// `POST /projects/{project}/submission_tokens.json`
pub async fn create(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let vouched = body.decode::<Record<SubmissionTokenBody>>()?.0.check()?;
    // A JWT ends with a whole second: the next one.
    let end = state.now().plus_seconds(vouched.life_seconds + 1);
    let expires_at = Timestamp(end.seconds() * 1000);
    let grant = SubmissionGrant {
        project: caller.0.project,
        email: vouched.email,
        token: Arc::new(SubmissionToken {
            id: rand::random(),
            expires_at,
            custom_fields: vouched.custom_fields,
        }),
    };
    let view = SubmissionTokenView {
        token: state.identity_tokens.sign_submission(&grant)?,
        expires_at: Iso(expires_at),
    };
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}
