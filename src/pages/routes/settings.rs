//! How a project is set up, and a person's account.

use actix_web::web::ServiceConfig;

use super::{get, post, resource};
use crate::pages::account::{invitation, profile, set_up};
use crate::pages::downloads;
use crate::pages::settings::{export, fields, general, keys, members, releases, tags, webhooks};

/// Pages outside of projects.
pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(
            resource("/profiles/me")
                .route(get(profile::show))
                .route(post(profile::edit)),
        )
        .service(
            resource(set_up::ADDRESS)
                .route(get(set_up::show))
                .route(post(set_up::submit)),
        )
        .service(resource("/setup/skip").route(post(set_up::skip)))
        .service(
            resource("/invitations/{secret}")
                .route(get(invitation::show))
                .route(post(invitation::accept)),
        )
        .service(
            resource("/invitations/{secret}/join")
                .route(get(invitation::show))
                .route(post(invitation::join)),
        );
}

/// Pages below a project; their addresses begin behind the project's.
pub(super) fn of_project(config: &mut ServiceConfig) {
    config
        .service(
            resource("/members")
                .route(get(members::list))
                .route(post(members::add)),
        )
        .service(resource("/members/{user}").route(post(members::change)))
        .service(resource("/members/{user}/delete").route(post(members::remove)))
        .service(
            resource("/invitations")
                .route(get(members::lead))
                .route(post(members::invite)),
        )
        .service(resource("/invitations/{invitation}/delete").route(post(members::withdraw)))
        .service(
            resource("/settings")
                .route(get(general::show))
                .route(post(general::edit)),
        )
        .service(resource("/export").route(get(export::show)))
        .service(resource("/export/{folder}.ndjson").route(get(downloads::all_reports)))
        .configure(release_pages)
        .configure(field_pages)
        .configure(tag_pages)
        .configure(key_pages)
        .configure(webhook_pages);
}

fn release_pages(config: &mut ServiceConfig) {
    config
        .service(
            resource("/releases")
                .route(get(releases::list))
                .route(post(releases::create)),
        )
        .service(resource("/releases/new").route(get(releases::ask)))
        .service(resource("/releases/{release}").route(get(releases::show)))
        .service(resource("/releases/{release}/publish").route(post(releases::publish)))
        .service(resource("/releases/{release}/delete").route(post(releases::delete)));
}

fn field_pages(config: &mut ServiceConfig) {
    config
        .service(
            resource("/custom_fields")
                .route(get(fields::list))
                .route(post(fields::create)),
        )
        .service(resource("/custom_issue_fields").route(get(fields::list)))
        .service(resource("/custom_fields/new").route(get(fields::ask)))
        .service(
            resource("/custom_fields/{field}")
                .route(get(fields::show))
                .route(post(fields::edit)),
        )
        .service(resource("/custom_fields/{field}/delete").route(post(fields::delete)));
}

fn tag_pages(config: &mut ServiceConfig) {
    config
        .service(
            resource("/issue_tags")
                .route(get(tags::list))
                .route(post(tags::create)),
        )
        .service(
            resource("/issue_tags/{tag}")
                .route(get(tags::show))
                .route(post(tags::edit)),
        )
        .service(resource("/issue_tags/{tag}/delete").route(post(tags::delete)));
}

fn key_pages(config: &mut ServiceConfig) {
    config
        .service(
            resource("/identity_keys")
                .route(get(keys::list))
                .route(post(keys::create)),
        )
        .service(resource("/identity_keys/{key}/delete").route(post(keys::remove)));
}

fn webhook_pages(config: &mut ServiceConfig) {
    config
        .service(
            resource("/webhooks")
                .route(get(webhooks::list))
                .route(post(webhooks::create)),
        )
        .service(resource("/webhooks/new").route(get(webhooks::ask)))
        .service(
            resource("/webhooks/{webhook}")
                .route(get(webhooks::show))
                .route(post(webhooks::edit)),
        )
        .service(resource("/webhooks/{webhook}/edit").route(get(webhooks::ask_edit)))
        .service(resource("/webhooks/{webhook}/rotate_secret").route(post(webhooks::rotate)))
        .service(resource("/webhooks/{webhook}/test").route(post(webhooks::test)))
        .service(
            resource("/webhooks/{webhook}/deliveries/{delivery}/redeliver").route(post(webhooks::redeliver)),
        )
        .service(resource("/webhooks/{webhook}/delete").route(post(webhooks::delete)));
}
