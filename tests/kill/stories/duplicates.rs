//! Duplicates, and the history of what was done: a change and its entry are there both or neither.

use std::io;

use serde_json::{Value, json};

use crate::scene::{Scene, View, Watched};

/// How an issue is watched: its links, and how many entries its history has.
#[derive(Clone, Copy)]
struct Issue {
    id: u64,
    links: Watched,
    history: Watched,
}

fn file(scene: &mut Scene<'_>, what: &str) -> io::Result<Issue> {
    let (target, id) = (scene.target, scene.file(what)?.id);
    let issue = target.owner("GET", &format!("issues/g-{id}.json"));
    let links = View::fields(issue, &["status", "duplicate_of_id", "duplicates_count"]);
    let history = View::total(target.owner("GET", &format!("issues/g-{id}/history.json")));
    Ok(Issue {
        id,
        links: scene.watch(links, looks("open", None, 0)),
        history: scene.watch(history, json!(0)),
    })
}

fn looks(status: &str, original: Option<u64>, duplicates: u32) -> Value {
    json!({"status": status, "duplicate_of_id": original, "duplicates_count": duplicates})
}

pub(super) fn tell(scene: &mut Scene<'_>) -> io::Result<()> {
    let target = scene.target;
    let (first, second) = (file(scene, "First issue")?, file(scene, "Second issue")?);
    let third = file(scene, "Third issue")?;
    let mark = |issue: Issue, original: Option<u64>| {
        let body = json!({"duplicate_of_id": original});
        target
            .owner("PATCH", &format!("issues/g-{}.json", issue.id))
            .json(&body)
    };
    let changes = [
        (first.links, looks("duplicate", Some(second.id), 0)),
        (first.history, json!(1)),
        (second.links, looks("open", None, 1)),
    ];
    scene.write(&mark(first, Some(second.id)), &changes)?;
    // The first goes with the second.
    let changes = [
        (first.links, looks("duplicate", Some(third.id), 0)),
        (second.links, looks("duplicate", Some(third.id), 0)),
        (second.history, json!(1)),
        (third.links, looks("open", None, 2)),
    ];
    scene.write(&mark(second, Some(third.id)), &changes)?;
    let changes = [
        (first.links, looks("open", None, 0)),
        (first.history, json!(2)),
        (third.links, looks("open", None, 1)),
    ];
    scene.write(&mark(first, None), &changes)?;
    let resolve = target.owner("PATCH", &format!("issues/g-{}.json", third.id));
    let changes = [
        (third.links, looks("resolved", None, 1)),
        (third.history, json!(1)),
    ];
    scene.write(&resolve.json(&json!({"status": "resolved"})), &changes)?;
    Ok(())
}
