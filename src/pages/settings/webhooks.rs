//! `/projects/{project}/webhooks`: where a project's events are sent, and what became of them.

mod events;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bugle_actors::{Sending, WebhookChange, WebhookState};
use bugle_storage::records::{DeliveryOutcome, DisabledReason, EventKind, WebhookDelivery};
use bugle_storage::{ProjectId, WebhookId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use events::Group;

use crate::http::access::OwnerOf;
use crate::http::body::{Integer, Text};
use crate::http::numbers;
use crate::http::state::AppState;
use crate::http::webhooks::{
    WebhookBody, can_be_chosen, change, create_from, deliveries_of, edit_from, find_one, send, webhooks_of,
};
use crate::pages::answer::{Page, page, page_with_status, see_with_notice};
use crate::pages::form::PageForm;
use crate::pages::moments::Moment;
use crate::pages::paging::Paging;
use crate::pages::problems::{Problems, words_of};
use crate::pages::turner::Turner;
use crate::pages::{Frame, Viewer};
use crate::webhooks::secret_text;

type State = web::Data<AppState>;

struct Row {
    id: u64,
    url: String,
    description: String,
    events: usize,
    of_events: usize,
    is_on: bool,
    /// Why nothing is sent, if so.
    why_off: &'static str,
    failing_since: Option<Moment>,
    waiting: usize,
    made: Moment,
}

impl Row {
    fn of(found: &WebhookState) -> Self {
        let webhook = &found.webhook;
        let why_off = match webhook.disabled.map(|disabled| disabled.reason) {
            None => "",
            Some(DisabledReason::Owner) => "Turned off by an owner",
            Some(DisabledReason::Gone) => "Off: the address said that it is gone (410)",
            Some(DisabledReason::Failing) => "Off: it failed for three days on end",
        };
        Self {
            id: webhook.id.0,
            url: webhook.url.clone(),
            description: webhook.description.clone().unwrap_or_default(),
            events: webhook.events.iter().count(),
            of_events: EventKind::ALL.iter().filter(|kind| can_be_chosen(**kind)).count(),
            is_on: webhook.disabled.is_none(),
            why_off,
            failing_since: found.failing_since.map(Moment::date),
            waiting: found.waiting,
            made: Moment::date(webhook.created_at),
        }
    }
}

fn base_of(project: ProjectId) -> String {
    format!("/projects/{project}/webhooks")
}

#[derive(Template)]
#[template(path = "settings/webhooks.html")]
struct WebhooksPage<'a> {
    frame: &'a Frame,
    base: String,
    webhooks: Vec<Row>,
}

/// `GET /projects/{project}/webhooks`
pub async fn list(viewer: Viewer<OwnerOf>, state: State) -> Page {
    let project = viewer.pass.project;
    let webhooks = webhooks_of(project, &state).await?;
    let template = WebhooksPage {
        frame: &viewer.frame,
        base: base_of(project),
        webhooks: webhooks.iter().map(Row::of).collect(),
    };
    page(&viewer.frame, &state, &template)
}

/// What stands in the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    url: Text,
    description: Text,
    events: Vec<Text>,
}

#[derive(Template)]
#[template(path = "settings/webhook_form.html")]
struct FormPage<'a> {
    frame: &'a Frame,
    base: String,
    /// Of a webhook that is there already.
    id: Option<u64>,
    /// The highest number of the project's webhooks when the page was made.
    known: u64,
    events: Vec<Group>,
    values: Values,
    problems: Problems,
}

impl<'a> FormPage<'a> {
    fn of(frame: &'a Frame, project: ProjectId, id: Option<u64>, values: Values) -> Self {
        let is_chosen = |name: &str| values.events.iter().any(|chosen| chosen.0 == name);
        Self {
            frame,
            base: base_of(project),
            id,
            known: 0,
            events: events::groups(is_chosen),
            values,
            problems: Problems::default(),
        }
    }
}

