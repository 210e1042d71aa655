//! Changing the status of many reports of a list at once.

use actix_web::HttpRequest;
use bugle_actors::ReportReference;
use bugle_storage::records::ReportKind;
use futures_util::future::join_all;
use serde::Deserialize;

use super::{State, list_address};
use crate::http::access::DeveloperOf;
use crate::http::body::Text;
use crate::http::error::{ApiError, FieldError};
use crate::http::issues::update_from;
use crate::http::report_body::IssueBody;
use crate::pages::answer::{Page, PageError, see};
use crate::pages::form::PageForm;
use crate::pages::request::own_target;
use crate::pages::viewer::Viewer;

/// How many reports are changed at once at the most: as many as a page of a list has.
const REPORTS_MAX: usize = 100;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    numbers: Vec<Text>,
    status: Text,
    return_to: Text,
}

/// `POST /projects/{project}/issues/change_status`
pub async fn bugs(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    change(ReportKind::Bug, &viewer, &form, &state, &request).await
}

/// `POST /projects/{project}/feature_requests/change_status`
pub async fn suggestions(
    viewer: Viewer<DeveloperOf>,
    form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    change(ReportKind::FeatureRequest, &viewer, &form, &state, &request).await
}

/// `POST /projects/{project}/tickets/change_status`
pub async fn tickets(
    viewer: Viewer<DeveloperOf>,
    form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    change(ReportKind::SupportTicket, &viewer, &form, &state, &request).await
}

/// Each report is a change of its own, as when it is made by hand: what one refuses keeps no other from changing.
async fn change(
    kind: ReportKind,
    viewer: &Viewer<DeveloperOf>,
    form: &PageForm,
    state: &State,
    request: &HttpRequest,
) -> Page {
    let membership = &viewer.pass;
    let sent: Sent = form.read()?;
    let named = references(kind, &sent).map_err(|error| PageError::within(error, viewer.frame.clone()))?;
    let address = state.address(request);
    let changes = named.into_iter().map(|reference| {
        let fields = IssueBody {
            status: Some(Text(sent.status.0.clone())),
            ..IssueBody::default()
        };
        update_from(membership, reference, fields, address, state)
    });
    let outcomes = join_all(changes).await;
    let failed = outcomes.iter().filter(|outcome| outcome.is_err()).count();
    let done = outcomes.len() - failed;
    let list = list_address(membership.project, kind);
    let back = own_target(&sent.return_to.0);
    let back = if back.starts_with(&list) { back } else { &list };
    let sign = if back.contains('?') { '&' } else { '?' };
    Ok(see(&format!("{back}{sign}changed={done}&failed={failed}")))
}

/// Which reports are to be changed, all of them named rightly and to a status that there is.
fn references(kind: ReportKind, sent: &Sent) -> Result<Vec<ReportReference>, ApiError> {
    let wrong = |field: &'static str, problem: String| ApiError::from(vec![FieldError::new(field, problem)]);
    if sent.status.0.trim().is_empty() {
        return Err(wrong("status", "can't be blank".to_owned()));
    }
    if crate::http::report_body::status_named(kind, &sent.status.0).is_none() {
        return Err(wrong("status", crate::http::report_body::unknown_status(kind)));
    }
    if sent.numbers.len() > REPORTS_MAX {
        return Err(wrong(
            "numbers",
            format!("are too many (maximum is {REPORTS_MAX})"),
        ));
    }
    let numbers = sent.numbers.iter().map(|number| number.0.trim().parse().ok());
    let numbers: Option<Vec<u32>> = numbers.collect();
    let numbers = numbers.ok_or_else(|| wrong("numbers", "must be those of reports".to_owned()))?;
    Ok(numbers
        .into_iter()
        .map(|number| ReportReference::numbered(kind, number))
        .collect())
}
