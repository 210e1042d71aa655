//! `/projects/{project}/issues`: create, list, read, change (protocol 5.2) and complete drafts (5.4). Suggestions and
//! tickets go the same way: what the path names says of which kind the report is.

pub mod batch;
mod completion;
pub mod operations;
mod submission;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ActorError, ChangeIssue, FindIssue, FoundIssue, HiddenValues, IssueChange, IssuePage, IssuePatch,
    ListIssues, ReportLinks, ReportOrder, ReportReference, Submission, TextVersions,
};
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{AddressHash, ProjectId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

pub use completion::{publish, set_contact_info, set_reporter_email};
pub use submission::{ReportFiles, admission, store, submit};

use super::access::{BugReporter, Caller, DeveloperOf, MemberOf, Membership};
use super::error::{ApiError, FieldError};
use super::feature_requests::{self, SuggestionSort};
use super::issue_query::IssueQuery;
use super::report_body::{IssueBody, body_of, patch_from_body};
use super::state::AppState;
use super::views::{Beside, IssueView, Pagination, ReportView, Sight};
use super::{potential_duplicate, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// `POST /projects/{project}/issues.json`
pub async fn create(
    caller: Caller<BugReporter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    submit(&caller.0, &state, &request, &body, ReportFiles::default()).await
}

/// A page of issues.
#[derive(Serialize, ToSchema)]
pub struct IssueList<'a> {
    issues: Vec<IssueView<'a>>,
    pagination: Pagination,
}

/// `GET /projects/{project}/issues.json`
pub async fn list(caller: Caller<MemberOf>, state: State, query: IssueQuery) -> Answer {
    let project = caller.0.project;
    let pages = query.pages;
    let found = page_of(project, query, &state).await?;
    let pagination = pages.pagination(found.total);
    Ok(list_of(&found, pagination, &caller.0, &state))
}

/// Answers with a page of issues.
pub fn list_of(
    found: &IssuePage,
    pagination: Pagination,
    membership: &Membership,
    state: &AppState,
) -> HttpResponse {
    let issues = views_of(found, membership, state).collect();
    HttpResponse::Ok().json(IssueList { issues, pagination })
}

/// The issues of a page as this member sees them.
pub fn views_of<'a>(
    found: &'a IssuePage,
    membership: &Membership,
    state: &AppState,
) -> impl Iterator<Item = IssueView<'a>> {
    let (sight, project) = (Sight::of(membership.role, &found.hidden), membership.project);
    found.issues.iter().map(move |issue| {
        let view = IssueView::of(issue, sight, project, state);
        match found.links.get(&issue.id) {
            Some(links) => view.with_links(links),
            None => view,
        }
    })
}

/// The reports that a query asks for.
pub async fn page_of(project: ProjectId, query: IssueQuery, state: &AppState) -> Result<IssuePage, ApiError> {
    let order = query.sort.map_or(ReportOrder::Newest, SuggestionSort::order);
    page_in_order(project, query, order, state).await
}

/// The same in an order of its own.
pub async fn page_in_order(
    project: ProjectId,
    query: IssueQuery,
    order: ReportOrder,
    state: &AppState,
) -> Result<IssuePage, ApiError> {
    state
        .ask_project(project, |reply| ListIssues {
            kind: query.kind,
            filter: query.filter,
            order,
            skip: query.pages.skip(),
            take: query.pages.per_page,
            reply,
        })
        .await
}

/// `GET /projects/{project}/issues/{issue}.json`. A draft is not found: it is nobody's business yet.
pub async fn show(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let membership = caller.0;
    let reference = reference(&request)?;
    let found = find_published(&state, membership.project, reference, false).await?;
    let original = match reference.kind {
        ReportKind::Bug => potential_duplicate::find(&found, membership.project, &state).await,
        ReportKind::FeatureRequest | ReportKind::SupportTicket => None,
    };
    let told = Told {
        kind: reference.kind,
        report: &found.issue,
        links: Some(&found.links),
        potential_duplicate: original.as_deref(),
    };
    tell(
        told,
        membership.project,
        Viewer::member(&membership, &found.hidden),
        &state,
    )
    .await
}

/// A published report as a member sees it. What it may be the same as is not looked for.
pub async fn show_to(reference: ReportReference, membership: &Membership, state: &AppState) -> Answer {
    let found = find_published(state, membership.project, reference, false).await?;
    let told = Told {
        kind: reference.kind,
        report: &found.issue,
        links: Some(&found.links),
        potential_duplicate: None,
    };
    tell(
        told,
        membership.project,
        Viewer::member(membership, &found.hidden),
        state,
    )
    .await
}

/// A report as it is kept, and what stands beside it.
struct Told<'a> {
    kind: ReportKind,
    report: &'a Issue,
    links: Option<&'a ReportLinks>,
    potential_duplicate: Option<&'a Issue>,
}

/// Who is told of a report.
#[derive(Clone, Copy, Default)]
struct Viewer<'a> {
    /// The member who asks, if it is one.
    user: Option<UserId>,
    sight: Sight<'a>,
}

impl<'a> Viewer<'a> {
    fn member(membership: &Membership, hidden: &'a HiddenValues) -> Self {
        Self {
            user: Some(membership.person.user),
            sight: Sight::of(membership.role, hidden),
        }
    }

    fn developer(user: UserId) -> Self {
        Self {
            user: Some(user),
            sight: Sight::Developer,
        }
    }
}

