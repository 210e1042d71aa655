//! What is known of the use of tokens after the server was killed.

use serde_json::{Value, json};
use support::{Request, Server};

fn usage(server: &Server, id: &Value) -> Value {
    let path = server.path(&format!("auth_tokens/{id}/usage.json"));
    let answer = server.send(&Request::get(path).bearer(server.personal_token()));
    answer.expect_status(200).json()["totals"]["bug_reports"].clone()
}

#[test]
fn accepted_reports_are_exact_after_a_kill_and_refused_ones_after_a_stop() {
    let mut server = Server::start();
    let made = server.create_token(&json!({"name": "Game", "bug_reports_per_day": 7}));
    let token = made["token"].as_str().unwrap().to_owned();
    let report = |server: &Server| {
        let request = Request::post(server.path("issues.json")).form_user(&token);
        server.send(&request.json(&json!({"title": "Once more"}))).status
    };
    let statuses: Vec<_> = (0..9).map(|_| report(&server)).collect();
    assert_eq!(statuses, [201, 201, 201, 201, 201, 201, 201, 403, 403]);
    let counted = usage(&server, &made["id"]);
    assert_eq!(
        (&counted["accepted"], &counted["refused"]),
        (&json!(7), &json!(2))
    );
    server.kill_hard();
    server.restart();
    let counted = usage(&server, &made["id"]);
    assert_eq!(counted["accepted"], 7);
    assert!(counted["refused"].as_u64().unwrap() <= 2, "{counted}");
    let before = counted["refused"].as_u64().unwrap();
    assert_eq!(report(&server), 403);
    server.restart();
    let counted = usage(&server, &made["id"]);
    assert_eq!(
        (counted["accepted"].as_u64(), counted["refused"].as_u64()),
        (Some(7), Some(before + 1))
    );
}
