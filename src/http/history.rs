//! `…/history`: who changed what of a report. The protocol has no such thing.

mod operations;

use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::ReadHistory;
use bugle_storage::records::{FieldChange, HistoryEntry, Submitter};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, MemberOf};
use super::error::ApiError;
use super::issues::reference;
use super::page_query::PageQuery;
use super::state::AppState;
use super::views::{Iso, Pagination, Sight, UserView};
pub use operations::operations;

#[derive(Serialize, ToSchema)]
struct HistoryList<'a> {
    history: Vec<EntryView<'a>>,
    pagination: Pagination,
}

/// A change. `by` is nobody where a player made it, and `via` tells what it was sent with: nobody changes anything without
/// an update token at least.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryEntry)]
struct EntryView<'a> {
    id: u64,
    at: Iso,
    by: UserView,
    via: &'static str,
    changes: Vec<ChangeView<'a>>,
}

/// A field before and after it.
#[derive(Serialize, ToSchema)]
#[schema(as = HistoryChange)]
struct ChangeView<'a> {
    field: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
}

impl<'a> EntryView<'a> {
    fn of(entry: &'a HistoryEntry, sight: Sight<'_>, state: &AppState) -> Self {
        let told = entry.changes.iter().filter(|change| is_told(change, sight));
        Self {
            id: entry.id.0,
            at: Iso(entry.at),
            by: UserView::of(entry.by.user(), state.directory()),
            via: via(entry.submitter),
            changes: told.map(ChangeView::of).collect(),
        }
    }
}

/// Whether whoever asks may see the values that changed.
pub fn is_told(change: &FieldChange, sight: Sight<'_>) -> bool {
    let value = change.field.strip_prefix("custom_fields.");
    value.is_none_or(|name| sight.shows_value(name))
}

impl<'a> ChangeView<'a> {
    fn of(change: &'a FieldChange) -> Self {
        Self {
            field: &change.field,
            from: change.from.as_deref(),
            to: change.to.as_deref(),
        }
    }
}

/// What a change was sent with.
pub const fn via(submitter: Submitter) -> &'static str {
    match submitter {
        Submitter::ProjectToken(_) => "project_token",
        Submitter::PersonalToken(_) => "personal_access_token",
        Submitter::User(_) => "session",
        Submitter::Anonymous => "update_token",
    }
}

/// `GET …/history.json`: the changes since the report was published, newest first.
pub async fn list(
    caller: Caller<MemberOf>,
    state: web::Data<AppState>,
    request: HttpRequest,
    query: PageQuery,
) -> Result<HttpResponse, ApiError> {
    let report = reference(&request)?;
    let membership = caller.0;
    let read = state.ask_project(membership.project, |reply| ReadHistory {
        report,
        skip: query.pages.skip(),
        take: query.pages.per_page,
        reply,
    });
    let page = read.await?;
    let sight = Sight::of(membership.role, &page.hidden);
    let view = |entry| EntryView::of(entry, sight, &state);
    Ok(HttpResponse::Ok().json(HistoryList {
        history: page.entries.iter().map(view).collect(),
        pagination: query.pages.pagination(page.total),
    }))
}
