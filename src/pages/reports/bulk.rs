//! Changing many reports of a list at once: their status, whom they are assigned to, and a tag more.

use std::borrow::Cow;

use actix_web::HttpRequest;
use bugle_actors::ReportReference;
use bugle_storage::UserId;
use bugle_storage::records::ReportKind;
use futures_util::future::join_all;
use serde::Deserialize;

use super::{State, list_address};
use crate::http::access::DeveloperOf;
use crate::http::body::Text;
use crate::http::error::{ApiError, FieldError};
use crate::http::issues::update_and_tag;
use crate::http::report_body::{IssueBody, status_named, unknown_status};
use crate::pages::answer::{Page, PageError, see};
use crate::pages::form::PageForm;
use crate::pages::request::own_target;
use crate::pages::viewer::Viewer;

/// How many reports are changed at once at the most: as many as a page of a list has.
const REPORTS_MAX: usize = 100;
/// What the form sends in place of a member's id, to take assignments away.
pub const NOBODY: &str = "nobody";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sent {
    numbers: Vec<Text>,
    /// Blank leaves it as it is, and so of the next two.
    status: Text,
    /// A member's id, or [`NOBODY`].
    assigned_to_id: Text,
    /// The number of a tag that is added.
    tag_id: Text,
    return_to: Text,
}

/// Whom reports are to be assigned to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assignee {
    Nobody,
    Member(UserId),
}

impl Assignee {
    fn named(name: &str) -> Result<Self, ApiError> {
        if name == NOBODY {
            return Ok(Self::Nobody);
        }
        let id = name.parse().map(UserId);
        id.map(Self::Member)
            .map_err(|_| wrong("assigned_to_id", "must be a member's id"))
    }

    const fn user(self) -> Option<UserId> {
        match self {
            Self::Nobody => None,
            Self::Member(user) => Some(user),
        }
    }
}

/// What each report is to become; `None` leaves it as it is.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    status: Option<Text>,
    assigned_to: Option<Assignee>,
    tag: Option<u32>,
}

/// `POST /projects/{project}/issues/change_many`
pub async fn bugs(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    change(ReportKind::Bug, &viewer, &form, &state, &request).await
}

/// `POST /projects/{project}/feature_requests/change_many`
pub async fn suggestions(
    viewer: Viewer<DeveloperOf>,
    form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    change(ReportKind::FeatureRequest, &viewer, &form, &state, &request).await
}

/// `POST /projects/{project}/tickets/change_many`
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
    let within = |error| PageError::within(error, viewer.frame.clone());
    let wanted = wanted(kind, &sent).map_err(within)?;
    let named = references(kind, &sent).map_err(within)?;
    let address = state.address(request);
    let changes = named.into_iter().map(|reference| {
        let fields = IssueBody {
            status: wanted.status.clone(),
            assigned_to_id: wanted.assigned_to.map(Assignee::user),
            ..IssueBody::default()
        };
        let tags = wanted.tag.into_iter().collect();
        update_and_tag(membership, reference, (fields, tags), address, state)
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

fn wrong(field: &'static str, problem: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::from(vec![FieldError::new(field, problem)])
}

/// What is to become of the reports: one thing at the least, and of what their kind has.
fn wanted(kind: ReportKind, sent: &Sent) -> Result<Wanted, ApiError> {
    let said = |text: &Text| Some(text.0.trim().to_owned()).filter(|text| !text.is_empty());
    let status = said(&sent.status);
    if let Some(status) = &status
        && status_named(kind, status).is_none()
    {
        return Err(wrong("status", unknown_status(kind)));
    }
    let assigned_to = said(&sent.assigned_to_id).filter(|_| kind != ReportKind::FeatureRequest);
    let tag = said(&sent.tag_id).filter(|_| kind == ReportKind::Bug);
    let wanted = Wanted {
        status: status.map(Text),
        assigned_to: assigned_to.as_deref().map(Assignee::named).transpose()?,
        tag: tag
            .map(|tag| tag.parse())
            .transpose()
            .map_err(|_| wrong("tag_id", "must be a tag's number"))?,
    };
    if wanted == Wanted::default() {
        return Err(wrong("status", "can't be blank where nothing else is to change"));
    }
    Ok(wanted)
}

/// Which reports are to be changed, all of them named rightly.
fn references(kind: ReportKind, sent: &Sent) -> Result<Vec<ReportReference>, ApiError> {
    if sent.numbers.len() > REPORTS_MAX {
        return Err(wrong(
            "numbers",
            format!("are too many (maximum is {REPORTS_MAX})"),
        ));
    }
    let numbers = sent.numbers.iter().map(|number| number.0.trim().parse().ok());
    let numbers: Option<Vec<u32>> = numbers.collect();
    let numbers = numbers.ok_or_else(|| wrong("numbers", "must be those of reports"))?;
    Ok(numbers
        .into_iter()
        .map(|number| ReportReference::numbered(kind, number))
        .collect())
}
