//! `/profiles/me`: a person's own account (protocol 5.1).

mod operations;

use std::ops::RangeInclusive;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{CredentialsChange, EditProfile, UserEntry};
use bugle_storage::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, Oneself, OwnAccount, OwnProfile, Reach, Reaching};
use super::account::role_name;
use super::body::{Record, Text, Wrapped};
use super::contact::is_email_address;
use super::error::{ApiError, FieldError, none_or};
use super::openapi::fields;
use super::openapi::names::RoleName;
use super::request_body;
use super::state::AppState;
use super::text_rules::{self, NAME_LENGTH_MAX};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// The shortest and the longest password, in characters.
const PASSWORD_LENGTHS: RangeInclusive<usize> = 10..=200;

#[derive(Serialize, ToSchema)]
struct Profile {
    id: u64,
    name: String,
    email: String,
    project_roles: Vec<ProjectRole>,
}

#[derive(Serialize, ToSchema)]
struct ProjectRole {
    project_id: String,
    project_name: String,
    #[schema(value_type = RoleName)]
    role: &'static str,
}

/// `GET /profiles/me.json`
pub async fn me(caller: Caller<OwnAccount>, state: State) -> Answer {
    let Reaching { person, reach } = caller.0;
    let user = state.directory().user(person.user);
    let user = user.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(profile_of(&user, &reach, &state)))
}

fn profile_of(user: &UserEntry, reach: &Reach, state: &AppState) -> Profile {
    Profile {
        id: user.id.0,
        name: user.name.clone(),
        email: user.email.clone(),
        project_roles: project_roles(user.id, reach, state),
    }
}

/// What somebody changes of their account, flat or wrapped in `user`.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct ProfileBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
    #[schema(schema_with = fields::account_email)]
    email: Option<Text>,
    #[schema(schema_with = fields::password)]
    password: Option<Text>,
    #[schema(schema_with = fields::text)]
    current_password: Option<Text>,
}

impl Wrapped for ProfileBody {
    const WRAPPER: &'static str = "user";
}

impl ProfileBody {
    fn check(self, oneself: &Oneself) -> Result<(Option<String>, Option<CredentialsChange>), ApiError> {
        let mut problems = Vec::new();
        let name = text_rules::changed_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        let email = self.email.map(|email| email.0.trim().to_owned());
        if let Some(email) = &email {
            check_email(email, &mut problems);
        }
        let password = self.password.map(|new| new.0);
        if let Some(new) = &password {
            check_new_password(new, &mut problems);
        }
        let current = self.current_password.map(|text| text.0).unwrap_or_default();
        let credentials = (email.is_some() || password.is_some()).then(|| {
            check_current_password(&current, &mut problems);
            CredentialsChange {
                current,
                password,
                email,
                address: oneself.address,
                kept: oneself.session,
            }
        });
        none_or(problems, (name, credentials))
    }
}

/// Whether an address may be somebody's; notes what is wrong with it. It was trimmed.
pub fn check_email(email: &str, problems: &mut Vec<FieldError>) {
    if email.is_empty() {
        problems.push(FieldError::new("email", "can't be blank"));
    } else if !is_email_address(email) {
        problems.push(FieldError::new("email", "is not an e-mail address"));
    }
}

/// Whether a password may be somebody's; notes what is wrong with it.
pub fn check_new_password(new: &str, problems: &mut Vec<FieldError>) {
    let (shortest, longest) = (PASSWORD_LENGTHS.start(), PASSWORD_LENGTHS.end());
    if !PASSWORD_LENGTHS.contains(&new.chars().count()) {
        let problem = format!("must have {shortest} to {longest} characters");
        problems.push(FieldError::new("password", problem));
    }
}

fn check_current_password(current: &str, problems: &mut Vec<FieldError>) {
    let problem = match current.chars().count() {
        0 => "can't be blank",
        length if length > *PASSWORD_LENGTHS.end() => "is wrong",
        _ => return,
    };
    problems.push(FieldError::new("current_password", problem));
}

/// `PATCH|PUT /profiles/me.json`: name, and e-mail address and password for whoever knows the current one.
pub async fn edit(
    caller: Caller<OwnProfile>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let sent = body.decode::<Record<ProfileBody>>()?.0;
    let user = edit_from(&caller.0, sent, &state).await?;
    Ok(HttpResponse::Ok().json(profile_of(&user, &Reach::default(), &state)))
}

/// Changes what somebody said of their account.
pub async fn edit_from(
    oneself: &Oneself,
    sent: ProfileBody,
    state: &AppState,
) -> Result<Arc<UserEntry>, ApiError> {
    let mut sent = sent;
    // What a client has read it may send back; that is no change, and needs no password.
    let present = state.directory().user(oneself.person.user);
    sent.email
        .take_if(|email| present.is_some_and(|user| user.email == email.0.trim()));
    let (name, credentials) = sent.check(oneself)?;
    state
        .ask_accounts(|reply| EditProfile {
            user: oneself.person.user,
            name,
            credentials,
            reply,
        })
        .await
}

fn project_roles(user: UserId, reach: &Reach, state: &AppState) -> Vec<ProjectRole> {
    let mut projects = state.directory().projects();
    projects.retain(|entry| reach.includes(entry.project.id));
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
