//! `/invitations/{secret}`: the page behind a link of an invitation. Whoever has an account accepts with one click,
//! whoever has none makes one.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::{
    AcceptInvitation, ActorError, FindInvitation, FoundInvitation, InvitationHash, InvitationState,
    JoinByInvitation, NewAccount,
};
use serde::Deserialize;

use super::told::Told;
use crate::http::access::OwnBrowser;
use crate::http::account::role_name;
use crate::http::body::Text;
use crate::http::error::{ApiError, none_or};
use crate::http::profile::{check_email, check_new_password};
use crate::http::sessions::session_cookie_of;
use crate::http::state::AppState;
use crate::http::text_rules::{NAME_LENGTH_MAX, required_line};
use crate::pages::answer::{Page, PageError, page_with_status, see};
use crate::pages::moments::Moment;
use crate::pages::problems::Problems;
use crate::pages::{Frame, PageForm, Viewer, sign_in};

type State = web::Data<AppState>;

#[derive(Template)]
#[template(path = "account/invitation.html")]
struct InvitationPage<'a> {
    frame: &'a Frame,
    project_name: &'a str,
    inviter: &'a str,
    role: &'static str,
    ends: Moment,
    own_address: String,
    sign_in: String,
    name: &'a str,
    email: &'a str,
    problems: Problems,
}

/// What the form of a new account sends.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    name: Text,
    email: Text,
    password: Text,
}

fn hash_of(request: &HttpRequest) -> Option<InvitationHash> {
    InvitationHash::parse(request.match_info().get("secret")?)
}

fn address_of(request: &HttpRequest) -> String {
    let secret = request.match_info().get("secret").unwrap_or_default();
    format!("/invitations/{secret}")
}

/// What the link leads to, or the page that says why it leads nowhere.
async fn found(
    viewer: &Viewer<OwnBrowser>,
    request: &HttpRequest,
    state: &AppState,
) -> Result<FoundInvitation, Box<Page>> {
    let (hash, address) = (hash_of(request), viewer.pass.address);
    let asked = state
        .actors
        .ask_accounts(|reply| FindInvitation { hash, address, reply });
    let over = |status, heading, text| {
        let told = Told {
            frame: &viewer.frame,
            heading,
            text,
        };
        Err(Box::new(told.page(status, state)))
    };
    let found = match asked.await {
        Ok(found) => found,
        Err(ActorError::NotFound) => {
            return over(
                StatusCode::NOT_FOUND,
                "This is no invitation",
                "The link is incomplete, or it was made long ago. Copy all of it, or ask for a new one.",
            );
        }
        Err(error) => {
            let refused = PageError::within(state.refusal(error), viewer.frame.clone());
            return Err(Box::new(Err(refused)));
        }
    };
    match found.state {
        InvitationState::Open => Ok(found),
        InvitationState::Accepted => over(
            StatusCode::GONE,
            "This invitation has been used",
            "A link is good for one person. If that was you, sign in; if not, ask for a link of your own.",
        ),
        InvitationState::Withdrawn => over(
            StatusCode::GONE,
            "This invitation was withdrawn",
            "An owner of the project has taken it back. Ask them for a new one.",
        ),
        InvitationState::Expired => over(
            StatusCode::GONE,
            "This invitation has expired",
            "A link is good for seven days. Ask an owner of the project for a new one.",
        ),
    }
}

fn shown(
    status: StatusCode,
    viewer: &Viewer<OwnBrowser>,
    (found, request): (&FoundInvitation, &HttpRequest),
    sent: &Sent,
    problems: Problems,
    state: &AppState,
) -> Page {
    let template = InvitationPage {
        frame: &viewer.frame,
        project_name: &found.project_name,
        inviter: found.inviter.as_deref().unwrap_or("Somebody"),
        role: role_name(found.invitation.role),
        ends: Moment::date(found.invitation.expires_at),
        own_address: address_of(request),
        sign_in: sign_in::address(&address_of(request)),
        name: &sent.name.0,
        email: &sent.email.0,
        problems,
    };
    page_with_status(status, &viewer.frame, state, &template)
}

/// `GET /invitations/{secret}`
pub async fn show(viewer: Viewer<OwnBrowser>, state: State, request: HttpRequest) -> Page {
    let found = match found(&viewer, &request, &state).await {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let asked = (&found, &request);
    shown(
        StatusCode::OK,
        &viewer,
        asked,
        &Sent::default(),
        Problems::default(),
        &state,
    )
}

/// `POST /invitations/{secret}`: whoever is signed in accepts.
pub async fn accept(viewer: Viewer<OwnBrowser>, _form: PageForm, state: State, request: HttpRequest) -> Page {
    let Some((_, user)) = viewer.pass.session else {
        return Ok(see(&sign_in::address(&address_of(&request))));
    };
    let found = match found(&viewer, &request, &state).await {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let (hash, address) = (hash_of(&request), viewer.pass.address);
    let accepted = state.ask_accounts(|reply| AcceptInvitation {
        hash,
        user,
        address,
        reply,
    });
    let error = match accepted.await {
        Ok(project) => return Ok(see(&format!("/projects/{project}"))),
        Err(error) => error,
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let (status, asked) = (StatusCode::UNPROCESSABLE_ENTITY, (&found, &request));
    shown(status, &viewer, asked, &Sent::default(), problems, &state)
}

fn check(sent: &Sent) -> Result<NewAccount, ApiError> {
    let mut problems = Vec::new();
    let name = Some(Text(sent.name.0.clone()));
    let name = required_line("name", name, NAME_LENGTH_MAX, &mut problems);
    let email = sent.email.0.trim().to_owned();
    check_email(&email, &mut problems);
    let password = sent.password.0.clone();
    check_new_password(&password, &mut problems);
    let new = NewAccount {
        name,
        email,
        password,
    };
    none_or(problems, new)
}

/// `POST /invitations/{secret}/join`: makes an account, and signs it in.
pub async fn join(viewer: Viewer<OwnBrowser>, form: PageForm, state: State, request: HttpRequest) -> Page {
    if viewer.pass.session.is_some() {
        return Ok(see(&address_of(&request)));
    }
    let found = match found(&viewer, &request, &state).await {
        Ok(found) => found,
        Err(page) => return *page,
    };
    let sent: Sent = form.read()?;
    let (hash, address) = (hash_of(&request), viewer.pass.address);
    let joined = async {
        let new = check(&sent)?;
        let join = |reply| JoinByInvitation {
            hash,
            new,
            address,
            reply,
        };
        state.ask_accounts(join).await
    };
    let error = match joined.await {
        Ok((project, new)) => {
            let mut answer = see(&format!("/projects/{project}"));
            answer
                .add_cookie(&session_cookie_of(&new, &state))
                .map_err(ApiError::internal)?;
            return Ok(answer);
        }
        Err(error) => error,
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let (status, asked) = (StatusCode::UNPROCESSABLE_ENTITY, (&found, &request));
    shown(status, &viewer, asked, &sent, problems, &state)
}
