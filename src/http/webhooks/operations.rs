//! Webhooks, as the document tells them.

use serde_json::json;

use super::body::WebhookBody;
use super::view::{DeliveryList, SentView, WebhookList, WebhookView};
use crate::http::openapi::operation::{Operation, delete, edit, get, post};
use crate::http::openapi::parameters;
use crate::http::openapi::schemas::Schemas;

/// What can be done with webhooks.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/webhooks.json";
    const ONE: &str = "/projects/{project}/webhooks/{webhook}.json";
    const ROTATE: &str = "/projects/{project}/webhooks/{webhook}/rotate_secret.json";
    const TEST: &str = "/projects/{project}/webhooks/{webhook}/test.json";
    const LOG: &str = "/projects/{project}/webhooks/{webhook}/deliveries.json";
    const AGAIN: &str = "/projects/{project}/webhooks/{webhook}/deliveries/{delivery}/redeliver.json";
    let sends = |operation: Operation| {
        operation
            .succeeds(
                202,
                "The message, which is on its way",
                json!({}),
                vec![("application/json", Schemas::reference::<SentView>)],
            )
            .refuses(&[422])
    };
    vec![
        get(ALL, super::list)
            .says("List webhooks", "All of them, oldest first.")
            .answers::<WebhookList>("The webhooks"),
        post(ALL, super::create)
            .says(
                "Create a webhook",
                "Up to 20 for a project. `url` must be public and begin with `https://`, unless the server's operator \
                 allows it. Without `events` it hears of all. `secret` is in this answer and in no other, but that of \
                 `rotate_secret`.",
            )
            .takes::<WebhookBody>(&["url"])
            .creates::<WebhookView>("The webhook"),
        get(ONE, super::show)
            .says("Read a webhook", "")
            .answers::<WebhookView>("The webhook"),
        edit(ONE, super::edit)
            .says(
                "Change a webhook",
                "What is absent stays. `active: true` turns on one that was turned off; what happened meanwhile is not \
                 sent.",
            )
            .takes::<WebhookBody>(&[])
            .answers::<WebhookView>("The webhook"),
        delete(ONE, super::delete)
            .says("Delete a webhook", "With its log, and with what was due.")
            .answers::<WebhookView>("The webhook that was deleted"),
        post(ROTATE, super::rotate_secret)
            .says(
                "Give a webhook another secret",
                "For 24 hours messages are signed with both, in one header.",
            )
            .answers::<WebhookView>("The webhook, with its new secret"),
        sends(post(TEST, super::test).says(
            "Test a webhook",
            "Sends a message of the type `webhook.test`, once. What became of it, the log tells.",
        )),
        get(LOG, super::deliveries)
            .says(
                "List deliveries",
                "The last 200 attempts, newest first. What was answered is not kept, only its status.",
            )
            .asks(parameters::pages(25))
            .answers::<DeliveryList>("The attempts"),
        sends(post(AGAIN, super::redeliver).says(
            "Deliver again",
            "Sends what an entry of the log is about once more, under the same `webhook-id`. The record is told as it is \
             now.",
        )),
    ]
}
