//! `/projects/{project}/members`: who belongs to a project; and what is the same for an organization's members.

pub mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    AddMember, AddedMember, ChangeMember, Group, IdempotencyKey, ListMembers, Member, RemoveMember,
};
use bugle_storage::UserId;
use bugle_storage::records::{AccountOrigin, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf, Managing, MemberOf, Membership, OwnerOf, Person};
use super::account::role_name;
use super::body::{Record, Text, Wrapped};
use super::contact::is_email_address;
use super::error::{ApiError, FieldError};
use super::openapi::fields;
use super::openapi::names::{OriginName, RoleName};
use super::state::AppState;
use super::text_rules::trimmed;
use super::views::Iso;
use super::{created, idempotency, numbers, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// `GET /projects/{project}/members.json`
pub async fn list(caller: Caller<DeveloperOf>, state: State) -> Answer {
    list_of(Group::Project(caller.0.project), &state).await
}

/// `POST /projects/{project}/members.json`
pub async fn add(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let group = Group::Project(membership.project);
    add_to(group, membership.person, &state, &request, payload).await
}

/// `PATCH|PUT /projects/{project}/members/{user}.json`
pub async fn change(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    change_in(Group::Project(caller.0.project), &state, &request, payload).await
}

/// `DELETE /projects/{project}/members/{user}.json`: an owner removes somebody, or anybody leaves.
pub async fn remove(caller: Caller<Managing<MemberOf>>, state: State, request: HttpRequest) -> Answer {
    let user = user_of(&request)?;
    check_removal(&caller.0, user)?;
    remove_from(Group::Project(caller.0.project), user, &state).await
}

/// Whether somebody may remove that member: themselves, or as an owner anybody.
pub fn check_removal(by: &Membership, user: UserId) -> Result<(), ApiError> {
    if by.role < Role::Owner && by.person.user != user {
        return Err(ApiError::not_allowed_to("remove others from the project"));
    }
    Ok(())
}

/// What a request says of a member, flat or wrapped in `member`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub struct MemberBody {
    #[schema(schema_with = fields::email)]
    email: Option<Text>,
    #[schema(schema_with = fields::role)]
    role: Option<Text>,
}

impl Wrapped for MemberBody {
    const WRAPPER: &'static str = "member";
}

impl MemberBody {
    /// The address and the role of a new member.
    ///
    /// # Errors
    /// 422, naming each that is not right.
    pub fn check_new(self) -> Result<(String, Role), ApiError> {
        let mut problems = Vec::new();
        let email = trimmed(self.email).unwrap_or_default();
        if email.is_empty() {
            problems.push(FieldError::new("email", "can't be blank"));
        } else if !is_email_address(&email) {
            problems.push(FieldError::new("email", "is not an e-mail address"));
        }
        match role(self.role.as_ref(), &mut problems) {
            Some(role) if problems.is_empty() => Ok((email, role)),
            _ => Err(problems.into()),
        }
    }

    fn check_change(self) -> Result<Role, ApiError> {
        let mut problems = Vec::new();
        role(self.role.as_ref(), &mut problems).ok_or_else(|| problems.into())
    }
}

/// The role of that name; notes it when there is none.
pub(super) fn role(text: Option<&Text>, problems: &mut Vec<FieldError>) -> Option<Role> {
    let problem = match text.map_or("", |text| text.0.trim()) {
        "" => "can't be blank",
        name => {
            let roles = [Role::Owner, Role::Developer, Role::Tester];
            let named = roles.into_iter().find(|role| role_name(*role) == name);
            if named.is_some() {
                return named;
            }
            "must be one of owner, developer, tester"
        }
    };
    problems.push(FieldError::new("role", problem));
    None
}