/// `GET /projects/{project}/webhooks/new`
pub async fn ask(viewer: Viewer<OwnerOf>, state: State) -> Page {
    let all = EventKind::ALL.iter().map(|kind| Text(kind.name().to_owned()));
    let values = Values {
        events: all.collect(),
        ..Values::default()
    };
    let project = viewer.pass.project;
    let webhooks = webhooks_of(project, &state).await?;
    let template = FormPage {
        known: highest(&webhooks),
        ..FormPage::of(&viewer.frame, project, None, values)
    };
    page(&viewer.frame, &state, &template)
}

fn highest(webhooks: &[WebhookState]) -> u64 {
    let ids = webhooks.iter().map(|found| found.webhook.id.0);
    ids.max().unwrap_or(0)
}

#[derive(Template)]
#[template(path = "settings/webhook_secret.html")]
struct SecretPage<'a> {
    frame: &'a Frame,
    base: String,
    id: u64,
    url: &'a str,
    is_new: bool,
    /// Shown this once; `None` when the form came again.
    secret: Option<String>,
}

fn secret_page(
    frame: &Frame,
    found: &WebhookState,
    (is_new, is_first): (bool, bool),
    state: &AppState,
) -> Page {
    let webhook = &found.webhook;
    let template = SecretPage {
        frame,
        base: base_of(webhook.project),
        id: webhook.id.0,
        url: &webhook.url,
        is_new,
        secret: is_first.then(|| secret_text(&webhook.secret)),
    };
    page(frame, state, &template)
}

/// `POST /projects/{project}/webhooks`: answers the page that shows the secret this once.
pub async fn create(viewer: Viewer<OwnerOf>, form: PageForm, state: State) -> Page {
    let project = viewer.pass.project;
    let again: Again = form.read()?;
    let known = again.known.0.and_then(|known| u64::try_from(known).ok());
    let made = async { create_from(project, form.record()?, known.map(WebhookId), &state).await };
    let error = match made.await {
        Ok(made) => {
            let shown = (true, !made.replayed);
            return secret_page(&viewer.frame, &made.webhook, shown, &state);
        }
        Err(error) => error,
    };
    let webhooks = webhooks_of(project, &state).await?;
    let template = FormPage {
        problems: Problems::of_fields(error, &viewer.frame)?,
        known: highest(&webhooks),
        ..FormPage::of(&viewer.frame, project, None, form.read()?)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}

/// What shows that a form comes again, as it does when the page that answered it is reloaded.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Again {
    known: Integer,
    secret_was: Text,
}

/// What tells a secret from the one that takes its place, and nothing else of it.
fn mark_of(found: &WebhookState) -> String {
    let hash = Sha256::digest(secret_text(&found.webhook.secret));
    URL_SAFE_NO_PAD.encode(hash.get(..6).unwrap_or_default())
}

struct Attempt {
    number: u64,
    message: String,
    kind: &'static str,
    at: Moment,
    count: u32,
    outcome: String,
    delivered: bool,
    status: Option<u16>,
    duration: u32,
    next: Option<Moment>,
}

impl Attempt {
    fn of(message: &str, delivery: &WebhookDelivery, state: &AppState) -> Self {
        Self {
            number: delivery.number,
            message: message.to_owned(),
            kind: delivery.event.kind.name(),
            at: Moment::ago(delivery.at, state.now()),
            count: delivery.attempt,
            outcome: words_of(delivery.outcome.name()),
            delivered: delivery.outcome == DeliveryOutcome::Delivered,
            status: delivery.status,
            duration: delivery.duration,
            next: delivery.next_due.map(Moment::time),
        }
    }
}

#[derive(Template)]
#[template(path = "settings/webhook.html")]
struct WebhookPage<'a> {
    frame: &'a Frame,
    base: String,
    webhook: Row,
    secret_was: String,
    events: Vec<&'static str>,
    attempts: Vec<Attempt>,
    turner: Turner,
}

