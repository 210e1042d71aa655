//! What is wrong is named, and nothing of it is stored.

use serde_json::json;
use support::Server;

use crate::{add, listed, owner, set_status, suggest};

#[test]
fn every_wrong_field_is_named() {
    let server = Server::start();
    for (body, error) in [
        (json!({}), "description can't be blank"),
        (
            json!({"feature_request": {"description": " "}}),
            "description can't be blank",
        ),
        (
            json!({"feature_request": {"description": []}}),
            "description must be text",
        ),
        (json!({"feature_request": "x"}), "feature_request must be"),
        (json!({"title": "x".repeat(300)}), "title is too long"),
        (
            json!({"title": "x", "user": {"email": "x"}}),
            "user.email is not an e-mail address",
        ),
        (
            json!({"title": "x", "due_date": "soon"}),
            "due_date must be a date",
        ),
    ] {
        let refused = server.send(&suggest(&server).json(&body)).expect_status(422);
        assert!(refused.error().contains(error), "{body}: {}", refused.error());
        assert!(refused.json()["errors"].is_array());
    }
    let broken = suggest(&server).body("application/json", "{");
    server.send(&broken).expect_status(400);
    let list = suggest(&server).body("application/xml", "<a/>");
    server.send(&list).expect_status(415);
    assert!(listed(&server, "sort=all").is_empty());
}

#[test]
fn a_list_or_change_that_makes_no_sense_is_refused() {
    let server = Server::start();
    let number = add(&server, "Fly");
    for (query, field) in [
        ("sort=best", "sort must be one of top, new"),
        ("status=closed", "status must be one of pending, approved"),
        ("page=x", "page"),
        ("created_after=soon", "created_after"),
    ] {
        let request = owner(&server, "GET", &format!("feature_requests.json?{query}"));
        let refused = server.send(&request).expect_status(422);
        assert!(refused.error().contains(field), "{query}: {}", refused.error());
    }
    let refused = set_status(&server, &number, "wont_fix").expect_status(422);
    assert!(
        refused.error().starts_with("status must be one of pending"),
        "{}",
        refused.error()
    );
    set_status(&server, "99", "approved").expect_status(404);
    let delete = owner(&server, "DELETE", "feature_requests/1.json");
    let refused = server.send(&delete).expect_status(405);
    assert_eq!(refused.header("Allow"), Some("GET, HEAD, PATCH, PUT"));
}
