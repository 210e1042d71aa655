//! `/personal_access_tokens`: a person's own tokens, in the words of the seed "Personal Access Tokens".

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::records::{PersonalToken, TokenScope};
use bugle_storage::{Day, ProjectId, Timestamp};
use serde::Deserialize;

use super::{shown_once, within};
use crate::http::access::{Reaching, TokenKeeper};
use crate::http::body::{Names, Text};
use crate::http::personal_access_tokens::{PROJECTS_MAX, create_from, revoke_one, token_of, tokens_of};
use crate::http::state::AppState;
use crate::pages::answer::{Page, page, page_with_status, see, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::frame::Frame;
use crate::pages::moments::{self, Moment};
use crate::pages::paging::Paging;
use crate::pages::problems::Problems;
use crate::pages::turner::Turner;
use crate::pages::viewer::Viewer;

type State = web::Data<AppState>;

/// Where the list stands.
const ADDRESS: &str = "/personal_access_tokens";

/// A token in the list.
struct Row<'a> {
    id: u64,
    name: &'a str,
    created: Moment,
    expires: Option<Moment>,
    /// The class and the words of what its expiration date asks for, if it does.
    expiry: Option<(&'static str, &'static str)>,
    partial: String,
    last_used: Option<Moment>,
    /// How much less than all of its person's rights it has, part by part.
    limits: Vec<String>,
}

impl<'a> Row<'a> {
    fn of(token: &'a PersonalToken, now: Timestamp) -> Self {
        Self {
            id: token.id.0,
            name: &token.name,
            created: Moment::date(token.created_at),
            // The last day on which it works: it ends with the end of that day, or before.
            expires: token.expires_at.map(|end| Moment::date(Timestamp(end.0 - 1))),
            expiry: token.expires_at.and_then(|end| expiry_of(end, now)),
            partial: token.hash.partial(),
            last_used: token.last_used_at.map(|at| Moment::ago(at, now)),
            limits: limits_of(token),
        }
    }
}

/// An expiry within so many seconds is said to be near.
const NEAR: i64 = 7 * 86_400;

fn expiry_of(end: Timestamp, now: Timestamp) -> Option<(&'static str, &'static str)> {
    if end <= now {
        Some(("bad", "Expired"))
    } else {
        (end <= now.plus_seconds(NEAR)).then_some(("warn", "Expires soon"))
    }
}

fn limits_of(token: &PersonalToken) -> Vec<String> {
    let scope = match token.limits.scope {
        TokenScope::Admin => None,
        TokenScope::Write => Some("Read and write".to_owned()),
        TokenScope::Read => Some("Read only".to_owned()),
    };
    let projects = token
        .limits
        .projects
        .as_ref()
        .map(|projects| match projects.as_slice() {
            [project] => project.to_string(),
            projects => format!("{} projects", projects.len()),
        });
    scope.into_iter().chain(projects).collect()
}

#[derive(Template)]
#[template(path = "tokens/personal_list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    public_url: &'a str,
    tokens: Vec<Row<'a>>,
    turner: Turner,
}

/// `GET /personal_access_tokens`
pub async fn list(
    viewer: Viewer<TokenKeeper>,
    state: State,
    request: HttpRequest,
    Paging(query): Paging,
) -> Page {
    let frame = &viewer.frame;
    let tokens = tokens_of(&viewer.pass, &state).await.map_err(within(frame))?;
    let (shown, _) = query.cut(&tokens);
    let now = state.now();
    let template = ListPage {
        frame,
        public_url: &state.options.public_url,
        tokens: shown.iter().map(|token| Row::of(token, now)).collect(),
        turner: Turner::new(ADDRESS, request.query_string(), query.pages, tokens.len() as u64),
    };
    page(frame, &state, &template)
}

/// What a form says, to be shown again with what is wrong with it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    name: Text,
    expires_at: Text,
    scopes: Names,
    projects: Names,
}

/// A project that a token may be limited to.
struct Choice {
    id: ProjectId,
    name: String,
    is_chosen: bool,
}

