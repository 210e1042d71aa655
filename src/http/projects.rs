//! `/projects`: list, create, read (protocol 5.1), change.

mod body;
mod operations;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{CreateProject, CreatedProject, EditProject, IdempotencyKey, ProjectEntry};
use bugle_storage::records::{Project, Visibility};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{
    AnyPrincipal, Anyone, Caller, Managing, Membership, OwnerOf, Person, Principal, ReaderOf, SignedIn,
};
use super::body::Record;
use super::error::ApiError;
use super::page_query::PageQuery;
use super::state::AppState;
use super::views::{Pagination, ProjectView};
use super::{created, idempotency, request_body};
pub use body::ProjectBody;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

#[derive(Serialize, ToSchema)]
struct ProjectList {
    projects: Vec<ProjectView>,
    pagination: Pagination,
    total_count: u64,
}

/// `GET /projects.json`: a member's projects, a token's one project, and for everybody else the public ones.
pub async fn list(caller: Caller<AnyPrincipal>, state: State, query: PageQuery) -> Answer {
    let Anyone { principal, reach } = caller.0;
    let mut projects = state.directory().projects();
    projects
        .retain(|entry| reach.includes(entry.project.id) && is_listed(entry, &principal, &state, query.all));
    projects.sort_by_key(|entry| std::cmp::Reverse((entry.project.created_at, entry.project.id)));
    let (shown, pagination) = query.cut(&projects);
    let views = shown.iter().map(|entry| ProjectView::of_entry(entry, &state));
    Ok(HttpResponse::Ok().json(ProjectList {
        projects: views.collect(),
        pagination,
        total_count: projects.len() as u64,
    }))
}

fn is_listed(entry: &Arc<ProjectEntry>, principal: &Principal, state: &AppState, all: bool) -> bool {
    let public = entry.project.visibility == Visibility::Public;
    match principal {
        Principal::Person(person) => {
            state.directory().role(person.user, entry.project.id).is_some() || (all && public)
        }
        Principal::Game(game) => game.grant.project == entry.project.id,
        Principal::Holder(_) | Principal::Player(_) | Principal::Anonymous | Principal::Visitor => public,
    }
}

/// `POST /projects.json`
pub async fn create(
    caller: Caller<Managing<SignedIn>>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<ProjectBody>>()?.0;
    let created = create_from(caller.0, sent, key, &state).await?;
    // As it was when it was first answered, where that is known: its organization may have changed since.
    let is_as_made = created.replayed && created.project.organization.is_none();
    let entry = state.directory().project(created.project.id);
    let members = entry
        .filter(|_| !is_as_made)
        .map_or(1, |entry| entry.member_count);
    let url = format!("{}/projects/{}", state.options.public_url, created.project.id);
    let view = ProjectView::of(&created.project, members, &state);
    Ok(created::at(&url, created.replayed).json(view))
}

/// Makes the project that somebody described.
pub async fn create_from(
    person: Person,
    sent: ProjectBody,
    key: Option<IdempotencyKey>,
    state: &AppState,
) -> Result<CreatedProject, ApiError> {
    let new = sent.check_new()?;
    state
        .ask_accounts(|reply| CreateProject {
            owner: person.user,
            new,
            submitter: person.submitter,
            key,
            reply,
        })
        .await
}

/// `GET /projects/{project}.json`
pub async fn show(caller: Caller<ReaderOf>, state: State) -> Answer {
    Ok(HttpResponse::Ok().json(ProjectView::of_entry(&caller.0, &state)))
}

/// `PATCH|PUT /projects/{project}.json`: what is absent stays.
pub async fn edit(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let sent = body.decode::<Record<ProjectBody>>()?.0;
    let edited = edit_from(&caller.0, sent, &state).await?;
    let entry = state.directory().project(project);
    let members = entry.map_or(1, |entry| entry.member_count);
    Ok(HttpResponse::Ok().json(ProjectView::of(&edited, members, &state)))
}

/// Changes what an owner said of their project: what is absent stays.
pub async fn edit_from(
    owner: &Membership,
    sent: ProjectBody,
    state: &AppState,
) -> Result<Box<Project>, ApiError> {
    let edit = sent.check_edit()?;
    let (project, by) = (owner.project, owner.person.user);
    state
        .ask_accounts(|reply| EditProject {
            project,
            by,
            edit,
            reply,
        })
        .await
}
