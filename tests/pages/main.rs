//! What holds for every page: which requests get one, what stands in its headers, and that no form is taken without its
//! token. What each page shows is tested in a browser, in `tests/browser`.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the helpers of a test fail the test"
)]

mod kept_texts;
mod sent_twice;

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use support::{Request, Response, Server};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn browse(path: &str) -> Request {
    Request::get(path).header("Accept", BROWSER)
}

fn own_page(request: Request) -> Request {
    request
        .header("Accept", BROWSER)
        .header("Sec-Fetch-Site", "same-origin")
}

/// The owner's cookie.
fn sign_in(server: &Server) -> String {
    let start = server.first_start();
    let body = serde_json::json!({"email": start.owner_email, "password": start.owner_password});
    let answer = server
        .send(&Request::post("/session.json").json(&body))
        .expect_status(201);
    let set = answer.header("Set-Cookie").expect("a cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

fn is_page(answer: &Response) -> bool {
    answer
        .header("Content-Type")
        .is_some_and(|kind| kind.starts_with("text/html"))
}

#[test]
fn browsers_get_pages_where_scripts_get_json() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let page = server
        .send(&browse("/projects").header("Cookie", &cookie))
        .expect_status(200);
    assert!(is_page(&page), "{page:?}");
    for request in [
        Request::get("/projects").header("Accept", "*/*"),
        Request::get("/projects").header("Accept", "application/json"),
        browse("/projects.json"),
    ] {
        let answer = server.send(&request.header("Cookie", &cookie)).expect_status(200);
        assert!(answer.json()["projects"].is_array(), "{answer:?}");
    }
    let with_token = browse("/projects").bearer(server.personal_token());
    assert!(server.send(&with_token).expect_status(200).json()["projects"].is_array());
}

#[test]
fn whoever_is_not_signed_in_is_led_to_where_they_can() {
    let server = Server::start();
    let to = |path: &str| {
        let answer = server.send(&browse(path)).expect_status(303);
        answer.header("Location").unwrap_or_default().to_owned()
    };
    assert_eq!(to("/"), "/sign_in");
    let path = "/projects/new?page=2&status=new";
    let expected: String = path
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    assert_eq!(to(path), format!("/sign_in?return_to={expected}"));
    let nothing = server
        .send(&browse("/projects/pr-0000000001/nothing"))
        .expect_status(404);
    assert!(is_page(&nothing), "{nothing:?}");
}

#[test]
fn a_page_runs_and_loads_what_comes_from_this_server_only() {
    let server = Server::start();
    let page = server.send(&browse("/sign_in")).expect_status(200);
    let policy = page.header("Content-Security-Policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(page.header("Cache-Control"), Some("no-store"));
    let cookie = page.header("Set-Cookie").expect("a visit");
    assert!(
        cookie.starts_with("bugle_visit=") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let html = page.text();
    let mut assets = html.split(['"']).filter(|text| text.starts_with("/assets/"));
    let style = assets
        .find(|text| text.contains("/app-") && !text.contains(".js"))
        .expect("a style");
    let asset = server.send(&browse(style)).expect_status(200);
    assert_eq!(
        asset.header("Cache-Control"),
        Some("public, max-age=31536000, immutable")
    );
    server
        .send(&browse("/assets/app-00000000.css"))
        .expect_status(404);
}

#[test]
fn what_a_session_or_a_token_opens_is_kept_by_no_cache() {
    let server = Server::start();
    let cookie = sign_in(&server);
    let list = server.path("issues");
    for request in [
        Request::get("/projects.json").header("Cookie", &cookie),
        Request::get("/projects.json").bearer(server.personal_token()),
        browse(&list).header("Cookie", &cookie),
        Request::get(&list).header("Cookie", &cookie),
        Request::get(&list),
        browse("/projects/pr-0000000001/nothing"),
    ] {
        let answer = server.send(&request);
        assert_eq!(
            answer.header("Cache-Control"),
            Some("no-store"),
            "{request:?}: {answer:?}"
        );
    }
}

fn unpacked(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut plain).expect("gzip");
    plain
}

#[test]
fn what_is_the_same_for_everybody_is_sent_compressed() {
    let server = Server::start();
    let page = server.send(&browse("/sign_in")).expect_status(200).text();
    let assets = page.split('"').filter(|text| text.starts_with("/assets/"));
    let fixed = ["/widget.js", "/openapi.json", "/docs/api/page.js"];
    for address in fixed.into_iter().chain(assets) {
        let plain = server.send(&Request::get(address)).expect_status(200);
        assert_eq!(plain.header("Content-Encoding"), None, "{address}");
        assert_eq!(plain.header("Vary"), Some("Accept-Encoding"), "{address}");
        let tag = plain.header("ETag").expect("a tag");
        let asking = || Request::get(address).header("Accept-Encoding", "gzip, deflate, br");
        let packed = server.send(&asking()).expect_status(200);
        assert_eq!(packed.header("Content-Encoding"), Some("gzip"), "{address}");
        assert_eq!(packed.header("Vary"), Some("Accept-Encoding"), "{address}");
        assert_eq!(packed.header("Content-Type"), plain.header("Content-Type"));
        assert!(unpacked(&packed.body) == plain.body, "{address} is another text");
        assert!(packed.body.len() < plain.body.len(), "{address}");
        let packed_tag = packed.header("ETag").expect("a tag");
        assert_ne!(packed_tag, tag, "other bytes of {address}");
        let known = server.send(&asking().header("If-None-Match", packed_tag));
        let known = known.expect_status(304);
        assert_eq!(known.header("ETag"), Some(packed_tag), "{address}");
        assert_eq!(known.header("Vary"), Some("Accept-Encoding"), "{address}");
        server
            .send(&asking().header("If-None-Match", tag))
            .expect_status(200);
        server
            .send(&Request::get(address).header("If-None-Match", tag))
            .expect_status(304);
    }
}

#[test]
fn pages_with_a_token_in_their_forms_are_never_compressed() {
    let server = Server::start();
    let asking = browse("/sign_in").header("Accept-Encoding", "gzip, deflate, br");
    let page = server.send(&asking).expect_status(200);
    assert_eq!(page.header("Content-Encoding"), None);
    assert!(page.text().contains("<form"), "{page:?}");
}

/// The addresses to which pages send forms, as the routes declare them.
fn form_addresses() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    let mut files = vec![folder.join("routes.rs")];
    let below = fs::read_dir(folder.join("routes")).expect("the routes");
    files.extend(below.map(|entry| entry.expect("an entry").path()));
    let mut addresses = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a file");
        for function in text.split("fn ") {
            let name = function.split('(').next().unwrap_or_default();
            let is_of_project = name == "of_project" || name.ends_with("_pages");
            let prefixes: &[_] = if name == "of_report" {
                &[
                    "/projects/{project}/issues/{issue}",
                    "/projects/{project}/feature_requests/{feature_request}",
                    "/projects/{project}/tickets/{ticket}",
                ]
            } else if is_of_project {
                &["/projects/{project}"]
            } else {
                &[""]
            };
            for resource in function.split("resource(").skip(1) {
                let argument = resource.split(')').next().unwrap_or_default();
                let path = match argument {
                    "set_up::ADDRESS" => "/setup",
                    text => text.trim_matches('"'),
                };
                if resource.contains("post(") {
                    addresses.extend(prefixes.iter().map(|prefix| format!("{prefix}{path}")));
                }
            }
        }
    }
    addresses
}

