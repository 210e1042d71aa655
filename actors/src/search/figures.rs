//! Figures for `docs/performance.md`; they assert nothing but that the work was done.
//!
//! What a report costs the index, as time, or as instructions under callgrind (in turns with `REPORTS=0`, whose
//! count is taken off):
//!
//! `REPORTS=20000 cargo test --profile profiling -p bugle-actors search::figures::cost -- --ignored --nocapture`
//!
//! How long questions take in an index of `REPORTS` records, in as many segments as its making leaves:
//!
//! `cargo test --profile profiling -p bugle-actors search::figures::questions -- --ignored --nocapture`

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "figures are small and positive"
)]

use std::time::Instant;

use bugle_storage::codec;
use bugle_storage::records::{IssueStatus, ReportKind};
use bugle_storage::{ProjectId, RecordId, Timestamp};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::index::SearchIndex;
use super::schema::{Collection, Findable};
use super::similar::{Like, similar};
use super::{query, words};
use crate::project::examples;

const COLLECTION: Collection = Collection {
    kind: ReportKind::Bug,
    project: ProjectId(1_000_005),
};
/// Reports between two commits, as while a flood lasts.
const COMMIT_EVERY: u64 = 9_000;
/// A name, and the text and first rank of the ask with this number.
type Ask<'a> = (&'a str, &'a dyn Fn(usize) -> (String, u64));

const VOCABULARY: f64 = 30_000.0;

fn reports(usual: u64) -> u64 {
    std::env::var("REPORTS").map_or(usual, |number| number.parse().unwrap())
}

/// The word of this rank, as in the bench `lists`.
fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 32] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta",
        "ve", "wi", "xo", "zu", "bra", "cle", "dri", "flo", "gru", "sha", "tre", "pli", "kno", "stu", "spa",
        "cre",
    ];
    let mut rest = rank.wrapping_mul(20_011) % 32_768;
    let mut word = String::new();
    for _ in 0..3 {
        word.push_str(SYLLABLES[rest % 32]);
        rest /= 32;
    }
    word
}

fn text(random: &mut StdRng, words: usize) -> String {
    let mut rank = || VOCABULARY.powf(random.random_range(0.0..1.0)) as usize;
    let words: Vec<String> = (0..words).map(|_| word(rank().saturating_sub(1))).collect();
    words.join(" ")
}

/// Reports with the frequencies of words that prose has.
fn prose(random: &mut StdRng) -> (String, String) {
    (text(random, 6), format!("bugle {}", text(random, 50)))
}

/// Reports like those of the bench `ingest`: few different words, and one that no other has.
fn remarks(random: &mut StdRng) -> (String, String) {
    const REMARKS: [&str; 12] = [
        "It happened three times in a row.",
        "Restarting the game helped once.",
        "My friend saw the same thing.",
        "Before the last patch it worked fine.",
        "I was running in a window at 1440p.",
        "The frame rate dropped to about 12.",
        "No error message came up.",
        "There is a strange humming sound as well.",
        "I lost roughly an hour of progress.",
        "Turning shadows to low makes it rarer.",
        "It only occurs with the German voices.",
        "I can send a clip if it helps.",
    ];
    let title = "The boss of the third act flickers on the way to the mill";
    let mut text = format!("Session {:08x}.", random.random::<u32>());
    while text.len() < 320 {
        text = format!("{text} {}", REMARKS.choose(random).unwrap());
    }
    (title.to_owned(), text)
}

fn record(sequence: u64, (title, text): (String, String)) -> Vec<u8> {
    let mut issue = examples::issue(RecordId::new(sequence, COLLECTION.project.shard()));
    issue.number = u32::try_from(sequence).ok();
    issue.published_at = Some(Timestamp(0));
    issue.status = IssueStatus::Open;
    issue.title = title;
    issue.description = text;
    let mut value = Vec::new();
    codec::encode_into(&issue, &mut value).unwrap();
    value
}

