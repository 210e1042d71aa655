//! `/organizations`: studios that hold projects and the people who are in all of them.

pub mod members;
mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{CreateOrganization, DeleteOrganization, RenameOrganization};
use bugle_storage::records::{Organization, Role};
use bugle_storage::{OrganizationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Caller, Managing, MemberIn, OwnerIn, SignedIn};
use super::account::role_name;
use super::body::{Record, Text, Wrapped};
use super::error::{ApiError, none_or};
use super::openapi::fields;
use super::openapi::names::RoleName;
use super::page_query::PageQuery;
use super::state::AppState;
use super::text_rules::{self, NAME_LENGTH_MAX};
use super::views::{Iso, Pagination};
use super::{created, idempotency, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// What a request says of an organization, flat or wrapped in `organization`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
struct OrganizationBody {
    #[schema(schema_with = fields::name)]
    name: Option<Text>,
}

impl Wrapped for OrganizationBody {
    const WRAPPER: &'static str = "organization";
}

impl OrganizationBody {
    fn check_new(self) -> Result<String, ApiError> {
        let mut problems = Vec::new();
        let name = text_rules::required_line("name", self.name, NAME_LENGTH_MAX, &mut problems);
        none_or(problems, name)
    }

    /// A name that is sent must be one.
    fn check_change(self) -> Result<Option<String>, ApiError> {
        match self.name {
            Some(_) => self.check_new().map(Some),
            None => Ok(None),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Organization)]
struct OrganizationView {
    id: u64,
    name: String,
    /// What whoever asks may do in it.
    #[schema(value_type = Option<RoleName>)]
    role: Option<&'static str>,
    member_count: usize,
    project_count: usize,
    created_at: Iso,
    updated_at: Iso,
}

impl OrganizationView {
    /// The organization, as one that has just been written, with what the directory knows of it besides.
    fn of(organization: &Organization, user: UserId, state: &AppState) -> Self {
        let directory = state.directory();
        let entry = directory.organization(organization.id);
        let projects = directory.projects();
        let is_its = |organization_id| organization_id == Some(organization.id);
        Self {
            id: organization.id.0,
            name: organization.name.clone(),
            role: directory.organization_role(user, organization.id).map(role_name),
            member_count: entry.map_or(0, |entry| entry.member_count),
            project_count: projects
                .iter()
                .filter(|entry| is_its(entry.project.organization))
                .count(),
            created_at: Iso(organization.created_at),
            updated_at: Iso(organization.updated_at),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct OrganizationList {
    organizations: Vec<OrganizationView>,
    pagination: Pagination,
    total_count: u64,
}

/// `GET /organizations.json`: those that the caller belongs to, newest first.
pub async fn list(caller: Caller<SignedIn>, state: State, query: PageQuery) -> Answer {
    let user = caller.0.user;
    let mut entries = state.directory().organizations();
    entries.retain(|entry| {
        let id = entry.organization.id;
        state.directory().organization_role(user, id).is_some()
    });
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.organization.id));
    let (shown, pagination) = query.cut(&entries);
    let organizations = shown
        .iter()
        .map(|entry| OrganizationView::of(&entry.organization, user, &state));
    Ok(HttpResponse::Ok().json(OrganizationList {
        organizations: organizations.collect(),
        pagination,
        total_count: entries.len() as u64,
    }))
}

/// `POST /organizations.json`: whoever makes it is its owner.
pub async fn create(
    caller: Caller<Managing<SignedIn>>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let person = caller.0;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let name = body.decode::<Record<OrganizationBody>>()?.0.check_new()?;
    let created = state
        .ask_accounts(|reply| CreateOrganization {
            owner: person.user,
            name,
            submitter: person.submitter,
            key,
            reply,
        })
        .await?;
    let organization = created.organization;
    let url = format!("{}/organizations/{}", state.options.public_url, organization.id.0);
    let mut view = OrganizationView::of(&organization, person.user, &state);
    if created.replayed {
        // As it was when it was first answered, whatever became of it since.
        view = OrganizationView {
            role: Some(role_name(Role::Owner)),
            member_count: 1,
            project_count: 0,
            ..view
        };
    }
    Ok(created::at(&url, created.replayed).json(view))
}

/// `GET /organizations/{organization}.json`
pub async fn show(caller: Caller<MemberIn>, state: State) -> Answer {
    let (person, entry) = (caller.0.person, caller.0.organization);
    Ok(HttpResponse::Ok().json(OrganizationView::of(&entry.organization, person.user, &state)))
}

/// `PATCH|PUT /organizations/{organization}.json`
pub async fn rename(
    caller: Caller<OwnerIn>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let (person, organization) = (caller.0.person, caller.0.organization.organization.id);
    let body = request_body::read(&state, &request, payload).await?;
    let name = body.decode::<Record<OrganizationBody>>()?.0.check_change()?;
    let renamed = state
        .ask_accounts(|reply| RenameOrganization {
            organization,
            name,
            reply,
        })
        .await?;
    Ok(HttpResponse::Ok().json(OrganizationView::of(&renamed, person.user, &state)))
}

/// `DELETE /organizations/{organization}.json`: one that has no projects; the answer is what it was.
pub async fn delete(caller: Caller<OwnerIn>, state: State) -> Answer {
    let (person, entry) = (caller.0.person, caller.0.organization);
    let was = OrganizationView::of(&entry.organization, person.user, &state);
    let organization: OrganizationId = entry.organization.id;
    state
        .ask_accounts(|reply| DeleteOrganization { organization, reply })
        .await?;
    Ok(HttpResponse::Ok().json(was))
}
