//! The history of reports, as the document tells it.

use super::HistoryList;
use crate::http::openapi::operation::{Operation, get};
use crate::http::openapi::parameters;

/// What can be asked of the past: of each kind of report the same.
pub fn operations() -> Vec<Operation> {
    const PATHS: [&str; 3] = [
        "/projects/{project}/issues/{issue}/history.json",
        "/projects/{project}/feature_requests/{feature_request}/history.json",
        "/projects/{project}/tickets/{ticket}/history.json",
    ];
    let history = |path| {
        get(path, super::list)
            .says(
                "Read a report's history",
                "Who changed what since it was published, newest first.",
            )
            .asks(parameters::pages(25))
            .answers::<HistoryList>("The changes")
    };
    PATHS.map(history).into()
}
