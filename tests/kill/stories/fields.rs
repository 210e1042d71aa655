//! Custom fields: declared, changed, filled in, deleted.

use std::io;

use serde_json::{Value, json};

use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let issue = scene.file("Issue with values")?;
    let issue = format!("issues/g-{}.json", issue.id);
    let name = scene.name.clone();
    let list = target.owner("GET", "custom_fields.json?per_page=100");
    let list = View::named(list, "custom_fields", ("name", &name), &["options", "required"]);
    let field = scene.watch(list, json!([]));
    let values = View::fields(target.owner("GET", &issue), &["custom_fields"]);
    let values = scene.watch(values, json!({"custom_fields": {}}));

    let looks = |options: Value| json!([{"options": options, "required": false}]);
    let body = json!({"name": name, "field_type": "select", "options": ["calm"]});
    let made = target.owner("POST", "custom_fields.json").json(&body);
    let made = scene.write(&made, &[(field, looks(json!(["calm"])))])?.json();
    let (id, ident) = (&made["id"], made["ident"].as_str().unwrap_or_default());
    let edit = target.owner("PATCH", &format!("custom_fields/{id}.json"));
    let edit = edit.json(&json!({"options": ["calm", "cross"]}));
    scene.write(&edit, &[(field, looks(json!(["calm", "cross"])))])?;
    let fill = target.owner("PATCH", &issue);
    let fill = fill.json(&json!({"custom_fields": {ident: "cross"}}));
    scene.write(&fill, &[(values, json!({"custom_fields": {ident: "cross"}}))])?;
    // Reports keep their values.
    let delete = target.owner("DELETE", &format!("custom_fields/{id}.json"));
    scene.write(&delete, &[(field, json!([]))])?;
    Ok(())
}
