//! `/projects/{project}/custom_fields`: the fields that a project adds to reports (protocol 5.6), and how often each
//! value of one was reported.

mod aggregations;
mod body;
mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ChangeCustomField, CreateCustomField, Created, CustomFieldChange, IdempotencyKey, ListCustomFields,
};
use bugle_storage::records::{CustomField, FieldTarget};
use bugle_storage::{AddressHash, ProjectId};
use serde::Serialize;
use utoipa::ToSchema;

pub use aggregations::aggregate;

use super::access::{Caller, DeveloperOf, FieldReader, FieldReading, Membership};
use super::body::Record;
use super::error::{ApiError, none_or};
use super::openapi::names::{FieldTargetName, FieldTypeName};
use super::page_query::PageQuery;
use super::query;
use super::state::AppState;
use super::views::{Iso, Pagination};
use super::{created, idempotency, numbers, request_body};
pub use body::FieldBody;
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// A field (protocol 4, "Custom field"): all of it for developers, the short form for everybody else.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomField)]
struct FieldView<'a> {
    #[serde(flatten)]
    #[schema(value_type = FieldDetails)]
    details: Option<FieldDetails<'a>>,
    ident: &'a str,
    name: &'a str,
    #[schema(value_type = FieldTypeName)]
    field_type: &'static str,
    required: bool,
    tester_settable: bool,
    #[schema(value_type = FieldTargetName)]
    applies_to: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomFieldDetails)]
struct FieldDetails<'a> {
    #[schema(required = false)]
    id: u32,
    #[schema(required = false)]
    tester_viewable: bool,
    #[schema(value_type = Vec<String>, required = false)]
    options: &'a [String],
    #[schema(required = false)]
    created_at: Iso,
    #[schema(required = false)]
    updated_at: Iso,
}

impl<'a> FieldView<'a> {
    fn of(field: &'a CustomField, in_full: bool) -> Self {
        let details = in_full.then_some(FieldDetails {
            id: field.number,
            tester_viewable: field.tester_viewable,
            options: &field.options,
            created_at: Iso(field.created_at),
            updated_at: Iso(field.updated_at),
        });
        Self {
            details,
            ident: &field.ident,
            name: &field.name,
            field_type: field.field_type.name(),
            required: field.required,
            tester_settable: field.tester_settable,
            applies_to: field.applies_to.name(),
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = CustomFieldList)]
struct FieldList<'a> {
    #[schema(value_type = Vec<FieldView>)]
    custom_fields: &'a [FieldView<'a>],
    /// What the list was called when only issues had fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<FieldView>>)]
    custom_issue_fields: Option<&'a [FieldView<'a>]>,
    pagination: Pagination,
    project_id: u64,
    #[schema(value_type = FieldTargetName)]
    applies_to: &'static str,
}

/// `GET /projects/{project}/custom_fields.json`: fields of issues, unless `applies_to` says of what.
pub async fn list(
    caller: Caller<FieldReader>,
    state: State,
    query: PageQuery,
    request: HttpRequest,
) -> Answer {
    let FieldReading {
        project,
        is_developer,
    } = caller.0;
    let target = target_of(request.query_string())?;
    let fields = fields_of(project, target, &state).await?;
    let (shown, pagination) = query.cut(&fields);
    let shown: Vec<_> = shown
        .iter()
        .map(|field| FieldView::of(field, is_developer))
        .collect();
    Ok(HttpResponse::Ok().json(FieldList {
        custom_fields: &shown,
        custom_issue_fields: (target == FieldTarget::Issue).then_some(&shown),
        pagination,
        project_id: project.0,
        applies_to: target.name(),
    }))
}

#[derive(Serialize, ToSchema)]
struct IssueFieldList<'a> {
    custom_issue_fields: Vec<FieldView<'a>>,
}

