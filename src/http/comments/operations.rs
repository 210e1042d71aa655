//! Comments, as the document tells them.

use serde_json::Value;

use super::{CommentBody, CommentList, CommentView};
use crate::http::openapi::operation::{Operation, delete, edit, fields_of, get, only, post};
use crate::http::openapi::parameters;

/// What can be done with comments: under each kind of report the same.
pub fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    for [comments, comment, file] in [
        [
            "/projects/{project}/issues/{issue}/comments.json",
            "/projects/{project}/issues/{issue}/comments/{comment}.json",
            "/projects/{project}/issues/{issue}/comments/{comment}/file",
        ],
        [
            "/projects/{project}/feature_requests/{feature_request}/comments.json",
            "/projects/{project}/feature_requests/{feature_request}/comments/{comment}.json",
            "/projects/{project}/feature_requests/{feature_request}/comments/{comment}/file",
        ],
        [
            "/projects/{project}/tickets/{ticket}/comments.json",
            "/projects/{project}/tickets/{ticket}/comments/{comment}.json",
            "/projects/{project}/tickets/{ticket}/comments/{comment}/file",
        ],
    ] {
        all.extend(below(comments, comment, file));
    }
    all.push(
        post("/comments.json", super::add_by_id)
            .says(
                "Write a comment by the report's id",
                "`commentable_id` is the global id of a report of that type.",
            )
            .takes::<CommentBody>(&["body", "commentable_id", "commentable_type"])
            .repeatable()
            .creates::<CommentView>("The comment")
            .refuses(&[404]),
    );
    all
}

fn below(comments: &'static str, comment: &'static str, file: &'static str) -> [Operation; 5] {
    [
        get(comments, super::list)
            .says("List comments", "Oldest first.")
            .asks(parameters::pages(25))
            .answers::<CommentList>("The comments"),
        post(comments, super::add)
            .says("Write a comment", "As a multipart form it may bring a file.")
            .takes_shape("application/json", text())
            .repeatable()
            .creates::<CommentView>("The comment"),
        edit(comment, super::edit)
            .says("Change a comment", "Whoever wrote it may.")
            .takes_shape("application/json", text())
            .answers::<CommentView>("The comment"),
        delete(comment, super::delete)
            .says("Delete a comment", "Whoever wrote it may, and developers.")
            .answers::<CommentView>("The comment that was deleted"),
        get(file, super::download)
            .says("Download a comment's file", "")
            .heeds(parameters::of_download())
            .downloads(),
    ]
}

/// The text alone: where the comment is written, the address says.
fn text() -> Value {
    only(fields_of::<CommentBody>(&["body"]), &["body"])
}
