//! The small forms beside a report: each sends what it changes, and the page comes back.

use actix_web::HttpRequest;
use bugle_actors::ReportReference;
use bugle_storage::RecordId;
use serde::Deserialize;

use super::State;
use super::show::{Attempt, address_of, shown_again};
use super::words::KindWords;
use crate::http::access::{DeveloperOf, MemberOf, Membership};
use crate::http::body::Text;
use crate::http::error::{ApiError, FieldError};
use crate::http::feature_requests::set_vote;
use crate::http::issues::{find_published, reference, update_from};
use crate::http::report_body::IssueBody;
use crate::http::state::AppState;
use crate::pages::answer::{Page, PageError, see, see_with_notice};
use crate::pages::form::PageForm;
use crate::pages::viewer::Viewer;

/// What only the form has: people know other reports by their numbers.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ByNumber {
    original: Option<Text>,
}

/// `POST /projects/{project}/issues/{issue}`, and the same of suggestions and tickets.
pub async fn update(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let membership = &viewer.pass;
    let reference = reference(&request)?;
    let named = form.read::<ByNumber>()?.original;
    let changed = async {
        let mut sent: IssueBody = form.read()?;
        if let Some(original) = &named {
            let original = original_of(&original.0, reference, membership, &state).await?;
            sent.duplicate_of_id = Some(original);
        }
        update_from(membership, reference, sent, state.address(&request), &state).await
    };
    match changed.await {
        Ok(_) => {
            let address = address_of(reference, membership, &state).await?;
            Ok(see_with_notice(&address, "saved"))
        }
        Err(error) => {
            let attempt = Attempt::change(error, named.map(|named| named.0));
            shown_again(&viewer, &state, reference, attempt).await
        }
    }
}

/// The report of the same kind with that number; none for no number.
async fn original_of(
    text: &str,
    duplicate: ReportReference,
    membership: &Membership,
    state: &AppState,
) -> Result<Option<RecordId>, ApiError> {
    let text = text.trim().trim_start_matches('#');
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |sentence| ApiError::from(vec![FieldError::new("original", sentence)]);
    let words = KindWords::of(duplicate.kind);
    let number = text
        .parse()
        .map_err(|_| wrong(format!("Give the number of another {}, such as #12.", words.one)))?;
    let named = ReportReference::numbered(duplicate.kind, number);
    let found = find_published(state, membership.project, named, false).await;
    let found = found.map_err(|error| match error.status().as_u16() {
        404 => wrong(format!("There is no {} #{number}.", words.one)),
        _ => error,
    })?;
    Ok(Some(found.issue.id))
}

/// `POST /projects/{project}/feature_requests/{feature_request}/vote`
pub async fn vote(viewer: Viewer<MemberOf>, _: PageForm, state: State, request: HttpRequest) -> Page {
    cast(true, &viewer, &state, &request).await
}

/// `POST /projects/{project}/feature_requests/{feature_request}/vote/delete`
pub async fn take_vote_back(
    viewer: Viewer<MemberOf>,
    _: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    cast(false, &viewer, &state, &request).await
}

async fn cast(is_for: bool, viewer: &Viewer<MemberOf>, state: &State, request: &HttpRequest) -> Page {
    let membership = &viewer.pass;
    let report = reference(request)?;
    let within = |error| PageError::within(error, viewer.frame.clone());
    set_vote(is_for, membership, report, state)
        .await
        .map_err(within)?;
    Ok(see(&address_of(report, membership, state).await?))
}
