//! `/session`: a browser, or a script with a cookie jar, signs in with e-mail address and password, and out again.
//!
//! Which pages may make a browser do so is told in `access/provenance.rs`: whatever a browser says comes from somebody
//! else's page is refused, in or out.

mod operations;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{NewSession, SESSION_LIFE_SECONDS, SignIn, SignOut};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::access::{COOKIE_NAME, Caller, InSession, OwnPage};
use super::account::Account;
use super::body::{self, Encoding, Text};
use super::error::{ApiError, FieldError, none_or};
use super::openapi::fields;
use super::request_body::collect;
use super::state::AppState;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// The largest body of a sign-in, in bytes. Anybody may send one.
const BODY_SIZE_MAX: usize = 16 * 1024;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
struct SignInBody {
    #[schema(schema_with = fields::some_text)]
    email: Option<Text>,
    #[schema(schema_with = fields::some_text)]
    password: Option<Text>,
}

impl SignInBody {
    fn check(self) -> Result<(String, String), ApiError> {
        let mut problems = Vec::new();
        let mut present = |field: &'static str, text: Option<Text>| {
            let text = text.map(|text| text.0).unwrap_or_default();
            if text.is_empty() {
                problems.push(FieldError::new(field, "can't be blank"));
            }
            text
        };
        let email = present("email", self.email).trim().to_owned();
        let password = present("password", self.password);
        none_or(problems, (email, password))
    }
}

/// `POST /session.json`: 201 with the cookie, 401 for a wrong address or password, 429 after too many of them.
pub async fn sign_in(
    caller: Caller<OwnPage>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let encoding = Encoding::of(request.headers())?;
    let limits = &state.bodies;
    let whole = collect(limits.timed(payload), BODY_SIZE_MAX, &limits.memory).await?;
    let (email, password) = body::decode::<SignInBody>(encoding, &whole.bytes)?.check()?;
    let new = state
        .ask_accounts(|reply| SignIn {
            email,
            password,
            address: caller.0,
            reply,
        })
        .await?;
    Ok(HttpResponse::Created()
        .cookie(session_cookie_of(&new, &state))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(json!({"user": Account::of(&new.user)})))
}

/// `DELETE /session.json`: ends the session that the cookie shows.
pub async fn sign_out(caller: Caller<InSession>, state: State) -> Answer {
    let session = caller.0;
    state.ask_accounts(|reply| SignOut { session, reply }).await?;
    Ok(HttpResponse::Ok().cookie(ended_cookie(&state)).json(json!({})))
}

/// What takes the cookie of an ended session away.
pub fn ended_cookie(state: &AppState) -> Cookie<'static> {
    let mut cookie = session_cookie("", state);
    cookie.make_removal();
    cookie
}

/// The cookie that carries a new session.
pub fn session_cookie_of<'s>(new: &'s NewSession, state: &AppState) -> Cookie<'s> {
    let mut cookie = session_cookie(new.value.reveal(), state);
    cookie.set_max_age(time::Duration::seconds(SESSION_LIFE_SECONDS));
    cookie
}

/// Out of reach for scripts, and not sent along when another site's page makes the browser post something.
fn session_cookie<'v>(value: &'v str, state: &AppState) -> Cookie<'v> {
    Cookie::build(COOKIE_NAME, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(state.options.public_url.starts_with("https://"))
        .finish()
}

#[cfg(test)]
mod tests;
