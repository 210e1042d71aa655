use std::sync::mpsc;

use bugle_storage::records::{Issue, IssueStatus, ReportKind};
use bugle_storage::{Batch, Key, MemoryStore, ProjectId, RecordId, Shard, Table, Timestamp};

use super::*;
use crate::project::examples;

mod failing;
mod following;
mod matching;
mod segments;

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
