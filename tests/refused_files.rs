//! Files of requests that are refused: they are not taken where that can be known before, and leave nothing.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of a test fail the test"
)]

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::media::PNG;
use support::{Connection, Multipart, Request, Response, Server, eventually};

const MIB: usize = 1 << 20;

/// How many files there are below the blob store, and their bytes.
fn stored(server: &Server) -> (u64, u64) {
    fn count(folder: &Path) -> (u64, u64) {
        let mut sum = (0, 0);
        for entry in fs::read_dir(folder).unwrap() {
            // What is gone since it was listed does not count.
            let Ok((path, data)) = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?))) else {
                continue;
            };
            let (files, bytes) = if data.is_dir() {
                count(&path)
            } else {
                (1, data.len())
            };
            sum = (sum.0 + files, sum.1 + bytes);
        }
        sum
    }
    count(&server.data().join("blobs"))
}

/// A picture of that size, unlike every other of another number.
fn picture(size: usize, number: usize) -> Vec<u8> {
    let mut bytes = PNG.to_vec();
    bytes.extend_from_slice(&number.to_le_bytes());
    bytes.resize(size, 7);
    bytes
}

fn suggest(server: &Server, token: &str, form: Multipart) -> Request {
    Request::post(server.path("feature_requests.json"))
        .form_user(token)
        .multipart(form)
}

fn with_picture(form: Multipart, bytes: &[u8]) -> Multipart {
    form.file("feature_request[files][]", "a.png", "image/png", bytes)
}

fn token(server: &Server, feature_requests_per_day: u32) -> String {
    let created = server.create_token(&json!({
        "name": "Game", "can_create_feature_request": true,
        "feature_requests_per_day": feature_requests_per_day,
    }));
    created["token"].as_str().unwrap().to_owned()
}

/// Sends the beginning of a request, up to and with `end`, and gives the answer that comes without the rest.
fn answer_to_beginning(server: &Server, request: &Request, end: &[u8]) -> Response {
    let mut connection = server.connect();
    let bytes = request.encode(&connection.host());
    let at = bytes.windows(end.len()).position(|window| window == end).unwrap();
    connection.send_part(&bytes[..at + end.len()]).unwrap();
    connection.receive().unwrap()
}

#[test]
fn a_flood_of_refused_forms_leaves_nothing() {
    let server = Server::start();
    let token = token(&server, 1000);
    thread::scope(|scope| {
        for client in 0..8 {
            let (server, token) = (&server, &token);
            scope.spawn(move || {
                let mut connection = server.connect();
                for number in 0..20 {
                    let bytes = picture(MIB / 2, client * 100 + number);
                    // What is wrong stands behind the picture, before it, or nowhere.
                    let form = match number % 3 {
                        0 => with_picture(Multipart::new(), &bytes).text("feature_request[due_date]", "soon"),
                        1 => with_picture(
                            Multipart::new().text("title", "Fly").text("due_date", "soon"),
                            &bytes,
                        ),
                        _ => with_picture(Multipart::new(), &bytes),
                    };
                    let refused = connection.send(&suggest(server, token, form)).unwrap();
                    refused.expect_status(422);
                }
            });
        }
    });
    eventually("all is removed", || stored(&server) == (0, 0));
}

#[test]
fn what_only_the_project_refuses_leaves_nothing_but_what_others_have() {
    let server = Server::start();
    let field =
        json!({"name": "Mood", "field_type": "select", "options": ["high"], "applies_to": "feature_request"});
    let made = Request::post(server.path("custom_fields.json")).bearer(server.personal_token());
    server.send(&made.json(&field)).expect_status(201);
    let token = token(&server, 1000);
    let send = |bytes: &[u8], mood: &str| {
        let form = Multipart::new().text("title", "Fly").text("custom[mood]", mood);
        server.send(&suggest(&server, &token, with_picture(form, bytes)))
    };
    let (ours, theirs) = (picture(5000, 1), picture(5000, 2));
    send(&ours, "no such mood").expect_status(422);
    assert_eq!(stored(&server), (0, 0), "it was removed before it was answered");
    send(&theirs, "high").expect_status(201);
    send(&theirs, "no such mood").expect_status(422);
    assert_eq!(stored(&server).0, 1);
    let list = Request::get(server.path("feature_requests/1/images.json")).bearer(server.personal_token());
    let image = server.send(&list).expect_status(200).json()[0]["url"].clone();
    let image = image.as_str().unwrap();
    let get = Request::get(&image[image.find("/projects").unwrap()..]).bearer(server.personal_token());
    assert_eq!(server.send(&get).expect_status(200).body, theirs);
}

