//! `/projects/{project}/feature_requests` (protocol 5.5): suggestions. Reading one, changing one and completing a draft
//! are the same for every kind of report, and stand in [`super::issues`].

pub mod images;
mod operations;
mod sort;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{ActorError, ChangeVote, CountVotes, IssuePage, ReportReference, VoteCount};
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{ProjectId, RecordId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

pub use sort::SuggestionSort;

use super::access::{Caller, FeatureRequester, MemberOf, Membership};
use super::error::ApiError;
use super::issue_query::IssueQuery;
use super::issues;
use super::state::AppState;
use super::views::FeatureRequestView;
use super::views::{Beside, Pagination, ReportView, Sight};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

const KIND: ReportKind = ReportKind::FeatureRequest;

/// `POST /projects/{project}/feature_requests.json`; pictures may come in the same form.
pub async fn create(
    caller: Caller<FeatureRequester>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let reporting = caller.0;
    let (body, pictures) = images::read(&reporting, &state, &request, payload).await?;
    issues::submit(&reporting, &state, &request, &body, pictures).await
}

#[derive(Serialize, ToSchema)]
/// A page of suggestions.
pub struct FeatureRequestList<'a> {
    #[schema(value_type = Vec<FeatureRequestView>)]
    feature_requests: Vec<ReportView<'a>>,
    pagination: Pagination,
    sort: &'static str,
    /// A number here, as clients read it.
    project_id: u64,
}

/// `GET /projects/{project}/feature_requests.json`
pub async fn list(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let membership = caller.0;
    let project = membership.project;
    let mut query = IssueQuery::parse(KIND, request.query_string())?;
    let sort = query.sort.unwrap_or_default();
    query.sort = Some(sort);
    if query.filter.statuses.is_empty() {
        query.filter.statuses = sort.statuses().to_vec();
    }
    let pages = query.pages;
    let found = issues::page_of(project, query, &state).await?;
    let pagination = pages.pagination(found.total);
    list_of(&found, pagination, sort, &membership, &state).await
}

/// Answers with a page of suggestions.
pub async fn list_of(
    found: &IssuePage,
    pagination: Pagination,
    sort: SuggestionSort,
    membership: &Membership,
    state: &AppState,
) -> Answer {
    let project = membership.project;
    let ids = found.issues.iter().map(|report| report.id).collect();
    let votes = count_votes(ids, project, Some(membership.person.user), state).await?;
    Ok(HttpResponse::Ok().json(FeatureRequestList {
        feature_requests: listed(found, votes, membership, state),
        pagination,
        sort: sort.name(),
        project_id: project.0,
    }))
}

fn listed<'a>(
    found: &'a IssuePage,
    votes: Vec<VoteCount>,
    membership: &Membership,
    state: &AppState,
) -> Vec<ReportView<'a>> {
    let (sight, project) = (Sight::of(membership.role, &found.hidden), membership.project);
    let view = |(report, votes): (&'a Issue, VoteCount)| {
        let beside = Beside {
            links: found.links.get(&report.id),
            votes,
            sight,
            ..Beside::default()
        };
        ReportView::of(KIND, report, beside, project, state)
    };
    found.issues.iter().zip(votes).map(view).collect()
}

/// The votes for a report: other kinds than suggestions have none, and nobody is asked.
pub async fn votes_for(
    kind: ReportKind,
    report: RecordId,
    project: ProjectId,
    user: Option<UserId>,
    state: &AppState,
) -> Result<VoteCount, ApiError> {
    if kind != KIND {
        return Ok(VoteCount::default());
    }
    let counts = count_votes(vec![report], project, user, state).await?;
    Ok(counts.first().copied().unwrap_or_default())
}

/// The votes for reports, in their order; other kinds than suggestions have none, and nobody is asked.
pub async fn votes_of(
    kind: ReportKind,
    reports: Vec<RecordId>,
    project: ProjectId,
    user: UserId,
    state: &AppState,
) -> Result<Vec<VoteCount>, ActorError> {
    if kind != KIND {
        return Ok(Vec::new());
    }
    let user = Some(user);
    let count = |reply| CountVotes { reports, user, reply };
    state.actors.ask_project(project, count).await
}

/// The votes for each of these suggestions.
pub async fn count_votes(
    reports: Vec<RecordId>,
    project: ProjectId,
    user: Option<UserId>,
    state: &AppState,
) -> Result<Vec<VoteCount>, ApiError> {
    let asked = state.ask_project(project, |reply| CountVotes { reports, user, reply });
    asked.await
}

/// `POST /projects/{project}/feature_requests/{feature_request}/vote.json`: one for each member, however often it is sent.
pub async fn vote(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    change_vote(true, &caller, &state, &request).await
}

/// `DELETE /projects/{project}/feature_requests/{feature_request}/vote.json`
pub async fn take_vote_back(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    change_vote(false, &caller, &state, &request).await
}

async fn change_vote(
    is_for: bool,
    caller: &Caller<MemberOf>,
    state: &State,
    request: &HttpRequest,
) -> Answer {
    let membership = &caller.0;
    let report = issues::reference(request)?;
    set_vote(is_for, membership, report, state).await?;
    issues::show_to(report, membership, state).await
}

/// Gives the member's vote for a suggestion, or takes it back.
pub async fn set_vote(
    is_for: bool,
    membership: &Membership,
    report: ReportReference,
    state: &AppState,
) -> Result<(), ApiError> {
    let (project, user) = (membership.project, membership.person.user);
    let asked = state.ask_project(project, |reply| ChangeVote {
        report,
        user,
        is_for,
        reply,
    });
    asked.await.map(drop)
}
