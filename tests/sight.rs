//! Who is told what of a report: whoever sent it, testers, developers (protocol 4 and 5.4).
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "the helpers of a test fail the test"
)]

use serde_json::{Value, json};
use support::{Request, Response, Server};

/// A server with a report of each kind, and everything that can stand beside one.
struct Desk {
    server: Server,
    owner: String,
    tester: String,
    reports: Vec<Report>,
}

/// A report of one kind, sent by a game.
struct Report {
    folder: &'static str,
    prefix: &'static str,
    created: Value,
}

impl Report {
    fn path(&self, rest: &str) -> String {
        format!("{}/{}{}{rest}", self.folder, self.prefix, self.created["id"])
    }
}

const KINDS: [(&str, &str, &str); 3] = [
    ("issues", "g-", "issue"),
    ("feature_requests", "fr-", "feature_request"),
    ("tickets", "t-", "ticket"),
];

/// What is for members alone, whatever the kind.
const OF_MEMBERS: [&str; 4] = ["custom_fields", "extras", "due_date", "tag_ids"];

impl Desk {
    fn open() -> Self {
        let mut server = Server::start();
        let tester = server.add_person("tester@studio.example").token;
        let owner = server.personal_token().to_owned();
        let member = json!({"email": "tester@studio.example", "role": "tester"});
        let add = Request::post(server.path("members.json"))
            .bearer(&owner)
            .json(&member);
        server.send(&add).expect_status(201);
        let mut desk = Self {
            server,
            owner,
            tester,
            reports: Vec::new(),
        };
        desk.post("issue_tags.json", &json!({"name": "Lift"}));
        for (folder, prefix, target) in KINDS {
            for (name, viewable) in [("Level", true), ("Verdict", false)] {
                let field = json!({"name": name, "tester_viewable": viewable, "applies_to": target});
                desk.post("custom_fields.json", &field);
            }
            let created = desk.report(folder);
            desk.reports.push(Report {
                folder,
                prefix,
                created,
            });
        }
        desk
    }

    fn post(&self, rest: &str, body: &Value) -> Value {
        let request = Request::post(self.server.path(rest)).bearer(&self.owner);
        self.server.send(&request.json(body)).expect_status(201).json()
    }

    /// A draft where the kind has any.
    fn report(&self, folder: &str) -> Value {
        let body = json!({
            "title": "The lift stops", "draft": folder != "tickets", "due_date": "2026-12-24",
            "extras": {"device_info": {"value": "Deck"}},
            "custom_fields": {"level": "3", "verdict": "mine", "mods": ["a", "b"]},
        });
        let token = format!("{},email:player@home.example", self.server.project_token());
        let request = Request::post(self.server.path(&format!("{folder}.json"))).form_user(&token);
        self.server.send(&request.json(&body)).expect_status(201).json()
    }

    fn get(&self, token: &str, rest: &str) -> Value {
        let request = Request::get(self.server.path(rest)).bearer(token);
        self.server.send(&request).expect_status(200).json()
    }

    fn patch(&self, report: &Report, body: &Value) -> Response {
        let request = Request::patch(self.server.path(&report.path(".json"))).bearer(&self.owner);
        self.server.send(&request.json(body))
    }

    /// Sends what completes a report, with its update token.
    fn complete(&self, report: &Report, what: &str, body: &Value) -> Value {
        let token = report.created["token"].as_str().unwrap();
        let request = Request::post(self.server.path(&report.path(&format!("/{what}")))).bearer(token);
        self.server.send(&request.json(body)).expect_status(200).json()
    }

    fn publish(&self) {
        for report in &self.reports {
            if report.folder != "tickets" {
                self.complete(report, "publish", &json!({}));
            }
        }
    }

    /// Does with each report what only members are told of.
    fn work(&self) {
        for report in &self.reports {
            let mut change = json!({"assigned_to_id": 1, "custom_fields": {"verdict": "a known one"}});
            if report.folder == "issues" {
                change["tag_ids"] = json!([1]);
                let original = self.post("issues.json", &json!({"title": "The lift comes twice"}));
                change["duplicate_of_id"] = original["id"].clone();
            }
            self.patch(report, &change).expect_status(200);
        }
    }
}

#[test]
fn whoever_sent_a_report_is_not_told_what_the_members_make_of_it() {
    let desk = Desk::open();
    desk.publish();
    desk.work();
    for report in &desk.reports {
        let mut answers = vec![
            desk.complete(
                report,
                "set_contact_info",
                &json!({"discord_id": "80351110224678912"}),
            ),
            desk.complete(
                report,
                "set_reporter_email",
                &json!({"email": "other@home.example"}),
            ),
        ];
        if report.folder != "tickets" {
            answers.push(desk.complete(report, "publish", &json!({})));
        }
        for answer in answers {
            assert_eq!(answer["title"], "The lift stops", "{answer}");
            for name in OF_MEMBERS.iter().chain(&["contact", "duplicates_count"]) {
                let is_zero = report.folder == "feature_requests" && answer[name] == 0;
                assert!(answer.get(name).is_none() || is_zero, "{name} of {answer}");
            }
            if let Some(assignee) = answer.get("assigned_to") {
                assert_eq!(*assignee, json!({"id": null, "name": null}));
            }
            let original = answer.get("duplicate_of_id");
            assert!(original.is_none_or(Value::is_null), "{answer}");
            assert!(!answer.to_string().contains("home.example"), "{answer}");
            assert!(!answer.to_string().contains("a known one"), "{answer}");
        }
    }
}

