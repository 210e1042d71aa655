//! Suggestions as the plugins of Unreal and Roblox and the bmm app send them.

use serde_json::json;
use support::media::{JPEG, PNG};
use support::{Request, Server};

use crate::answers::{Created, files_of};
use crate::presigned::Steps;

const FOLDER: &str = "feature_requests";

fn shown(server: &Server, id: u64) -> serde_json::Value {
    let show = Request::get(server.path(&format!("feature_requests/fr-{id}.json")));
    let answer = server.send(&show.bearer(server.personal_token()));
    answer.expect_status(200).json()
}

/// Pictures in the same form; the last segment of the url is what is published, with an empty body that is called JSON.
#[test]
fn unreal_drafts_with_pictures_and_publishes_by_url() {
    const BOUNDARY: &str = "---------------------------638995104000000001";
    let server = Server::start();
    let text = |name: &str, value: &str| {
        format!("\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}")
            .into_bytes()
    };
    let picture = |name: &str| {
        let head = format!(
            "\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"feature_request[files][]\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n"
        );
        [head.as_bytes(), JPEG].concat()
    };
    let body = [
        text(
            "feature_request[description]",
            "A map that shows where the lifts are.",
        ),
        text("draft", "true"),
        text("feature_request[custom][mood]", "calm"),
        picture("screenshot_0.jpg"),
        picture("screenshot_1.jpg"),
        format!("\r\n--{BOUNDARY}--\r\n").into_bytes(),
    ]
    .concat();
    let create = Request::post(server.path("feature_requests.json"))
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json")
        .header("User-Agent", "X-UnrealEngine-Agent")
        .body(&format!("multipart/form-data; boundary={BOUNDARY}"), body);
    let created = Created::read_of(FOLDER, &server, &server.send(&create));
    let publish = Request::post(server.path(&format!("feature_requests/{}/publish", created.last_segment())))
        .bearer(&created.token)
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json")
        .body("application/json", "");
    let published = server.send(&publish);
    assert!(matches!(published.status, 200 | 201), "{}", published.text());
    assert_eq!(
        shown(&server, created.id)["description"],
        "A map that shows where the lifts are."
    );
    let size = JPEG.len() as u64;
    assert_eq!(
        files_of(&server, &format!("feature_requests/fr-{}", created.id), "images"),
        [
            ("screenshot_0.jpg".to_owned(), size),
            ("screenshot_1.jpg".to_owned(), size)
        ]
    );
}

#[test]
fn roblox_sends_a_form_that_is_live_at_once() {
    let server = Server::start();
    let request = Request::post(server.path("feature_requests.json"))
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project())
        .form(&[
            ("feature_request[description]", "Hats for horses"),
            ("feature_request[source]", "in-game"),
            ("feature_request[custom][roblox_id]", "156"),
        ]);
    let created = Created::read_of(FOLDER, &server, &server.send(&request));
    let kept = shown(&server, created.id);
    assert_eq!(
        (&kept["title"], &kept["source"]),
        (&json!("Hats for horses"), &json!("in-game"))
    );
    assert_eq!(kept["custom_fields"]["roblox_id"], "156");
    assert_eq!(kept["url"], created.url);
}

/// The first version of the Roblox plugin: wrapped JSON, steps too, a path without `.json`, no project header.
#[test]
fn the_first_roblox_version_is_still_understood() {
    let server = Server::start();
    let request = Request::post(server.path("feature_requests"))
        .form_user(server.project_token())
        .header("Accept", "application/json")
        .json(&json!({"feature_request": {
            "description": "Hats for horses", "unformatted_steps_to_reproduce": "Buy a horse",
        }}));
    Created::read_of(FOLDER, &server, &server.send(&request));
}

/// Wrapped JSON as a draft by a known player, pictures in two steps under the raw id, contact, publish with no type.
#[test]
fn bmm_drafts_uploads_and_publishes_by_raw_id() {
    let server = Server::start();
    let create = Request::post(server.path("feature_requests.json"))
        .form_user(&format!("{},discord_id:123456789012345678", server.project_token()))
        .header("BetaHub-Project-ID", server.project())
        .json(&json!({
            "feature_request": {"title": "Sort mods by size", "description": "Large ones first.", "due_date": "2026-12-24"},
            "draft": true,
        }));
    let created = Created::read_of(FOLDER, &server, &server.send(&create));
    let steps = Steps {
        server: &server,
        authorization: format!("Bearer {}", created.token),
        media: format!("feature_requests/{}/images", created.id),
    };
    steps.upload("list.png", "image/png", PNG);
    let post = |rest: &str| {
        let path = format!("feature_requests/{}/{rest}", created.id);
        Request::post(server.path(&path)).header("Authorization", format!("Bearer {}", created.token))
    };
    let contact = post("set_contact_info").json(&json!({"email": "jo@studio.example"}));
    server.send(&contact).expect_status(200).json();
    server.send(&post("publish")).expect_status(200).json();
    assert_eq!(shown(&server, created.id)["title"], "Sort mods by size");
    assert_eq!(
        files_of(&server, &format!("feature_requests/fr-{}", created.id), "images"),
        [("list.png".to_owned(), PNG.len() as u64)]
    );
}
