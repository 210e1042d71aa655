//! Tokens of both kinds: made, changed, revoked.

use std::io;

use serde_json::json;
use support::Request;

use crate::scene::{Scene, View};

/// Whether a token works.
fn verify(token: &str) -> View {
    View::status(Request::post("/auth/verify").header("Authorization", token))
}

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let name = scene.name.clone();
    let list = target.owner("GET", "auth_tokens.json");
    let keep = &["bug_reports_per_day", "can_create_release"];
    let listed = View::named(list, "auth_tokens", ("name", &name), keep);
    let listed = scene.watch(listed, json!([]));
    let looks = |limit: u32| json!([{"bug_reports_per_day": limit, "can_create_release": false}]);
    let body = json!({"name": name, "bug_reports_per_day": 3});
    let made = target.owner("POST", "auth_tokens.json").json(&body);
    let made = scene.write(&made, &[(listed, looks(3))])?.json();
    let works = scene.watch(verify(made["token"].as_str().unwrap_or_default()), json!(200));
    let place = format!("auth_tokens/{}.json", made["id"]);
    let edit = target
        .owner("PATCH", &place)
        .json(&json!({"bug_reports_per_day": 4}));
    scene.write(&edit, &[(listed, looks(4))])?;
    let revoke = target.owner("DELETE", &place);
    scene.write(&revoke, &[(listed, json!([])), (works, json!(401))])?;

    let list = target.person("GET", "/personal_access_tokens.json");
    let listed = View::named(list, "personal_access_tokens", ("name", &name), &["expires_at"]);
    let listed = scene.watch(listed, json!([]));
    let made = target
        .person("POST", "/personal_access_tokens.json")
        .json(&json!({"name": name}));
    let made = scene
        .write(&made, &[(listed, json!([{"expires_at": null}]))])?
        .json();
    let works = scene.watch(verify(made["token"].as_str().unwrap_or_default()), json!(200));
    let revoke = target.person("DELETE", &format!("/personal_access_tokens/{}.json", made["id"]));
    scene.write(&revoke, &[(listed, json!([])), (works, json!(401))])?;
    Ok(())
}
