//! That the document tells every route, and no other.

use std::collections::BTreeSet;

use bugle::http::openapi;
use serde_json::Value;
use support::{Request, Server};

const ROUTES: [&str; 5] = [
    include_str!("../../src/http/routes.rs"),
    include_str!("../../src/http/routes/reports.rs"),
    include_str!("../../src/http/routes/identity.rs"),
    include_str!("../../src/http/routes/tokens.rs"),
    include_str!("../../src/http/routes/webhooks.rs"),
];
const OF_PROJECTS: &str = "/projects/{project}";
/// What is no address of the API: the page of `/`, and what the page at `/docs/api` is made of.
const NOT_TOLD: [&str; 3] = ["/", "/docs/api/page.js", "/docs/api/page.css"];

/// An address without `.json`, and without what its parameters must be.
fn bare(path: &str) -> String {
    let path = path.strip_suffix(".json").unwrap_or(path);
    let mut bare = String::new();
    for part in path.split_inclusive('}') {
        match part.split_once(':') {
            // A parameter that can be one thing only is told as that.
            Some((before, "images}")) => bare.push_str(before.strip_suffix("{kind").expect("a kind")),
            Some((before, _)) => {
                bare.push_str(before);
                bare.push('}');
                continue;
            }
            None => {
                bare.push_str(part);
                continue;
            }
        }
        bare.push_str("images");
    }
    bare
}

fn told() -> BTreeSet<String> {
    let document = openapi::document();
    let paths = document["paths"].as_object().expect("paths");
    paths.keys().map(|path| bare(path)).collect()
}

#[test]
fn every_route_is_told() {
    let told = told();
    let texts = ROUTES.iter().flat_map(|file| file.split('"').skip(1).step_by(2));
    let paths: Vec<_> = texts.filter(|text| text.starts_with('/')).map(bare).collect();
    assert!(
        paths.len() > 50,
        "few addresses were found in routes.rs: {paths:?}"
    );
    let missing: Vec<_> = paths
        .iter()
        .filter(|path| !NOT_TOLD.contains(&path.as_str()))
        .filter(|path| !told.contains(*path) && !told.contains(&format!("{OF_PROJECTS}{path}")))
        .collect();
    assert!(
        missing.is_empty(),
        "src/http/routes has addresses that no `operations.rs` tells: {missing:?}"
    );
}

#[test]
fn every_path_is_routed_with_the_methods_that_are_told() {
    let server = Server::start();
    let document = openapi::document();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let target = path
            .replace("{project}", server.project())
            .replace("{kind}", "screenshots")
            .replace(['{', '}'], "");
        let answer = server.send(&Request::new("TRACE", target)).expect_status(405);
        let allow = answer.header("Allow").unwrap_or_default();
        let mut routed: Vec<_> = allow.split(", ").filter(|method| *method != "HEAD").collect();
        let told = item
            .as_object()
            .map(|item| item.keys().map(|method| method.to_uppercase()));
        let mut told: Vec<_> = told.expect("operations").collect();
        routed.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, routed, "the methods of {path}");
    }
}

#[test]
fn every_operation_says_what_it_does_and_has_a_name_of_its_own() {
    let document = openapi::document();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty(), "{method} {path} has no summary");
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(
                names.insert(name.to_owned()),
                "{name} is the name of two operations"
            );
            let responses = operation["responses"].as_object().expect("responses");
            let succeeds = responses.keys().any(|status| status.starts_with('2'));
            assert!(succeeds, "{method} {path} has no answer");
        }
    }
    check_references(&document, &document);
}

/// Panics unless every `$ref` leads somewhere.
fn check_references(value: &Value, document: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                let there = document.pointer(reference.trim_start_matches('#'));
                assert!(there.is_some(), "{reference} is not there");
            }
            fields
                .values()
                .for_each(|field| check_references(field, document));
        }
        Value::Array(items) => items.iter().for_each(|item| check_references(item, document)),
        _ => {}
    }
}
