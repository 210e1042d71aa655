//! `/projects/{project}/tickets` (protocol 5.6): calls for help, which somebody must be able to answer. Reading one,
//! changing one and saying how its sender can be reached are the same for every kind of report, and stand in
//! [`super::issues`].

mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_storage::records::ReportKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, MemberOf, TicketSender};
use super::error::ApiError;
use super::issue_query::IssueQuery;
use super::issues::ReportFiles;
use super::state::AppState;
use super::views::TicketView;
use super::views::{Beside, Pagination, ReportView, Sight};
use super::{issues, request_body};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

const KIND: ReportKind = ReportKind::SupportTicket;

/// `POST /projects/{project}/tickets.json`
pub async fn create(
    caller: Caller<TicketSender>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    issues::submit(&caller.0, &state, &request, &body, ReportFiles::default()).await
}

#[derive(Serialize, ToSchema)]
struct TicketList<'a> {
    #[schema(value_type = Vec<TicketView>)]
    tickets: Vec<ReportView<'a>>,
    pagination: Pagination,
}

/// `GET /projects/{project}/tickets.json`: newest first.
pub async fn list(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let project = caller.0.project;
    let query = IssueQuery::parse(KIND, request.query_string())?;
    let pages = query.pages;
    let found = issues::page_of(project, query, &state).await?;
    let beside = Beside {
        sight: Sight::of(caller.0.role, &found.hidden),
        ..Beside::default()
    };
    let view = |ticket| ReportView::of(KIND, ticket, beside, project, &state);
    Ok(HttpResponse::Ok().json(TicketList {
        tickets: found.issues.iter().map(view).collect(),
        pagination: pages.pagination(found.total),
    }))
}