/// Puts so many records into an empty index.
fn fill(path: &std::path::Path, count: u64, report: fn(&mut StdRng) -> (String, String)) -> SearchIndex {
    let mut random = StdRng::seed_from_u64(1);
    let values: Vec<_> = (1..=count)
        .map(|sequence| record(sequence, report(&mut random)))
        .collect();
    let begun = Instant::now();
    let before = processor_time();
    let mut index = SearchIndex::begin(path).unwrap();
    for (sequence, value) in (1..).zip(&values) {
        let found = Findable::decode(value).unwrap();
        let id = RecordId::new(sequence, COLLECTION.project.shard());
        index.put(COLLECTION, id, found.as_ref()).unwrap();
        // One in fifty changes again, as when somebody has looked at it.
        if sequence % 50 == 0 {
            let id = RecordId::new(sequence - 40, COLLECTION.project.shard());
            let earlier = usize::try_from(sequence - 41).unwrap();
            let found = Findable::decode(&values[earlier]).unwrap();
            index.put(COLLECTION, id, found.as_ref()).unwrap();
        }
        if sequence % COMMIT_EVERY == 0 {
            index.commit(None).unwrap();
        }
    }
    index.commit(Some(1)).unwrap();
    println!(
        "filled in {:?}, {:?} us of processor time",
        begun.elapsed(),
        processor_time() - before
    );
    index
}

/// Microseconds of processor time that the process has used.
fn processor_time() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10_000
}

#[test]
#[ignore = "for figures"]
fn cost() {
    let count = reports(20_000);
    for (name, report) in [("remarks", remarks as fn(&mut StdRng) -> _), ("prose", prose)] {
        if std::env::var("CORPUS").is_ok_and(|wanted| wanted != name) {
            continue;
        }
        let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR").to_owned() + "/../target").unwrap();
        let before = processor_time();
        let index = fill(folder.path(), count, report);
        index.finish();
        let spent = processor_time() - before;
        println!(
            "{name}: {:.1} us of processor time a report, with its making",
            spent as f64 / count.max(1) as f64
        );
    }
}

#[test]
#[ignore = "for figures"]
fn questions() {
    let count = reports(100_000);
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR").to_owned() + "/../target").unwrap();
    let index = fill(folder.path(), count, prose);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let (fields, reader) = index.reader();
    reader.reload().unwrap();
    let searcher = reader.searcher();
    let sizes: Vec<u32> = searcher
        .segment_readers()
        .iter()
        .map(tantivy::SegmentReader::max_doc)
        .collect();
    println!("segments: {sizes:?}");
    let seldom = |number: usize| 3_000 + number * 37 % 20_000;
    let mistyped = |rank: usize| {
        let mut word = word(rank);
        word.replace_range(2..3, "y");
        word
    };
    let asks: [Ask<'_>; 11] = [
        ("a seldom word", &|number| (word(seldom(number)), 0)),
        ("a frequent word", &|number| (word(number % 50), 0)),
        ("the word that all have", &|_| ("bugle".into(), 0)),
        ("2 letters", &|number| (word(number)[..2].to_owned(), 0)),
        ("4 letters", &|number| (word(seldom(number))[..4].to_owned(), 0)),
        ("seldom, mistyped", &|number| (mistyped(seldom(number)), 0)),
        ("frequent, mistyped", &|number| (mistyped(number % 50), 0)),
        ("three words", &|number| {
            (
                format!(
                    "{} {} {}",
                    word(number % 50),
                    word((number + 7) % 50),
                    word(200 + number)
                ),
                0,
            )
        }),
        ("sixteen words", &|number| {
            let words: Vec<String> = (0..16).map(|place| word((number + place) % 50)).collect();
            (words.join(" "), 0)
        }),
        ("sixteen seldom words", &|number| {
            let words: Vec<String> = (0..16).map(|place| word(seldom(number + place))).collect();
            (words.join(" "), 0)
        }),
        ("some page of many", &|number| {
            ("bugle".into(), (1 + number as u64 * 7_919 % count) / 20 * 20)
        }),
    ];
    for (name, ask) in asks {
        let mut total = 0;
        measure(name, |number| {
            let (text, first) = ask(number);
            let words = words::words(&text, query::WORDS_MAX);
            let found = query::search(&searcher, fields, COLLECTION, &words, &[], first..first + 20).unwrap();
            total += found.total;
        });
        println!("    found on average: {}", total / 300);
    }
    let mut random = StdRng::seed_from_u64(2);
    measure("similar", |_| {
        let (title, text) = prose(&mut random);
        let like = Like {
            title,
            text,
            except: None,
            before: None,
            with_settled: false,
            limit: 10,
        };
        similar(&searcher, fields, COLLECTION, &like).unwrap();
    });
}

fn measure(name: &str, mut ask: impl FnMut(usize)) {
    let mut times = Vec::new();
    for number in 0..300 {
        let begun = Instant::now();
        ask(number);
        times.push(begun.elapsed());
    }
    times.sort();
    println!("{name}: median {:?}, p99 {:?}", times[150], times[297]);
}