#[test]
fn the_owner_who_completes_a_report_is_told_all() {
    let desk = Desk::open();
    let request = Request::post(desk.server.path(&desk.reports[0].path("/publish"))).bearer(&desk.owner);
    let answer = desk.server.send(&request).expect_status(200).json();
    assert_eq!(answer["custom_fields"]["verdict"], "mine");
    assert_eq!(answer["contact"]["email"], "player@home.example");
    assert_eq!(answer["tag_ids"], json!([]));
}

#[test]
fn members_see_extras_and_due_date_and_only_developers_the_contact() {
    let mut desk = Desk::open();
    desk.publish();
    desk.server.kill_hard();
    desk.server.restart();
    for report in &desk.reports {
        for (token, sees_contact) in [(&desk.owner, true), (&desk.tester, false)] {
            let one = desk.get(token, &report.path(".json"));
            let list = desk.get(token, &format!("{}.json", report.folder));
            let listed = &list[report.folder][0];
            for shown in [&one, listed] {
                assert_eq!(shown["extras"], json!({"device_info": "Deck"}), "{shown}");
                assert_eq!(shown["due_date"], "2026-12-24");
                let contact = json!({"email": "player@home.example", "discord_id": null});
                let expected = sees_contact.then_some(&contact);
                assert_eq!(shown.get("contact"), expected, "{}", report.folder);
                assert_eq!(shown.to_string().contains("home.example"), sees_contact);
            }
        }
    }
}

#[test]
fn testers_do_not_see_the_values_of_fields_that_are_not_for_them() {
    let desk = Desk::open();
    desk.publish();
    for report in &desk.reports {
        desk.patch(
            report,
            &json!({"custom_fields": {"verdict": "a known one", "level": "4"}}),
        )
        .expect_status(200);
        let values = |token: &str, rest: &str| desk.get(token, rest);
        let (one, list) = (report.path(".json"), format!("{}.json", report.folder));
        let all = json!({"level": "4", "verdict": "a known one", "mods": ["a", "b"]});
        let shown = json!({"level": "4", "mods": ["a", "b"]});
        assert_eq!(values(&desk.owner, &one)["custom_fields"], all);
        assert_eq!(values(&desk.tester, &one)["custom_fields"], shown);
        let listed = |token: &str| values(token, &list)[report.folder][0]["custom_fields"].clone();
        assert_eq!((listed(&desk.owner), listed(&desk.tester)), (all, shown));
        let history = |token: &str| values(token, &report.path("/history.json")).to_string();
        assert!(history(&desk.owner).contains("custom_fields.verdict"));
        let of_tester = history(&desk.tester);
        assert!(of_tester.contains("custom_fields.level"), "{of_tester}");
        assert!(!of_tester.contains("verdict") && !of_tester.contains("a known one"));
    }
    let vote = desk.reports[1].path("/vote.json");
    let vote = Request::post(desk.server.path(&vote)).bearer(&desk.tester);
    let voted = desk.server.send(&vote).expect_status(200);
    assert!(!voted.text().contains("a known one"), "{}", voted.text());
}

#[test]
fn values_stay_hidden_when_their_field_is_deleted_and_show_once_it_may_be_seen() {
    let mut desk = Desk::open();
    desk.publish();
    let issue = desk.reports[0].path(".json");
    let seen = |desk: &Desk| {
        desk.get(&desk.tester, &issue)["custom_fields"]
            .get("verdict")
            .cloned()
    };
    let delete = Request::delete(desk.server.path("custom_fields/2.json")).bearer(&desk.owner);
    desk.server.send(&delete).expect_status(200);
    desk.server.kill_hard();
    desk.server.restart();
    assert_eq!(seen(&desk), None, "a field that is gone reveals nothing");
    desk.post(
        "custom_fields.json",
        &json!({"name": "Verdict", "tester_viewable": true}),
    );
    assert_eq!(seen(&desk), Some(json!("mine")));
}

#[test]
fn values_stay_hidden_when_their_field_is_renamed() {
    let mut desk = Desk::open();
    desk.publish();
    let issue = desk.reports[0].path(".json");
    let seen = |desk: &Desk| {
        desk.get(&desk.tester, &issue)["custom_fields"]
            .get("mods")
            .cloned()
    };
    assert_eq!(
        seen(&desk),
        Some(json!(["a", "b"])),
        "sent before there was a field"
    );
    let field = json!({"name": "mods", "ident": "modifications", "tester_viewable": false});
    let field = Request::post(desk.server.path("custom_fields.json"))
        .bearer(&desk.owner)
        .json(&field);
    let id = desk.server.send(&field).expect_status(201).json()["id"].clone();
    assert_eq!(seen(&desk), None);
    let rename = Request::patch(desk.server.path(&format!("custom_fields/{id}.json")))
        .bearer(&desk.owner)
        .json(&json!({"name": "Modifications"}));
    desk.server.send(&rename).expect_status(200);
    assert_eq!(seen(&desk), None, "under the name that it had");
    desk.server.kill_hard();
    desk.server.restart();
    assert_eq!(seen(&desk), None);
}
