use serde_json::{Value, json};
use support::{Request, Server, eventually};

use super::{as_owner, ids, report, search};

#[test]
fn suggestions_are_found_among_themselves() {
    let server = Server::start();
    let suggest = |title: &str| -> Value {
        let request = Request::post(server.path("feature_requests.json"))
            .bearer(server.personal_token())
            .json(&json!({"title": title, "description": "More of it, please."}));
        server.send(&request).expect_status(201).json()
    };
    let hats = suggest("More hats");
    suggest("Fewer dragons");
    report(&server, "Hats fall off", "", false);
    let found = |query: &str| {
        let answer = as_owner(&server, &format!("feature_requests/search.json?{query}"));
        answer.expect_status(200).json()
    };
    eventually("the suggestion is found", || {
        as_owner(&server, "feature_requests/search.json?query=hats").status == 200
            && found("query=hats")["pagination"]["total_count"] == 1
    });
    let list = found("query=hats");
    assert_eq!(list["feature_requests"][0]["id"], hats["id"]);
    assert!(
        list["project_id"].is_u64() && list["sort"].is_string(),
        "as the list: {list}"
    );
    eventually("the issue is found", || {
        ids(&search(&server, "query=hats")).len() == 1
    });
    let one = found("scoped_id=1");
    assert_eq!(one["id"], hats["id"]);
    assert_eq!(one.get("feature_requests"), None);
    let skipped = found(&format!("query=hats&skip_ids=fr-{}", hats["id"]));
    assert_eq!(skipped["pagination"]["total_count"], 0);
    as_owner(&server, "feature_requests/search.json?scoped_id=9").expect_status(404);
}
