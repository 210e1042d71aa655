//! What attempts change, with a clock of the test's own.

use std::time::Duration;

use bugle_storage::records::{EventDetail, EventKind, EventKinds};
use bugle_storage::{Batch, MemoryStore, ProjectId, Shard, ShardId, Store, Table, WebhookId};

use super::settling::NOT_MADE_SECONDS;
use super::*;

const START: Timestamp = Timestamp(1_795_292_312_000);
const DAY: i64 = 86_400;

fn endpoint() -> Endpoint {
    let webhook = Webhook {
        id: WebhookId(3),
        project: ProjectId(7),
        url: "https://hooks.example.org".into(),
        description: None,
        events: EventKinds::default().with(EventKind::IssueCreated),
        secret: WebhookSecret([1; 32]),
        previous_secret: None,
        created_at: START,
        updated_at: START,
        since: START,
        disabled: None,
        deleted: false,
    };
    Endpoint::new(webhook, WebhookProgress::default(), BTreeMap::new())
}

fn event(kind: EventKind, at: Timestamp) -> WebhookEvent {
    WebhookEvent {
        kind,
        subject: 1,
        at,
        detail: EventDetail::None,
    }
}

fn reference(sequence: u64) -> EventReference {
    EventReference {
        source: EventSource::Project,
        sequence,
    }
}

/// Has so many events read.
fn read(endpoint: &mut Endpoint, numbers: std::ops::RangeInclusive<u64>, now: Timestamp) {
    let events = numbers.map(|number| (number, event(EventKind::IssueCreated, now)));
    endpoint.take(EventSource::Project, events.collect(), (now, Instant::now()));
}

fn failed(status: u16) -> Attempt {
    Attempt::Made {
        outcome: DeliveryOutcome::Refused,
        status: Some(status),
        duration: 5,
        retry_after: None,
    }
}

const DELIVERED: Attempt = Attempt::Made {
    outcome: DeliveryOutcome::Delivered,
    status: Some(200),
    duration: 5,
    retry_after: None,
};

/// Begins the next attempt, as if none had been made for long.
fn begin(endpoint: &mut Endpoint, now: Timestamp) -> Option<EventReference> {
    endpoint.pace = Pace::default();
    let job = endpoint.begin(now, Instant::now());
    job.map(|job| job.reference)
}

#[test]
fn so_many_attempts_are_under_way_and_one_unless_the_last_succeeded() {
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=20, START);
    let all = |endpoint: &mut Endpoint| std::iter::from_fn(|| begin(endpoint, START)).collect::<Vec<_>>();
    assert_eq!(all(&mut endpoint), [reference(1)], "nothing is known of it");
    endpoint.settle(reference(1), DELIVERED, START);
    let begun = all(&mut endpoint);
    assert_eq!(begun.len(), IN_FLIGHT_MAX);
    for reference in begun {
        endpoint.settle(reference, failed(500), START);
    }
    assert_eq!(all(&mut endpoint), [reference(6)]);
    endpoint.settle(reference(6), DELIVERED, START);
    assert_eq!(all(&mut endpoint).len(), IN_FLIGHT_MAX);
}

#[test]
fn a_flood_is_sent_at_a_pace() {
    let (mut endpoint, now) = (endpoint(), Instant::now());
    read(&mut endpoint, 1..=200, START);
    let mut at = |now: Instant| {
        let mut sent = 0;
        while let Some(job) = endpoint.begin(START, now) {
            endpoint.settle(job.reference, DELIVERED, START);
            sent += 1;
        }
        sent
    };
    assert_eq!(at(now), 100);
    assert_eq!(at(now + Duration::from_millis(195)), 20);
    assert_eq!(at(now + Duration::from_secs(10)), 80);
}

#[test]
fn what_fails_waits_and_newer_events_go_on() {
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=2, START);
    assert_eq!(begin(&mut endpoint, START), Some(reference(1)));
    assert_eq!(endpoint.settle(reference(1), failed(500), START), None);
    assert_eq!(
        endpoint.through(EventSource::Project),
        1,
        "what waits is kept elsewhere"
    );
    assert_eq!(begin(&mut endpoint, START), Some(reference(2)));
    endpoint.settle(reference(2), DELIVERED, START);
    assert_eq!(begin(&mut endpoint, START), None);
    let later = START.plus_seconds(5);
    assert_eq!(begin(&mut endpoint, later), Some(reference(1)));
    endpoint.settle(reference(1), DELIVERED, later);
    assert_eq!(endpoint.waiting(), 0);
}

