//! `/projects/{project}/issues`, `feature_requests` and `tickets`: lists with filters in their addresses.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use bugle_actors::ReportReference;
use bugle_storage::ProjectId;
use bugle_storage::records::{ReportKind, Role};

use super::bulk::NOBODY;
use super::filters::{Filters, Found};
use super::row::{Row, RowContext};
use super::sidebar::members;
use super::tags::Tags;
use super::words::{self, Choice, KindWords};
use super::{State, list_address, report_address};
use crate::http::access::{MemberOf, Membership};
use crate::http::error::ApiError;
use crate::http::query::{Pages, value_of};
use crate::http::state::AppState;
use crate::http::views::Sight;
use crate::http::{feature_requests, issues};
use crate::pages::answer::{Page, PageError, page, page_with_status, see};
use crate::pages::frame::Frame;
use crate::pages::turner::Turner;
use crate::pages::viewer::Viewer;

#[derive(Template)]
#[template(path = "reports/list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    words: KindWords,
    /// The list's address, without a query.
    address: String,
    filters: &'a Filters,
    kind: ReportKind,
    tags: Vec<Choice>,
    rows: Vec<Row>,
    turner: Turner,
    /// Whether there is no report of the kind at all.
    is_empty: bool,
    is_best_only: bool,
    problem: Option<String>,
    /// What a change of many has done.
    changed: Option<String>,
    statuses: Vec<Choice>,
    /// Whom many can be assigned to; empty where reports of the kind are nobody's.
    assignees: Vec<Choice>,
    /// Which tag many can get.
    added_tags: Vec<Choice>,
    /// Where a change of many comes back to.
    return_to: String,
}

impl ListPage<'_> {
    fn is_bug(&self) -> bool {
        self.kind == ReportKind::Bug
    }

    fn is_suggestion(&self) -> bool {
        self.kind == ReportKind::FeatureRequest
    }

    fn total(&self) -> String {
        crate::pages::moments::count(self.turner.total)
    }
}

/// `GET /projects/{project}/issues`
pub async fn bugs(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    list(ReportKind::Bug, &viewer, &state, &request).await
}

/// `GET /projects/{project}/feature_requests`
pub async fn suggestions(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    list(ReportKind::FeatureRequest, &viewer, &state, &request).await
}

/// `GET /projects/{project}/tickets`
pub async fn tickets(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    list(ReportKind::SupportTicket, &viewer, &state, &request).await
}

async fn list(kind: ReportKind, viewer: &Viewer<MemberOf>, state: &AppState, request: &HttpRequest) -> Page {
    let membership = &viewer.pass;
    let filters = Filters::read(kind, request.query_string());
    if let Some(address) = named_by_number(kind, membership.project, &filters, state).await {
        return Ok(see(&address));
    }
    let tags = match kind {
        ReportKind::Bug => Tags::read(membership.project, state).await?,
        ReportKind::FeatureRequest | ReportKind::SupportTicket => Tags::default(),
    };
    let (outcome, pages) = match filters.parse() {
        Ok(query) => {
            let pages = query.pages;
            (filters.find(membership.project, query, state).await, pages)
        }
        Err(problem) => (Err(problem), Pages::of(1)),
    };
    let (found, problem) = match outcome {
        Ok(found) => (Some(found), None),
        Err(error) => (None, Some(told(error, &viewer.frame)?)),
    };
    let (rows, total) = rows_of(kind, found.as_ref(), &tags, membership, state).await?;
    let address = list_address(membership.project, kind);
    let status = problem.as_ref().map_or(StatusCode::OK, |(status, _)| *status);
    let assignees = assignees(kind, membership, state).await?;
    let template = ListPage {
        words: KindWords::of(kind),
        kind,
        tags: filters.tags(&tags),
        is_empty: total == 0 && problem.is_none() && !filters.is_any() && pages.page == 1,
        is_best_only: found.as_ref().is_some_and(|found| found.is_best_only),
        turner: Turner::new(&address, &filters.kept(), pages, total),
        problem: problem.map(|(_, text)| text),
        changed: changed(kind, request),
        statuses: words::statuses(kind, ""),
        assignees,
        added_tags: tags.choices(""),
        return_to: return_to(&address, &filters, pages),
        frame: &viewer.frame,
        filters: &filters,
        rows,
        address,
    };
    if status == StatusCode::OK {
        return page(&viewer.frame, state, &template);
    }
    page_with_status(status, &viewer.frame, state, &template)
}

