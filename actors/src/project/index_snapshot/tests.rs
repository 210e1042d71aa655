use std::sync::Arc;

use bugle_storage::codec::Record;
use bugle_storage::records::{Category, FirstAnswer, IdempotencyRecord, IssueStatus, Priority};
use bugle_storage::{MemoryStore, Store, Timestamp, TokenId};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

const PROJECT: ProjectId = ProjectId(7);
const KIND: ReportKind = ReportKind::Bug;
/// Small, so that a short history fills many.
const ISSUES_A_CHUNK: u32 = 4;

/// A project's rows, index and snapshot, as its actor holds them.
struct Project {
    store: Arc<dyn Store>,
    shard: Shard,
    index: IssueIndex,
    snapshot: IndexSnapshot,
    next_sequence: u64,
    now: i64,
}

impl Project {
    fn new() -> Self {
        Self::start(Arc::new(MemoryStore::new()), 1, 0)
    }

    fn start(store: Arc<dyn Store>, next_sequence: u64, now: i64) -> Self {
        let shard = Shard::open(Arc::clone(&store), PROJECT.shard()).unwrap();
        let (index, snapshot) =
            IndexSnapshot::load_in_chunks(&shard, (PROJECT, KIND), ISSUES_A_CHUNK).unwrap();
        Self {
            store,
            shard,
            index,
            snapshot,
            next_sequence,
            now,
        }
    }

    /// The process dies here, and the project is loaded again from what was committed.
    fn restart(&mut self) {
        *self = Self::start(Arc::clone(&self.store), self.next_sequence + 1000, self.now);
    }

    fn commit(&mut self, batch: Batch) {
        self.shard.commit(batch, Box::new(Result::unwrap));
    }

    fn put_row(sequence: u64, row: &IssueRow, batch: &mut Batch) {
        batch
            .put(keys::report_rows(PROJECT, KIND).u64(sequence), row)
            .unwrap();
    }

    fn create(&mut self, draft: bool) {
        self.now += 1;
        let row = IssueRow {
            number: (!draft).then(|| self.index.next_number()),
            status: if draft {
                IssueStatus::Hidden
            } else {
                IssueStatus::Open
            },
            priority: Priority::Medium,
            category: Category::Bug,
            created_at: Timestamp(self.now),
            updated_at: Timestamp(self.now),
        };
        let sequence = self.next_sequence;
        self.next_sequence += 1;
        let mut batch = Batch::new();
        Self::put_row(sequence, &row, &mut batch);
        self.index.push(sequence, &row);
        self.commit(batch);
    }

    fn edit(&mut self, ordinal: u32, change: impl FnOnce(&mut IssueRow, u32)) {
        self.now += 1;
        let (sequence, mut row) = self.index.row(ordinal).unwrap();
        change(&mut row, self.index.next_number());
        row.updated_at = Timestamp(self.now);
        let mut batch = Batch::new();
        Self::put_row(sequence, &row, &mut batch);
        self.snapshot.note_change(ordinal, &mut batch).unwrap();
        self.index.update(sequence, &row);
        self.commit(batch);
    }

    fn publish(&mut self, ordinal: u32) {
        self.edit(ordinal, |row, next_number| {
            row.number.get_or_insert(next_number);
            row.status = IssueStatus::Open;
        });
    }

    fn step(&mut self, extent: Extent) -> bool {
        match self.snapshot.step(&self.index, extent).unwrap() {
            None => false,
            Some(batch) => {
                self.commit(batch);
                true
            }
        }
    }

    fn save(&mut self) {
        while self.step(Extent::Everything) {}
    }

    /// The index as every row gives it.
    fn index_of_rows(&self) -> IssueIndex {
        let mut index = IssueIndex::default();
        read_tail(&self.shard, &keys::report_rows(PROJECT, KIND), &mut index).unwrap();
        index
    }

    /// What a start at this moment would read.
    fn index_of_snapshot(&self) -> IssueIndex {
        Self::start(Arc::clone(&self.store), 0, 0).index
    }

    fn chunks(&self) -> Vec<IndexChunk> {
        let stored = self.shard.load(&keys::index_chunks(PROJECT, KIND)).unwrap();
        stored.into_iter().map(|(_, chunk)| chunk).collect()
    }

    fn marks(&self) -> usize {
        self.shard
            .load::<ChunkMark>(&keys::chunk_marks(PROJECT, KIND))
            .unwrap()
            .len()
    }
}

/// One random event of a project's life.
fn live(project: &mut Project, random: &mut StdRng) {
    let issues = project.index.len();
    match random.random_range(0..10) {
        _ if issues == 0 => project.create(false),
        0..=3 => project.create(random.random_bool(0.3)),
        4 | 5 => {
            let status = IssueStatus::ALL[random.random_range(0..IssueStatus::ALL.len())];
            let priority = Priority::ALL[random.random_range(0..Priority::ALL.len())];
            project.edit(random.random_range(0..issues), |row, _| {
                row.status = status;
                row.priority = priority;
            });
        }
        6 => project.publish(random.random_range(0..issues)),
        7 => drop(project.step(Extent::WholeChunks)),
        8 => drop(project.step(Extent::Everything)),
        _ => project.restart(),
    }
}

