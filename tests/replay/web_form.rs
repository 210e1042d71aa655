//! The web form on a studio's own page: a browser on another origin (protocol 2.5 and 13).

use support::media::{MP4, PNG};
use support::{Multipart, Request, Response, Server};

use crate::answers::{Created, files};

const ORIGIN: &str = "https://forms.studio.example";

/// Does what a browser does before it sends a request of that kind, and fails as it would.
fn preflight(server: &Server, path: &str, headers: &str) {
    let request = Request::new("OPTIONS", path)
        .header("Origin", ORIGIN)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", headers);
    let answer = server.send(&request);
    assert!(
        (200..300).contains(&answer.status),
        "preflight of {path}: {}",
        answer.status
    );
    assert_readable(&answer);
    assert!(
        lists(&answer, "Access-Control-Allow-Methods", "POST"),
        "{:?}",
        answer.headers
    );
    for header in headers.split(',') {
        assert!(
            lists(&answer, "Access-Control-Allow-Headers", header),
            "{header}: {:?}",
            answer.headers
        );
    }
}

/// A page sees nothing of an answer that lacks this.
fn assert_readable(answer: &Response) {
    assert_eq!(
        answer.header("Access-Control-Allow-Origin"),
        Some("*"),
        "{:?}",
        answer.headers
    );
}

fn lists(answer: &Response, header: &str, name: &str) -> bool {
    let list = answer.header(header).unwrap_or_default();
    list.split(',')
        .any(|listed| listed.trim().eq_ignore_ascii_case(name.trim()))
}

fn post(server: &Server, path: &str) -> Request {
    preflight(server, path, "authorization,betahub-project-id");
    Request::post(path)
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json")
        .header("Origin", ORIGIN)
}

#[test]
fn a_report_and_its_media_come_from_another_origin() {
    let server = Server::start();
    let create = post(&server, &server.path("issues.json")).form(&[
        ("issue[title]", "Wrong price"),
        (
            "issue[description]",
            "The shop shows the wrong price for the red hat",
        ),
        ("issue[unformatted_steps_to_reproduce]", ""),
    ]);
    let answer = server.send(&create);
    assert_readable(&answer);
    let issue = Created::read(&server, &answer);

    let media: [(&str, &str, &str, &str, &[u8]); 3] = [
        ("screenshots", "screenshot[image]", "shop.png", "image/png", PNG),
        ("video_clips", "video_clip[video]", "shop.mp4", "video/mp4", MP4),
        (
            "log_files",
            "log_file[file]",
            "shop.log",
            "text/plain",
            b"all is well\n",
        ),
    ];
    for (kind, field, name, content_type, bytes) in media {
        // With the project token alone: the form knows of no update token.
        let upload = post(&server, &server.path(&format!("issues/g-{}/{kind}", issue.id)))
            .multipart(Multipart::new().file(field, name, content_type, bytes));
        let answer = server.send(&upload);
        assert_readable(&answer);
        assert!(
            (200..300).contains(&answer.status),
            "{kind}: {} {}",
            answer.status,
            answer.text()
        );
        assert!(answer.json()["id"].is_u64(), "{kind}: {}", answer.text());
        assert_eq!(
            files(&server, issue.id, kind),
            [(name.to_owned(), bytes.len() as u64)],
            "{kind}"
        );
    }
}

#[test]
fn a_refusal_can_be_read_by_the_page() {
    let server = Server::start();
    let empty = post(&server, &server.path("issues.json")).form(&[("issue[description]", "")]);
    let stranger = Request::post(server.path("issues.json"))
        .form_user("tkn-0")
        .header("Origin", ORIGIN);
    for (request, status) in [(empty, 422), (stranger, 403)] {
        let answer = server.send(&request).expect_status(status);
        assert_readable(&answer);
        assert!(!answer.error().is_empty());
    }
}

#[test]
fn a_stranger_adds_no_media() {
    let server = Server::start();
    let answer = server.report("Wrong price", "The shop shows the wrong price for the red hat");
    let issue = Created::read(&server, &answer);
    let upload = Request::post(server.path(&format!("issues/g-{}/screenshots", issue.id)))
        .header("Accept", "application/json")
        .multipart(Multipart::new().file("screenshot[image]", "x.png", "image/png", PNG));
    let answer = server.send(&upload);
    assert!(
        matches!(answer.status, 401 | 403),
        "{} {}",
        answer.status,
        answer.text()
    );
    assert!(!answer.error().is_empty());
    assert_eq!(files(&server, issue.id, "screenshots"), []);
}
