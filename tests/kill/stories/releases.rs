//! Releases: made by people and by a report's label, filled in, published, deleted.

use std::io;

use serde_json::{Value, json};

use crate::ledger::Report;
use crate::scene::{Scene, View};

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let named = |label: &str| {
        let list = target.owner("GET", "releases.json");
        View::named(list, "", ("label", label), &["summary", "dynamically_created"])
    };
    let looks =
        |summary: Value, by_label: bool| json!([{"summary": summary, "dynamically_created": by_label}]);
    let request = |label: &str, summary: &str| {
        let body = json!({"label": label, "summary": summary});
        target.owner("POST", "releases.json").json(&body)
    };
    let (ours, theirs) = (scene.name.clone(), format!("By label: {}", scene.name));

    let release = scene.watch(named(&ours), json!([]));
    let made = scene.write(&request(&ours, "One"), &[(release, looks(json!("One"), false))])?;
    let id = made.json()["id"].clone();
    let publish = target.owner("POST", &format!("releases/{id}/publish.json"));
    scene.write(&publish, &[])?;

    let by_label = scene.watch(named(&theirs), json!([]));
    let report = Report {
        release_label: Some(theirs.clone()),
        ..Report::default()
    };
    // Report and release are one batch.
    let issue = scene.file_with(report, "Labelled issue", &[(by_label, looks(Value::Null, true))])?;
    let filled = scene.write(
        &request(&theirs, "Two"),
        &[(by_label, looks(json!("Two"), false))],
    );
    let filled = filled?.json()["id"].clone();
    let issue = target.owner("GET", &format!("issues/g-{}.json", issue.id));
    // Its reports keep it when it is gone.
    scene.watch(
        View::fields(issue, &["release_id"]),
        json!({"release_id": filled}),
    );
    for (watched, id) in [(release, id), (by_label, filled)] {
        let delete = target.owner("DELETE", &format!("releases/{id}.json"));
        scene.write(&delete, &[(watched, json!([]))])?;
    }
    Ok(())
}
