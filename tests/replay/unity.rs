//! The Unity plugin's report: draft, media, e-mail, publish (protocol 6).

use support::media::{MP4, PNG};
use support::{Request, Response, Server};

use crate::answers::{Created, files, steps};

/// A player's game that was built with the Unity plugin.
struct Game<'s> {
    server: &'s Server,
}

impl Game<'_> {
    /// Unity writes percent-codes in lower case.
    fn create(&self, authorization: &str) -> Response {
        let body = "issue%5bdescription%5d=Fell+through+the+floor+of+the+cellar.%0aThen+nothing.\
            &issue%5bunformatted_steps_to_reproduce%5d=Open+the+cellar%0aJump&draft=true\
            &issue%5brelease_id%5d=0&issue%5bcustom_fields%5d%5bcountry%5d=CH\
            &issue%5bcustom_fields%5d%5blatency%5d=23";
        let request = Request::post(self.server.path("issues.json"))
            .header("Authorization", authorization)
            .header("BetaHub-Project-ID", self.server.project())
            .header("Accept", "application/json")
            .header(
                "User-Agent",
                "UnityPlayer/6000.0.23f1 (UnityWebRequest/1.0, libcurl/8.10.1-DEV)",
            )
            .header("X-Unity-Version", "6000.0.23f1")
            .body("application/x-www-form-urlencoded", body);
        self.server.send(&request)
    }

    fn post(&self, issue: &Created, rest: &str, content_type: &str, body: Vec<u8>) -> Response {
        let request = Request::post(self.server.path(&format!("issues/g-{}/{rest}", issue.id)))
            .bearer(&issue.token)
            .header("BetaHub-Project-ID", self.server.project())
            .header("Accept", "application/json")
            .body(content_type, body);
        self.server.send(&request)
    }

    /// A file as Unity's `WWWForm` writes it.
    fn upload(&self, issue: &Created, media: &str, field: &str, (name, kind, bytes): (&str, &str, &[u8])) {
        let boundary = "nJ0CzuDfVoB8AzPoQFCr8qMHk9Eom8M8eAcJyd4f";
        let mut body = format!(
            "\r\n--{boundary}\r\nContent-Type: {kind}\r\n\
             Content-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let answer = self.post(
            issue,
            media,
            &format!("multipart/form-data; boundary=\"{boundary}\""),
            body,
        );
        assert!(
            answer.status < 400,
            "{media}: {} {}",
            answer.status,
            answer.text()
        );
    }

    fn form(&self, issue: &Created, rest: &str, body: &str) -> Response {
        self.post(issue, rest, "application/x-www-form-urlencoded", body.into())
    }
}

#[test]
fn a_report_with_media_is_drafted_completed_and_published() {
    let server = Server::start();
    let game = Game { server: &server };

    let issue = Created::read(
        &server,
        &game.create(&format!("FormUser {}", server.project_token())),
    );
    assert_eq!(
        issue.last_segment(),
        format!("g-{}", issue.id),
        "a draft has no number yet"
    );
    assert_eq!(server.issue_count(), 0, "a draft is in no list");

    game.upload(
        &issue,
        "screenshots",
        "screenshot[image]",
        ("screenshot.png", "image/png", PNG),
    );
    let log = b"Mono path[0] = '/game'\r\n--\r\nInitialize engine\n".as_slice();
    game.upload(
        &issue,
        "log_files",
        "log_file[file]",
        ("Player.log", "text/plain", log),
    );
    game.upload(
        &issue,
        "video_clips",
        "video_clip[video]",
        ("clip.mp4", "video/mp4", MP4),
    );
    let answer = game.form(&issue, "set_reporter_email", "email=jo%40studio.example");
    assert!(answer.status < 400, "{}", answer.text());
    game.form(&issue, "publish", "email_my_report=True")
        .expect_status(200)
        .json();

    let published = server.issue(issue.id).expect_status(200).json();
    assert_eq!(published["title"], "Fell through the floor of the cellar");
    assert_eq!(
        published["description"],
        "Fell through the floor of the cellar.\nThen nothing."
    );
    assert_eq!(steps(&published), ["Open the cellar", "Jump"]);
    assert_eq!(published["status"], "open");
    assert_eq!(published["scoped_id"], "1");
    assert_eq!(server.issue_count(), 1);
    let size = |bytes: &[u8]| bytes.len() as u64;
    assert_eq!(
        files(&server, issue.id, "screenshots"),
        [("screenshot.png".to_owned(), size(PNG))]
    );
    assert_eq!(
        files(&server, issue.id, "log_files"),
        [("Player.log".to_owned(), size(log))]
    );
    assert_eq!(
        files(&server, issue.id, "video_clips"),
        [("clip.mp4".to_owned(), size(MP4))]
    );
}

