//! Whether the server is well: `/healthz`, `/readyz`, and the plain page at `/`.

mod operations;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use bugle_storage::StoreState;
use serde_json::json;

use super::access::{Anybody, Caller};
use super::state::AppState;
pub use operations::operations;

/// `GET /healthz`: the process answers.
pub async fn alive(_: Caller<Anybody>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// `GET /readyz`: 200 when reports are taken, 503 with the reason when not.
pub async fn ready(_: Caller<Anybody>, state: web::Data<AppState>) -> HttpResponse {
    let store = match state.actors.store().state() {
        StoreState::Writable => "writable",
        StoreState::Full => "full",
        StoreState::Busy => "busy",
        StoreState::Failed => "failed",
    };
    let health = state.actors.health();
    let ready = health.is_ready() && store == "writable";
    let mut response = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    let mut body = json!({"ready": ready, "store": store, "actor_restarts": health.restarts()});
    if !ready && let Some(body) = body.as_object_mut() {
        body.insert(
            "error".to_owned(),
            "the server does not take reports right now".into(),
        );
    }
    response.json(body)
}

/// `GET /ping.txt`: what the Unity plugin's latency probe asks for (protocol 5.6).
pub async fn ping(_: Caller<Anybody>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body("pong\n")
}

/// `GET /`: says that the server runs, to whoever opens its address in a browser.
pub async fn welcome(_: Caller<Anybody>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'"))
        .body(include_str!("welcome.html"))
}