#[test]
fn nothing_is_taken_from_whom_the_limit_refuses() {
    let mut server = Server::start();
    let token = token(&server, 1);
    let form = |number| with_picture(Multipart::new().text("title", "Fly"), &picture(5000, number));
    server.send(&suggest(&server, &token, form(1))).expect_status(201);
    // Whoever answers now has refused nobody yet.
    server.restart();
    let before = stored(&server);
    let refused = answer_to_beginning(&server, &suggest(&server, &token, form(2)), b"title");
    refused.expect_status(403);
    let with_key = suggest(&server, &token, form(2)).header("Idempotency-Key", "never seen");
    answer_to_beginning(&server, &with_key, b"title").expect_status(403);
    assert_eq!(stored(&server), before);
}

#[test]
fn fields_that_stand_before_a_picture_are_looked_at_before_it_is_taken() {
    let server = Server::start();
    let fields = Multipart::new().text("title", "Fly").text("due_date", "soon");
    let form = with_picture(fields, &picture(5000, 1));
    let refused = answer_to_beginning(&server, &suggest(&server, &token(&server, 9), form), b"IHDR");
    assert!(refused.expect_status(422).error().contains("due_date"));
    let behind = with_picture(Multipart::new(), &picture(5000, 1)).text("title", "Fly");
    server
        .send(&suggest(&server, &token(&server, 9), behind))
        .expect_status(201);
}

#[test]
fn a_picture_that_is_too_large_is_refused_in_its_middle_by_its_name() {
    let server = Server::start();
    let mut large = picture(17 * MIB, 1);
    large.extend_from_slice(b"the end");
    large.resize(40 * MIB, 0);
    let request = suggest(
        &server,
        &token(&server, 9),
        with_picture(Multipart::new().text("title", "Fly"), &large),
    );
    let refused = answer_to_beginning(&server, &request, b"the end").expect_status(413);
    assert!(
        refused
            .error()
            .starts_with("feature_request[files][] is larger than"),
        "{}",
        refused.error()
    );
    let pictures = (0..5).fold(Multipart::new().text("title", "Fly"), |form, number| {
        with_picture(form, &picture(15 * MIB, number))
    });
    let refused = server.send(&suggest(&server, &token(&server, 9), pictures));
    assert!(
        refused.expect_status(413).error().contains("files"),
        "64 MiB together"
    );
    eventually("all is removed", || stored(&server) == (0, 0));
}

#[test]
fn forms_under_way_from_one_address_take_so_much_of_the_disk_and_no_more() {
    let server = Server::with_args(["--trusted-proxy", "127.0.0.1/32"]);
    let token = token(&server, 1000);
    // All but the end of each form is sent.
    let begin = |address: &str, number: usize| -> Connection {
        let pictures = (0..4).fold(Multipart::new().text("title", "Fly"), |form, part| {
            with_picture(form, &picture(15 * MIB, number * 10 + part))
        });
        let request = suggest(&server, &token, pictures).header("X-Forwarded-For", address);
        let mut connection = server.connect();
        let bytes = request.encode(&connection.host());
        // The server may have hung up already.
        let _ = connection.send_part(&bytes[..bytes.len() - 10]);
        connection
    };
    let mut waiting: Vec<_> = (0..6).map(|number| begin("198.51.100.1", number)).collect();
    let mut refused = 0;
    for connection in &mut waiting {
        if connection
            .has_answer(Duration::from_millis(500))
            .is_ok_and(|arrived| arrived)
        {
            refused += 1;
        }
    }
    assert!(refused >= 1, "6 times 60 MiB are more than 256");
    assert!(stored(&server).1 <= 256 << 20, "{:?}", stored(&server));
    let form = with_picture(Multipart::new().text("title", "Fly"), &picture(5000, 1));
    let other = suggest(&server, &token, form).header("X-Forwarded-For", "198.51.100.2");
    server.send(&other).expect_status(201);
    drop(waiting);
    eventually("all but one picture is removed", || stored(&server).0 == 1);
}