fn choices(caller: &Reaching, sent: &Sent, state: &AppState) -> Vec<Choice> {
    let mut ids = state.directory().projects_of(caller.person.user);
    ids.retain(|id| caller.reach.includes(*id));
    ids.sort_unstable();
    let choices = ids.into_iter().filter_map(|id| {
        let entry = state.directory().project(id)?;
        let name = id.to_string();
        Some(Choice {
            id,
            name: entry.project.name.clone(),
            is_chosen: sent.projects.0.contains(&name),
        })
    });
    choices.take(PROJECTS_MAX).collect()
}

#[derive(Template)]
#[template(path = "tokens/personal_new.html")]
struct NewPage<'a> {
    frame: &'a Frame,
    form_key: String,
    sent: &'a Sent,
    today: String,
    choices: Vec<Choice>,
    problems: Problems,
}

impl<'a> NewPage<'a> {
    fn of(frame: &'a Frame, caller: &Reaching, sent: &'a Sent, state: &AppState) -> Self {
        Self {
            frame,
            form_key: form::new_key(),
            today: iso_date(state.now().day()),
            choices: choices(caller, sent, state),
            sent,
            problems: Problems::default(),
        }
    }

    fn has_scope(&self, scope: &str) -> bool {
        self.sent.scopes.0.iter().any(|chosen| chosen == scope)
    }

    /// Whether the folded part has something in it that must be seen.
    fn is_limited(&self) -> bool {
        let has_limit = self.has_scope("read") || self.has_scope("write") || !self.sent.projects.0.is_empty();
        has_limit || self.problems.of("scopes").is_some() || self.problems.of("projects").is_some()
    }
}

/// `2026-11-28`, as fields for dates take it.
fn iso_date(day: Day) -> String {
    let moment = day.start().to_iso();
    moment.split('T').next().unwrap_or_default().to_owned()
}

/// `GET /personal_access_tokens/new`
pub async fn ask(viewer: Viewer<TokenKeeper>, state: State) -> Page {
    let sent = Sent::default();
    let template = NewPage::of(&viewer.frame, &viewer.pass, &sent, &state);
    page(&viewer.frame, &state, &template)
}

#[derive(Template)]
#[template(path = "tokens/personal_created.html")]
struct CreatedPage<'a> {
    frame: &'a Frame,
    public_url: &'a str,
    name: &'a str,
    expires: Option<String>,
    token: Option<&'a str>,
}

/// `POST /personal_access_tokens`: shows the token, this once.
pub async fn create(viewer: Viewer<TokenKeeper>, form: PageForm, state: State) -> Page {
    let frame = &viewer.frame;
    let made = async { create_from(&viewer.pass, form.record()?, form.key(), &state).await };
    let error = match made.await {
        Ok(created) => {
            let template = CreatedPage {
                frame,
                public_url: &state.options.public_url,
                name: &created.record.name,
                expires: created.record.expires_at.map(moments::date_and_time),
                token: shown_once(&created),
            };
            return page(frame, &state, &template);
        }
        Err(error) => error,
    };
    let sent: Sent = form.read()?;
    let template = NewPage {
        problems: Problems::of_fields(error, frame)?,
        ..NewPage::of(frame, &viewer.pass, &sent, &state)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, frame, &state, &template)
}

/// `GET /personal_access_tokens/{token}`: a token's page is what it was used for.
pub async fn show(viewer: Viewer<TokenKeeper>, request: HttpRequest) -> Page {
    let token = token_of(&request).map_err(within(&viewer.frame))?;
    Ok(see(&format!("{ADDRESS}/{}/usage", token.0)))
}

/// `POST /personal_access_tokens/{token}/delete`
pub async fn revoke(
    viewer: Viewer<TokenKeeper>,
    _form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let frame = &viewer.frame;
    let token = token_of(&request).map_err(within(frame))?;
    revoke_one(viewer.pass, token, &state)
        .await
        .map_err(within(frame))?;
    Ok(see_with_notice(ADDRESS, "token-deleted"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_told_when_it_is_near_or_over() {
        let now = Timestamp(1_795_888_353_000);
        for (seconds, expected) in [
            (-1, Some("Expired")),
            (0, Some("Expired")),
            (1, Some("Expires soon")),
            (NEAR, Some("Expires soon")),
            (NEAR + 1, None),
        ] {
            let told = expiry_of(now.plus_seconds(seconds), now);
            assert_eq!(told.map(|(_, words)| words), expected, "{seconds}");
        }
    }
}
