//! `/projects/{project}/webhooks` (ours; protocol 9 leaves it open): where a project's events are sent. For owners: what is
//! sent goes on when whoever set it up has left the project.

mod body;
mod operations;
pub mod payload;
mod view;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ChangeWebhook, CreateWebhook, CreatedWebhook, DeliveryPage, ListDeliveries, ListWebhooks, SendNow,
    Sending, WebhookChange, WebhookState,
};
use bugle_storage::{ProjectId, WebhookId};

use super::access::{Caller, OwnerOf};
use super::body::Record;
use super::error::ApiError;
use super::page_query::PageQuery;
use super::query::Pages;
use super::state::AppState;
use super::{created, numbers, request_body};
pub use body::{WebhookBody, can_be_chosen};
pub use operations::operations;
use view::{DeliveryList, DeliveryView, SentView, WebhookList, WebhookView};

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// `GET /projects/{project}/webhooks.json`: all of them, oldest first.
pub async fn list(caller: Caller<OwnerOf>, state: State) -> Answer {
    let webhooks = webhooks_of(caller.0.project, &state).await?;
    let now = state.now();
    let webhooks = webhooks.iter().map(|webhook| WebhookView::of(webhook, now));
    Ok(HttpResponse::Ok().json(WebhookList {
        webhooks: webhooks.collect(),
    }))
}

/// A project's webhooks, oldest first.
pub async fn webhooks_of(project: ProjectId, state: &AppState) -> Result<Vec<WebhookState>, ApiError> {
    state.ask_webhooks(|reply| ListWebhooks { project, reply }).await
}

/// `POST /projects/{project}/webhooks.json`
pub async fn create(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let project = caller.0.project;
    let body = request_body::read(&state, &request, payload).await?;
    let sent = body.decode::<Record<WebhookBody>>()?.0;
    let created = create_from(project, sent, None, &state).await?.webhook;
    let base = &state.options.public_url;
    let url = format!("{base}/projects/{project}/webhooks/{}", created.webhook.id.0);
    let view = WebhookView::of(&created, state.now()).with_secret(&created);
    Ok(created::at(&url, false)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// Makes the webhook that an owner described, unless one newer than `known` has its address.
pub async fn create_from(
    project: ProjectId,
    sent: WebhookBody,
    known: Option<WebhookId>,
    state: &AppState,
) -> Result<CreatedWebhook, ApiError> {
    let new = sent.check_new(&state.options.targets)?;
    state
        .ask_webhooks(|reply| CreateWebhook {
            project,
            new,
            known,
            reply,
        })
        .await
}

/// `GET /projects/{project}/webhooks/{webhook}.json`
pub async fn show(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let found = find_one(caller.0.project, &request, &state).await?;
    Ok(HttpResponse::Ok().json(WebhookView::of(&found, state.now())))
}

/// The webhook that the path names.
pub async fn find_one(
    project: ProjectId,
    request: &HttpRequest,
    state: &AppState,
) -> Result<WebhookState, ApiError> {
    let wanted = webhook_of(request)?;
    let webhooks = webhooks_of(project, state).await?;
    let mut found = webhooks.into_iter();
    let found = found.find(|state| state.webhook.id == wanted);
    found.ok_or_else(ApiError::not_found)
}

/// `PATCH|PUT /projects/{project}/webhooks/{webhook}.json`
pub async fn edit(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let sent = body.decode::<Record<WebhookBody>>()?.0;
    let changed = edit_from(caller.0.project, &request, sent, &state).await?;
    Ok(HttpResponse::Ok().json(WebhookView::of(&changed, state.now())))
}

/// Changes the webhook that the path names as an owner said.
pub async fn edit_from(
    project: ProjectId,
    request: &HttpRequest,
    sent: WebhookBody,
    state: &AppState,
) -> Result<WebhookState, ApiError> {
    let edit = sent.check_edit(&state.options.targets)?;
    change(project, request, WebhookChange::Edit(Box::new(edit)), state).await
}

/// `DELETE /projects/{project}/webhooks/{webhook}.json`
pub async fn delete(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let deleted = change(caller.0.project, &request, WebhookChange::Delete, &state).await?;
    Ok(HttpResponse::Ok().json(WebhookView::of(&deleted, state.now())))
}

/// `POST /projects/{project}/webhooks/{webhook}/rotate_secret.json`: messages are signed with both secrets for a day.
pub async fn rotate_secret(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let rotated = change(caller.0.project, &request, WebhookChange::RotateSecret, &state).await?;
    let view = WebhookView::of(&rotated, state.now()).with_secret(&rotated);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// Changes the webhook that the path names.
pub async fn change(
    project: ProjectId,
    request: &HttpRequest,
    change: WebhookChange,
    state: &AppState,
) -> Result<WebhookState, ApiError> {
    let webhook = webhook_of(request)?;
    let asked = state.ask_webhooks(|reply| ChangeWebhook {
        project,
        webhook,
        change,
        reply,
    });
    asked.await
}

/// `POST /projects/{project}/webhooks/{webhook}/test.json`: sends a message that says that it is a test.
pub async fn test(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    sent(caller.0.project, &request, Sending::Test, &state).await
}

/// `POST /projects/{project}/webhooks/{webhook}/deliveries/{delivery}/redeliver.json`: sends what an entry of the log is
/// about once more, under the same `webhook-id`.
pub async fn redeliver(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let number = numbers::in_path(&request, "delivery")?;
    sent(caller.0.project, &request, Sending::Again(number), &state).await
}

async fn sent(project: ProjectId, request: &HttpRequest, sending: Sending, state: &AppState) -> Answer {
    let message_id = send(project, request, sending, state).await?;
    Ok(HttpResponse::Accepted().json(SentView { message_id }))
}

/// Sends something to the webhook that the path names; the answer is the message's id.
pub async fn send(
    project: ProjectId,
    request: &HttpRequest,
    sending: Sending,
    state: &AppState,
) -> Result<String, ApiError> {
    let webhook = webhook_of(request)?;
    state
        .ask_webhooks(|reply| SendNow {
            project,
            webhook,
            sending,
            reply,
        })
        .await
}

/// `GET /projects/{project}/webhooks/{webhook}/deliveries.json`: the last attempts, newest first.
pub async fn deliveries(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    query: PageQuery,
) -> Answer {
    let page = deliveries_of(caller.0.project, &request, query.pages, &state).await?;
    let deliveries = page.deliveries.iter();
    let deliveries = deliveries.map(|(message_id, delivery)| DeliveryView::of(message_id, delivery));
    Ok(HttpResponse::Ok().json(DeliveryList {
        deliveries: deliveries.collect(),
        pagination: query.pages.pagination(page.total),
    }))
}

/// A page of the log of the webhook that the path names.
pub async fn deliveries_of(
    project: ProjectId,
    request: &HttpRequest,
    pages: Pages,
    state: &AppState,
) -> Result<DeliveryPage, ApiError> {
    let webhook = webhook_of(request)?;
    state
        .ask_webhooks(|reply| ListDeliveries {
            project,
            webhook,
            skip: pages.skip(),
            take: pages.per_page,
            reply,
        })
        .await
}

/// The webhook that the path names.
fn webhook_of(request: &HttpRequest) -> Result<WebhookId, ApiError> {
    numbers::in_path(request, "webhook").map(WebhookId)
}