#[test]
fn who_asks_to_be_left_alone_is_for_so_long() {
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=1, START);
    begin(&mut endpoint, START).unwrap();
    let busy = Attempt::Made {
        outcome: DeliveryOutcome::Refused,
        status: Some(429),
        duration: 5,
        retry_after: Some(90),
    };
    endpoint.settle(reference(1), busy, START);
    let due = START.plus_seconds(90);
    assert_eq!(endpoint.log.back().unwrap().next_due, Some(due));
    assert_eq!(begin(&mut endpoint, due.plus_seconds(-1)), None);
    assert_eq!(begin(&mut endpoint, due), Some(reference(1)));
}

#[test]
fn when_too_much_waits_newer_events_stay_where_they_are() {
    let mut endpoint = endpoint();
    for number in 1..=RETRIES_MAX as u64 + 5 {
        read(&mut endpoint, number..=number, START);
        if let Some(begun) = begin(&mut endpoint, START) {
            endpoint.settle(begun, failed(500), START);
        }
    }
    assert!(!endpoint.has_room());
    assert_eq!(endpoint.through(EventSource::Project), RETRIES_MAX as u64);
}

#[test]
fn what_fails_for_three_days_on_end_is_off_and_begins_anew() {
    let mut endpoint = endpoint();
    for day in 0..=3 {
        let now = START.plus_seconds(day * DAY);
        let number = u64::try_from(day).unwrap() * 10 + 1;
        read(&mut endpoint, number..=number, now);
        let begun = begin(&mut endpoint, now).unwrap();
        let off = endpoint.settle(begun, failed(503), now);
        assert_eq!(off.is_some(), day == 3, "day {day}");
    }
    let now = START.plus_seconds(3 * DAY);
    endpoint.turn_off(DisabledReason::Failing, now);
    assert_eq!(endpoint.waiting(), 0);
    read(&mut endpoint, 50..=50, now);
    assert_eq!(begin(&mut endpoint, now), None);
    endpoint.turn_on(now.plus_seconds(60));
    assert_eq!(endpoint.failing_since, None);
    read(&mut endpoint, 60..=60, now);
    assert_eq!(
        begin(&mut endpoint, now.plus_seconds(60)),
        None,
        "what was meanwhile"
    );
    read(&mut endpoint, 61..=61, now.plus_seconds(61));
    assert_eq!(begin(&mut endpoint, now.plus_seconds(61)), Some(reference(61)));
}

#[test]
fn a_failure_in_between_is_forgotten() {
    let mut endpoint = endpoint();
    for day in 0..=5 {
        let now = START.plus_seconds(day * DAY);
        let number = u64::try_from(day).unwrap() + 1;
        read(&mut endpoint, number..=number, now);
        // What failed before is due first.
        while let Some(begun) = begin(&mut endpoint, now) {
            let attempt = if begun.sequence % 2 == 1 && begun.sequence == number {
                failed(500)
            } else {
                DELIVERED
            };
            assert_eq!(endpoint.settle(begun, attempt, now), None, "day {day}");
        }
    }
}

#[test]
fn who_says_that_it_is_gone_is_off_at_once() {
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=1, START);
    let begun = begin(&mut endpoint, START).unwrap();
    assert_eq!(
        endpoint.settle(begun, failed(410), START),
        Some(DisabledReason::Gone)
    );
    assert_eq!(endpoint.log.back().unwrap().next_due, None);
}

#[test]
fn each_message_is_counted_by_what_became_of_it() {
    let counts = |delivered, failed, given_up| DeliveryCounts {
        delivered,
        failed,
        given_up,
    };
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=5, START);
    assert_eq!(endpoint.due(), 5);
    let begun = begin(&mut endpoint, START).unwrap();
    assert_eq!(endpoint.due(), 5, "one is under way");
    endpoint.settle(begun, DELIVERED, START);
    let begun = begin(&mut endpoint, START).unwrap();
    endpoint.settle(begun, failed(500), START);
    assert_eq!((endpoint.due(), endpoint.take_counts()), (4, counts(1, 1, 0)));
    endpoint.send_now(reference(9), event(EventKind::WebhookTest, START), START);
    let begun = begin(&mut endpoint, START).unwrap();
    endpoint.settle(begun, failed(500), START);
    assert_eq!(
        (endpoint.due(), endpoint.take_counts()),
        (4, counts(0, 0, 1)),
        "a test is tried once"
    );
    begin(&mut endpoint, START).unwrap();
    endpoint.turn_off(DisabledReason::Failing, START);
    assert_eq!((endpoint.due(), endpoint.take_counts()), (0, counts(0, 0, 4)));
    endpoint.turn_on(START);
    read(&mut endpoint, 10..=12, START);
    assert_eq!(endpoint.due(), 3);
    endpoint.turn_off(DisabledReason::Owner, START);
    assert_eq!(
        (endpoint.due(), endpoint.take_counts()),
        (0, counts(0, 0, 0)),
        "nobody wants it"
    );
}

