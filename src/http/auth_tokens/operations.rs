//! Project tokens, as the document tells them.

use super::{TokenBody, TokenList};
use crate::http::openapi::operation::{Operation, delete, edit, get, post};
use crate::http::usage::ProjectUsageView;
use crate::http::views::ProjectTokenView;

/// What can be done with project tokens.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/auth_tokens.json";
    const ONE: &str = "/projects/{project}/auth_tokens/{token}.json";
    vec![
        get(ALL, super::list)
            .says("List project tokens", "Newest first, without their values.")
            .answers::<TokenList>("The tokens"),
        post(ALL, super::create)
            .says(
                "Create a project token",
                "`token` is in this answer and in no other. What is not said: reports of every kind, eight a day.",
            )
            .takes::<TokenBody>(&["name"])
            .repeatable()
            .creates::<ProjectTokenView>("The token"),
        get(ONE, super::show)
            .says("Read a project token", "")
            .answers::<ProjectTokenView>("The token"),
        edit(ONE, super::edit)
            .says(
                "Change a project token",
                "What is absent stays. Counts for every request that starts after the answer.",
            )
            .takes::<TokenBody>(&[])
            .answers::<ProjectTokenView>("The token"),
        get("/projects/{project}/auth_tokens/{token}/usage.json", super::usage)
            .says(
                "What a project token was used for",
                "Reports of the last 90 UTC days, accepted and refused, and where most of them came from. Those that \
                 were accepted are exact also after a crash; of those that were refused, the last minute before one may \
                 be missing. A retry that is answered as its first request was counts as nothing.",
            )
            .answers::<ProjectUsageView>("The use of the token"),
        delete(ONE, super::revoke)
            .says("Delete a project token", "It is refused at once.")
            .answers::<ProjectTokenView>("The token that was deleted"),
    ]
}