async fn tell(told: Told<'_>, project: ProjectId, viewer: Viewer<'_>, state: &AppState) -> Answer {
    let (kind, report) = (told.kind, told.report);
    let beside = Beside {
        links: told.links.filter(|_| viewer.sight.is_member()),
        potential_duplicate: told.potential_duplicate,
        votes: feature_requests::votes_for(kind, report.id, project, viewer.user, state).await?,
        sight: viewer.sight,
    };
    Ok(HttpResponse::Ok().json(ReportView::of(kind, report, beside, project, state)))
}

/// Reads an issue, draft or not.
pub async fn find(
    state: &AppState,
    project: ProjectId,
    issue: ReportReference,
    with_attachments: bool,
) -> Result<FoundIssue, ApiError> {
    state
        .ask_project(project, |reply| FindIssue {
            issue,
            with_attachments,
            reply,
        })
        .await
}

/// Reads an issue that is no draft.
pub async fn find_published(
    state: &AppState,
    project: ProjectId,
    issue: ReportReference,
    with_attachments: bool,
) -> Result<FoundIssue, ApiError> {
    let found = find(state, project, issue, with_attachments).await?;
    if found.issue.published_at.is_none() {
        return Err(ApiError::not_found());
    }
    Ok(found)
}

/// `PATCH|PUT /projects/{project}/issues/{issue}.json`
pub async fn update(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let project = membership.project;
    let body = request_body::read(&state, &request, payload).await?;
    let reference = reference(&request)?;
    let sent = body_of(reference.kind, &body)?;
    let (issue, links) = update_from(&membership, reference, sent, state.address(&request), &state).await?;
    let told = Told {
        kind: reference.kind,
        report: &issue,
        links: Some(&links),
        potential_duplicate: None,
    };
    tell(told, project, Viewer::developer(membership.person.user), &state).await
}

/// Changes a published report as a developer described it.
pub async fn update_from(
    membership: &Membership,
    reference: ReportReference,
    sent: IssueBody,
    address: AddressHash,
    state: &AppState,
) -> Result<(Box<Issue>, ReportLinks), ApiError> {
    let patch = patch_from_body(reference.kind, sent)?;
    set_fields(membership, reference, patch, address, state).await
}

/// The same, and gives a bug report tags beside those that it has: their numbers.
pub async fn update_and_tag(
    membership: &Membership,
    reference: ReportReference,
    (sent, added_tags): (IssueBody, Vec<u32>),
    address: AddressHash,
    state: &AppState,
) -> Result<(), ApiError> {
    let patch = IssuePatch {
        added_tags,
        ..patch_from_body(reference.kind, sent)?
    };
    let changed = set_fields(membership, reference, patch, address, state).await;
    changed.map(drop)
}

/// The same where the texts were written over those of `seen`: 409 if one of them is another by now.
pub async fn update_over(
    membership: &Membership,
    reference: ReportReference,
    (sent, seen): (IssueBody, TextVersions),
    address: AddressHash,
    state: &AppState,
) -> Result<(), ApiError> {
    let patch = IssuePatch {
        written_over: Some(seen),
        ..patch_from_body(reference.kind, sent)?
    };
    let changed = set_fields(membership, reference, patch, address, state).await;
    changed.map(drop)
}

async fn set_fields(
    membership: &Membership,
    reference: ReportReference,
    patch: IssuePatch,
    address: AddressHash,
    state: &AppState,
) -> Result<(Box<Issue>, ReportLinks), ApiError> {
    let project = membership.project;
    ensure_assignable(&patch, project, state)?;
    find_published(state, project, reference, false).await?;
    let submission = membership.person.submission(address, None);
    let wanted = IssueChange::Patch(Box::new(patch));
    change(state, project, reference, wanted, submission).await
}

fn ensure_assignable(patch: &IssuePatch, project: ProjectId, state: &AppState) -> Result<(), ApiError> {
    match patch.assigned_to {
        Some(Some(assignee)) if state.directory().role(assignee, project).is_none() => {
            let problem = "is not a member of the project";
            Err(vec![FieldError::new("assigned_to_id", problem)].into())
        }
        _ => Ok(()),
    }
}

async fn change(
    state: &AppState,
    project: ProjectId,
    issue: ReportReference,
    change: IssueChange,
    submission: Submission,
) -> Result<(Box<Issue>, ReportLinks), ApiError> {
    let asked = state
        .actors
        .ask_project(project, |reply| ChangeIssue {
            issue,
            change,
            submission,
            reply,
        })
        .await;
    let changed = asked.and_then(|changed| {
        let issue = changed.issue.ok_or(ActorError::Broken)?;
        Ok((issue, changed.links))
    });
    changed.map_err(|error| state.refusal(error))
}

/// The report that the path names, `.json` or not.
pub fn reference(request: &HttpRequest) -> Result<ReportReference, ApiError> {
    let named = [
        (ReportKind::Bug, "issue"),
        (ReportKind::FeatureRequest, "feature_request"),
        (ReportKind::SupportTicket, "ticket"),
    ];
    let found = named
        .into_iter()
        .find_map(|(kind, name)| Some((kind, request.match_info().get(name)?)));
    let (kind, text) = found.ok_or_else(ApiError::not_found)?;
    let text = text.strip_suffix(".json").unwrap_or(text);
    ReportReference::parse(kind, text).ok_or_else(ApiError::not_found)
}
