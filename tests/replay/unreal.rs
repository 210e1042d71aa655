//! The Unreal plugin's report: a multipart draft, then publish (protocol 6).

use serde_json::json;
use support::media::{MP4, PNG};
use support::{Request, Server};

use crate::answers::{Created, files, steps};
use crate::presigned::Steps;

/// Dashes and a number, with no quotes around it.
const BOUNDARY: &str = "---------------------------638995104000000000";

/// A form as the plugin writes it: text parts have no type.
fn form(fields: &[(&str, &str)]) -> String {
    let parts = fields.iter().map(|(name, value)| {
        format!("\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}")
    });
    parts.chain([format!("\r\n--{BOUNDARY}--\r\n")]).collect()
}

fn create(server: &Server, fields: &[(&str, &str)]) -> Request {
    Request::post(server.path("issues.json"))
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json")
        .header("User-Agent", "X-UnrealEngine-Agent")
        .body(&format!("multipart/form-data; boundary={BOUNDARY}"), form(fields))
}

#[test]
fn a_draft_is_created_and_published() {
    let server = Server::start();
    let fields = [
        (
            "issue[description]",
            "The lift stops between two floors.\r\n\r\nEvery time.",
        ),
        (
            "issue[unformatted_steps_to_reproduce]",
            "Enter the lift\r\nPress 3",
        ),
        ("draft", "true"),
        ("issue[release_id]", "0"),
        ("issue[custom][mood]", "calm"),
        ("issue[custom][platforms][]", "PC"),
        ("issue[custom][platforms][]", "Deck"),
    ];
    let issue = Created::read(&server, &server.send(&create(&server, &fields)));
    assert_eq!(server.issue_count(), 0, "a draft is in no list");

    let publish = Request::post(server.path(&format!("issues/g-{}/publish", issue.id)))
        .bearer(&issue.token)
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json")
        .json(&json!({"email_my_report": false}));
    let answer = server.send(&publish);
    assert!(
        matches!(answer.status, 200 | 201),
        "no other status will do: {}",
        answer.status
    );

    let published = server.issue(issue.id).expect_status(200).json();
    assert_eq!(published["title"], "The lift stops between two floors");
    assert_eq!(
        published["description"],
        "The lift stops between two floors.\r\n\r\nEvery time."
    );
    assert_eq!(steps(&published), ["Enter the lift", "Press 3"]);
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn a_draft_with_files_is_sent_in_two_steps_each_and_published() {
    let server = Server::start();
    let fields = [
        ("issue[description]", "The lift stops between two floors."),
        ("draft", "true"),
    ];
    let issue = Created::read(&server, &server.send(&create(&server, &fields)));
    let log = b"LogInit: Display: Running engine\n".as_slice();
    // Videos come first, then screenshots, then logs, one by one. A picture may be called what it is not.
    let media: [(&str, &str, &str, &[u8]); 3] = [
        ("video_clips", "recording.mp4", "video/mp4", MP4),
        ("screenshots", "screenshot.bmp", "image/bmp", PNG),
        ("log_files", "Game.log", "text/plain", log),
    ];
    for (kind, name, content_type, bytes) in media {
        let steps = Steps {
            server: &server,
            authorization: format!("Bearer {}", issue.token),
            media: format!("issues/g-{}/{kind}", issue.id),
        };
        steps.upload(name, content_type, bytes);
    }
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", issue.id)))
        .bearer(&issue.token)
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json")
        .json(&json!({"email_my_report": false}));
    let answer = server.send(&publish);
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    for (kind, name, _, bytes) in media {
        assert_eq!(
            files(&server, issue.id, kind),
            [(name.to_owned(), bytes.len() as u64)],
            "{kind}"
        );
    }
}

#[test]
fn another_players_token_does_not_publish() {
    let server = Server::start();
    let fields = [("issue[description]", "A report of somebody"), ("draft", "true")];
    let mine = Created::read(&server, &server.send(&create(&server, &fields)));
    let other = Created::read(&server, &server.send(&create(&server, &fields)));
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", other.id)))
        .bearer(&mine.token)
        .json(&json!({"email_my_report": false}));
    let answer = server.send(&publish);
    assert!(
        matches!(answer.status, 401 | 403 | 404),
        "{} {}",
        answer.status,
        answer.text()
    );
    assert!(!answer.error().is_empty());
    assert_eq!(server.issue_count(), 0);
}

#[test]
fn an_empty_report_is_refused_by_field() {
    let server = Server::start();
    let answer = server.send(&create(
        &server,
        &[("issue[description]", "  "), ("draft", "true")],
    ));
    assert!(
        answer.clone().expect_status(422).error().contains("description"),
        "{}",
        answer.text()
    );
}

#[test]
fn releases_are_read_without_a_header() {
    let server = Server::start();
    let owner = |request: Request| request.bearer(server.personal_token());
    let public = owner(Request::patch(format!("/projects/{}.json", server.project())));
    server
        .send(&public.json(&json!({"visibility": "public"})))
        .expect_status(200);
    for label in ["1.0", "1.1"] {
        let create = owner(Request::post(server.path("releases.json")));
        server
            .send(&create.json(&json!({"label": label})))
            .expect_status(201);
    }
    let get = |path: &str| {
        let request = Request::get(server.path(path)).header("User-Agent", "X-UnrealEngine-Agent");
        server.send(&request).expect_status(200).json()
    };
    let releases = get("releases.json");
    let latest = releases.as_array().and_then(|releases| releases.last());
    let latest = latest.unwrap_or_else(|| panic!("no array of releases: {releases}"));
    assert!(
        latest["id"].as_i64().is_some_and(|id| i32::try_from(id).is_ok()),
        "{latest}"
    );
    assert_eq!(latest["label"], "1.1");
    for field in ["summary", "description", "created_at", "updated_at"] {
        assert!(
            latest[field].is_string() || latest[field].is_null(),
            "{field} of {latest}"
        );
    }
    assert_eq!(get(&format!("releases/{}.json", latest["id"])), *latest);
}
