//! `/organizations/{organization}/members`: who belongs to an organization, and so to all its projects.

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::Group;
use bugle_storage::records::Role;

use crate::http::access::{Caller, DeveloperIn, Managing, MemberIn, OrganizationMembership, OwnerIn};
use crate::http::error::ApiError;
use crate::http::members;
use crate::http::state::AppState;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

fn group_of(membership: &OrganizationMembership) -> Group {
    Group::Organization(membership.organization.organization.id)
}

/// `GET /organizations/{organization}/members.json`
pub async fn list(caller: Caller<DeveloperIn>, state: State) -> Answer {
    members::list_of(group_of(&caller.0), &state).await
}

/// `POST /organizations/{organization}/members.json`
pub async fn add(
    caller: Caller<OwnerIn>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let group = group_of(&membership);
    members::add_to(group, membership.person, &state, &request, payload).await
}

/// `PATCH|PUT /organizations/{organization}/members/{user}.json`
pub async fn change(
    caller: Caller<OwnerIn>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    members::change_in(group_of(&caller.0), &state, &request, payload).await
}

/// `DELETE /organizations/{organization}/members/{user}.json`: an owner removes somebody, or anybody leaves.
pub async fn remove(caller: Caller<Managing<MemberIn>>, state: State, request: HttpRequest) -> Answer {
    let membership = caller.0;
    let user = members::user_of(&request)?;
    if membership.role < Role::Owner && membership.person.user != user {
        return Err(ApiError::not_allowed_to("remove others from the organization"));
    }
    members::remove_from(group_of(&membership), user, &state).await
}