/// A member as answers show them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
struct MemberView<'a> {
    id: u64,
    name: &'a str,
    email: &'a str,
    /// The higher of what they are here and through the organization.
    #[schema(value_type = Option<RoleName>)]
    role: Option<&'static str>,
    /// What they are through the organization that the project belongs to.
    #[schema(value_type = Option<RoleName>)]
    organization_role: Option<&'static str>,
    /// Who made the account: whoever runs the server, or its person, by an invitation.
    #[schema(value_type = OriginName)]
    account_origin: &'static str,
    /// Whether whoever runs the server gave the account its address. Otherwise it is what its person says it is.
    email_vouched: bool,
    created_at: Iso,
}

impl<'a> MemberView<'a> {
    fn of(member: &'a Member) -> Self {
        Self {
            id: member.user.id.0,
            name: &member.user.name,
            email: &member.user.email,
            role: member.own.max(member.through_organization).map(role_name),
            organization_role: member.through_organization.map(role_name),
            account_origin: origin_name(member.user.origin),
            email_vouched: member.user.is_address_vouched(),
            created_at: Iso(member.since),
        }
    }
}

/// The name of how an account came to be.
const fn origin_name(origin: AccountOrigin) -> &'static str {
    match origin {
        AccountOrigin::Unknown => "unknown",
        AccountOrigin::Operator => "operator",
        AccountOrigin::FirstStart => "first_start",
        AccountOrigin::Invitation { .. } => "invitation",
    }
}

#[derive(Serialize, ToSchema)]
struct MemberList<'a> {
    members: Vec<MemberView<'a>>,
}

/// Every member, in the order in which they came.
pub(super) async fn list_of(group: Group, state: &AppState) -> Answer {
    let members = state.ask_accounts(|reply| ListMembers { group, reply }).await?;
    let members = members.iter().map(MemberView::of).collect();
    Ok(HttpResponse::Ok().json(MemberList { members }))
}

/// Adds whom the body names: 201.
pub(super) async fn add_to(
    group: Group,
    person: Person,
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(state, request, payload).await?;
    let key = idempotency::key_of(request, &body)?;
    let sent = body.decode::<Record<MemberBody>>()?.0;
    let added = add_from(group, person, sent, key, state).await?;
    Ok(created::without_address(added.replayed).json(MemberView::of(&added.member)))
}

/// Adds whom somebody named.
async fn add_from(
    group: Group,
    person: Person,
    sent: MemberBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<AddedMember, ApiError> {
    add_checked(group, person, sent.check_new()?, key, state).await
}

/// Adds somebody by their address, with that role.
pub async fn add_checked(
    group: Group,
    person: Person,
    (email, role): (String, Role),
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<AddedMember, ApiError> {
    state
        .ask_accounts(|reply| AddMember {
            group,
            email,
            role,
            submitter: person.submitter,
            key,
            reply,
        })
        .await
}

/// Gives the member of the path the role of the body.
pub(super) async fn change_in(
    group: Group,
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Answer {
    let user = user_of(request)?;
    let body = request_body::read(state, request, payload).await?;
    let sent = body.decode::<Record<MemberBody>>()?.0;
    let changed = change_from(group, user, sent, state).await?;
    Ok(HttpResponse::Ok().json(MemberView::of(&changed)))
}

/// Gives a member the role that somebody named.
pub async fn change_from(
    group: Group,
    user: UserId,
    sent: MemberBody,
    state: &AppState,
) -> Result<Member, ApiError> {
    let role = sent.check_change()?;
    state
        .ask_accounts(|reply| ChangeMember {
            group,
            user,
            role,
            reply,
        })
        .await
}

/// Removes a member; the answer is what they were.
pub(super) async fn remove_from(group: Group, user: UserId, state: &AppState) -> Answer {
    let removed = state
        .ask_accounts(|reply| RemoveMember { group, user, reply })
        .await?;
    Ok(HttpResponse::Ok().json(MemberView::of(&removed)))
}

/// The user that the path names.
pub fn user_of(request: &HttpRequest) -> Result<UserId, ApiError> {
    numbers::in_path(request, "user").map(UserId)
}
