//! Personal tokens, as the document tells them.

use super::{TokenBody, TokenList};
use crate::http::openapi::operation::{Operation, delete, get, post};
use crate::http::usage::PersonalUsageView;
use crate::http::views::PersonalTokenView;

/// What can be done with one's own tokens.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/personal_access_tokens.json";
    vec![
        get(ALL, super::list)
            .says("List personal tokens", "The caller's, newest first, without their values.")
            .answers::<TokenList>("The tokens"),
        post(ALL, super::create)
            .says(
                "Create a personal token",
                "`token` is in this answer and in no other. `expires_at` is a date, which counts to its end, or a moment.",
            )
            .takes::<TokenBody>(&["name"])
            .repeatable()
            .creates::<PersonalTokenView>("The token"),
        get("/personal_access_tokens/{token}/usage.json", super::usage)
            .says(
                "What a personal token was used for",
                "Requests of the last 90 UTC days: those that were answered, and those that were refused, which is any \
                 status from 400 on. After a crash, the last minute before it may be missing.",
            )
            .answers::<PersonalUsageView>("The use of the token"),
        delete("/personal_access_tokens/{token}.json", super::revoke)
            .says("Delete a personal token", "It is refused at once.")
            .answers::<PersonalTokenView>("The token that was deleted"),
    ]
}