/// A build for browsers sends its recording in pieces, as Unity's `WWWForm` writes them: fields first, each with a type.
#[test]
fn a_recording_in_a_browser_comes_in_pieces() {
    let server = Server::start();
    let game = Game { server: &server };
    let issue = Created::read(
        &server,
        &game.create(&format!("FormUser {}", server.project_token())),
    );
    let boundary = "nJ0CzuDfVoB8AzPoQFCr8qMHk9Eom8M8eAcJyd4f";
    let pieces: [&[u8]; 3] = [MP4, b"\0\0\0\x10moof\r\n--\r\n", b"\0\0\0\x08mdat"];
    for (position, bytes) in pieces.iter().enumerate() {
        let mut body = Vec::new();
        for (name, value) in [
            ("position", position.to_string()),
            ("merge_group", "7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned()),
            ("merge_total", pieces.len().to_string()),
        ] {
            let text = format!(
                "\r\n--{boundary}\r\nContent-Type: text/plain; charset=\"utf-8\"\r\n\
                 Content-disposition: form-data; name=\"video_segment[{name}]\"\r\n\r\n{value}"
            );
            body.extend_from_slice(text.as_bytes());
        }
        let text = format!(
            "\r\n--{boundary}\r\nContent-Type: video/mp4\r\n\
             Content-disposition: form-data; name=\"video_segment[video]\"; filename=\"segment_{position}.mp4\"\r\n\r\n"
        );
        body.extend_from_slice(text.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary=\"{boundary}\"");
        let answer = game.post(&issue, "video_segments", &content_type, body);
        assert!(
            answer.status < 400,
            "{position}: {} {}",
            answer.status,
            answer.text()
        );
    }
    game.form(&issue, "publish", "email_my_report=False")
        .expect_status(200);
    let size = pieces.concat().len() as u64;
    assert_eq!(
        files(&server, issue.id, "video_clips"),
        [("clip.mp4".to_owned(), size)]
    );
}

#[test]
fn a_player_who_gives_no_address_publishes_all_the_same() {
    let server = Server::start();
    let game = Game { server: &server };
    // The second half is empty when nobody is signed in.
    let issue = Created::read(
        &server,
        &game.create(&format!("FormUser {},", server.project_token())),
    );
    game.form(&issue, "publish", "email_my_report=False")
        .expect_status(200);
    assert_eq!(server.issue_count(), 1);
    // The plugin may ask again when it lost the answer.
    game.form(&issue, "publish", "email_my_report=False")
        .expect_status(200);
    assert_eq!(server.issue_count(), 1);
}

#[test]
fn a_refusal_has_a_text_to_show() {
    let server = Server::start();
    let game = Game { server: &server };
    let unknown = format!("tkn-{}", "0".repeat(64));
    let answer = game.create(&format!("FormUser {unknown}")).expect_status(403);
    assert!(!answer.error().is_empty());
    assert!(
        answer.json().get("message").is_none(),
        "another client would show that instead"
    );
    assert_eq!(server.issue_count(), 0);
}

/// Before it measures the player's latency, the plugin looks whether the project wants to know it.
#[test]
fn the_check_of_custom_fields_finds_those_that_are_declared() {
    let server = Server::start();
    for name in ["country", "asn", "latency"] {
        let request = Request::post(server.path("custom_fields.json"))
            .bearer(server.personal_token())
            .json(&serde_json::json!({"name": name}));
        server.send(&request).expect_status(201);
    }
    let check = Request::get(server.path("custom_issue_fields.json"))
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project())
        .header("Accept", "application/json");
    let answer = server.send(&check).expect_status(200).json();
    let Some(fields) = answer["custom_issue_fields"].as_array() else {
        panic!("no custom_issue_fields in {answer}");
    };
    for name in ["country", "asn", "latency"] {
        let field = fields.iter().find(|field| field["name"] == name);
        let field = field.unwrap_or_else(|| panic!("no {name} in {answer}"));
        assert_eq!(field["field_type"], "text");
        assert_eq!(field["tester_settable"], true);
    }
    let game = Game { server: &server };
    let answer = game.create(&format!("FormUser {}", server.project_token()));
    let issue = Created::read(&server, &answer);
    let publish = Request::post(server.path(&format!("issues/g-{}/publish", issue.id))).bearer(&issue.token);
    server.send(&publish).expect_status(200);
    let kept = server.issue(issue.id).expect_status(200).json();
    assert_eq!(
        kept["custom_fields"],
        serde_json::json!({"country": "CH", "latency": "23"})
    );
}

