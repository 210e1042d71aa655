//! `/device_auth` (protocol 7): a game asks its player to sign in on a page in their browser, and polls until they have
//! decided. What it gets then lets it report in their name, and add to those reports, for a day.

mod operations;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ActorError, BeginDeviceSignIn, DecideDeviceSignIn, DeviceSignInId, DeviceSignInState, NewSession,
    PollDeviceSignIn, SessionHash, ShowDeviceSignIn, SignIn,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::{Anybody, Browser, Caller, OwnBrowser};
use super::body::{self, Encoding, Text};
use super::error::{ApiError, FieldError, none_or};
use super::openapi::fields;
use super::request_body::collect;
use super::sessions::session_cookie_of;
use super::state::AppState;
use super::text_rules::optional_text;
use crate::pages::Frame;
use crate::pages::account::device::Asked;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// The largest body, in bytes. Anybody may send one.
const BODY_SIZE_MAX: usize = 16 * 1024;
/// Characters of what a game calls itself.
const GAME_LENGTH_MAX: usize = 120;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
struct BeginBody {
    /// A UUID that the game made.
    #[schema(schema_with = fields::uuid)]
    request_id: Option<Text>,
    /// What kind of thing asks: `game`.
    #[schema(schema_with = fields::text_of::<GAME_LENGTH_MAX>)]
    entity_kind: Option<Text>,
    /// What it calls itself.
    #[schema(schema_with = fields::text_of::<GAME_LENGTH_MAX>)]
    entity_name: Option<Text>,
}

impl BeginBody {
    fn check(self) -> Result<(DeviceSignInId, Option<String>), ApiError> {
        let mut problems = Vec::new();
        let id = self.request_id.and_then(|id| DeviceSignInId::parse(id.0.trim()));
        if id.is_none() {
            problems.push(FieldError::new("request_id", "must be a UUID"));
        }
        // The page says "game", whatever it is.
        optional_text("entity_kind", self.entity_kind, GAME_LENGTH_MAX, &mut problems);
        let name = optional_text("entity_name", self.entity_name, GAME_LENGTH_MAX, &mut problems);
        let id = none_or(problems, id)?;
        Ok((id.ok_or_else(ApiError::not_found)?, name))
    }
}

async fn read<T: Default + serde::de::DeserializeOwned>(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<T, ApiError> {
    let encoding = Encoding::of(request.headers())?;
    let limits = &state.bodies;
    let whole = collect(limits.timed(payload), BODY_SIZE_MAX, &limits.memory).await?;
    body::decode(encoding, &whole.bytes)
}

/// `POST /device_auth/create`
pub async fn begin(_: Caller<Anybody>, state: State, request: HttpRequest, payload: web::Payload) -> Answer {
    let (id, game) = read::<BeginBody>(&state, &request, payload).await?.check()?;
    let address = state.address(&request);
    let begin = |reply| BeginDeviceSignIn {
        id,
        game,
        address,
        reply,
    };
    state.ask_accounts(begin).await?;
    Ok(HttpResponse::Created().json(json!({"status": "created"})))
}

/// How a sign-in stands, as the game reads it: it stops on `approved`, on `expired`, and on an `error`.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = DeviceSignIn)]
struct PollView<'a> {
    /// `pending`, `approved`, `refused`, `expired` or `not_found`.
    status: &'static str,
    /// Once, when it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// Who approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    /// What to show the player.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

/// `GET /device_auth/{request}/poll`
pub async fn poll(_: Caller<Anybody>, state: State, request: HttpRequest) -> Answer {
    let found = match id_of(&request) {
        Some(id) => {
            state
                .actors
                .ask_accounts(|reply| PollDeviceSignIn { id, reply })
                .await
        }
        None => Err(ActorError::NotFound),
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    let says = |status| PollView {
        status,
        ..PollView::default()
    };
    let found = match found {
        Err(ActorError::NotFound) => {
            let view = PollView {
                error: Some("Not found"),
                ..says("not_found")
            };
            return Ok(answer.status(StatusCode::NOT_FOUND).json(view));
        }
        found => found.map_err(|error| state.refusal(error))?,
    };
    Ok(match &found {
        DeviceSignInState::Pending => answer.json(says("pending")),
        DeviceSignInState::Expired => answer.json(says("expired")),
        DeviceSignInState::Refused => answer.json(PollView {
            error: Some("The sign-in was refused"),
            ..says("refused")
        }),
        DeviceSignInState::Approved(user) => answer.json(PollView {
            token: Some(state.identity_tokens.sign_player(user.id)?),
            user_name: Some(&user.name),
            ..says("approved")
        }),
    })
}

fn id_of(request: &HttpRequest) -> Option<DeviceSignInId> {
    DeviceSignInId::parse(request.match_info().get("request")?)
}

/// `GET /device_auth/{request}/authorize`: the page on which somebody decides.
pub async fn show(caller: Caller<OwnBrowser>, state: State, request: HttpRequest) -> Answer {
    let page = page_of(&request, &state)?;
    let Some((id, game)) = undecided(&state, &request).await? else {
        return Ok(page.ended());
    };
    Ok(match caller.0.session {
        Some((session, user)) => ask_to_decide((id, game.as_deref()), session, user, &page),
        None => page.sign_in(game.as_deref(), StatusCode::OK, None),
    })
}

fn page_of<'a>(request: &HttpRequest, state: &'a AppState) -> Result<Asked<'a>, ApiError> {
    let frame = Frame::of(request, state)?.0;
    // Whoever has not signed in gets no cookie for looking: the form there needs none.
    let frame = if frame.person.is_some() {
        frame
    } else {
        Frame::default()
    };
    Ok(Asked { frame, state })
}

