//! Submission tokens, as the document tells them.

use serde_json::json;

use super::{SubmissionTokenBody, SubmissionTokenView};
use crate::http::openapi::operation::{Operation, post};

/// What can be done with submission tokens.
pub fn operations() -> Vec<Operation> {
    vec![
        post("/projects/{project}/submission_tokens.json", super::create)
            .says(
                "Vouch for a report",
                "Asked by a studio's own server, which knows who is playing. The token goes to the game or page, which \
                 sends one report with it: `FormUser tkn-…,TOKEN`. Its address becomes the reporter, its values count \
                 more than those of the report.",
            )
            .takes::<SubmissionTokenBody>(&[])
            .creates_with::<SubmissionTokenView>("The token", json!({})),
    ]
}
