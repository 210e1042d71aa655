//! What the server counts of itself, and `GET /metrics`, which Prometheus reads.
//!
//! Nothing here holds a token, a path with ids or an address. On a request's way stand two readings of the clock and
//! three atomic additions; whatever else a reading shows is looked up when somebody reads.

mod condition;
mod deliveries;
mod durations;
mod process;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use bugle_actors::Actors;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use super::access::{Anybody, Caller};
use super::error::ApiError;
use super::state::AppState;
use condition::Condition;
use deliveries::Sent;
use durations::{Durations, Shown};

/// The statuses that are counted by their number; the others are rare and counted together.
const STATUSES: [u16; 17] = [
    200, 201, 204, 206, 304, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503,
];

type Label = [(&'static str, String); 1];

/// The counters.
pub struct Metrics {
    registry: Registry,
    /// In the order of [`STATUSES`], the others last.
    responses: Vec<Counter>,
    durations: Arc<Durations>,
    bug_reports: Counter,
}

impl Metrics {
    /// Counters at zero. `actors` are asked how they are when somebody reads.
    pub fn new(actors: Actors) -> Self {
        let mut registry = Registry::default();
        let responses = Family::<Label, Counter<u64, AtomicU64>>::default();
        let counter_of = |code: String| responses.get_or_create(&[("code", code)]).clone();
        let by_status = STATUSES
            .iter()
            .map(u16::to_string)
            .chain(["other".to_owned()])
            .map(counter_of)
            .collect();
        registry.register("bugle_http_responses", "Answers by status", responses);
        let bug_reports = Counter::default();
        let help = "Bug reports that were stored, drafts among them";
        registry.register("bugle_bug_reports", help, bug_reports.clone());
        let durations = Arc::new(Durations::default());
        registry.register_collector(Box::new(Shown(Arc::clone(&durations))));
        registry.register_collector(Box::new(Condition(actors.clone())));
        registry.register_collector(Box::new(Sent(actors)));
        registry.register_collector(Box::new(process::Process));
        Self {
            registry,
            responses: by_status,
            durations,
            bug_reports,
        }
    }

    /// Counts an answer and how long it took from the head of the request on.
    pub fn count_response(&self, status: StatusCode, took: Duration) {
        let place = STATUSES.iter().position(|known| *known == status.as_u16());
        let counter = self.responses.get(place.unwrap_or(STATUSES.len()));
        counter.map(Counter::inc);
        self.durations.observe(took);
    }

    /// Counts bug reports that were stored.
    pub fn count_bug_reports(&self, number: u64) {
        self.bug_reports.inc_by(number);
    }
}

/// `GET /metrics`: for the machine itself, and for nobody who comes through a proxy.
pub async fn show(
    _: Caller<Anybody>,
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    if !is_from_this_machine(&request) {
        return Err(ApiError::not_found());
    }
    let mut text = String::new();
    encode(&mut text, &state.metrics.registry).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ))
        .body(text))
}

/// A proxy on this machine speaks for others and says so in a header.
fn is_from_this_machine(request: &HttpRequest) -> bool {
    let is_forwarded = ["x-forwarded-for", "forwarded"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let is_local = request
        .peer_addr()
        .is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    is_local && !is_forwarded
}