/// Whom many reports can be assigned to at once, by whoever may change them.
async fn assignees(
    kind: ReportKind,
    membership: &Membership,
    state: &AppState,
) -> Result<Vec<Choice>, ApiError> {
    if membership.role < Role::Developer || kind == ReportKind::FeatureRequest {
        return Ok(Vec::new());
    }
    let mut all = vec![Choice::new(NOBODY, "Nobody", "")];
    all.extend(members(membership.project, "", state).await?);
    Ok(all)
}

/// The page of the report whose number is looked for: `#12`.
async fn named_by_number(
    kind: ReportKind,
    project: ProjectId,
    filters: &Filters,
    state: &AppState,
) -> Option<String> {
    let number = filters.words.strip_prefix('#')?.trim().parse().ok()?;
    let reference = ReportReference::numbered(kind, number);
    let found = issues::find_published(state, project, reference, false)
        .await
        .ok()?;
    Some(report_address(project, kind, &found.issue))
}

/// What is wrong with an address, or with the search, as the list says it.
fn told(error: ApiError, frame: &Frame) -> Result<(StatusCode, String), PageError> {
    match error.status() {
        StatusCode::UNPROCESSABLE_ENTITY => {
            let text = error.text().replace('_', " ");
            Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("These filters cannot be read: {text}."),
            ))
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            let text = "The search is not ready yet. Try again in a moment.";
            Ok((StatusCode::SERVICE_UNAVAILABLE, text.to_owned()))
        }
        _ => Err(PageError::within(error, frame.clone())),
    }
}

async fn rows_of(
    kind: ReportKind,
    found: Option<&Found>,
    tags: &Tags,
    membership: &Membership,
    state: &AppState,
) -> Result<(Vec<Row>, u64), ApiError> {
    let Some(Found { page, .. }) = found else {
        return Ok((Vec::new(), 0));
    };
    let context = RowContext {
        project: membership.project,
        kind,
        has_others: false,
        sight: Sight::of(membership.role, &page.hidden),
        tags,
        state,
    };
    let mut rows = context.rows(page);
    if kind == ReportKind::FeatureRequest {
        let ids = page.issues.iter().map(|report| report.id).collect();
        let counts = feature_requests::count_votes(ids, membership.project, None, state).await?;
        for (row, count) in rows.iter_mut().zip(counts) {
            row.votes = Some(count.votes);
        }
    }
    Ok((rows, page.total))
}

/// What a change of many has done, which the address says in numbers: nobody can make the page say what they like.
fn changed(kind: ReportKind, request: &HttpRequest) -> Option<String> {
    let number = |key| value_of(request.query_string(), key)?.parse::<u64>().ok();
    let changed = number("changed")?;
    let words = KindWords::of(kind);
    let done = match changed {
        0 => format!("No {} was changed.", words.one),
        1 => format!("1 {} was changed.", words.one),
        many => format!("{} were changed.", words.counted(many)),
    };
    Some(match number("failed").unwrap_or(0) {
        0 => done,
        1 => format!("{done} One could not be."),
        many => format!("{done} {many} could not be."),
    })
}

fn return_to(address: &str, filters: &Filters, pages: Pages) -> String {
    let kept = filters.kept();
    let sign = if kept.is_empty() { "" } else { "&" };
    format!("{address}?page={}{sign}{kept}", pages.page)
}
