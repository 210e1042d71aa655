//! The mod for `RimWorld` and its build script: a report that names its release, and the release itself (protocol 13, COS).

use serde_json::json;
use support::{Request, Response, Server};

fn report(server: &Server, fields: &[(&str, &str)]) -> Response {
    let request = Request::post(server.path("issues.json"))
        .form_user(server.project_token())
        .header("BetaHub-Project-ID", server.project());
    server.send(&request.form(fields))
}

#[test]
fn a_report_whose_release_is_refused_is_sent_again_without() {
    let server = Server::start();
    let description = (
        "issue[description]",
        "Colonists stand in the freezer and starve, whatever they are told.",
    );
    let fields = [
        ("issue[title]", "Colonists starve"),
        description,
        ("issue[custom][mod_version]", "4.2.0"),
        ("issue[source]", "rimworld_ingame"),
        ("issue[extras][device_info][value]", "Linux"),
        ("issue[extras][device_info][validation_mode]", "optional"),
        ("issue[release_label]", "4.2.0"),
    ];
    let refused = report(&server, &fields).expect_status(403);
    let text = refused.error();
    assert!(
        text.contains("permission to create releases"),
        "the mod looks for it: {text}"
    );
    let [rest @ .., _] = fields;
    let url = report(&server, &rest).expect_status(201).json()["url"].clone();
    let segment = url.as_str().and_then(|url| url.rsplit('/').next());
    assert_eq!(segment, Some("1"), "{url}");
}

#[test]
fn the_build_script_makes_and_publishes_a_release() {
    let server = Server::start();
    let create = Request::post(server.path("releases.json"))
        .bearer(server.personal_token())
        .json(&json!({"release": {"label": "4.2.0", "description": "- The freezer has a door"}}));
    let release = server.send(&create).expect_status(201).json();
    let publish = Request::post(server.path(&format!("releases/{}/publish.json", release["id"])))
        .bearer(server.personal_token())
        .body("application/json", "");
    server.send(&publish).expect_status(200);
    let delete =
        Request::delete(server.path(&format!("releases/{}", release["id"]))).bearer(server.personal_token());
    server.send(&delete).expect_status(200);
}
