//! Figures for `docs/performance.md`; they assert nothing but that the work was done. Built as for a release, and one
//! process for each, twice, because the first makes what it reads and so says nothing of memory:
//!
//! `cargo test --profile profiling -p bugle-actors figures::start_from_chunks -- --ignored --nocapture`

use std::path::Path;
use std::time::{Duration, Instant};

use bugle_storage::records::{Category, IssueRow, IssueStatus, Priority, ReportKind};
use bugle_storage::{EmbeddedStore, Shard, StoreOptions};

use super::index_snapshot::IndexSnapshot;
use super::*;

const PROJECT: ProjectId = ProjectId(7);
const ISSUES: u32 = 100_000;

/// Opens the store of a project of so many issues whose index was saved, or not. The first run makes it, below
/// `target/`, and the figures of memory are those of the next.
fn open(saved: bool) -> Arc<dyn Store> {
    let name = format!("figures-{}", if saved { "saved" } else { "unsaved" });
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target").join(name);
    let is_new = !data.exists();
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&StoreOptions::new(data)).unwrap());
    if is_new {
        println!("made, run it again");
        fill(&store, saved);
    }
    store
}

fn fill(store: &Arc<dyn Store>, saved: bool) {
    let mut ledger = Ledger::open(Arc::clone(store), PROJECT.shard()).unwrap();
    let (mut index, mut snapshot) = IndexSnapshot::load(ledger.shard(), PROJECT, ReportKind::Bug).unwrap();
    for (sequence, row) in rows() {
        let mut batch = Batch::new();
        let key = keys::report_row(PROJECT, ReportKind::Bug, RecordId::new(sequence, PROJECT.shard()));
        batch.put(key, &row).unwrap();
        ledger.commit(batch, |outcome| outcome.unwrap());
        index.push(sequence, &row);
    }
    let mut steps = Vec::new();
    let mut begin = Instant::now();
    while saved && let Some(batch) = snapshot.step(&index, Extent::Everything).unwrap() {
        ledger.commit(batch, |outcome| outcome.unwrap());
        steps.push(begin.elapsed());
        begin = Instant::now();
    }
    steps.sort();
    println!("steps of saving: {steps:?}");
}

/// Issues as they come: mostly in order, some edited, a draft now and then.
fn rows() -> impl Iterator<Item = (u64, IssueRow)> {
    (0..ISSUES).map(|place| {
        let created = 1_795_292_312_000 + i64::from(place) * 7919;
        let statuses = IssueStatus::ALL;
        let draft = place % 50 == 7;
        let row = IssueRow {
            number: (!draft).then_some(place + 1),
            status: statuses[place as usize * 7 % 13 % statuses.len()],
            priority: Priority::ALL[place as usize % 5 % 4],
            category: Category::ALL[place as usize % 3],
            created_at: Timestamp(created),
            updated_at: Timestamp(created + i64::from(place % 4) * 6_000_000),
        };
        (u64::from(place) + 1024, row)
    })
}

/// The most memory the process has used since [`forget_peak`], in KiB.
fn peak() -> u64 {
    status("VmHWM:")
}

fn forget_peak() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    status("VmRSS:")
}

fn status(field: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn start(what: &str, saved: bool, read: impl Fn(&Shard) -> IssueIndex) {
    let mut times = Vec::new();
    let mut used = (0, 0);
    for round in 0..9 {
        let shard = Shard::open(open(saved), PROJECT.shard()).unwrap();
        let before = forget_peak();
        let begin = Instant::now();
        let index = read(&shard);
        times.push(begin.elapsed());
        assert_eq!(index.len(), ISSUES);
        if round == 0 {
            used = (peak() - before, status("VmRSS:") - before);
        }
    }
    times.sort();
    println!(
        "{what}: {:?}; {} KiB at the most, {} KiB in the end",
        times[0], used.0, used.1
    );
}

#[test]
#[ignore = "prints figures"]
fn start_from_a_list_of_all_rows() {
    start("a list of all rows", false, |shard| {
        let mut index = IssueIndex::default();
        for (key, row) in shard
            .load::<IssueRow>(&keys::report_rows(PROJECT, ReportKind::Bug))
            .unwrap()
        {
            index.push(keys::sequence(key.as_bytes()).unwrap(), &row);
        }
        index
    });
}

#[test]
#[ignore = "prints figures"]
fn start_from_rows() {
    let load = |shard: &Shard| IndexSnapshot::load(shard, PROJECT, ReportKind::Bug).unwrap().0;
    start("every row in turn", false, load);
}

#[test]
#[ignore = "prints figures"]
fn start_from_chunks() {
    let load = |shard: &Shard| IndexSnapshot::load(shard, PROJECT, ReportKind::Bug).unwrap().0;
    start("chunks", true, load);
}

#[test]
#[ignore = "prints figures"]
fn a_page_of_what_was_updated() {
    let mut index = IssueIndex::default();
    rows().for_each(|(sequence, row)| index.push(sequence, &row));
    let middle = Timestamp(1_795_292_312_000 + 50_000 * 7919);
    let latest = Timestamp(1_795_292_312_000 + i64::from(ISSUES - 100) * 7919);
    let filters = [
        ("no filter", IssueFilter::default()),
        (
            "updated_after, half of them",
            IssueFilter {
                updated_after: Some(middle),
                ..IssueFilter::default()
            },
        ),
        (
            "updated_after, the last hundred",
            IssueFilter {
                updated_after: Some(latest),
                ..IssueFilter::default()
            },
        ),
        (
            "updated_after, all of them",
            IssueFilter {
                updated_after: Some(Timestamp(0)),
                ..IssueFilter::default()
            },
        ),
    ];
    for (what, filter) in filters {
        let mut times: Vec<Duration> = (0..101)
            .map(|_| {
                let begin = Instant::now();
                std::hint::black_box(index.page(&filter, 0, 20));
                begin.elapsed()
            })
            .collect();
        times.sort();
        println!("{what}: {:?}", times[0]);
    }
}
