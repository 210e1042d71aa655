//! `/projects/{project}/webhooks` (ours; protocol 9 leaves it open): where a project's events are sent. For owners: what is
//! sent goes on when whoever set it up has left the project.

mod body;
mod operations;
pub mod payload;
mod view;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::{
    ChangeWebhook, CreateWebhook, ListDeliveries, ListWebhooks, SendNow, Sending, WebhookChange, WebhookState,
};
use bugle_storage::{ProjectId, WebhookId};

use super::access::{Caller, OwnerOf};
use super::body::Record;
use super::error::ApiError;
use super::page_query::PageQuery;
use super::state::AppState;
use super::{created, numbers, request_body};
use body::WebhookBody;
pub use body::can_be_chosen;
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

async fn webhooks_of(project: ProjectId, state: &AppState) -> Result<Vec<WebhookState>, ApiError> {
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
    let body = body.decode::<Record<WebhookBody>>()?.0;
    let new = body.check_new(&state.options.targets)?;
    let created = state
        .ask_webhooks(|reply| CreateWebhook { project, new, reply })
        .await?;
    let base = &state.options.public_url;
    let url = format!("{base}/projects/{project}/webhooks/{}", created.webhook.id.0);
    let view = WebhookView::of(&created, state.now()).with_secret(&created);
    Ok(created::at(&url, false)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

/// `GET /projects/{project}/webhooks/{webhook}.json`
pub async fn show(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let wanted = webhook_of(&request)?;
    let webhooks = webhooks_of(caller.0.project, &state).await?;
    let found = webhooks.iter().find(|state| state.webhook.id == wanted);
    let found = found.ok_or_else(ApiError::not_found)?;
    Ok(HttpResponse::Ok().json(WebhookView::of(found, state.now())))
}

/// `PATCH|PUT /projects/{project}/webhooks/{webhook}.json`
pub async fn edit(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let body = request_body::read(&state, &request, payload).await?;
    let body = body.decode::<Record<WebhookBody>>()?.0;
    let edit = body.check_edit(&state.options.targets)?;
    let changed = change(&caller, &state, &request, WebhookChange::Edit(Box::new(edit))).await?;
    Ok(HttpResponse::Ok().json(WebhookView::of(&changed, state.now())))
}

/// `DELETE /projects/{project}/webhooks/{webhook}.json`
pub async fn delete(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let deleted = change(&caller, &state, &request, WebhookChange::Delete).await?;
    Ok(HttpResponse::Ok().json(WebhookView::of(&deleted, state.now())))
}

/// `POST /projects/{project}/webhooks/{webhook}/rotate_secret.json`: messages are signed with both secrets for a day.
pub async fn rotate_secret(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let rotated = change(&caller, &state, &request, WebhookChange::RotateSecret).await?;
    let view = WebhookView::of(&rotated, state.now()).with_secret(&rotated);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(view))
}

async fn change(
    caller: &Caller<OwnerOf>,
    state: &AppState,
    request: &HttpRequest,
    change: WebhookChange,
) -> Result<WebhookState, ApiError> {
    let (project, webhook) = (caller.0.project, webhook_of(request)?);
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
    send(&caller, &state, &request, Sending::Test).await
}

/// `POST /projects/{project}/webhooks/{webhook}/deliveries/{delivery}/redeliver.json`: sends what an entry of the log is
/// about once more, under the same `webhook-id`.
pub async fn redeliver(caller: Caller<OwnerOf>, state: State, request: HttpRequest) -> Answer {
    let number = numbers::in_path(&request, "delivery")?;
    send(&caller, &state, &request, Sending::Again(number)).await
}

async fn send(caller: &Caller<OwnerOf>, state: &AppState, request: &HttpRequest, sending: Sending) -> Answer {
    let (project, webhook) = (caller.0.project, webhook_of(request)?);
    let message_id = state
        .ask_webhooks(|reply| SendNow {
            project,
            webhook,
            sending,
            reply,
        })
        .await?;
    Ok(HttpResponse::Accepted().json(SentView { message_id }))
}

/// `GET /projects/{project}/webhooks/{webhook}/deliveries.json`: the last attempts, newest first.
pub async fn deliveries(
    caller: Caller<OwnerOf>,
    state: State,
    request: HttpRequest,
    query: PageQuery,
) -> Answer {
    let (project, webhook) = (caller.0.project, webhook_of(&request)?);
    let page = state
        .ask_webhooks(|reply| ListDeliveries {
            project,
            webhook,
            skip: query.pages.skip(),
            take: query.pages.per_page,
            reply,
        })
        .await?;
    let deliveries = page.deliveries.iter();
    let deliveries = deliveries.map(|(message_id, delivery)| DeliveryView::of(message_id, delivery));
    Ok(HttpResponse::Ok().json(DeliveryList {
        deliveries: deliveries.collect(),
        pagination: query.pages.pagination(page.total),
    }))
}

/// The webhook that the path names.
fn webhook_of(request: &HttpRequest) -> Result<WebhookId, ApiError> {
    numbers::in_path(request, "webhook").map(WebhookId)
}
