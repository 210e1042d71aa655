//! `/projects/{project}/custom_fields` and `…/custom_issue_fields`: what a project asks of reports beyond the usual.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::CustomFieldChange;
use bugle_storage::ProjectId;
use bugle_storage::records::{CustomField, FieldTarget, FieldType};
use serde::Deserialize;

use crate::http::access::DeveloperOf;
use crate::http::body::Text;
use crate::http::custom_fields::{FieldBody, all_fields, change_one, create_from, number_of};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::pages::answer::{Page, page, page_with_status, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::problems::Problems;
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

struct Row {
    number: u32,
    name: String,
    ident: String,
    field_type: &'static str,
    applies_to: &'static str,
    required: bool,
    settable: bool,
    viewable: bool,
    options: Vec<String>,
}

impl Row {
    fn of(field: CustomField) -> Self {
        Self {
            number: field.number,
            name: field.name,
            ident: field.ident,
            field_type: type_name(field.field_type),
            applies_to: target_name(field.applies_to),
            required: field.required,
            settable: field.tester_settable,
            viewable: field.tester_viewable,
            options: field.options,
        }
    }
}

fn type_name(kind: FieldType) -> &'static str {
    kind.name()
}

const fn target_name(target: FieldTarget) -> &'static str {
    match target {
        FieldTarget::Issue => "bug reports",
        FieldTarget::FeatureRequest => "suggestions",
        FieldTarget::Ticket => "tickets",
    }
}

fn base_of(project: ProjectId) -> String {
    format!("/projects/{project}/custom_fields")
}

#[derive(Template)]
#[template(path = "settings/fields.html")]
struct FieldsPage<'a> {
    frame: &'a Frame,
    base: String,
    fields: Vec<Row>,
}

/// `GET /projects/{project}/custom_fields`: those of all kinds of reports; a project has some dozens at the most.
pub async fn list(viewer: Viewer<DeveloperOf>, state: State) -> Page {
    let fields = all_fields(viewer.pass.project, &state).await?;
    let template = FieldsPage {
        frame: &viewer.frame,
        base: base_of(viewer.pass.project),
        fields: fields.into_iter().map(Row::of).collect(),
    };
    page(&viewer.frame, &state, &template)
}

/// What stands in the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    name: Text,
    ident: Text,
    field_type: Text,
    applies_to: Text,
    required: Text,
    tester_settable: Text,
    tester_viewable: Text,
    option_lines: Text,
}

impl Values {
    fn blank() -> Self {
        let on = || Text("1".to_owned());
        Self {
            tester_settable: on(),
            tester_viewable: on(),
            ..Self::default()
        }
    }

    fn of(field: &CustomField) -> Self {
        let flag = |is_on| Text(u8::from(is_on).to_string());
        Self {
            name: Text(field.name.clone()),
            ident: Text(field.ident.clone()),
            field_type: Text(field.field_type.name().to_owned()),
            applies_to: Text(field.applies_to.name().to_owned()),
            required: flag(field.required),
            tester_settable: flag(field.tester_settable),
            tester_viewable: flag(field.tester_viewable),
            option_lines: Text(field.options.join("\n")),
        }
    }
}

#[derive(Template)]
#[template(path = "settings/field_form.html")]
struct FormPage<'a> {
    frame: &'a Frame,
    base: String,
    form_key: String,
    /// Of a field that is there already.
    number: Option<u32>,
    types: Vec<&'static str>,
    targets: Vec<(&'static str, &'static str)>,
    values: Values,
    problems: Problems,
}

impl<'a> FormPage<'a> {
    fn of(frame: &'a Frame, project: ProjectId, number: Option<u32>, values: Values) -> Self {
        let targets = FieldTarget::ALL.iter();
        Self {
            frame,
            base: base_of(project),
            form_key: form::new_key(),
            number,
            types: FieldType::ALL.iter().map(|kind| type_name(*kind)).collect(),
            targets: targets
                .map(|target| (target.name(), target_name(*target)))
                .collect(),
            values,
            problems: Problems::default(),
        }
    }
}

/// `GET /projects/{project}/custom_fields/new`
pub async fn ask(viewer: Viewer<DeveloperOf>, state: State) -> Page {
    let project = viewer.pass.project;
    let template = FormPage::of(&viewer.frame, project, None, Values::blank());
    page(&viewer.frame, &state, &template)
}

fn sent(form: &PageForm) -> Result<FieldBody, ApiError> {
    let lines = form.read::<Values>()?.option_lines;
    Ok(form.record::<FieldBody>()?.with_option_lines(&lines.0))
}

/// `POST /projects/{project}/custom_fields`
pub async fn create(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let (member, terms) = (&viewer.pass, (state.address(&request), form.key()));
    let made = async { create_from(member, sent(&form)?, terms, &state).await };
    let Err(error) = made.await else {
        return Ok(see_with_notice(&base_of(member.project), "created"));
    };
    let template = FormPage {
        problems: Problems::of_fields(error, &viewer.frame)?,
        ..FormPage::of(&viewer.frame, member.project, None, form.read()?)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}

async fn found(project: ProjectId, request: &HttpRequest, state: &AppState) -> Result<CustomField, ApiError> {
    let number = number_of(request)?;
    let mut fields = all_fields(project, state).await?.into_iter();
    let field = fields.find(|field| field.number == number);
    field.ok_or_else(ApiError::not_found)
}

/// `GET /projects/{project}/custom_fields/{field}`: its form.
pub async fn show(viewer: Viewer<DeveloperOf>, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let field = found(project, &request, &state).await?;
    let template = FormPage::of(&viewer.frame, project, Some(field.number), Values::of(&field));
    page(&viewer.frame, &state, &template)
}

/// `POST /projects/{project}/custom_fields/{field}`
pub async fn edit(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let edited = async {
        let edit = CustomFieldChange::Edit(sent(&form)?.check_edit()?);
        change_one(project, &request, edit, &state).await
    };
    let Err(error) = edited.await else {
        return Ok(see_with_notice(&base_of(project), "saved"));
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let field = found(project, &request, &state).await?;
    let kept = Values::of(&field);
    let values = Values {
        // What cannot be changed was not sent.
        ident: kept.ident,
        field_type: kept.field_type,
        applies_to: kept.applies_to,
        ..form.read()?
    };
    let template = FormPage {
        problems,
        ..FormPage::of(&viewer.frame, project, Some(field.number), values)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}

/// `POST /projects/{project}/custom_fields/{field}/delete`
pub async fn delete(
    viewer: Viewer<DeveloperOf>,
    _form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let project = viewer.pass.project;
    change_one(project, &request, CustomFieldChange::Delete, &state).await?;
    Ok(see_with_notice(&base_of(project), "deleted"))
}
