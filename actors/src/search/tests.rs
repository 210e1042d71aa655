use std::sync::mpsc;

use bugle_storage::records::{Issue, IssueStatus, ReportKind};
use bugle_storage::{Batch, Key, MemoryStore, ProjectId, RecordId, Shard, Table, Timestamp};

use super::*;
use crate::project::examples;

mod failing;

const PROJECT: ProjectId = ProjectId(5);

/// A store in memory and a search that follows it.
struct Bench {
    store: Arc<MemoryStore>,
    search: Option<Search>,
    folder: tempfile::TempDir,
}

fn collection(project: ProjectId) -> Collection {
    Collection {
        kind: ReportKind::Bug,
        project,
    }
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self {
            store: Arc::default(),
            search: None,
            folder: tempfile::tempdir().unwrap(),
        };
        bench.start();
        bench
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("search")
    }

    fn start(&mut self) {
        let store: Arc<dyn Store> = Arc::clone(&self.store) as _;
        self.search = Some(Search::start(store, &self.path()).unwrap());
    }

    /// Stops, lets the files be changed, and starts again.
    fn restart(&mut self, meanwhile: impl FnOnce(&Path)) {
        self.search = None;
        meanwhile(&self.path());
        self.start();
    }

    fn commit(&self, project: ProjectId, batch: Batch) {
        let store: Arc<dyn Store> = Arc::clone(&self.store) as _;
        let (done, outcome) = mpsc::channel();
        Shard::open(store, project.shard())
            .unwrap()
            .commit(batch, Box::new(move |result| done.send(result).unwrap()));
        outcome.recv().unwrap().unwrap();
    }

    fn key(project: ProjectId, sequence: u64) -> Key {
        Key::new(project.shard(), Table::Issue)
            .u64(project.0)
            .u64(sequence)
    }

    fn write(&self, project: ProjectId, sequence: u64, change: impl FnOnce(&mut Issue)) {
        let mut issue = examples::issue(RecordId::new(sequence, project.shard()));
        issue.number = u32::try_from(sequence).ok();
        issue.published_at = Some(Timestamp(0));
        issue.status = IssueStatus::Open;
        change(&mut issue);
        let mut batch = Batch::new();
        batch.put(Self::key(project, sequence), &issue).unwrap();
        self.commit(project, batch);
    }

    fn report(&self, sequence: u64, title: &str, text: &str) {
        self.write(PROJECT, sequence, |issue| {
            issue.title = title.into();
            issue.description = text.into();
        });
    }

    fn ask<T>(&self, question: &impl AsyncFn(&Search) -> Result<T, ActorError>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let search = self.search.as_ref().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            match runtime.block_on(question(search)) {
                Ok(answer) => return answer,
                Err(error) => assert!(Instant::now() < deadline, "still refused: {error}"),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn page(&self, project: ProjectId, text: &str, skipped: &[Skipped], page: Range<u64>) -> (Vec<u64>, u64) {
        let query = SearchQuery {
            text: text.into(),
            skipped: skipped.to_vec(),
            page,
        };
        let found = self.ask(&async |search: &Search| search.find(collection(project), query.clone()).await);
        (found.ids.iter().map(|id| id.sequence()).collect(), found.total)
    }

    fn find(&self, text: &str) -> Vec<u64> {
        self.page(PROJECT, text, &[], 0..100).0
    }

    /// Waits until a search finds exactly this.
    #[track_caller]
    fn expect(&self, text: &str, sequences: &[u64]) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let found = self.find(text);
            if found == sequences {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{text:?} finds {found:?}, not {sequences:?}"
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn similar(&self, like: &Like) -> Vec<(u64, f32)> {
        let found =
            self.ask(&async |search: &Search| search.similar(collection(PROJECT), like.clone()).await);
        found
            .iter()
            .map(|found| (found.id.sequence(), found.similarity))
            .collect()
    }
}

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
fn the_index_follows_edits_drafts_and_removals() {
    let bench = Bench::new();
    bench.report(1, "A crash", "");
    bench.write(PROJECT, 2, |issue| {
        issue.title = "A crash".into();
        issue.number = None;
        issue.published_at = None;
    });
    bench.expect("crash", &[1]);
    bench.report(2, "A crash", "");
    bench.expect("crash", &[2, 1]);
    bench.report(1, "A freeze", "");
    bench.expect("crash", &[2]);
    bench.expect("freeze", &[1]);
    let mut batch = Batch::new();
    batch.delete(Bench::key(PROJECT, 2));
    bench.commit(PROJECT, batch);
    bench.expect("crash", &[]);
}

#[test]
fn projects_do_not_see_each_other() {
    let bench = Bench::new();
    // In one shard, and one a beginning of the other as it is written.
    let other = ProjectId(5 + 64 * 16);
    bench.report(1, "crash", "");
    bench.write(other, 2, |issue| issue.title = "crash".into());
    bench.expect("crash", &[1]);
    let deadline = Instant::now() + Duration::from_secs(20);
    while bench.page(other, "crash", &[], 0..10) != (vec![2], 1) {
        assert!(
            Instant::now() < deadline,
            "the other project's report is found there"
        );
    }
    assert_eq!(bench.page(ProjectId(6), "crash", &[], 0..10), (vec![], 0));
}

#[test]
fn it_goes_on_where_it_was_after_a_restart() {
    let mut bench = Bench::new();
    bench.report(1, "crash", "");
    bench.expect("crash", &[1]);
    let store = Arc::clone(&bench.store);
    bench.restart(|_| ());
    assert_eq!(bench.find("crash"), [1]);
    bench.report(2, "crash", "");
    bench.expect("crash", &[2, 1]);
    assert_eq!(store.commits(), 2);
}

#[test]
fn what_cannot_be_used_is_built_anew() {
    type Spoil = (&'static str, fn(&Path));
    let spoil: [Spoil; 5] = [
        ("removed", |path| std::fs::remove_dir_all(path).unwrap()),
        ("a file", |path| {
            std::fs::remove_dir_all(path).unwrap();
            std::fs::write(path, "x").unwrap();
        }),
        ("garbage", |path| {
            for entry in std::fs::read_dir(path).unwrap() {
                std::fs::write(entry.unwrap().path(), "garbage").unwrap();
            }
        }),
        ("cut short", |path| {
            for entry in std::fs::read_dir(path).unwrap() {
                let file = std::fs::OpenOptions::new()
                    .write(true)
                    .open(entry.unwrap().path())
                    .unwrap();
                let length = file.metadata().unwrap().len();
                file.set_len(length / 2).unwrap();
            }
        }),
        ("of another format", |path| {
            let meta = path.join("meta.json");
            let text = std::fs::read_to_string(&meta).unwrap();
            let mark = format!("\"{} ", super::index::FORMAT);
            assert_eq!(text.matches(&mark).count(), 1, "{text}");
            std::fs::write(&meta, text.replace(&mark, "\"999 ")).unwrap();
        }),
    ];
    let mut bench = Bench::new();
    for sequence in 1..=3 {
        bench.report(sequence, "crash", "");
        bench.expect("crash", &(1..=sequence).rev().collect::<Vec<_>>());
    }
    for (how, spoil) in spoil {
        bench.restart(spoil);
        bench.expect("crash", &[3, 2, 1]);
        bench.report(4, how, "");
        bench.expect(how, &[4]);
    }
}

#[test]
fn an_index_of_another_store_is_built_anew() {
    let mut bench = Bench::new();
    for sequence in 1..=3 {
        bench.report(sequence, "crash", "");
    }
    bench.expect("crash", &[3, 2, 1]);
    bench.search = None;
    bench.store = Arc::default();
    bench.report(7, "crash", "");
    bench.start();
    bench.expect("crash", &[7]);
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
