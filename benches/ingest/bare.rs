//! The yardstick: actix-web that parses the report and answers, and does nothing else.

use std::collections::HashMap;
use std::hint::black_box;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer, error, rt};
use serde::Deserialize;

/// What the bare server prints in front of its address.
pub(crate) const LISTENING: &str = "listening on ";

/// The fields of a report, each into a value of its own, as any server has to.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing them is the work that is measured")]
struct Report {
    title: String,
    description: String,
    unformatted_steps_to_reproduce: String,
    priority: String,
    source: String,
    custom_fields: HashMap<String, String>,
}

/// Listens on a free port of 127.0.0.1, prints its address and answers until the process is killed.
#[expect(clippy::disallowed_methods, reason = "a bare server lets everybody call it")]
pub(crate) fn serve(workers: usize) -> io::Result<()> {
    let server =
        HttpServer::new(|| App::new().route("/projects/{project}/issues.json", web::post().to(create)))
            .workers(workers)
            .bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        println!("{LISTENING}{address}");
    }
    io::stdout().flush()?;
    rt::System::new().block_on(server.run())
}

async fn create(project: web::Path<String>, body: Bytes) -> actix_web::Result<HttpResponse> {
    static LAST_ID: AtomicU64 = AtomicU64::new(0);

    let report: Report = serde_json::from_slice(&body).map_err(error::ErrorBadRequest)?;
    black_box((&project, &report));
    let id = LAST_ID.fetch_add(1, Ordering::Relaxed);
    let answer = format!(r#"{{"id":{id},"status":"open"}}"#);
    Ok(HttpResponse::Created()
        .content_type("application/json")
        .body(answer))
}
