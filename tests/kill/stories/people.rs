//! Projects and organizations, and who belongs to them.

use std::io;

use serde_json::{Value, json};
use support::Request;

use crate::scene::{Scene, View, Watched};

/// What is looked at, once the project is there.
struct Places {
    project: String,
    organization: String,
}

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let name = scene.name.clone();
    let project = make(scene, "/projects.json", "projects")?;
    let project = format!("/projects/{}", project.as_str().unwrap_or_default());
    let looks = |name: &str| json!({"name": name, "member_count": 1, "organization_id": null});
    let one = target.person("GET", &format!("{project}.json"));
    let one = View::fields(one, &["name", "member_count", "organization_id"]);
    let one = scene.watch(one, looks(&name));
    let renamed = format!("Renamed {name}");
    let edit = target.person("PATCH", &format!("{project}.json"));
    scene.write(&edit.json(&json!({"name": renamed})), &[(one, looks(&renamed))])?;
    scene.forget(one);

    let organization = make(scene, "/organizations.json", "organizations")?;
    let places = Places {
        organization: format!("/organizations/{organization}"),
        project,
    };
    come_and_go(scene, &places.project)?;
    let members = come_and_go(scene, &places.organization)?;
    move_in_and_out(scene, &places, &organization)?;
    let one = target.person("GET", &format!("{}.json", places.organization));
    let one = scene.watch(View::status(one), json!(200));
    let delete = target.person("DELETE", &format!("{}.json", places.organization));
    scene.write(&delete, &[(one, json!(404)), (members, json!(404))])?;
    Ok(())
}

/// Makes something that has the scene's name, and gives its id.
fn make(scene: &mut Scene<'_>, path: &str, list: &'static str) -> io::Result<Value> {
    let (target, name) = (scene.target, scene.name.clone());
    let newest = target.person("GET", &format!("{path}?per_page=100"));
    let newest = View::named(newest, list, ("name", &name), &["name"]);
    let newest = scene.watch(newest, json!([]));
    let request = target.person("POST", path).json(&json!({"name": name}));
    let made = scene.write(&request, &[(newest, json!([{"name": name}]))])?;
    scene.forget(newest);
    Ok(made.json()["id"].clone())
}

fn members(scene: &mut Scene<'_>, place: &str) -> Watched {
    let list = scene.target.person("GET", &format!("{place}/members.json"));
    let view = View::named(list, "members", ("email", &scene.target.colleague), &["role"]);
    scene.watch(view, json!([]))
}

/// Somebody becomes a member, gets another role, and leaves.
fn come_and_go(scene: &mut Scene<'_>, place: &str) -> io::Result<Watched> {
    let target = scene.target;
    let theirs = members(scene, place);
    let looks = |role: &str| json!([{"role": role}]);
    let add = target.person("POST", &format!("{place}/members.json"));
    let add = add.json(&json!({"email": target.colleague, "role": "tester"}));
    let added = scene.write(&add, &[(theirs, looks("tester"))])?.json();
    let member = format!("{place}/members/{}.json", added["id"]);
    let edit = target
        .person("PATCH", &member)
        .json(&json!({"role": "developer"}));
    scene.write(&edit, &[(theirs, looks("developer"))])?;
    scene.write(&target.person("DELETE", &member), &[(theirs, json!([]))])?;
    Ok(theirs)
}

/// The project joins the organization, and leaves it.
fn move_in_and_out(scene: &mut Scene<'_>, places: &Places, organization: &Value) -> io::Result<()> {
    let target = scene.target;
    let place = format!("{}.json", places.project);
    let one = View::fields(target.person("GET", &place), &["organization_id"]);
    let one = scene.watch(one, json!({"organization_id": null}));
    let counted = target.person("GET", &format!("{}.json", places.organization));
    let counted = View::fields(counted, &["project_count"]);
    let counted = scene.watch(counted, json!({"project_count": 0}));
    let edit = |to: &Value| -> Request {
        let body = json!({"organization_id": to});
        target.person("PATCH", &place).json(&body)
    };
    let inside = [
        (one, json!({"organization_id": organization})),
        (counted, json!({"project_count": 1})),
    ];
    scene.write(&edit(organization), &inside)?;
    let outside = [
        (one, json!({"organization_id": null})),
        (counted, json!({"project_count": 0})),
    ];
    scene.write(&edit(&Value::Null), &outside)?;
    scene.forget(counted);
    Ok(())
}
