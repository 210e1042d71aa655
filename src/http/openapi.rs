//! The API as an `OpenAPI` 3.1 document: `/openapi.json`, and the page at `/docs/api` that shows it.
//!
//! What bodies and answers hold is derived from the types that handlers read and write, who may call from the policy in
//! a handler's signature. The rest, which is prose, stands beside each resource's handlers (`releases/operations.rs`).
#![expect(
    clippy::indexing_slicing,
    reason = "to index a JSON value gives null or makes the field, and all that is indexed here are objects"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "what is told of an operation reads better without signs of borrowing"
)]
#![expect(
    clippy::return_self_not_must_use,
    reason = "an operation that is dropped is missing in the document, which a test sees"
)]

mod admission;
pub mod answers;
mod examples;
pub mod fields;
pub mod names;
pub mod operation;
pub mod page;
pub mod parameters;
pub mod schemas;

use std::sync::LazyLock;

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::access::{Anybody, Caller};
use super::account::Account;
use super::error::Envelope;
use super::fixed_text::FixedText;
use super::{
    account, auth_tokens, comments, custom_fields, device_auth, export, feature_requests, history,
    identity_keys, invitations, issue_tags, issues, media, members, organizations, personal_access_tokens,
    profile, projects, releases, report_page, report_search, sessions, status, submission_tokens, tickets,
    webhooks,
};
use operation::Operation;

/// Every resource: what it is called, what is to be known of it, and what can be done with it.
fn resources() -> Vec<(&'static str, &'static str, Vec<Operation>)> {
    vec![
        ("Issues", "Bug reports.", issues::operations()),
        (
            "Files",
            "Screenshots, clips, logs and other files of an issue.",
            media::operations(),
        ),
        (
            "Suggestions",
            "What players wish for, which members can vote for.",
            feature_requests::operations(),
        ),
        (
            "Tickets",
            "Calls for help, which somebody must be able to answer.",
            tickets::operations(),
        ),
        (
            "Comments",
            "What members write under a report.",
            comments::operations(),
        ),
        (
            "Search",
            "Finding reports by what they say.",
            report_search::operations(),
        ),
        ("History", "Who changed what of a report.", history::operations()),
        (
            "Releases",
            "The versions of a game that reports belong to.",
            releases::operations(),
        ),
        (
            "Custom fields",
            "What a project asks of reports beyond the usual.",
            custom_fields::operations(),
        ),
        ("Tags", "By which issues are sorted.", issue_tags::operations()),
        ("Projects", "A game each.", projects::operations()),
        (
            "Export",
            "All reports of a project, to take elsewhere.",
            export::operations(),
        ),
        (
            "Project tokens",
            "What games send: for one project, not secret, with daily limits.",
            auth_tokens::operations(),
        ),
        (
            "Submission tokens",
            "What a studio's own server vouches for: who sends one report, and what it says.",
            submission_tokens::operations(),
        ),
        (
            "Identity keys",
            "With which a studio's own server signs who is playing, without asking this one.",
            identity_keys::operations(),
        ),
        (
            "Sign-in from games",
            "A player decides in a browser whether a game may report in their name.",
            device_auth::operations(),
        ),
        (
            "Pages from mails",
            "What whoever sent a report is led to by mail.",
            report_page::operations(),
        ),
        (
            "Webhooks",
            "Where a project's events are sent, signed after the Standard Webhooks specification.",
            webhooks::operations(),
        ),
        (
            "Members",
            "Who belongs to a project, and what they may do there.",
            members::operations(),
        ),
        (
            "Invitations",
            "Links by which people without an account come into a project.",
            invitations::operations(),
        ),
        (
            "Organizations",
            "Studios with several projects, whose members are in all of them.",
            organizations::operations(),
        ),
        ("Account", "Who is asking.", account_operations()),
        (
            "Personal tokens",
            "What a person's scripts send: as good as their password.",
            personal_access_tokens::operations(),
        ),
        ("Server", "The server itself.", status::operations()),
    ]
}

fn account_operations() -> Vec<Operation> {
    let mut all = account::operations();
    all.extend(profile::operations());
    all.extend(sessions::operations());
    all
}

/// The whole document.
pub fn document() -> Value {
    let mut paths = Map::new();
    let mut tags = Vec::new();
    let mut schemas = schemas::Schemas::default();
    schemas.reference::<Envelope>();
    schemas.reference::<Account>();
    for (tag, about, operations) in resources() {
        tags.push(json!({"name": tag, "description": about}));
        for operation in operations {
            operation.write(tag, &mut paths, &mut schemas);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Bugle",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Takes bug reports, suggestions and support tickets from inside games.",
            "description": include_str!("openapi/introduction.md"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.into_value(),
            "responses": answers::refusals(),
            "securitySchemes": admission::schemes(),
        },
    })
}

/// `GET /openapi.json`
pub async fn show(_: Caller<Anybody>, request: HttpRequest) -> HttpResponse {
    static TEXT: LazyLock<FixedText> = LazyLock::new(|| FixedText::new(document().to_string()));
    TEXT.answer(&request, |answer| {
        answer
            .insert_header(ContentType::json())
            .insert_header((header::CACHE_CONTROL, "no-cache"));
    })
}