/// The sign-in that the path names, and what the game calls itself; `None` when there is nothing to decide.
async fn undecided(
    state: &AppState,
    request: &HttpRequest,
) -> Result<Option<(DeviceSignInId, Option<String>)>, ApiError> {
    let Some(id) = id_of(request) else {
        return Ok(None);
    };
    let asked = state.actors.ask_accounts(|reply| ShowDeviceSignIn { id, reply });
    match asked.await {
        Ok(game) => Ok(Some((id, game))),
        Err(ActorError::NotFound) => Ok(None),
        Err(error) => Err(state.refusal(error)),
    }
}

fn ask_to_decide(
    (id, game): (DeviceSignInId, Option<&str>),
    session: SessionHash,
    user: bugle_storage::UserId,
    page: &Asked<'_>,
) -> HttpResponse {
    let state = page.state;
    let user = state.directory().user(user);
    let user = user
        .as_deref()
        .map_or(("", ""), |user| (&*user.name, &*user.email));
    page.decide(game, user, &state.identity_tokens.form_token(session, id))
}

/// What the page sends: a password, or the decision.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
struct PageBody {
    /// To sign in.
    #[schema(schema_with = fields::text)]
    email: Option<Text>,
    /// To sign in.
    #[schema(schema_with = fields::text)]
    password: Option<Text>,
    /// `approve` or `refuse`.
    #[schema(schema_with = fields::text)]
    decision: Option<Text>,
    /// What the page carries, so that no other page decides.
    #[schema(schema_with = fields::text)]
    form_token: Option<Text>,
}

/// `POST /device_auth/{request}/authorize`
pub async fn answer(
    caller: Caller<OwnBrowser>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let sent: PageBody = read(&state, &request, payload).await?;
    let page = page_of(&request, &state)?;
    let Some((id, game)) = undecided(&state, &request).await? else {
        return Ok(page.ended());
    };
    let asked = (id, game.as_deref());
    match &sent.decision {
        Some(decision) => decide(asked, &decision.0, &sent, &caller.0, &page).await,
        None => sign_in(asked, sent, &caller.0, &page).await,
    }
}

async fn decide(
    (id, game): (DeviceSignInId, Option<&str>),
    decision: &str,
    sent: &PageBody,
    browser: &Browser,
    page: &Asked<'_>,
) -> Answer {
    let state = page.state;
    let Some((session, user)) = browser.session else {
        return Ok(page.sign_in(game, StatusCode::UNAUTHORIZED, None));
    };
    let approve = match decision {
        "approve" => true,
        "refuse" => false,
        _ => {
            let problem = FieldError::new("decision", "must be approve or refuse");
            return Err(ApiError::invalid(vec![problem]));
        }
    };
    let token = sent.form_token.as_ref().map_or("", |token| &token.0);
    if !state.identity_tokens.is_form_token(token, session, id) {
        return Err(ApiError::forbidden(
            "The form is out of date; open the page again",
        ));
    }
    let decided = state.actors.ask_accounts(|reply| DecideDeviceSignIn {
        id,
        user,
        approve,
        reply,
    });
    match decided.await {
        Ok(()) => Ok(page.decided(approve)),
        Err(ActorError::NotFound) => Ok(page.ended()),
        Err(error) => Err(state.refusal(error)),
    }
}

async fn sign_in(
    (id, game): (DeviceSignInId, Option<&str>),
    sent: PageBody,
    browser: &Browser,
    page: &Asked<'_>,
) -> Answer {
    let state = page.state;
    let text = |text: Option<Text>| text.map(|text| text.0).unwrap_or_default();
    let email = text(sent.email).trim().to_owned();
    let (password, address) = (text(sent.password), browser.address);
    let asked = state.actors.ask_accounts(|reply| SignIn {
        email,
        password,
        address,
        reply,
    });
    let new: NewSession = match asked.await {
        Ok(new) => new,
        Err(ActorError::WrongPassword) => {
            let problem = "The e-mail address or the password is wrong.";
            return Ok(page.sign_in(game, StatusCode::UNAUTHORIZED, Some(problem)));
        }
        Err(ActorError::TooManyAttempts { .. }) => {
            let problem = "Too many failed attempts. Try again in a quarter of an hour.";
            return Ok(page.sign_in(game, StatusCode::TOO_MANY_REQUESTS, Some(problem)));
        }
        Err(error) => return Err(state.refusal(error)),
    };
    let mut answer = ask_to_decide((id, game), new.value.hash(), new.user.id, page);
    let cookie = session_cookie_of(&new, state);
    answer.add_cookie(&cookie).map_err(ApiError::internal)?;
    Ok(answer)
}
