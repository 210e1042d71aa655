//! `/sign_in` and `/sign_out`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::{ActorError, SignIn, SignOut};
use serde::Deserialize;

use super::account::set_up::first_page;
use super::answer::{Page, PageError, in_query, page, page_with_status, see};
use super::form::PageForm;
use super::frame::Frame;
use super::request::own_target;
use super::viewer::Viewer;
use crate::http::access::{InSession, OwnBrowser};
use crate::http::body::Text;
use crate::http::error::ApiError;
use crate::http::query;
use crate::http::sessions::{ended_cookie, session_cookie_of};
use crate::http::state::AppState;

type State = web::Data<AppState>;

/// Where somebody signs in.
pub const ADDRESS: &str = "/sign_in";

/// Where somebody signs in who then goes on to `back`.
pub fn address(back: &str) -> String {
    if back == "/" {
        return ADDRESS.to_owned();
    }
    format!("{ADDRESS}?return_to={}", in_query(back))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: &'a Frame,
    return_to: &'a str,
    email: &'a str,
    problem: Option<&'a str>,
}

/// `GET /sign_in`
pub async fn show(viewer: Viewer<OwnBrowser>, state: State, request: HttpRequest) -> Page {
    let wanted = query::value_of(request.query_string(), "return_to").unwrap_or_default();
    let return_to = own_target(&wanted);
    if viewer.frame.person.is_some() {
        return Ok(see(return_to));
    }
    let template = SignInPage {
        frame: &viewer.frame,
        return_to,
        email: "",
        problem: None,
    };
    page(&viewer.frame, &state, &template)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    email: Text,
    password: Text,
    return_to: Text,
}

/// `POST /sign_in`
pub async fn submit(viewer: Viewer<OwnBrowser>, form: PageForm, state: State) -> Page {
    let sent: Sent = form.read()?;
    let email = sent.email.0.trim().to_owned();
    let (password, address) = (sent.password.0, viewer.pass.address);
    let signing_in = state.actors.ask_accounts(|reply| SignIn {
        email: email.clone(),
        password,
        address,
        reply,
    });
    let (status, problem) = match signing_in.await {
        Ok(new) => {
            let mut answer = see(first_page(&new.user, own_target(&sent.return_to.0)));
            answer
                .add_cookie(&session_cookie_of(&new, &state))
                .map_err(ApiError::internal)?;
            return Ok(answer);
        }
        Err(ActorError::WrongPassword) => (
            StatusCode::UNAUTHORIZED,
            "The e-mail address or the password is wrong.",
        ),
        Err(ActorError::TooManyAttempts { .. }) => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many failed attempts. Try again in a quarter of an hour.",
        ),
        Err(error) => return Err(PageError::within(state.refusal(error), viewer.frame)),
    };
    let template = SignInPage {
        frame: &viewer.frame,
        return_to: own_target(&sent.return_to.0),
        email: &email,
        problem: Some(problem),
    };
    page_with_status(status, &viewer.frame, &state, &template)
}

/// `POST /sign_out`
pub async fn sign_out(viewer: Viewer<InSession>, _form: PageForm, state: State) -> Page {
    let session = viewer.pass;
    state.ask_accounts(|reply| SignOut { session, reply }).await?;
    let mut answer = see("/sign_in?notice=signed-out");
    answer
        .add_cookie(&ended_cookie(&state))
        .map_err(ApiError::internal)?;
    Ok(answer)
}
