//! What is counted, day by day, by a quiet server whose clock is set.

use serde_json::{Value, json};
use support::Request;

use crate::host::{Host, LIMIT};

const HERE: &str = "192.0.2.1";
const THERE: &str = "192.0.2.2";

/// Date, kind, accepted, refused, and why; of kinds with something only.
fn lines(usage: &Value) -> Vec<String> {
    let kinds = ["bug_reports", "feature_requests", "support_tickets"];
    let days = usage["days"].as_array().unwrap().iter();
    let days = days.map(|day| (day["date"].as_str().unwrap(), day));
    let days = days.chain([("total", &usage["totals"])]);
    let of_day = |(date, day): (&str, &Value)| {
        let lines = kinds.iter().filter_map(|kind| {
            let counts = &day[kind];
            let (accepted, refused) = (counts["accepted"].as_u64()?, counts["refused"].as_u64()?);
            let reasons = counts["refused_because"].as_object()?.iter();
            let reasons = reasons.filter(|(_, count)| **count != 0);
            let reasons: Vec<_> = reasons
                .map(|(reason, count)| format!(" {reason} {count}"))
                .collect();
            (accepted + refused > 0)
                .then(|| format!("{date} {kind} {accepted}+{refused}{}", reasons.concat()))
        });
        lines.collect::<Vec<_>>()
    };
    days.flat_map(of_day).collect()
}

/// One of each: so many reports are sent, two suggestions without the right, a ticket, and one that is wrong.
fn play_a_day(host: &Host, reports: u32) {
    for sent in 0..reports {
        let expected = if sent < LIMIT { 201 } else { 403 };
        assert_eq!(host.report(HERE), expected);
    }
    let body = json!({"title": "A moat", "description": "With a bridge."});
    assert_eq!(host.post("feature_requests", HERE, &body), 403);
    assert_eq!(host.post("feature_requests", THERE, &body), 403);
    let ticket = json!({"description": "I cannot sign in.", "user": {"email": "player@studio.example"}});
    assert_eq!(host.post("tickets", THERE, &ticket), 201);
    assert_eq!(host.post("issues", THERE, &json!({"title": ""})), 422);
}

#[test]
fn each_day_says_what_was_accepted_and_refused_and_why() {
    let mut host = Host::start();
    play_a_day(&host, 5);
    let first = [
        "2026-11-21 bug_reports 3+3 invalid 1 limit 2",
        "2026-11-21 feature_requests 0+2 right 2",
        "2026-11-21 support_tickets 1+0",
        "total bug_reports 3+3 invalid 1 limit 2",
        "total feature_requests 0+2 right 2",
        "total support_tickets 1+0",
    ];
    assert_eq!(lines(&host.game_usage()), first, "at once");
    host.restart();
    assert_eq!(lines(&host.game_usage()), first, "after a restart");
    host.pass_days(1);
    assert_eq!(lines(&host.game_usage()), first, "on the next day");
    host.pass_days(1);
    play_a_day(&host, 1);
    host.restart();
    assert_eq!(host.report(HERE), 201);
    let both = [
        "2026-11-23 bug_reports 2+1 invalid 1",
        "2026-11-23 feature_requests 0+2 right 2",
        "2026-11-23 support_tickets 1+0",
        "2026-11-21 bug_reports 3+3 invalid 1 limit 2",
        "2026-11-21 feature_requests 0+2 right 2",
        "2026-11-21 support_tickets 1+0",
        "total bug_reports 5+4 invalid 2 limit 2",
        "total feature_requests 0+4 right 4",
        "total support_tickets 2+0",
    ];
    assert_eq!(lines(&host.game_usage()), both);
    let usage = host.game_usage();
    assert_eq!(
        (&usage["from"], &usage["to"]),
        (&json!("2026-08-26"), &json!("2026-11-23"))
    );
    assert_eq!(usage["last_user_agent"], "Castle/1.2");
    assert_eq!(usage["last_used_at"], "2026-11-23T08:00:00.000Z");
}

