//! Webhooks: set up, changed, given another secret, deleted.

use std::io;

use serde_json::json;

use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let name = scene.name.clone();
    // There is an end to the webhooks of one project, and each kill leaves one.
    let project = target
        .person("POST", "/projects.json")
        .json(&json!({"name": name}));
    let project = scene.write(&project, &[])?.json();
    let webhooks = format!(
        "/projects/{}/webhooks",
        project["id"].as_str().unwrap_or_default()
    );
    let url = "https://hooks.studio.example/kill";
    let list = target.person("GET", &format!("{webhooks}.json"));
    let listed = View::named(list, "webhooks", ("url", url), &["events", "active"]);
    let listed = scene.watch(listed, json!([]));

    // Nothing happens that it would hear of, so nothing is sent.
    let looks = |active: bool| json!([{"events": ["release.created"], "active": active}]);
    let create = target.person("POST", &format!("{webhooks}.json"));
    let create = create.json(&json!({"url": url, "events": ["release.created"]}));
    let made = scene.write(&create, &[(listed, looks(true))])?.json();
    let one = format!("{webhooks}/{}", made["id"]);
    let off = target.person("PATCH", &format!("{one}.json"));
    scene.write(&off.json(&json!({"active": false})), &[(listed, looks(false))])?;
    let rotate = target.person("POST", &format!("{one}/rotate_secret.json"));
    scene.write(&rotate, &[])?;
    let delete = target.person("DELETE", &format!("{one}.json"));
    scene.write(&delete, &[(listed, json!([]))])?;
    Ok(())
}