/// `DeviceAuthManager`: it makes a request of its own, opens a page, polls, and reports with what it was given. It joins
/// its address and the paths with a slash too many when the setting ends with one.
#[test]
fn a_player_signs_in_and_reports_under_their_name() {
    let server = Server::start();
    let id = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    let create = Request::post("//device_auth/create")
        .header("Content-Type", "application/json")
        .header("Accept", "application/json")
        .header("BetaHub-Project-ID", server.project());
    let body = format!(r#"{{"request_id":"{id}","entity_kind":"game","entity_name":"Fountain"}}"#);
    let created = server.send(&create.clone().body("application/json", body.clone()));
    assert!((200..300).contains(&created.status), "{}", created.text());
    assert_eq!(created.text(), r#"{"status":"created"}"#);
    let again = server
        .send(&create.body("application/json", body))
        .expect_status(422);
    assert!(!again.error().is_empty(), "the player is shown why");

    // The plugin sends the header also when it knows of no project.
    let poll = Request::get(format!("/device_auth/{id}/poll"))
        .header("BetaHub-Project-ID", "")
        .header("Accept", "application/json");
    let pending = server.send(&poll).expect_status(200).json();
    assert_eq!(pending["status"], "pending");
    assert!(pending.get("error").is_none(), "it would stop: {pending}");

    let page = format!("/device_auth/{id}/authorize");
    let start = server.first_start();
    let sign_in =
        Request::post(&*page).form(&[("email", &start.owner_email), ("password", &start.owner_password)]);
    let asked = server.send(&sign_in).expect_status(200);
    let cookie = asked.header("Set-Cookie").and_then(|set| set.split(';').next());
    let text = asked.text();
    let form_token = text.split("name=\"form_token\" value=\"").nth(1);
    let form_token = form_token.and_then(|rest| rest.split('"').next());
    let approve = Request::post(page)
        .header("Cookie", cookie.unwrap_or_default())
        .form(&[
            ("form_token", form_token.unwrap_or_default()),
            ("decision", "approve"),
        ]);
    server.send(&approve).expect_status(200);

    let approved = server.send(&poll).expect_status(200).json();
    assert_eq!(approved["status"], "approved");
    assert_eq!(approved["user_name"], "Owner");
    let Some(jwt) = approved["token"].as_str() else {
        panic!("no token in {approved}");
    };

    let signed_in = format!("FormUser {},{jwt}", server.project_token());
    let check = Request::get(server.path("custom_issue_fields.json"))
        .header("Authorization", &*signed_in)
        .header("BetaHub-Project-ID", server.project());
    server.send(&check).expect_status(200);
    let game = Game { server: &server };
    let issue = Created::read(&server, &game.create(&signed_in));
    let png = ("screenshot.png", "image/png", PNG);
    game.upload(&issue, "screenshots", "screenshot[image]", png);
    // Nobody is asked for an address.
    game.form(&issue, "publish", "email_my_report=False")
        .expect_status(200);
    let published = server.issue(issue.id).expect_status(200).json();
    assert_eq!(published["reported_by"]["name"], "Owner", "{published}");

    // The day after, the plugin may still show what it has kept: the report is not lost.
    let stale = format!("FormUser {},{}", server.project_token(), jwt.replace('.', "x."));
    Created::read(&server, &game.create(&stale));
}
