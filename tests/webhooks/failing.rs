//! Receivers that fail, hang, lead elsewhere or answer without end; and a server that is killed with messages due.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;
use support::{Received, Receiver, Reply, Server, eventually};

use super::{at, get, ids, log_of, owner, start, subscribe};

/// Files a report as the owner, who has no daily limit, and gives its id.
#[track_caller]
fn report(server: &Server, title: &str) -> u64 {
    let body = json!({"title": title, "description": "It never comes"});
    owner(server, "POST", "issues.json", &body, 201)["id"]
        .as_u64()
        .unwrap()
}

/// The reports that these messages are about.
fn told(messages: &[Received]) -> BTreeSet<u64> {
    let ids = messages
        .iter()
        .map(|message| message.json()["data"]["id"].as_u64().unwrap());
    ids.collect()
}

#[test]
fn what_was_due_when_the_server_was_killed_is_sent_after_the_restart() {
    let mut server = start();
    let receivers = [Reply::Hang, Reply::Hang, Reply::Status(200)].map(Receiver::start);
    let webhooks = receivers
        .each_ref()
        .map(|receiver| subscribe(&server, receiver, &["issue.created"]));
    let mut reports = BTreeSet::new();
    for number in 0..20 {
        reports.insert(report(&server, &format!("Lift {number}")));
        if number == 5 {
            receivers[0].wait_for(1);
            server.kill_hard();
            server.restart();
        }
    }
    eventually("the one that does not hang has heard of all", || {
        told(&receivers[2].received()) == reports
    });
    // Whoever reads a log has it written down first how far all are; what comes behind it is durable with it.
    log_of(&server, webhooks[0]);
    reports.insert(report(&server, "The last lift"));
    server.kill_hard();
    let before = receivers.each_ref().map(|receiver| receiver.received().len());
    for receiver in &receivers {
        receiver.answer_with(Reply::Status(200));
    }
    server.restart();
    for (number, receiver) in receivers.iter().enumerate() {
        // Those that hung have taken none before; the third may have taken any.
        let from = if number < 2 { before[number] } else { 0 };
        eventually("every report told of", || {
            told(receiver.received().get(from..).unwrap_or_default()) == reports
        });
        let messages = receiver.received();
        let named = messages.iter().map(|message| {
            (
                told(std::slice::from_ref(message)),
                message.header("webhook-id").to_owned(),
            )
        });
        assert_eq!(
            named.collect::<BTreeSet<_>>().len(),
            reports.len(),
            "one id for each event, however often it is sent"
        );
    }
}

#[test]
fn what_has_failed_is_tried_again_after_a_kill() {
    let mut server = start();
    let receiver = Receiver::start(Reply::Status(503));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    report(&server, "A lift");
    eventually("the failure in the log", || !log_of(&server, webhook).is_empty());
    server.kill_hard();
    receiver.answer_with(Reply::Status(200));
    let before = receiver.received().len();
    server.restart();
    let messages = receiver.wait_for(before + 1);
    assert_eq!(
        messages[before].header("webhook-id"),
        messages[0].header("webhook-id")
    );
}

#[test]
fn a_clean_stop_repeats_nothing() {
    let mut server = start();
    let receiver = Receiver::start(Reply::Status(200));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    for number in 0..5 {
        server
            .report(&format!("Lift {number}"), "It never comes")
            .expect_status(201);
    }
    receiver.wait_for(5);
    eventually("five entries in the log", || log_of(&server, webhook).len() == 5);
    server.restart();
    server.report("One more", "It never comes").expect_status(201);
    let messages = receiver.wait_for(6);
    assert_eq!(ids(&messages).into_iter().collect::<BTreeSet<_>>().len(), 6);
    assert_eq!(messages.len(), 6);
}

#[test]
fn an_endpoint_that_hangs_holds_nobody_else_up() {
    let server = start();
    let hanging = Receiver::start(Reply::Hang);
    let well = Receiver::start(Reply::Status(200));
    for _ in 0..5 {
        subscribe(&server, &hanging, &["issue.created"]);
    }
    subscribe(&server, &well, &["issue.created"]);
    let begun = Instant::now();
    for number in 0..40 {
        report(&server, &format!("Lift {number}"));
    }
    well.wait_for(40);
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "none of those that hang has given up yet"
    );
    assert!(!hanging.received().is_empty(), "they were tried");
}

#[test]
fn what_fails_is_tried_again_and_then_taken() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(500));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    server.report("A lift", "It never comes").expect_status(201);
    receiver.wait_for(1);
    eventually("the failure in the log", || !log_of(&server, webhook).is_empty());
    let entry = log_of(&server, webhook).remove(0);
    assert_eq!(
        (&entry["outcome"], &entry["status"]),
        (&json!("refused"), &json!(500))
    );
    assert!(entry["next_attempt_at"].is_string(), "{entry}");
    assert!(get(&server, &format!("/{webhook}.json"))["failing_since"].is_string());
    receiver.answer_with(Reply::Status(200));
    let messages = receiver.wait_for(2);
    assert_eq!(messages[0].header("webhook-id"), messages[1].header("webhook-id"));
    assert_eq!(messages[0].body, messages[1].body);
    eventually("success in the log", || log_of(&server, webhook).len() == 2);
    let entry = log_of(&server, webhook).remove(0);
    assert_eq!(
        (&entry["outcome"], &entry["attempt"]),
        (&json!("delivered"), &json!(2))
    );
    assert_eq!(
        get(&server, &format!("/{webhook}.json"))["failing_since"],
        json!(null)
    );
}

