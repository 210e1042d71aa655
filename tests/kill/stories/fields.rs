//! Custom fields: declared, changed, filled in, deleted.

use std::io;

use serde_json::{Value, json};

use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let name = scene.name.clone();
    // There is an end to the fields of one project, and each kill leaves one.
    let project = target
        .person("POST", "/projects.json")
        .json(&json!({"name": name}));
    let project = scene.write(&project, &[])?.json();
    let within = format!("/projects/{}", project["id"].as_str().unwrap_or_default());
    let issue = target.person("POST", &format!("{within}/issues.json"));
    let issue = issue.json(&json!({"title": "Issue with values"}));
    let issue = scene.write(&issue, &[])?.json();
    let issue = format!("{within}/issues/g-{}.json", issue["id"]);
    let list = target.person("GET", &format!("{within}/custom_fields.json?per_page=100"));
    let list = View::named(list, "custom_fields", ("name", &name), &["options", "required"]);
    let field = scene.watch(list, json!([]));
    let values = View::fields(target.person("GET", &issue), &["custom_fields"]);
    let values = scene.watch(values, json!({"custom_fields": {}}));

    let looks = |options: Value| json!([{"options": options, "required": false}]);
    let body = json!({"name": name, "field_type": "select", "options": ["calm"]});
    let made = target
        .person("POST", &format!("{within}/custom_fields.json"))
        .json(&body);
    let made = scene.write(&made, &[(field, looks(json!(["calm"])))])?.json();
    let (id, ident) = (&made["id"], made["ident"].as_str().unwrap_or_default());
    let edit = target.person("PATCH", &format!("{within}/custom_fields/{id}.json"));
    let edit = edit.json(&json!({"options": ["calm", "cross"]}));
    scene.write(&edit, &[(field, looks(json!(["calm", "cross"])))])?;
    let fill = target.person("PATCH", &issue);
    let fill = fill.json(&json!({"custom_fields": {ident: "cross"}}));
    scene.write(&fill, &[(values, json!({"custom_fields": {ident: "cross"}}))])?;
    // Reports keep their values.
    let delete = target.person("DELETE", &format!("{within}/custom_fields/{id}.json"));
    scene.write(&delete, &[(field, json!([]))])?;
    Ok(())
}
