//! That `docs/api-coverage.md` speaks of what is there: routes, handlers and tests.

use std::collections::BTreeMap;
use std::path::Path;

use bugle::http::openapi;

const COVERAGE: &str = include_str!("../../docs/api-coverage.md");
/// What a handler is that there is none of; then nothing may be routed.
const NO_HANDLER: &str = "none:";
/// What `{kind}` stands for.
const KINDS: [&str; 4] = ["screenshots", "video_clips", "log_files", "binary_files"];

/// A row: its requests, handlers and tests, each as it is written.
struct Row {
    cells: [&'static str; 3],
}

fn rows() -> Vec<Row> {
    let lines = COVERAGE.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<_> = lines
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let cells = cells.try_into();
            cells.unwrap_or_else(|cells| panic!("not three cells: {cells:?} in {line}"))
        })
        .filter(|cells: &[&str; 3]| cells[0] != "request")
        .map(|cells| Row { cells })
        .collect();
    assert!(rows.len() > 40, "only {} rows were found", rows.len());
    rows
}

/// What stands between backticks.
fn code(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split('`').skip(1).step_by(2)
}

/// The methods of every path, as the document tells them; another test compares it with the routes.
fn told() -> BTreeMap<String, Vec<String>> {
    let document = openapi::document();
    let paths = document["paths"].as_object().expect("paths");
    let of = |item: &serde_json::Value| {
        let item = item.as_object().expect("operations");
        item.keys().map(|method| method.to_uppercase()).collect()
    };
    let bare = |path: &String| path.strip_suffix(".json").unwrap_or(path).to_owned();
    paths.iter().map(|(path, item)| (bare(path), of(item))).collect()
}

/// A request as it is written: methods, if there are any, and a path; `None` for what is no request.
fn request(text: &'static str) -> Option<(Vec<&'static str>, String)> {
    let start = text.find(['/', '…'])?;
    let (methods, path) = text.split_at(start);
    let methods: Vec<_> = methods.split(',').map(str::trim).collect();
    let is_method = |text: &&str| text.bytes().all(|letter| letter.is_ascii_uppercase());
    let methods = methods.iter().all(is_method).then_some(methods)?;
    let methods = methods.into_iter().filter(|method| !method.is_empty()).collect();
    Some((methods, path.replacen('…', "/projects/{project}", 1)))
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

/// Whether the told path is the written one: parameters may be called otherwise.
fn fits(told: &str, written: &str) -> bool {
    let (told, written): (Vec<_>, Vec<_>) = (told.split('/').collect(), written.split('/').collect());
    told.len() == written.len()
        && told.iter().zip(written).all(|(told, written)| {
            *told == written
                || (is_parameter(told) && is_parameter(written))
                || (*told == "{kind}" && KINDS.contains(&written))
        })
}

#[test]
fn every_request_that_is_listed_is_routed() {
    let told = told();
    let mut count = 0;
    for Row {
        cells: [requests, handler, _],
    } in rows()
    {
        for (methods, path) in code(requests).filter_map(request) {
            count += 1;
            if handler.starts_with(NO_HANDLER) {
                let name = path.split('/').nth(3).unwrap_or_default().trim_end_matches('…');
                let routed = told.keys().find(|told| !name.is_empty() && told.contains(name));
                assert_eq!(routed, None, "{path} has no handler, as it is written");
                continue;
            }
            let mut found = told.iter().filter(|(told, _)| fits(told, &path));
            let (_, routed) = found
                .next()
                .unwrap_or_else(|| panic!("{path} is not routed: {requests}"));
            for method in methods {
                assert!(
                    routed.iter().any(|routed| routed == method),
                    "{path} is routed with {routed:?} and not with {method}"
                );
            }
        }
    }
    assert!(count > 70, "only {count} requests were found");
}

#[test]
fn every_handler_and_every_test_that_is_named_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for Row {
        cells: [requests, handlers, tests],
    } in rows()
    {
        if !handlers.starts_with(NO_HANDLER) {
            let mut named = code(handlers).peekable();
            assert!(named.peek().is_some(), "no handler is named: {requests}");
            for handler in named {
                let is_there = ["src", "src/http"]
                    .iter()
                    .any(|folder| root.join(folder).join(handler).exists());
                assert!(is_there, "there is no handler {handler}: {requests}");
            }
        }
        let mut named = code(tests).peekable();
        assert!(named.peek().is_some(), "no test is named: {requests}");
        for test in named {
            let is_there = test.starts_with("tests/") && root.join(test).exists();
            assert!(is_there, "there is no test {test}: {requests}");
        }
    }
}
