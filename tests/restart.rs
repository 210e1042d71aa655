//! A start brings back the lists as they were, from what an orderly stop wrote down and what happened since.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use bugle_storage::records::{ChunkMark, IndexChunk};
use bugle_storage::{EmbeddedStore, Key, ProjectId, Shard, StoreOptions, Table};
use serde_json::{Value, json};
use std::sync::Arc;
use support::{Request, Server};

/// What lists say, with the address left out that changes with every start.
fn lists(server: &Server) -> Vec<String> {
    let queries = [
        "per_page=100",
        "status=closed",
        "status=open&priority=high",
        "category=question&per_page=2&page=2",
    ];
    let list = |query: &str| {
        let request = Request::get(server.path(&format!("issues.json?{query}")));
        let answer = server.send(&request.bearer(server.personal_token()));
        answer.expect_status(200).text().replace(server.url(), "")
    };
    queries.into_iter().map(list).collect()
}

fn create(server: &Server, number: usize, draft: bool) -> Value {
    let body = json!({
        "title": format!("Issue {number}"),
        "priority": (["low", "high"][number % 2]),
        "category": (["bug", "question"][number % 2]),
        "draft": draft,
    });
    let request = Request::post(server.path("issues.json")).bearer(server.personal_token());
    server.send(&request.json(&body)).expect_status(201).json()
}

fn close(server: &Server, issue: &Value) {
    let request = Request::patch(server.path(&format!("issues/g-{}.json", issue["id"])));
    let request = request.bearer(server.personal_token());
    server
        .send(&request.json(&json!({"status": "closed"})))
        .expect_status(200);
}

fn publish(server: &Server, issue: &Value) {
    let request = Request::post(server.path(&format!("issues/g-{}/publish", issue["id"])));
    server
        .send(&request.bearer(server.personal_token()))
        .expect_status(200);
}

/// How many issues the chunks of a stopped server's project hold, and how many chunks are marked.
fn stored(server: &Server) -> (usize, usize) {
    let store = Arc::new(EmbeddedStore::open(&StoreOptions::new(server.data())).unwrap());
    let project: ProjectId = server.project().parse().unwrap();
    let shard = Shard::open(store, project.shard()).unwrap();
    let table = |table| Key::new(project.shard(), table).u64(project.0);
    let chunks = shard.load::<IndexChunk>(&table(Table::IndexChunk)).unwrap();
    let marks = shard.load::<ChunkMark>(&table(Table::ChunkMark)).unwrap();
    (chunks.iter().map(|(_, chunk)| chunk.len()).sum(), marks.len())
}

#[test]
fn lists_are_the_same_after_a_stop_and_after_a_kill() {
    let mut server = Server::start();
    let issues: Vec<_> = (0..12)
        .map(|number| create(&server, number, number % 4 == 3))
        .collect();
    publish(&server, &issues[7]);
    close(&server, &issues[1]);
    let before = lists(&server);
    server.stop();
    assert_eq!(stored(&server), (12, 0), "a stop writes the index down");
    server.restart();
    assert_eq!(lists(&server), before);
    // Now what the stored index does not know: a new issue, a change, a draft that is published.
    create(&server, 12, false);
    close(&server, &issues[2]);
    publish(&server, &issues[3]);
    let before = lists(&server);
    server.kill_hard();
    assert_eq!(stored(&server), (12, 1), "a kill leaves a mark");
    server.restart();
    assert_eq!(lists(&server), before);
    assert_eq!(create(&server, 13, false)["scoped_id"], "13");
}
