//! `/projects/{project}/auth_tokens`: a project's API tokens, in the words of the seed "Project Auth Tokens".

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::records::{ProjectToken, ReportRight};
use bugle_storage::{ProjectId, Timestamp};

use super::rights_form::{RightsForm, Sent};
use super::snippets::{Snippet, snippets};
use super::{shown_once, within};
use crate::http::access::{DeveloperOf, Managing};
use crate::http::auth_tokens::{
    DEFAULT_RIGHTS, PER_DAY_MAX, create_from, edit_from, find, revoke_one, tokens_of,
};
use crate::http::personal_access_tokens::token_of;
use crate::http::state::AppState;
use crate::pages::answer::{Page, page, page_with_status, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::frame::Frame;
use crate::pages::moments::{self, Moment};
use crate::pages::paging::Paging;
use crate::pages::problems::Problems;
use crate::pages::turner::Turner;
use crate::pages::viewer::Viewer;

type State = web::Data<AppState>;
/// Whoever may look after a project's tokens.
type Keeper = Viewer<Managing<DeveloperOf>>;

fn address(project: ProjectId) -> String {
    format!("/projects/{project}/auth_tokens")
}

/// A token in the list.
struct Row<'a> {
    id: u64,
    name: &'a str,
    created: Moment,
    rights: Vec<String>,
    partial: String,
    last_used: Option<Moment>,
}

impl<'a> Row<'a> {
    fn of(token: &'a ProjectToken, now: Timestamp) -> Self {
        Self {
            id: token.id.0,
            name: &token.name,
            created: Moment::date(token.created_at),
            rights: rights_of(token),
            partial: token.hash.partial(),
            last_used: token.last_used_at.map(|at| Moment::ago(at, now)),
        }
    }
}

/// What a token may do, part by part, with its limits.
fn rights_of(token: &ProjectToken) -> Vec<String> {
    let rights = token.rights;
    let limited = |name: &str, right: ReportRight| {
        let limit = moments::count(u64::from(right.per_day));
        right.allowed.then(|| format!("{name} {limit}/day"))
    };
    let named = |name: &str, is_so: bool| is_so.then(|| name.to_owned());
    let all = [
        limited("Bug reports", rights.bug_reports),
        limited("Suggestions", rights.feature_requests),
        limited("Tickets", rights.support_tickets),
        named("Read releases", rights.read_releases),
        named("Create releases", rights.create_releases),
        named("Submission token required", rights.require_submission_token),
    ];
    all.into_iter().flatten().collect()
}

#[derive(Template)]
#[template(path = "tokens/project_list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    address: String,
    tokens: Vec<Row<'a>>,
    turner: Turner,
}

/// `GET /projects/{project}/auth_tokens`
pub async fn list(viewer: Keeper, state: State, request: HttpRequest, Paging(query): Paging) -> Page {
    let frame = &viewer.frame;
    let project = viewer.pass.project;
    let tokens = tokens_of(project, &state).await.map_err(within(frame))?;
    let (shown, _) = query.cut(&tokens);
    let (now, address) = (state.now(), address(project));
    let template = ListPage {
        frame,
        tokens: shown.iter().map(|token| Row::of(token, now)).collect(),
        turner: Turner::new(&address, request.query_string(), query.pages, tokens.len() as u64),
        address,
    };
    page(frame, &state, &template)
}

/// A new token's form, or that of one that is edited.
#[derive(Template)]
#[template(path = "tokens/project_form.html")]
struct FormPage<'a> {
    frame: &'a Frame,
    address: String,
    /// Of the token that is edited.
    token: Option<u64>,
    form_key: String,
    name: &'a str,
    rights: RightsForm,
    per_day_max: u32,
    problems: Problems,
}

impl<'a> FormPage<'a> {
    fn of(frame: &'a Frame, project: ProjectId, token: Option<u64>, sent: &'a Sent) -> Self {
        Self {
            frame,
            address: address(project),
            token,
            form_key: form::new_key(),
            name: &sent.name.0,
            rights: sent.form(),
            per_day_max: PER_DAY_MAX,
            problems: Problems::default(),
        }
    }

    /// What is wrong with fields that the page does not show beside themselves.
    fn general_problem(&self) -> Option<String> {
        let limits = self.rights.kinds.iter().map(|kind| kind.limit);
        let shown: Vec<_> = limits.chain(["name"]).collect();
        self.problems.besides(&shown)
    }
}

/// `GET /projects/{project}/auth_tokens/new`
pub async fn ask(viewer: Keeper, state: State) -> Page {
    let sent = Sent::of("", DEFAULT_RIGHTS);
    let template = FormPage::of(&viewer.frame, viewer.pass.project, None, &sent);
    page(&viewer.frame, &state, &template)
}

#[derive(Template)]
#[template(path = "tokens/project_created.html")]
struct CreatedPage<'a> {
    frame: &'a Frame,
    address: String,
    id: u64,
    name: &'a str,
    token: Option<&'a str>,
    snippets: Vec<Snippet>,
}

/// `POST /projects/{project}/auth_tokens`: shows the token, this once.
pub async fn create(viewer: Keeper, form: PageForm, state: State) -> Page {
    let frame = &viewer.frame;
    let project = viewer.pass.project;
    let made = async { create_from(&viewer.pass, form.record()?, form.key(), &state).await };
    let error = match made.await {
        Ok(created) => {
            let token = shown_once(&created);
            let template = CreatedPage {
                frame,
                address: address(project),
                id: created.record.id.0,
                name: &created.record.name,
                token,
                snippets: token.map_or_else(Vec::new, |token| {
                    snippets(&state.options.public_url, project, token)
                }),
            };
            return page(frame, &state, &template);
        }
        Err(error) => error,
    };
    let sent: Sent = form.read()?;
    let template = FormPage {
        problems: Problems::of_fields(error, frame)?,
        ..FormPage::of(frame, project, None, &sent)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, frame, &state, &template)
}

/// `GET /projects/{project}/auth_tokens/{token}`: what it may do, to be changed.
pub async fn show(viewer: Keeper, state: State, request: HttpRequest) -> Page {
    let frame = &viewer.frame;
    let project = viewer.pass.project;
    let id = token_of(&request).map_err(within(frame))?;
    let token = find(project, id, &state).await.map_err(within(frame))?;
    let sent = Sent::of(&token.name, token.rights);
    page(frame, &state, &FormPage::of(frame, project, Some(id.0), &sent))
}

/// `POST /projects/{project}/auth_tokens/{token}`: in force at once.
pub async fn edit(viewer: Keeper, form: PageForm, state: State, request: HttpRequest) -> Page {
    let frame = &viewer.frame;
    let project = viewer.pass.project;
    let id = token_of(&request).map_err(within(frame))?;
    let edited = async { edit_from(project, id, form.record()?, &state).await };
    let Err(error) = edited.await else {
        return Ok(see_with_notice(&address(project), "token-saved"));
    };
    let sent: Sent = form.read()?;
    let template = FormPage {
        problems: Problems::of_fields(error, frame)?,
        ..FormPage::of(frame, project, Some(id.0), &sent)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, frame, &state, &template)
}

/// `POST /projects/{project}/auth_tokens/{token}/delete`
pub async fn revoke(viewer: Keeper, _form: PageForm, state: State, request: HttpRequest) -> Page {
    let frame = &viewer.frame;
    let project = viewer.pass.project;
    let token = token_of(&request).map_err(within(frame))?;
    revoke_one(project, token, &state).await.map_err(within(frame))?;
    Ok(see_with_notice(&address(project), "token-deleted"))
}