#[test]
fn the_file_of_a_comment_is_taken_when_there_is_something_to_comment() {
    let server = Server::start();
    let issue = server.report("Commented", "").expect_status(201).json();
    let comment = |path: String, form: Multipart| {
        Request::post(path)
            .bearer(server.personal_token())
            .multipart(form.file("file", "a.log", "text/plain", b"some log"))
    };
    let below = |number: &str| server.path(&format!("issues/{number}/comments.json"));
    let nowhere = comment(below("77"), Multipart::new().text("body", "Look"));
    answer_to_beginning(&server, &nowhere, b"Look").expect_status(404);
    let blank = comment(below("1"), Multipart::new().text("body", " "));
    answer_to_beginning(&server, &blank, b"some").expect_status(422);
    let by_id = |id: &Value| {
        let form = Multipart::new()
            .text("body", "Look")
            .text("commentable_type", "Issue")
            .text("commentable_id", &id.to_string());
        comment("/comments.json".to_owned(), form)
    };
    server.send(&by_id(&json!(64_000_000))).expect_status(404);
    assert_eq!(stored(&server), (0, 0));
    server.send(&by_id(&issue["id"])).expect_status(201);
    assert_eq!(stored(&server).0, 1);
    let large = Multipart::new().file("file", "b.log", "text/plain", &vec![b'a'; 65 * MIB]);
    let large = comment(below("1"), large.text("body", "Look"));
    let refused = server.send(&large).expect_status(413);
    assert!(
        refused.error().starts_with("file is larger than"),
        "{}",
        refused.error()
    );
}

#[test]
fn an_upload_whose_key_was_another_requests_leaves_nothing() {
    let server = Server::start();
    let issue = server.report("With a log", "").expect_status(201).json();
    let upload = |text: &str| {
        let path = server.path(&format!("issues/g-{}/log_files", issue["id"]));
        Request::post(path)
            .bearer(issue["token"].as_str().unwrap())
            .header("Idempotency-Key", "the same for both")
            .form(&[("log_file[contents]", text)])
    };
    server.send(&upload("kept")).expect_status(201);
    server.send(&upload("lost")).expect_status(422);
    assert_eq!(stored(&server).0, 1);
    server.send(&upload("kept")).expect_status(201);
    assert_eq!(stored(&server).0, 1);
}

#[test]
fn a_form_whose_sender_is_gone_while_its_picture_is_named_is_decided_all_the_same() {
    let server = Server::start();
    let field =
        json!({"name": "Mood", "field_type": "select", "options": ["high"], "applies_to": "feature_request"});
    let made = Request::post(server.path("custom_fields.json")).bearer(server.personal_token());
    server.send(&made.json(&field)).expect_status(201);
    let token = token(&server, 1000);
    let mut seen = 0;
    for number in 0..20 {
        // Only the project refuses it, when its picture has its name.
        let form = Multipart::new()
            .text("title", "Fly")
            .text("custom[mood]", "no such mood");
        let request = suggest(&server, &token, with_picture(form, &picture(5000, number)));
        let mut connection = server.connect();
        let alive = Request::get("/healthz").encode(&connection.host());
        connection.send_part(&alive).unwrap();
        connection.send_part(&request.encode(&connection.host())).unwrap();
        let begun = Instant::now();
        let mut is_there = false;
        while !is_there && begun.elapsed() < Duration::from_millis(100) {
            is_there = stored(&server) != (0, 0);
        }
        seen += u32::from(is_there);
        // With an answer that nobody has read, the end of a connection is a reset.
        drop(connection);
        eventually("it is removed", || stored(&server) == (0, 0));
    }
    assert!(seen > 5, "the picture was there for {seen} of 20 senders only");
    let list = Request::get(server.path("feature_requests.json")).bearer(server.personal_token());
    let list = server.send(&list).expect_status(200).json();
    assert_eq!(list["pagination"]["total_count"], 0);
}
