//! Adding somebody who has an account, by its address. Where nobody vouches for the address, an owner sees first whose the
//! account says it is: it may have been made by somebody else, in wait for them to be added.

use std::sync::Arc;

use actix_web::web;
use askama::Template;
use bugle_actors::{ActorError, FindUser, Group, UserEntry};
use bugle_storage::records::Role;
use serde::Deserialize;

use super::origin::{Origin, Way};
use super::refused;
use crate::http::access::{Membership, OwnerOf};
use crate::http::account::role_name;
use crate::http::body::Text;
use crate::http::error::ApiError;
use crate::http::members::{MemberBody, add_checked};
use crate::http::state::AppState;
use crate::pages::answer::{Page, page, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

#[derive(Template)]
#[template(path = "settings/member_confirm.html")]
struct ConfirmPage<'a> {
    frame: &'a Frame,
    base: String,
    form_key: String,
    user: u64,
    name: &'a str,
    email: &'a str,
    role: &'static str,
    origin: Origin,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Confirmed {
    /// The number of the account that the owner was shown.
    confirmed: Text,
}

/// The account with that address, where the owner has to be shown it first.
async fn to_confirm(
    owner: &Membership,
    (email, form): (&str, &PageForm),
    state: &AppState,
) -> Result<Option<Arc<UserEntry>>, ApiError> {
    let email = email.to_owned();
    let found = state.actors.ask_accounts(|reply| FindUser { email, reply });
    let user = match found.await {
        Ok(user) => user,
        // The addition says so, beside the field.
        Err(ActorError::NotFound) => return Ok(None),
        Err(error) => return Err(state.refusal(error)),
    };
    let is_known = user.is_address_vouched() || state.directory().role(user.id, owner.project).is_some();
    let is_confirmed = form.read::<Confirmed>()?.confirmed.0 == user.id.0.to_string();
    Ok((!is_known && !is_confirmed).then_some(user))
}

/// `POST /projects/{project}/members`: adds somebody who has an account.
pub async fn add(viewer: Viewer<OwnerOf>, form: PageForm, state: State) -> Page {
    let (owner, frame) = (&viewer.pass, &viewer.frame);
    let (email, role) = match form.record::<MemberBody>().and_then(MemberBody::check_new) {
        Ok(named) => named,
        Err(error) => return refused(frame, owner.project, error, &state).await,
    };
    if let Some(user) = to_confirm(owner, (&email, &form), &state).await? {
        return confirm(&viewer, &user, role, &state);
    }
    let group = Group::Project(owner.project);
    match add_checked(group, owner.person, (email, role), form.key(), &state).await {
        Ok(_) => Ok(see_with_notice(
            &format!("/projects/{}/members", owner.project),
            "saved",
        )),
        Err(error) => refused(frame, owner.project, error, &state).await,
    }
}

fn confirm(viewer: &Viewer<OwnerOf>, user: &UserEntry, role: Role, state: &AppState) -> Page {
    let template = ConfirmPage {
        frame: &viewer.frame,
        base: format!("/projects/{}/members", viewer.pass.project),
        form_key: form::new_key(),
        user: user.id.0,
        name: &user.name,
        email: &user.email,
        role: role_name(role),
        origin: Origin::of(user, &viewer.frame, state),
    };
    page(&viewer.frame, state, &template)
}