/// An address with something in the place of what it names.
fn filled(address: &str, server: &Server) -> String {
    let mut filled = String::new();
    for part in address
        .replace("{project}", server.project())
        .split_inclusive('}')
    {
        match part.split_once('{') {
            Some((before, name)) => {
                filled.push_str(before);
                // Of those that a parameter may be, such as `{kind:screenshots|log_files}`, the first.
                let kinds = name
                    .split_once(':')
                    .map_or("", |(_, kinds)| kinds.trim_end_matches('}'));
                let first = kinds.split('|').next().unwrap_or_default();
                let is_name =
                    !first.is_empty() && first.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_'));
                filled.push_str(if is_name { first } else { "1" });
            }
            None => filled.push_str(part),
        }
    }
    filled
}

#[test]
fn every_form_is_refused_without_its_token() {
    let server = Server::start();
    let cookie = sign_in(&server);
    // The public report form is there in projects that allow it.
    let open = Request::new("PATCH", server.path("")).bearer(server.personal_token());
    let allowed = server.send(&open.json(&serde_json::json!({"anonymous_reports": true})));
    allowed.expect_status(200);
    let addresses = form_addresses();
    assert!(addresses.len() >= 40, "few forms were found: {addresses:?}");
    for known in [
        "/sign_in",
        "/projects/{project}/auth_tokens",
        "/projects/{project}/webhooks/{webhook}/rotate_secret",
        "/setup",
    ] {
        assert!(
            addresses.iter().any(|address| address == known),
            "{known} is not among {addresses:?}"
        );
    }
    for address in &addresses {
        let path = filled(address, &server);
        for body in ["name=x", "name=x&form_token=AAAA"] {
            let request = own_page(Request::post(&path)).header("Cookie", &cookie);
            let request = request.body("application/x-www-form-urlencoded", body);
            let answer = server.send(&request);
            assert_eq!(answer.status, 403, "{path}: {}", answer.text());
            assert!(answer.text().contains("out of date"), "{path}: {}", answer.text());
        }
    }
}

#[test]
fn a_download_that_a_browser_is_refused_is_told_on_a_page() {
    let mut server = Server::start();
    let cookie = sign_in(&server);
    server.report("Falls", "").expect_status(201);
    let ben = server.add_person("ben@studio.example");
    let body = serde_json::json!({"email": ben.email, "password": ben.password});
    let ben = server
        .send(&Request::post("/session.json").json(&body))
        .expect_status(201);
    let ben = ben.header("Set-Cookie").and_then(|set| set.split(';').next());
    let ben = ben.expect("a cookie").to_owned();
    let project = format!("/projects/{}", server.project());
    for path in [
        format!("{project}/issues/1/log_files/77"),
        format!("{project}/issues/1/comments/77/file"),
        format!("{project}/feature_requests/1/images/77"),
        format!("{project}/export/issues.ndjson"),
    ] {
        let signed_out = server.send(&browse(&path)).expect_status(303);
        let sign_in = signed_out.header("Location").unwrap_or_default();
        assert!(sign_in.starts_with("/sign_in?return_to="), "{path}: {sign_in}");
        let stranger = server
            .send(&browse(&path).header("Cookie", &ben))
            .expect_status(403);
        assert!(is_page(&stranger), "{path}: {stranger:?}");
        let owner = server.send(&browse(&path).header("Cookie", &cookie));
        if path.ends_with(".ndjson") {
            assert_eq!(owner.status, 200, "{path}: {owner:?}");
        } else {
            assert!(is_page(&owner.expect_status(404)), "{path} of the owner");
        }
        let script = server
            .send(&Request::get(&path).header("Accept", "*/*"))
            .expect_status(401);
        assert!(!is_page(&script), "{path}: {script:?}");
    }
}