#[test]
fn whatever_happened_a_start_gives_the_index_that_every_row_gives() {
    for seed in 0..60 {
        let mut random = StdRng::seed_from_u64(seed);
        let mut project = Project::new();
        for event in 0..80 {
            live(&mut project, &mut random);
            // After every single batch, because a crash may come there.
            let (expected, found) = (project.index_of_rows(), project.index_of_snapshot());
            assert!(
                found == expected,
                "seed {seed}, event {event}: {found:?} is not {expected:?}"
            );
            assert!(
                project.index == expected,
                "seed {seed}, event {event}: the live index"
            );
        }
    }
}

#[test]
fn a_start_reads_the_rows_that_are_in_no_chunk_and_no_others() {
    let mut project = Project::new();
    (0..10).for_each(|_| project.create(false));
    project.save();
    assert_eq!(
        project.chunks().iter().map(IndexChunk::len).collect::<Vec<_>>(),
        [4, 4, 2]
    );
    project.create(false);
    // A row that lies about an issue in a chunk is not looked at; the edited chunk's are.
    let mut batch = Batch::new();
    for ordinal in [0, 4] {
        let (sequence, mut row) = project.index.row(ordinal).unwrap();
        row.status = IssueStatus::Closed;
        Project::put_row(sequence, &row, &mut batch);
    }
    project.commit(batch);
    project.edit(5, |row, _| row.status = IssueStatus::Resolved);
    assert_eq!(project.marks(), 1);
    project.restart();
    let status = |ordinal| project.index.row(ordinal).unwrap().1.status;
    assert_eq!(
        [0, 4, 5, 10].map(status),
        [
            IssueStatus::Open,
            IssueStatus::Closed,
            IssueStatus::Resolved,
            IssueStatus::Open
        ]
    );
}

#[test]
fn while_it_works_only_whole_chunks_are_written() {
    let mut project = Project::new();
    (0..3).for_each(|_| project.create(false));
    assert!(!project.step(Extent::WholeChunks));
    project.create(true);
    assert!(project.step(Extent::WholeChunks));
    assert!(!project.step(Extent::WholeChunks), "one chunk, one step");
    project.edit(0, |row, _| row.status = IssueStatus::Closed);
    assert!(
        !project.step(Extent::WholeChunks),
        "one marked chunk costs a start little"
    );
    assert!(project.step(Extent::Everything));
    assert_eq!(project.marks(), 0);
    assert!(!project.step(Extent::Everything), "nothing has changed since");
}

#[test]
fn many_marked_chunks_are_written_anew() {
    let mut project = Project::new();
    let chunks = u32::try_from(MARKED_MAX).unwrap() + 3;
    (0..chunks * ISSUES_A_CHUNK).for_each(|_| project.create(false));
    project.save();
    for chunk in 0..chunks {
        project.edit(chunk * ISSUES_A_CHUNK, |row, _| row.status = IssueStatus::Closed);
    }
    while project.step(Extent::WholeChunks) {}
    assert_eq!(project.marks(), MARKED_MAX);
    assert!(project.index_of_snapshot() == project.index_of_rows());
}

#[test]
fn a_snapshot_that_cannot_be_used_is_read_past_and_replaced() {
    type Harm = fn(&mut Project, &mut Batch);
    let harms: [Harm; 3] = [
        |_, batch| batch.delete(keys::index_chunk(PROJECT, KIND, 0)),
        |project, batch| {
            let chunk = IndexChunk::of((0..2).filter_map(|ordinal| project.index.row(ordinal)));
            batch.put(keys::index_chunk(PROJECT, KIND, 1), &chunk).unwrap();
        },
        // Not a chunk at all.
        |_, batch| {
            batch
                .put(keys::index_chunk(PROJECT, KIND, 1), &ChunkMark)
                .unwrap();
        },
    ];
    for (number, harm) in harms.into_iter().enumerate() {
        let mut project = Project::new();
        (0..11).for_each(|_| project.create(false));
        project.save();
        let mut batch = Batch::new();
        harm(&mut project, &mut batch);
        project.commit(batch);
        project.restart();
        assert!(project.index == project.index_of_rows(), "harm {number}");
        // A change now finds no chunk to mark; the useless ones must not come back when it is forgotten.
        project.edit(9, |row, _| row.status = IssueStatus::Closed);
        project.step(Extent::Everything);
        assert!(
            project.index_of_snapshot() == project.index_of_rows(),
            "harm {number}"
        );
        project.save();
        assert_eq!(project.chunks().len(), 3, "harm {number}");
        assert!(
            project.index_of_snapshot() == project.index_of_rows(),
            "harm {number}"
        );
    }
}

#[test]
fn a_chunk_of_a_newer_program_is_refused_by_name() {
    let mut project = Project::new();
    project.create(false);
    let mut batch = Batch::new();
    // A record of another kind, of a version that chunks do not have yet.
    let newer = IdempotencyRecord {
        created_at: Timestamp(0),
        fingerprint: 0,
        answer: FirstAnswer::ProjectToken(TokenId(1)),
    };
    batch.put(keys::index_chunk(PROJECT, KIND, 0), &newer).unwrap();
    project.commit(batch);
    let loaded = IndexSnapshot::load(&project.shard, PROJECT, KIND);
    let Err(StorageError::UnknownVersion { version, .. }) = loaded else {
        panic!("it was taken for a chunk");
    };
    assert_eq!(version, IdempotencyRecord::VERSION);
}