#[test]
fn a_day_is_told_of_for_90_days() {
    let mut host = Host::start();
    play_a_day(&host, 1);
    host.pass_days(89);
    assert_eq!(host.report(HERE), 201);
    assert_eq!(
        lines(&host.game_usage()).len(),
        3 + 1 + 3,
        "it is the first of the 90"
    );
    host.pass_days(1);
    host.restart();
    let later = ["2027-02-18 bug_reports 1+0", "total bug_reports 1+0"];
    assert_eq!(lines(&host.game_usage()), later);
    play_a_day(&host, 1);
    host.restart();
    let taken_place = lines(&host.game_usage());
    assert_eq!(taken_place.len(), 3 + 1 + 3, "{taken_place:?}");
    assert_eq!(taken_place[0], "2027-02-19 bug_reports 1+1 invalid 1");
}

#[test]
fn where_it_came_from_is_told_by_hash_and_most_first() {
    let host = Host::start();
    play_a_day(&host, 5);
    host.pass_days(1);
    play_a_day(&host, 5);
    let usage = host.game_usage();
    let sources = usage["top_sources"].as_array().unwrap();
    let counts: Vec<_> = sources
        .iter()
        .map(|source| {
            (
                source["accepted"].as_u64().unwrap(),
                source["refused"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(counts, [(6, 6), (2, 4)]);
    for source in sources {
        let hash = source["source"].as_str().unwrap();
        assert!(
            hash.len() == 16 && u64::from_str_radix(hash, 16).is_ok(),
            "{hash}"
        );
    }
    assert_ne!(sources[0]["source"], sources[1]["source"]);
    for address in [HERE, THERE] {
        assert!(!usage.to_string().contains(address), "{usage}");
    }
}

#[test]
fn no_more_than_twenty_sources_are_told() {
    let host = Host::start();
    for last in 1..=30 {
        assert_eq!(host.report(&format!("198.51.100.{last}")), 201);
        assert_eq!(host.post("issues", &format!("203.0.113.{last}"), &json!({})), 422);
    }
    let usage = host.game_usage();
    assert_eq!(usage["top_sources"].as_array().unwrap().len(), 20);
    assert_eq!(lines(&usage)[0], "2026-11-21 bug_reports 30+30 invalid 30");
}

#[test]
fn a_retry_and_an_unknown_token_are_counted_nowhere() {
    let host = Host::start();
    let path = format!("/projects/{}/issues.json", host.made.project);
    let report = |token: &str| {
        let request = Request::post(path.as_str())
            .form_user(token)
            .header("Idempotency-Key", "one");
        host.send(&request.json(&json!({"title": "Once"}))).status
    };
    assert_eq!((report(&host.made.game), report(&host.made.game)), (201, 201));
    let unknown = format!("tkn-{}", "0".repeat(64));
    assert_eq!(report(&unknown), 403);
    assert_eq!(lines(&host.game_usage())[0], "2026-11-21 bug_reports 1+0");
}

#[test]
fn requests_of_a_person_are_counted_by_what_they_do() {
    let mut host = Host::start();
    let issues = format!("/projects/{}/issues.json", host.made.project);
    let send = |host: &Host, request: Request| {
        let request = request
            .bearer(&host.made.owner)
            .header("User-Agent", "x".repeat(300));
        host.send(&request).status
    };
    assert_eq!(send(&host, Request::get(issues.as_str())), 200);
    assert_eq!(
        send(&host, Request::get("/projects/pr-0000000001/issues.json")),
        404
    );
    let report = Request::post(issues.as_str()).json(&json!({"title": "By hand"}));
    assert_eq!(send(&host, report), 201);
    assert_eq!(send(&host, Request::post(issues.as_str()).json(&json!({}))), 422);
    let counts = |usage: &Value, date: &str| {
        let days = usage["days"].as_array().unwrap();
        let day = days.iter().find(|day| day["date"] == date).unwrap();
        let of = |what: &str| (day[what]["accepted"].as_u64(), day[what]["refused"].as_u64());
        (of("reads"), of("writes"))
    };
    let expected = ((Some(1), Some(1)), (Some(1), Some(1)));
    assert_eq!(counts(&host.owner_usage(), "2026-11-21"), expected);
    host.restart();
    let usage = host.owner_usage();
    let expected = ((Some(2), Some(1)), (Some(1), Some(1)));
    assert_eq!(
        counts(&usage, "2026-11-21"),
        expected,
        "with the look at it before"
    );
    assert_eq!(usage["last_user_agent"], "x".repeat(200));
    assert_eq!(usage["top_sources"][0]["accepted"], 3);
    host.pass_days(90);
    let usage = host.owner_usage();
    assert_eq!(usage["days"], json!([]));
    assert_eq!(usage["totals"]["reads"]["accepted"], 0);
}