/// `GET /projects/{project}/custom_issue_fields.json`: all fields of issues, for Unity's check of what it will send.
pub async fn list_of_issues(caller: Caller<FieldReader>, state: State) -> Answer {
    let FieldReading {
        project,
        is_developer,
    } = caller.0;
    let fields = fields_of(project, FieldTarget::Issue, &state).await?;
    let views = fields.iter().map(|field| FieldView::of(field, is_developer));
    Ok(HttpResponse::Ok().json(IssueFieldList {
        custom_issue_fields: views.collect(),
    }))
}

fn target_of(query: &str) -> Result<FieldTarget, ApiError> {
    let mut target = FieldTarget::Issue;
    let problems = query::read(query, |key, name| {
        if key == "applies_to" {
            let unknown = || "must be one of issue, feature_request, ticket".to_owned();
            target = FieldTarget::from_name(name).ok_or_else(unknown)?;
        }
        Ok(())
    });
    none_or(problems, target)
}

/// A project's fields, whatever they are fields of.
pub async fn all_fields(project: ProjectId, state: &AppState) -> Result<Vec<CustomField>, ApiError> {
    state
        .ask_project(project, |reply| ListCustomFields { reply })
        .await
}

async fn fields_of(
    project: ProjectId,
    target: FieldTarget,
    state: &AppState,
) -> Result<Vec<CustomField>, ApiError> {
    let mut fields = all_fields(project, state).await?;
    fields.retain(|field| field.applies_to == target);
    Ok(fields)
}

/// `GET /projects/{project}/custom_fields/{field}.json`
pub async fn show(caller: Caller<FieldReader>, state: State, request: HttpRequest) -> Answer {
    let number = number_of(&request)?;
    let fields = all_fields(caller.0.project, &state).await?;
    let field = fields.iter().find(|field| field.number == number);
    let field = field.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(FieldView::of(field, caller.0.is_developer)))
}

/// `POST /projects/{project}/custom_fields.json`
pub async fn create(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let sent = body.decode::<Record<FieldBody>>()?.0;
    let address = state.address(&request);
    let created = create_from(&caller.0, sent, (address, key), &state).await?;
    let base = &state.options.public_url;
    let url = format!(
        "{base}/projects/{project}/custom_fields/{}",
        created.record.number
    );
    Ok(created::at(&url, created.replayed).json(FieldView::of(&created.record, true)))
}

/// Makes the field that a member described.
pub async fn create_from(
    member: &Membership,
    sent: FieldBody,
    (address, key): (AddressHash, Option<IdempotencyKey>),
    state: &AppState,
) -> Result<Created<CustomField>, ApiError> {
    let new = sent.check_new()?;
    let submission = member.person.submission(address, key);
    state
        .ask_project(member.project, |reply| CreateCustomField {
            new,
            submission,
            reply,
        })
        .await
}

/// `PATCH|PUT /projects/{project}/custom_fields/{field}.json`: what is absent stays.
pub async fn edit(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let edit = body.decode::<Record<FieldBody>>()?.0.check_edit()?;
    change(caller.0.project, &state, &request, CustomFieldChange::Edit(edit)).await
}

/// `DELETE /projects/{project}/custom_fields/{field}.json`
pub async fn delete(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    change(caller.0.project, &state, &request, CustomFieldChange::Delete).await
}

async fn change(
    project: ProjectId,
    state: &AppState,
    request: &HttpRequest,
    change: CustomFieldChange,
) -> Answer {
    let field = change_one(project, request, change, state).await?;
    Ok(HttpResponse::Ok().json(FieldView::of(&field, true)))
}

/// The field that the path names.
pub fn number_of(request: &HttpRequest) -> Result<u32, ApiError> {
    numbers::in_path(request, "field")
}

/// Changes the field that the path names.
pub async fn change_one(
    project: ProjectId,
    request: &HttpRequest,
    change: CustomFieldChange,
    state: &AppState,
) -> Result<CustomField, ApiError> {
    let number = number_of(request)?;
    state
        .ask_project(project, |reply| ChangeCustomField {
            number,
            change,
            reply,
        })
        .await
}
