//! Which records a question finds, and in which order.

use super::*;

#[test]
fn better_matches_come_first_and_newer_ones_among_equals() {
    let bench = Bench::new();
    bench.report(1, "A clash of swords", "");
    bench.report(2, "Nothing", "the clash");
    bench.report(3, "Crashing again", "");
    bench.report(4, "Nothing", "it crashes");
    bench.report(5, "Nothing", "a crash");
    bench.report(6, "A crash", "");
    bench.report(7, "Crash!", "crashes often");
    bench.expect("crash", &[7, 6, 5, 3, 4, 1, 2]);
    assert_eq!(bench.page(PROJECT, "crash", &[], 1..4), (vec![6, 5, 3], 7));
    assert_eq!(bench.page(PROJECT, "crash", &[], 6..20), (vec![2], 7));
    assert_eq!(bench.page(PROJECT, "crash", &[], 20..40), (vec![], 7));
}

#[test]
fn all_words_must_be_there() {
    let bench = Bench::new();
    bench.report(1, "Door stuck", "the red door does not open");
    bench.report(2, "Door", "the blue door");
    bench.expect("door", &[2, 1]);
    assert_eq!(bench.find("red door"), [1]);
    assert_eq!(
        bench.find("doro opne"),
        [1],
        "two letters changed places, in each word"
    );
    assert_eq!(bench.find("red window"), [0; 0]);
    for nothing in ["", "  ", "*", "\"", "🎮", "title:", &"x".repeat(10_000)] {
        assert_eq!(bench.find(nothing), [0; 0], "{nothing:?}");
    }
    assert_eq!(
        bench.find("+\"red\" AND (door*)~"),
        [0; 0],
        "and is a word like any other"
    );
    assert_eq!(bench.find("+\"red\" (door*)~"), [1]);
}

#[test]
fn short_words_and_numbers_are_taken_as_they_are() {
    let bench = Bench::new();
    bench.report(1, "v 1024 at", "");
    bench.expect("v", &[1]);
    assert_eq!(bench.find("1024"), [1]);
    assert_eq!(bench.find("102"), [1], "a beginning");
    assert_eq!(bench.find("1025"), [0; 0], "another number");
    assert_eq!(bench.find("it"), [0; 0], "two letters and one wrong");
}

#[test]
fn a_word_that_many_records_have_is_meant_as_it_is() {
    let bench = Bench::new();
    bench.report(1, "dor", "");
    for sequence in 2..=50 {
        bench.report(sequence, "a door", "");
    }
    for sequence in 51..=100 {
        bench.report(sequence, "two doors", "");
    }
    bench.report(101, "floor", "");
    bench.expect("floor", &[101]);
    assert_eq!(bench.page(PROJECT, "door", &[], 98..110), (vec![51, 1], 100));
    bench.report(102, "the door", "");
    bench.expect("the", &[102]);
    assert_eq!(bench.page(PROJECT, "door", &[], 98..110), (vec![52, 51], 100));
    assert_eq!(
        bench.page(PROJECT, "doro", &[], 0..1),
        (vec![102], 51),
        "few have it like that"
    );
    assert_eq!(bench.find("dor floro"), [0; 0], "each word for itself");
    bench.report(103, "dor floor", "");
    bench.expect("dor floro", &[103]);
}

#[test]
fn many_words_narrow_down_in_every_order() {
    let bench = Bench::new();
    bench.report(1, "one two three", "four five six seven eight nine ten");
    bench.report(2, "one two three", "four five six seven eight nine");
    for sequence in 3..=150 {
        bench.report(sequence, "one two", "three four");
    }
    bench.report(151, "last", "");
    bench.expect("last", &[151]);
    assert_eq!(
        bench.page(PROJECT, "one two three four", &[], 0..2),
        (vec![150, 149], 150)
    );
    assert_eq!(
        bench.find("ten one two three four five six seven eight nine"),
        [1]
    );
    assert_eq!(bench.find("one two three four five six seven eight nin"), [2, 1]);
    assert_eq!(bench.find("one two three five"), [2, 1]);
    assert_eq!(
        bench.page(PROJECT, "one three", &[], 0..3),
        (vec![2, 1, 150], 150),
        "a title comes first"
    );
}

#[test]
fn records_are_skipped_by_id_and_by_number() {
    let bench = Bench::new();
    for sequence in 1..=4 {
        bench.report(sequence, "crash", "");
    }
    bench.expect("crash", &[4, 3, 2, 1]);
    let skipped = [
        Skipped::Global(RecordId::new(2, PROJECT.shard())),
        Skipped::Number(4),
        Skipped::Number(99),
    ];
    assert_eq!(bench.page(PROJECT, "crash", &skipped, 0..10), (vec![3, 1], 2));
}

#[test]
fn similar_records_are_those_with_the_rare_words() {
    let bench = Bench::new();
    for sequence in 1..=20 {
        bench.report(
            sequence,
            "Crash in the game",
            &format!("the game crashed at place{sequence}"),
        );
    }
    bench.report(
        21,
        "Dragon falls through the bridge",
        "the dragon lands on the bridge and falls",
    );
    bench.report(
        22,
        "Dragon falls through bridge",
        "after landing the dragon falls through the bridge",
    );
    bench.write(PROJECT, 23, |issue| {
        issue.title = "Dragon falls through the bridge".into();
        issue.description = "seen before".into();
        issue.status = IssueStatus::Resolved;
    });
    bench.expect("dragon", &[23, 22, 21]);
    let mut like = Like {
        title: "Dragon falls through the bridge".into(),
        text: "the dragon lands on the bridge and falls".into(),
        except: None,
        before: None,
        with_settled: false,
        limit: 10,
    };
    let found = bench.similar(&like);
    assert_eq!(found[0], (21, 1.0), "the text itself");
    assert_eq!(found[1].0, 22);
    assert!(found[1].1 > 0.3 && found[1].1 < 1.0, "{found:?}");
    assert!(
        found.iter().all(|(sequence, _)| *sequence != 23),
        "settled: {found:?}"
    );
    like.except = Some(RecordId::new(21, PROJECT.shard()));
    like.with_settled = true;
    like.limit = 1;
    assert_eq!(bench.similar(&like)[0].0, 23, "{:?}", bench.similar(&like));
    like.before = Some(RecordId::new(23, PROJECT.shard()));
    assert_eq!(
        bench.similar(&like)[0].0,
        22,
        "the nearest of those that came before"
    );
    like.before = None;
    like.title = String::new();
    like.text = "?".into();
    assert_eq!(bench.similar(&like), []);
}