/// `GET /projects/{project}/webhooks/{webhook}`: with its log.
pub async fn show(
    viewer: Viewer<OwnerOf>,
    state: State,
    request: HttpRequest,
    Paging(pages): Paging,
) -> Page {
    let project = viewer.pass.project;
    let found = find_one(project, &request, &state).await?;
    let log = deliveries_of(project, &request, pages.pages, &state).await?;
    let attempts = log.deliveries.iter();
    let base = base_of(project);
    let template = WebhookPage {
        frame: &viewer.frame,
        webhook: Row::of(&found),
        secret_was: mark_of(&found),
        events: found.webhook.events.iter().map(EventKind::name).collect(),
        attempts: attempts
            .map(|(message, delivery)| Attempt::of(message, delivery, &state))
            .collect(),
        turner: Turner::new(
            &format!("{base}/{}", found.webhook.id.0),
            "",
            pages.pages,
            log.total,
        ),
        base,
    };
    page(&viewer.frame, &state, &template)
}

/// `GET /projects/{project}/webhooks/{webhook}/edit`
pub async fn ask_edit(viewer: Viewer<OwnerOf>, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let webhook = find_one(project, &request, &state).await?.webhook;
    let events = webhook.events.iter();
    let values = Values {
        url: Text(webhook.url),
        description: Text(webhook.description.unwrap_or_default()),
        events: events.map(|kind| Text(kind.name().to_owned())).collect(),
    };
    let template = FormPage::of(&viewer.frame, project, Some(webhook.id.0), values);
    page(&viewer.frame, &state, &template)
}

/// `POST /projects/{project}/webhooks/{webhook}`: address, description and events, or whether it is on.
pub async fn edit(viewer: Viewer<OwnerOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let edited = async { edit_from(project, &request, form.record::<WebhookBody>()?, &state).await };
    let error = match edited.await {
        Ok(edited) => {
            let address = format!("{}/{}", base_of(project), edited.webhook.id.0);
            return Ok(see_with_notice(&address, "saved"));
        }
        Err(error) => error,
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let id = find_one(project, &request, &state).await?.webhook.id.0;
    let template = FormPage {
        problems,
        ..FormPage::of(&viewer.frame, project, Some(id), form.read()?)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}

/// `POST /projects/{project}/webhooks/{webhook}/rotate_secret`: answers the page that shows the new secret. Sent again by a
/// reload it changes nothing: one more secret would end the one that receivers still use.
pub async fn rotate(viewer: Viewer<OwnerOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let found = find_one(project, &request, &state).await?;
    if form.read::<Again>()?.secret_was.0 != mark_of(&found) {
        return secret_page(&viewer.frame, &found, (false, false), &state);
    }
    let rotated = change(project, &request, WebhookChange::RotateSecret, &state).await?;
    secret_page(&viewer.frame, &rotated, (false, true), &state)
}

/// `POST /projects/{project}/webhooks/{webhook}/test`
pub async fn test(viewer: Viewer<OwnerOf>, _form: PageForm, state: State, request: HttpRequest) -> Page {
    sent(&viewer, &request, Sending::Test, &state).await
}

/// `POST /projects/{project}/webhooks/{webhook}/deliveries/{delivery}/redeliver`
pub async fn redeliver(viewer: Viewer<OwnerOf>, _form: PageForm, state: State, request: HttpRequest) -> Page {
    let number = numbers::in_path(&request, "delivery")?;
    sent(&viewer, &request, Sending::Again(number), &state).await
}

async fn sent(viewer: &Viewer<OwnerOf>, request: &HttpRequest, sending: Sending, state: &AppState) -> Page {
    let project = viewer.pass.project;
    send(project, request, sending, state).await?;
    let id = find_one(project, request, state).await?.webhook.id.0;
    let address = format!("{}/{id}", base_of(project));
    Ok(see_with_notice(&address, "sending"))
}

/// `POST /projects/{project}/webhooks/{webhook}/delete`
pub async fn delete(viewer: Viewer<OwnerOf>, _form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    change(project, &request, WebhookChange::Delete, &state).await?;
    Ok(see_with_notice(&base_of(project), "deleted"))
}
