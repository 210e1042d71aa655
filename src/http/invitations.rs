//! `/projects/{project}/invitations` (ours; the protocol has no such thing): links by which people without an account come
//! into a project. The page that such a link opens is in `pages/account/invitation.rs`.

pub mod operations;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    CreateInvitation, CreatedInvitation, IdempotencyKey, InvitationSecret, InvitationState, ListInvitations,
    WithdrawInvitation,
};
use bugle_storage::records::Invitation;
use bugle_storage::{ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, Membership, OwnerOf};
use super::account::role_name;
use super::body::{Record, Text, Wrapped};
use super::error::ApiError;
use super::openapi::fields;
use super::openapi::names::{InvitationStateName, RoleName};
use super::state::AppState;
use super::views::Iso;
use super::{created, idempotency, members, numbers, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// What a request says of an invitation, flat or wrapped in `invitation`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct InvitationBody {
    #[schema(schema_with = fields::role)]
    role: Option<Text>,
}

impl Wrapped for InvitationBody {
    const WRAPPER: &'static str = "invitation";
}

/// An invitation as the project's owners see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
struct InvitationView {
    id: u32,
    project_id: String,
    #[schema(value_type = RoleName)]
    role: &'static str,
    #[schema(value_type = InvitationStateName)]
    state: &'static str,
    /// Who made it.
    created_by: u64,
    created_at: Iso,
    expires_at: Iso,
    /// The link; in the answer to a create and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl InvitationView {
    fn of(invitation: &Invitation, now: Timestamp, url: Option<String>) -> Self {
        Self {
            id: invitation.number,
            project_id: invitation.project.to_string(),
            role: role_name(invitation.role),
            state: InvitationState::of(invitation, now).name(),
            created_by: invitation.created_by.0,
            created_at: Iso(invitation.created_at),
            expires_at: Iso(invitation.expires_at),
            url,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct InvitationList {
    invitations: Vec<InvitationView>,
}

/// The link that carries a secret.
pub fn link(secret: &InvitationSecret, state: &AppState) -> String {
    format!("{}/invitations/{}", state.options.public_url, secret.reveal())
}

/// A project's invitations, the newest first.
pub async fn invitations_of(project: ProjectId, state: &AppState) -> Result<Vec<Invitation>, ApiError> {
    state
        .ask_accounts(|reply| ListInvitations { project, reply })
        .await
}

/// Makes the invitation that an owner described.
pub async fn create_from(
    owner: &Membership,
    sent: InvitationBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<CreatedInvitation, ApiError> {
    let mut problems = Vec::new();
    let role = members::role(sent.role.as_ref(), &mut problems);
    let role = role.ok_or_else(|| ApiError::from(problems))?;
    state
        .ask_accounts(|reply| CreateInvitation {
            project: owner.project,
            role,
            by: owner.person.user,
            submitter: owner.person.submitter,
            key,
            reply,
        })
        .await
}

/// Takes an invitation back.
pub async fn withdraw_one(project: ProjectId, number: u32, state: &AppState) -> Result<Invitation, ApiError> {
    state
        .ask_accounts(|reply| WithdrawInvitation {
            project,
            number,
            reply,
        })
        .await
}

/// The invitation that the path names.
pub fn number_of(request: &HttpRequest) -> Result<u32, ApiError> {
    numbers::in_path(request, "invitation")
}

/// `GET /projects/{project}/invitations.json`
pub async fn list(caller: Caller<OwnerOf>, state: State) -> Answer {
    let now = state.now();
    let invitations = invitations_of(caller.0.project, &state).await?;
    let views = invitations.iter();
    let views = views.map(|invitation| InvitationView::of(invitation, now, None));
    Ok(HttpResponse::Ok().json(InvitationList {
        invitations: views.collect(),
    }))
}

/// `POST /projects/{project}/invitations.json`
pub async fn create(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<InvitationBody>>()?.0;
    let made = create_from(&caller.0, sent, key, &state).await?;
    let url = made.secret.as_ref().map(|secret| link(secret, &state));
    let view = InvitationView::of(&made.invitation, state.now(), url);
    Ok(created::without_address(made.replayed)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// `DELETE /projects/{project}/invitations/{invitation}.json`
pub async fn withdraw(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let number = number_of(&request)?;
    let withdrawn = withdraw_one(caller.0.project, number, &state).await?;
    Ok(HttpResponse::Ok().json(InvitationView::of(&withdrawn, state.now(), None)))
}
