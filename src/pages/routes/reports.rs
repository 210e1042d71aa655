//! A project's dashboard, and its reports: lists and each of them.

use actix_web::web::ServiceConfig;

use super::{get, post, resource};
use crate::http::access::{BugReporter, FeatureRequester, TicketSender};
use crate::pages::downloads;
use crate::pages::reports::{bulk, change, comments, dashboard, edit, history, list, log, new, show};

/// Pages below a project; their addresses begin behind the project's.
pub(super) fn of_project(config: &mut ServiceConfig) {
    config
        .service(resource("").route(get(dashboard::show)))
        .service(
            resource("/issues")
                .route(get(list::bugs))
                .route(post(new::create)),
        )
        .service(resource("/issues/new").route(get(new::ask::<BugReporter>)))
        .service(resource("/issues/change_many").route(post(bulk::bugs)))
        .service(
            resource("/feature_requests")
                .route(get(list::suggestions))
                .route(post(new::create_suggestion)),
        )
        .service(resource("/feature_requests/new").route(get(new::ask::<FeatureRequester>)))
        .service(resource("/feature_requests/change_many").route(post(bulk::suggestions)))
        .service(
            resource("/tickets")
                .route(get(list::tickets))
                .route(post(new::create_ticket)),
        )
        .service(resource("/tickets/new").route(get(new::ask::<TicketSender>)))
        .service(resource("/tickets/change_many").route(post(bulk::tickets)))
        .service(resource("/issues/{issue}/{kind:log_files}/{file}/view").route(get(log::show)))
        .service(
            resource("/feature_requests/{feature_request}/{kind:images}/{file}").route(get(downloads::file)),
        )
        .service(resource("/feature_requests/{feature_request}/vote").route(post(change::vote)))
        .service(
            resource("/feature_requests/{feature_request}/vote/delete").route(post(change::take_vote_back)),
        );
    for report in [
        "/issues/{issue}",
        "/feature_requests/{feature_request}",
        "/tickets/{ticket}",
    ] {
        of_report(config, report);
    }
}

/// What every kind of report has.
fn of_report(config: &mut ServiceConfig, report: &str) {
    let resource = |part: &str| resource(&format!("{report}{part}"));
    config
        .service(resource("/edit").route(get(edit::ask)).route(post(edit::save)))
        .service(resource("/history").route(get(history::show)))
        .service(resource("/comments").route(post(comments::add)))
        .service(resource("/comments/{comment}/file").route(get(downloads::file_of_comment)))
        .service(resource("/comments/{comment}/delete").route(post(comments::delete)))
        .service(resource("/comments/{comment}").route(post(comments::edit)))
        .service(resource("").route(get(show::show)).route(post(change::update)));
}
