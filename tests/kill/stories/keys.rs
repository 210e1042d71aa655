//! Identity keys: registered, removed.

use std::io;

use serde_json::json;

use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let name = scene.name.clone();
    // There is an end to the keys of one project, and each kill leaves one.
    let project = target
        .person("POST", "/projects.json")
        .json(&json!({"name": name}));
    let project = scene.write(&project, &[])?.json();
    let keys = format!(
        "/projects/{}/identity_keys",
        project["id"].as_str().unwrap_or_default()
    );
    let list = target.person("GET", &format!("{keys}.json"));
    let listed = View::named(list, "identity_keys", ("name", &name), &["algorithm", "kid"]);
    let listed = scene.watch(listed, json!([]));
    let body = json!({"name": name, "algorithm": "HS256", "kid": "kill"});
    let made = target.person("POST", &format!("{keys}.json")).json(&body);
    let looks = json!([{"algorithm": "HS256", "kid": "kill"}]);
    let made = scene.write(&made, &[(listed, looks)])?.json();
    let remove = target.person("DELETE", &format!("{keys}/{}.json", made["id"]));
    scene.write(&remove, &[(listed, json!([]))])?;
    Ok(())
}
