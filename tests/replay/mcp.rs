//! The MCP server of an AI assistant reads lists: no `Accept`, and parameters that are the defaults are left out
//! (protocol 12 and 13).

use serde_json::{Value, json};
use support::{Request, Server};

fn read(server: &Server, path: &str) -> Value {
    let request = Request::get(server.path(path))
        .bearer(server.personal_token())
        .header("User-Agent", "betahub-mcp-server/1.0");
    server.send(&request).expect_status(200).json()
}

fn suggest(server: &Server, title: &str) {
    let request = Request::post(server.path("feature_requests.json"))
        .bearer(server.personal_token())
        .json(&json!({"title": title, "description": "Please."}));
    server.send(&request).expect_status(201);
}

#[test]
fn suggestions_are_listed_with_all_that_is_read_of_them() {
    let server = Server::start();
    for title in ["Hats", "Boots"] {
        suggest(&server, title);
    }
    let list = read(&server, "feature_requests.json");
    assert_eq!(list["sort"], "top");
    assert!(list["project_id"].is_u64(), "{list}");
    for field in ["current_page", "total_pages", "total_count", "per_page"] {
        assert!(list["pagination"][field].is_u64(), "{field} of {list}");
    }
    for one in list["feature_requests"].as_array().into_iter().flatten() {
        for field in [
            "title",
            "description",
            "status",
            "created_at",
            "updated_at",
            "url",
        ] {
            assert!(one[field].is_string(), "{field} of {one}");
        }
        for field in ["votes", "duplicates_count"] {
            assert!(one[field].is_u64(), "{field} of {one}");
        }
        for field in ["voted", "is_duplicate"] {
            assert!(one[field].is_boolean(), "{field} of {one}");
        }
        assert!(one["user"].is_object() && one.get("token").is_none(), "{one}");
    }
    assert_eq!(list["feature_requests"].as_array().map(Vec::len), Some(2));
}

#[test]
fn every_sort_and_status_of_its_lists_is_known() {
    let server = Server::start();
    suggest(&server, "Hats");
    for sort in [
        "top",
        "new",
        "all",
        "moderation",
        "rejected",
        "muted",
        "duplicates",
    ] {
        let list = read(&server, &format!("feature_requests.json?sort={sort}&page=1"));
        assert_eq!(list["sort"], sort);
    }
    for status in [
        "pending",
        "approved",
        "rejected",
        "in_progress",
        "completed",
        "duplicate",
    ] {
        let query = format!(
            "feature_requests.json?status={status}&created_after=2026-01-01&updated_before=2999-01-01T00:00:00Z"
        );
        let found = read(&server, &query)["feature_requests"]
            .as_array()
            .map_or(0, Vec::len);
        assert_eq!(found, usize::from(status == "pending"), "{status}");
    }
}
