//! Comments, with a file and without, and taken away again.

use std::io;

use serde_json::json;
use support::Multipart;

use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let issue = format!("issues/g-{}", scene.file("Commented issue")?.id);
    let list = || target.owner("GET", &format!("{issue}/comments.json"));
    let total = scene.watch(View::total(list()), json!(0));
    let text = View::named(list(), "comments", ("body", "Text"), &["body"]);
    let text = scene.watch(text, json!([]));
    let filed = View::named(list(), "comments", ("body", "File"), &["body"]);
    let filed = scene.watch(filed, json!([]));

    let add = || target.owner("POST", &format!("{issue}/comments.json"));
    let body = add().json(&json!({"body": "Text"}));
    let written = scene.write(&body, &[(text, json!([{"body": "Text"}])), (total, json!(1))])?;
    let first = written.json()["id"].clone();
    let form = Multipart::new().text("comment[body]", "File").file(
        "file",
        "a.log",
        "text/plain",
        scene.name.as_bytes(),
    );
    let changes = [(filed, json!([{"body": "File"}])), (total, json!(2))];
    let written = scene.write(&add().multipart(form), &changes)?;
    let second = written.json()["id"].clone();
    let file = target.owner("GET", &format!("{issue}/comments/{second}/file"));
    let file = scene.watch(View::status(file), json!(200));
    let delete = |id| target.owner("DELETE", &format!("{issue}/comments/{id}.json"));
    scene.write(&delete(first), &[(text, json!([])), (total, json!(1))])?;
    let changes = [(filed, json!([])), (total, json!(0)), (file, json!(404))];
    scene.write(&delete(second), &changes)?;
    Ok(())
}
