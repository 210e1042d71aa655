//! Tags: made, changed, given to an issue, deleted.

use std::io;

use serde_json::{Value, json};

use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let issue = scene.file("Tagged issue")?;
    let issue = format!("issues/g-{}.json", issue.id);
    let tag = |name: &str| {
        let list = target.owner("GET", "issue_tags.json");
        View::named(list, "tags", ("name", name), &["color", "parent_tag_id"])
    };
    let (over, below) = (scene.name.clone(), format!("Below {}", scene.name));
    let (upper, lower) = (
        scene.watch(tag(&over), json!([])),
        scene.watch(tag(&below), json!([])),
    );
    let tagged = View::fields(target.owner("GET", &issue), &["tag_ids"]);
    let tagged = scene.watch(tagged, json!({"tag_ids": []}));

    let request = |body: Value| target.owner("POST", "issue_tags.json").json(&body);
    let looks = |color: &str, parent: Value| json!([{"color": color, "parent_tag_id": parent}]);
    let grey = "#808080";
    let made = scene.write(
        &request(json!({"name": over})),
        &[(upper, looks(grey, Value::Null))],
    )?;
    let over = made.json()["id"].clone();
    let child = request(json!({"name": below, "parent_tag_id": over}));
    let made = scene.write(&child, &[(lower, looks(grey, over.clone()))])?;
    let below = made.json()["id"].clone();
    let edit = target.owner("PATCH", &format!("issue_tags/{over}.json"));
    let edit = edit.json(&json!({"color": "#1E90FF"}));
    scene.write(&edit, &[(upper, looks("#1E90FF", Value::Null))])?;
    let both = target
        .owner("PATCH", &issue)
        .json(&json!({"tag_ids": [over, below]}));
    scene.write(&both, &[(tagged, json!({"tag_ids": [over, below]}))])?;
    // One batch: the tag, those below it, and the issues that have it.
    let delete = target.owner("DELETE", &format!("issue_tags/{over}.json"));
    let after = [
        (upper, json!([])),
        (lower, looks(grey, Value::Null)),
        (tagged, json!({"tag_ids": [below]})),
    ];
    scene.write(&delete, &after)?;
    let delete = target.owner("DELETE", &format!("issue_tags/{below}.json"));
    scene.write(&delete, &[(lower, json!([])), (tagged, json!({"tag_ids": []}))])?;
    Ok(())
}
