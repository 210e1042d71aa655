//! The `OpenAPI` document: that it is the one in the repository, that it tells every route, and that its examples are true.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "the helpers of a test fail the test"
)]

mod coverage;
mod examples;
mod routes;

use std::path::{Path, PathBuf};

use bugle::http::openapi;

const SNAPSHOT: &str = "docs/openapi.json";

fn write_wanted() -> bool {
    std::env::var_os("BUGLE_WRITE_OPENAPI").is_some()
}

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_document_in_the_repository_is_that_of_the_server() {
    let path = in_repository(SNAPSHOT);
    let document = serde_json::to_string_pretty(&openapi::document()).unwrap() + "\n";
    if write_wanted() {
        std::fs::write(&path, &document).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept
        .lines()
        .zip(document.lines())
        .position(|(kept, now)| kept != now);
    assert!(
        kept == document,
        "the API has changed (line {} of {SNAPSHOT}). If that is meant, renew the snapshot and look at the difference:\n  \
         BUGLE_WRITE_OPENAPI=1 cargo test --test openapi && git diff {SNAPSHOT}\nOnce more, when \
         the answer of an example has changed: the examples are part of the server.",
        differs.unwrap_or_else(|| kept.lines().count()) + 1
    );
}