#[test]
fn who_asks_for_a_later_try_gets_it_later() {
    let server = start();
    let receiver = Receiver::start(Reply::Later(429, "3600".to_owned()));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    let asked = || {
        let logged = log_of(&server, webhook).len();
        report(&server, "A lift");
        eventually("the refusal in the log", || {
            log_of(&server, webhook).len() > logged
        });
        let entry = log_of(&server, webhook).remove(0);
        let moment = |field: &str| {
            let text = entry[field]
                .as_str()
                .unwrap_or_else(|| panic!("no {field}: {entry}"));
            chrono::DateTime::parse_from_rfc3339(text).unwrap()
        };
        (moment("next_attempt_at") - moment("attempted_at")).num_seconds()
    };
    assert_eq!(asked(), 3600);
    // Now by a date, which is a few seconds nearer by the time that it is read.
    let date = chrono::Utc::now() + chrono::TimeDelta::hours(2);
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    receiver.answer_with(Reply::Later(503, date));
    let pause = asked();
    assert!((7000..=7200).contains(&pause), "{pause}");
}

#[test]
fn what_becomes_of_messages_is_counted_for_those_who_watch_the_server() {
    let server = start();
    let receiver = Receiver::start(Reply::Status(200));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    let outcome = |outcome: &str| {
        let name = format!("bugle_webhook_deliveries_total{{outcome=\"{outcome}\"}}");
        server.metric(&name)
    };
    let counts = || ["delivered", "failed", "given_up"].map(outcome);
    let due = || server.metric("bugle_webhook_deliveries_due");
    assert_eq!((counts(), due()), ([0, 0, 0], 0));
    for number in 0..3 {
        report(&server, &format!("Lift {number}"));
    }
    eventually("three are delivered", || (counts(), due()) == ([3, 0, 0], 0));
    receiver.answer_with(Reply::Status(503));
    for number in 3..5 {
        report(&server, &format!("Lift {number}"));
    }
    eventually("two failed and are due", || (counts(), due()) == ([3, 2, 0], 2));
    receiver.answer_with(Reply::Status(410));
    report(&server, "One too many");
    eventually("it is gone, with what waited", || {
        let [delivered, failed, given_up] = counts();
        // One of the two may have been tried once more meanwhile.
        (delivered, given_up, due()) == (3, 3, 0) && (2..=4).contains(&failed)
    });
    assert_eq!(
        get(&server, &format!("/{webhook}.json"))["disabled_reason"],
        "gone"
    );
}

#[test]
fn an_endpoint_that_is_gone_is_switched_off_until_somebody_turns_it_on() {
    let mut server = start();
    let receiver = Receiver::start(Reply::Status(410));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    let one = format!("/{webhook}.json");
    server.report("First", "Gone").expect_status(201);
    eventually("the webhook is off", || get(&server, &one)["active"] == false);
    let off = get(&server, &one);
    assert_eq!(off["disabled_reason"], "gone");
    assert!(off["disabled_at"].is_string());
    receiver.answer_with(Reply::Status(200));
    server.restart();
    assert_eq!(get(&server, &one)["disabled_reason"], "gone");
    server.report("Second", "Nobody hears of it").expect_status(201);
    let on = at(&server, "PATCH", &one).json(&json!({"active": true}));
    server.send(&on).expect_status(200);
    server.report("Third", "It is heard of").expect_status(201);
    let messages = receiver.wait_for(2);
    assert_eq!(messages[1].json()["data"]["title"], "Third");
}

#[test]
fn a_redirect_to_another_address_is_not_followed() {
    let server = start();
    let inside = Receiver::start(Reply::Status(200));
    let receiver = Receiver::start(Reply::Redirect(inside.url()));
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    server.report("A lift", "It never comes").expect_status(201);
    eventually("the redirect in the log", || !log_of(&server, webhook).is_empty());
    let entry = log_of(&server, webhook).remove(0);
    assert_eq!(
        (&entry["outcome"], &entry["status"]),
        (&json!("redirected"), &json!(302))
    );
    assert_eq!(inside.received().len(), 0);
}

#[test]
fn an_answer_without_end_counts_by_its_status_and_is_left() {
    let server = start();
    let receiver = Receiver::start(Reply::Endless);
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    for number in 0..8 {
        server
            .report(&format!("Lift {number}"), "It never comes")
            .expect_status(201);
    }
    eventually("all of them delivered", || log_of(&server, webhook).len() == 8);
    assert!(
        log_of(&server, webhook)
            .iter()
            .all(|entry| entry["outcome"] == "delivered")
    );
}

#[test]
fn an_address_that_the_operator_allows_no_more_is_not_sent_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let receiver = Receiver::start(Reply::Status(503));
    let launch = |allow: &str| {
        support::Launch::new()
            .with_data(&data)
            .with_args(["--webhook-allow", allow])
            .start()
    };
    let mut server = launch("127.0.0.1");
    let webhook = subscribe(&server, &receiver, &["issue.created"]);
    let (token, project) = (server.personal_token().to_owned(), server.project().to_owned());
    server.report("A lift", "It never comes").expect_status(201);
    receiver.wait_for(1);
    server.stop();
    let before = receiver.received().len();
    let server = launch("10.0.0.0/8");
    let log = || {
        let path = format!("/projects/{project}/webhooks/{webhook}/deliveries.json");
        let page = server
            .send(&support::Request::get(path).bearer(&token))
            .expect_status(200);
        page.json()["deliveries"][0]["outcome"].clone()
    };
    eventually("that it is not allowed in the log", || {
        log() == "address_forbidden"
    });
    assert_eq!(receiver.received().len(), before);
}
