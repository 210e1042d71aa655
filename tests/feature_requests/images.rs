//! Pictures of a suggestion: in its form, beside it, and in two steps.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use support::media::{JPEG, MP4, PNG};
use support::{Multipart, Request, Server};

use crate::{get, listed, owner, suggest};

fn names(server: &Server) -> Vec<String> {
    let images = get(server, "feature_requests/1/images.json");
    let images = images.as_array().unwrap();
    let name = |image: &Value| image["filename"].as_str().unwrap().to_owned();
    images.iter().map(name).collect()
}

#[test]
fn pictures_come_in_the_same_form() {
    let mut server = Server::start();
    let form = Multipart::new()
        .text("feature_request[description]", "Look at this.")
        .file("feature_request[files][]", "a.png", "image/png", PNG)
        .file("feature_request[files][]", "b.jpg", "image/jpeg", JPEG);
    let created = server
        .send(&suggest(&server).multipart(form))
        .expect_status(201)
        .json();
    server.kill_hard();
    server.restart();
    assert_eq!(names(&server), ["a.png", "b.jpg"]);
    let images = get(&server, "feature_requests/1/images.json");
    let first = &images[0];
    assert_eq!(
        (&first["type"], &first["content_type"]),
        (&json!("image"), &json!("image/png"))
    );
    assert_eq!(first["feature_request_id"], created["id"]);
    assert!(first.get("issue_id").is_none());
    let url = first["url"].as_str().unwrap();
    let path = &url[url.find("/projects/").unwrap()..];
    let bytes = server.send(&Request::get(path).bearer(server.personal_token()));
    assert_eq!(bytes.expect_status(200).body, PNG);
    server
        .send(&Request::delete(path).bearer(server.personal_token()))
        .expect_status(200);
    assert_eq!(names(&server), ["b.jpg"]);
}

#[test]
fn what_is_no_picture_is_refused_with_all_of_it() {
    let server = Server::start();
    let form = Multipart::new()
        .text("feature_request[description]", "Look at this.")
        .file("feature_request[files][]", "a.png", "image/png", PNG)
        .file("feature_request[files][]", "b.png", "image/png", MP4);
    let refused = server.send(&suggest(&server).multipart(form)).expect_status(422);
    assert!(refused.error().contains("files"), "{}", refused.error());
    let many = (0..11).fold(
        Multipart::new().text("feature_request[title]", "Many"),
        |form, _| form.file("feature_request[files][]", "a.png", "image/png", PNG),
    );
    server.send(&suggest(&server).multipart(many)).expect_status(400);
    assert!(listed(&server, "").is_empty());
}

#[test]
fn the_holder_of_its_token_adds_pictures_in_two_steps_or_one() {
    let server = Server::start();
    let created = server.send(&suggest(&server).json(&json!({"title": "Fly", "draft": true})));
    let created = created.expect_status(201).json();
    let token = created["token"].as_str().unwrap();
    let post = |rest: &str| {
        let path = format!("feature_requests/{}/{rest}", created["id"]);
        Request::post(server.path(&path)).bearer(token)
    };
    let announced = post("images/presigned_upload").json(&json!({
        "filename": "a.png", "byte_size": PNG.len(), "checksum": STANDARD.encode(Md5::digest(PNG)),
        "content_type": "image/png",
    }));
    let announced = server.send(&announced).expect_status(201).json();
    let url = announced["direct_upload_url"].as_str().unwrap();
    let put = Request::new("PUT", &url[url.find("/direct_uploads").unwrap()..]).body("image/png", PNG);
    server.send(&put).expect_status(200);
    let confirm = post("images/confirm_upload").json(&json!({"blob_signed_id": announced["blob_signed_id"]}));
    server.send(&confirm).expect_status(201);
    let whole = post("images").multipart(Multipart::new().file("image[image]", "b.png", "image/png", PNG));
    server.send(&whole).expect_status(201);
    let clip = post("images").multipart(Multipart::new().file("image[image]", "c.png", "image/png", MP4));
    server.send(&clip).expect_status(422);
    server.send(&post("screenshots")).expect_status(404);
    let by_game = Request::post(server.path(&format!("feature_requests/fr-{}/images", created["id"])))
        .form_user(server.project_token())
        .multipart(Multipart::new().file("image[image]", "d.png", "image/png", PNG));
    server.send(&by_game).expect_status(201);
    server.send(&post("publish")).expect_status(200);
    assert_eq!(names(&server), ["a.png", "b.png", "d.png"]);
    let issues = owner(
        &server,
        "GET",
        &format!("issues/g-{}/screenshots.json", created["id"]),
    );
    server.send(&issues).expect_status(404);
}
