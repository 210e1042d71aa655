//! The examples of the document: requests as people wrote them, and the answers that a real server gave to them.
//! `tests/openapi.rs` sends each request, compares the answer, and writes the answers down anew when it is told to.

use std::sync::OnceLock;

use serde_json::Value;

/// The example of the operation with this name.
pub(super) fn of(id: &str) -> Option<&'static Value> {
    static ALL: OnceLock<Value> = OnceLock::new();
    let all = ALL.get_or_init(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());
    all.get(id)
}
