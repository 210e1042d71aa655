//! A project's actor panics in the middle of a report.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use support::eventually;

use crate::faulty_store::Fault;
use crate::host::Host;

/// The title of the report that brings its actor down.
const BOMB: &str = "A report that no actor survives";

fn numbered(titles: &[(&str, &str)]) -> Vec<(String, String)> {
    titles
        .iter()
        .map(|(title, number)| ((*title).to_owned(), (*number).to_owned()))
        .collect()
}

#[test]
fn the_request_gets_a_500_and_the_next_one_works() {
    let host = Host::start(100);
    let game = &host.games()[0];
    host.report(game, "Before").expect_status(201);
    assert_eq!(host.ready(), (200, 0));

    host.store.set(Fault::PanicOn(BOMB));
    let failed = host.report(game, BOMB).expect_status(500);
    assert_eq!(failed.error(), "Something went wrong on the server");
    assert!(
        !failed.text().contains("panic"),
        "a client learns nothing of the inside: {}",
        failed.text()
    );

    host.report(game, "After").expect_status(201);
    assert_eq!(host.ready(), (200, 1));
    assert_eq!(host.listed(game), numbered(&[("After", "2"), ("Before", "1")]));
}

#[test]
fn a_restarted_project_goes_on_counting_where_it_was() {
    let host = Host::start(3);
    let game = &host.games()[0];
    host.report(game, "One").expect_status(201);
    host.store.set(Fault::PanicOn(BOMB));
    for restarts in 1..=3 {
        host.report(game, BOMB).expect_status(500);
        let list = host.listed(game);
        assert_eq!(list, numbered(&[("One", "1")]), "after {restarts} restarts");
        assert_eq!(host.ready(), (200, restarts));
    }
    host.report(game, "Two").expect_status(201);
    host.report(game, "Three").expect_status(201);
    host.report(game, "Four").expect_status(403);
    assert_eq!(
        host.listed(game),
        numbered(&[("Three", "3"), ("Two", "2"), ("One", "1")])
    );
}

#[test]
fn a_failed_actor_is_restarted_without_being_asked() {
    let host = Host::start(100);
    let game = &host.games()[0];
    host.store.set(Fault::PanicOn(BOMB));
    host.report(game, BOMB).expect_status(500);
    eventually("the supervisor has noticed by itself", || {
        host.ready() == (200, 1)
    });
    host.report(game, "After").expect_status(201);
    assert_eq!(host.ready(), (200, 1), "and that was the only restart");
}

#[test]
fn another_project_never_notices() {
    let host = Host::start(1_000_000);
    let [game, other] = host.games();
    let (over, filed) = (AtomicBool::new(false), AtomicUsize::new(0));
    host.store.set(Fault::PanicOn(BOMB));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                host.report(other, "All is well").expect_status(201);
                filed.fetch_add(1, Ordering::SeqCst);
            }
        });
        for round in 1..=5 {
            let before = filed.load(Ordering::SeqCst);
            host.report(game, BOMB).expect_status(500);
            host.report(game, "After").expect_status(201);
            eventually("the other project goes on", || {
                filed.load(Ordering::SeqCst) > before + 10
            });
            assert_eq!(host.ready(), (200, round));
        }
        over.store(true, Ordering::SeqCst);
    });
    assert_eq!(host.listed(game).len(), 5);
}
