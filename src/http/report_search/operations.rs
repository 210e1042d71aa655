//! Finding reports by what they say, as the document tells it.

use bugle_storage::records::ReportKind;
use serde_json::{Value, json};

use super::SimilarList;
use crate::http::feature_requests::FeatureRequestList;
use crate::http::issues::IssueList;
use crate::http::openapi::operation::{Operation, get};
use crate::http::openapi::parameters;
use crate::http::openapi::schemas::Schemas;
use crate::http::views::{FeatureRequestView, IssueView};

/// What can be looked for.
pub fn operations() -> Vec<Operation> {
    const ABOUT: &str = "By words, the best first: beginnings of words count, and one wrong letter is overlooked. With \
        `scoped_id` the answer is that one report, without a list around it. One of the two must be there.";
    vec![
        get("/projects/{project}/issues/search.json", super::issues)
            .says("Search issues", ABOUT)
            .asks(parameters::of_search(ReportKind::Bug))
            .answers_with("The issues, or the one", |schemas| {
                either(
                    &schemas.reference::<IssueList>(),
                    &schemas.reference::<IssueView>(),
                )
            }),
        get(
            "/projects/{project}/feature_requests/search.json",
            super::feature_requests,
        )
        .says("Search suggestions", ABOUT)
        .asks(parameters::of_search(ReportKind::FeatureRequest))
        .answers_with("The suggestions, or the one", |schemas: &mut Schemas| {
            either(
                &schemas.reference::<FeatureRequestList>(),
                &schemas.reference::<FeatureRequestView>(),
            )
        }),
        get(
            "/projects/{project}/issues/{issue}/find_similar.json",
            super::similar_issues,
        )
        .says("Find similar issues", "What may be the same, best first.")
        .asks(parameters::of_similar())
        .answers::<SimilarList>("The issues, each with its `similarity_score`"),
    ]
}

fn either(list: &Value, one: &Value) -> Value {
    json!({"anyOf": [list, one]})
}
