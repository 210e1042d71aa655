//! Who is asking: `POST /auth/verify` (protocol 5.1).

mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::UserEntry;
use bugle_storage::Timestamp;
use bugle_storage::records::{Role, Submitter};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::access::{Caller, Introduced, Principal, not_signed_in, shown_token};
use super::state::AppState;
use super::views::LimitsView;
pub use operations::operations;

type State = web::Data<AppState>;

/// A role's name on the wire.
pub const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Tester => "tester",
        Role::Developer => "developer",
        Role::Owner => "owner",
    }
}

/// `POST /auth/verify`: what the token is good for; 401 with `valid: false` for a bad one of either kind.
pub async fn verify(caller: Caller<Introduced>, state: State, request: HttpRequest) -> HttpResponse {
    let principal = match caller.0 {
        Ok(principal) => principal,
        Err(error) => return refused(error.text()),
    };
    let project_of = |id| {
        let project = state.directory().project(id);
        project.map(|entry| json!({"id": entry.project.id.to_string(), "name": entry.project.name}))
    };
    match principal {
        Principal::Person(person) => HttpResponse::Ok().json(PersonView {
            valid: true,
            token_type: match person.submitter {
                Submitter::User(_) => "session",
                _ => "personal_access_token",
            },
            user: state.directory().user(person.user).as_deref().map(Account::of),
            expires_at: person.expires_at.map(Timestamp::to_iso),
            limits: shown_token(&request).map(|token| LimitsView::of(&token.limits)),
        }),
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
        Principal::Player(player) => HttpResponse::Ok().json(json!({
            "valid": true,
            "token_type": "jwt",
            "user": state.directory().user(player.user).as_deref().map(Account::of),
            "expires_at": player.expires_at.to_iso(),
        })),
        Principal::Anonymous | Principal::Visitor => {
            let words = "An Authorization header with a token is required";
            refused(not_signed_in(&request, words).text())
        }
    }
}

/// What somebody's credentials are good for.
#[derive(Serialize)]
struct PersonView<'a> {
    valid: bool,
    token_type: &'static str,
    user: Option<Account<'a>>,
    expires_at: Option<String>,
    /// A session has all of its person's rights.
    #[serde(flatten)]
    limits: Option<LimitsView>,
}

/// A person, as answers about sign-ins and tokens show them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Account<'a> {
    id: u64,
    name: &'a str,
    email: &'a str,
}

impl<'a> Account<'a> {
    /// Somebody's account.
    pub fn of(user: &'a UserEntry) -> Self {
        Self {
            id: user.id.0,
            name: &user.name,
            email: &user.email,
        }
    }
}

fn refused(text: &str) -> HttpResponse {
    HttpResponse::Unauthorized().json(json!({"valid": false, "error": text}))
}