#[test]
fn what_somebody_asks_for_is_sent_once_and_does_not_cut_other_attempts_short() {
    let mut endpoint = endpoint();
    let told = event(EventKind::IssueCreated, START);
    endpoint.send_now(reference(1), told.clone(), START);
    assert_eq!(begin(&mut endpoint, START), Some(reference(1)));
    endpoint.settle(reference(1), failed(500), START);
    assert_eq!(endpoint.waiting(), 0, "once");

    read(&mut endpoint, 2..=2, START);
    begin(&mut endpoint, START).unwrap();
    endpoint.settle(reference(2), failed(500), START);
    endpoint.send_now(reference(2), told, START);
    assert_eq!(begin(&mut endpoint, START), Some(reference(2)), "now");
    endpoint.settle(reference(2), failed(500), START);
    assert_eq!(endpoint.waiting(), 1, "and again by itself");
}

#[test]
fn what_cannot_be_made_is_no_failure_of_the_endpoint() {
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=1, START);
    begin(&mut endpoint, START).unwrap();
    endpoint.settle(reference(1), Attempt::NotMade, START);
    assert_eq!((endpoint.failing_since, endpoint.log.len()), (None, 0));
    assert_eq!(begin(&mut endpoint, START), None);
    let later = START.plus_seconds(NOT_MADE_SECONDS);
    assert_eq!(begin(&mut endpoint, later), Some(reference(1)));
    let moment = Instant::now() + Duration::from_secs(1);
    assert_eq!(endpoint.begun_before(moment), [reference(1)]);
}

#[test]
fn both_secrets_count_for_a_day() {
    let mut endpoint = endpoint();
    endpoint.rotate(WebhookSecret([2; 32]), START);
    let both = [WebhookSecret([2; 32]), WebhookSecret([1; 32])];
    assert_eq!(endpoint.secrets(START.plus_seconds(DAY - 1)), both);
    assert_eq!(endpoint.secrets(START.plus_seconds(DAY)), both[..1]);
}

#[test]
fn what_is_written_is_what_it_goes_on_from() {
    let store: std::sync::Arc<dyn Store> = std::sync::Arc::new(MemoryStore::new());
    let mut shard = Shard::open(store, ShardId::SYSTEM).unwrap();
    let mut endpoint = endpoint();
    read(&mut endpoint, 1..=210, START);
    while let Some(begun) = begin(&mut endpoint, START) {
        let attempt = if begun.sequence == 7 {
            failed(500)
        } else {
            DELIVERED
        };
        endpoint.settle(begun, attempt, START);
    }
    let mut batch = Batch::new();
    endpoint.put_changes(&mut batch).unwrap();
    shard.commit(batch, Box::new(|written| written.unwrap()));
    let id = endpoint.webhook.id;
    let retries = shard
        .load::<WebhookRetry>(&place(Table::WebhookRetry, id))
        .unwrap();
    let waiting: Vec<_> = retries
        .iter()
        .map(|(key, _)| parse_retry_place(key).unwrap())
        .collect();
    assert_eq!(waiting, [(id, reference(7))]);
    let progress = shard
        .load::<WebhookProgress>(&place(Table::WebhookProgress, id))
        .unwrap();
    assert_eq!(progress[0].1.project, 210);
    assert_eq!(progress[0].1.next_delivery, 211);
    let log = shard
        .load::<WebhookDelivery>(&place(Table::WebhookDelivery, id))
        .unwrap();
    let numbers: Vec<_> = log.iter().map(|(_, entry)| entry.number).collect();
    assert_eq!(numbers, (11..=210).collect::<Vec<_>>(), "the last 200");
    let mut again = Batch::new();
    endpoint.put_changes(&mut again).unwrap();
    assert!(again.is_empty(), "what is written is not written again");
}
