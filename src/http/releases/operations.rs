//! Releases, as the document tells them.

use super::ReleaseView;
use super::body::ReleaseBody;
use crate::http::openapi::operation::{Operation, delete, get, post};

/// What can be done with releases.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/releases.json";
    const ONE: &str = "/projects/{project}/releases/{release}.json";
    vec![
        get(ALL, super::list)
            .says("List releases", "A bare list, oldest first: the last is the latest.")
            .answers_list_of::<ReleaseView>("The releases"),
        post(ALL, super::create)
            .says(
                "Create a release",
                "No two have the same label, but for one that a report's `release_label` made: creating one with that \
                 label fills it in and keeps its `id`.",
            )
            .takes::<ReleaseBody>(&["label"])
            .repeatable()
            .creates::<ReleaseView>("The release"),
        get(ONE, super::show)
            .says("Read a release", "")
            .answers::<ReleaseView>("The release"),
        post("/projects/{project}/releases/{release}/publish.json", super::publish)
            .says("Publish a release", "Notes the moment in `published_at`, once.")
            .answers::<ReleaseView>("The release"),
        delete(ONE, super::delete)
            .says("Delete a release", "Its reports keep their `release_id`.")
            .answers::<ReleaseView>("The release that was deleted"),
    ]
}
