//! Who am I: `POST /auth/verify` and `GET /profiles/me.json` (protocol 5.1).

use actix_web::{HttpResponse, web};
use bugle_actors::UserEntry;
use bugle_storage::UserId;
use bugle_storage::records::{Role, Submitter};
use serde::Serialize;
use serde_json::{Value, json};

use super::access::{Caller, Introduced, Principal, SignedIn};
use super::error::ApiError;
use super::state::AppState;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// A role's name on the wire.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Tester => "tester",
        Role::Developer => "developer",
        Role::Owner => "owner",
    }
}

/// `POST /auth/verify`: what the token is good for; 401 with `valid: false` for a bad one of either kind.
pub async fn verify(caller: Caller<Introduced>, state: State) -> HttpResponse {
    let principal = match caller.0 {
        Ok(principal) => principal,
        Err(error) => return refused(error.text()),
    };
    let project_of = |id| {
        let project = state.directory().project(id);
        project.map(|entry| json!({"id": entry.project.id.to_string(), "name": entry.project.name}))
    };
    match principal {
        Principal::Person(person) => {
            let user = state.directory().user(person.user);
            let token_type = match person.submitter {
                Submitter::User(_) => "session",
                _ => "personal_access_token",
            };
            HttpResponse::Ok().json(json!({
                "valid": true,
                "token_type": token_type,
                "user": user.as_deref().map(user_view),
                "expires_at": person.expires_at.map(bugle_storage::Timestamp::to_iso),
            }))
        }
        Principal::Game(game) => HttpResponse::Ok().json(json!({
            "valid": true,
            "token_type": "project_auth_token",
            "project": project_of(game.grant.project),
        })),
        Principal::Holder(grant) => HttpResponse::Ok().json(json!({
            "valid": true,
            "token_type": "jwt",
            "project": project_of(grant.project),
        })),
        Principal::Anonymous | Principal::Visitor => {
            refused("An Authorization header with a token is required")
        }
    }
}

/// A person, as answers about sign-ins and tokens show them.
pub fn user_view(user: &UserEntry) -> Value {
    json!({"id": user.id.0, "name": user.name, "email": user.email})
}

fn refused(text: &str) -> HttpResponse {
    HttpResponse::Unauthorized().json(json!({"valid": false, "error": text}))
}

#[derive(Serialize)]
struct Profile {
    id: u64,
    name: String,
    email: String,
    project_roles: Vec<ProjectRole>,
}

#[derive(Serialize)]
struct ProjectRole {
    project_id: String,
    project_name: String,
    role: &'static str,
}

/// `GET /profiles/me.json`
pub async fn me(caller: Caller<SignedIn>, state: State) -> Answer {
    let user = state
        .directory()
        .user(caller.0.user)
        .ok_or_else(ApiError::not_found)?;
    let project_roles = project_roles(user.id, &state);
    let profile = Profile {
        id: user.id.0,
        name: user.name.clone(),
        email: user.email.clone(),
        project_roles,
    };
    Ok(HttpResponse::Ok().json(profile))
}

fn project_roles(user: UserId, state: &AppState) -> Vec<ProjectRole> {
    let mut projects = state.directory().projects();
    projects.sort_by_key(|entry| entry.project.created_at);
    let with_role = projects.iter().filter_map(|entry| {
        let role = state.directory().role(user, entry.project.id)?;
        Some(ProjectRole {
            project_id: entry.project.id.to_string(),
            project_name: entry.project.name.clone(),
            role: role_name(role),
        })
    });
    with_role.collect()
}
