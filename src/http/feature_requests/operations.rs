//! Suggestions, as the document tells them.

use bugle_storage::records::ReportKind;

use super::{FeatureRequestList, FeatureRequestView};
use crate::http::issues;
use crate::http::issues::operations::{change_of, new_report, published, with_contact, with_email};
use crate::http::openapi::operation::{Operation, delete, edit, get, post};
use crate::http::openapi::{answers, parameters};

/// What can be done with suggestions.
pub fn operations() -> Vec<Operation> {
    const ALL: &str = "/projects/{project}/feature_requests.json";
    const ONE: &str = "/projects/{project}/feature_requests/{feature_request}.json";
    const VOTE: &str = "/projects/{project}/feature_requests/{feature_request}/vote.json";
    let kind = ReportKind::FeatureRequest;
    let mut all = vec![
        post(ALL, super::create)
            .says(
                "Suggest something",
                "As a multipart form it may bring at most ten pictures in `feature_request[files][]`.",
            )
            .takes_shape("application/json", new_report(kind))
            .repeatable()
            .creates_with::<FeatureRequestView>("The suggestion", answers::counted()),
        get(ALL, super::list)
            .says("List suggestions", "Without drafts.")
            .asks(parameters::of_reports(kind))
            .answers::<FeatureRequestList>("The suggestions"),
        get(ONE, issues::show).says("Read a suggestion", "A draft is not found."),
        edit(ONE, issues::update)
            .says("Change a suggestion", "What is absent stays.")
            .takes_shape("application/json", change_of(kind)),
        published(post(
            "/projects/{project}/feature_requests/{feature_request}/publish.json",
            issues::publish,
        )),
        with_email(post(
            "/projects/{project}/feature_requests/{feature_request}/set_reporter_email.json",
            issues::set_reporter_email,
        )),
        with_contact(post(
            "/projects/{project}/feature_requests/{feature_request}/set_contact_info.json",
            issues::set_contact_info,
        )),
        post(VOTE, super::vote).says(
            "Vote for a suggestion",
            "One vote for each member, however often it is sent.",
        ),
        delete(VOTE, super::take_vote_back).says("Take one's vote back", ""),
    ];
    let rest = all.split_off(2);
    let rest = rest
        .into_iter()
        .map(|operation| operation.answers::<FeatureRequestView>("The suggestion"));
    all.extend(rest);
    all
}
