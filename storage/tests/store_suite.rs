//! What every store must do, run against each of them. The in-memory one is the model.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by a panic"
)]

mod common;

use std::ops::ControlFlow;
use std::sync::Arc;

use bugle_storage::records::Secret;
use bugle_storage::{
    Batch, Following, Key, MemoryStore, Shard, ShardId, StorageError, Store, StoreState, Table,
};

use common::{Note, RealStore, SimulatedStore, commit, note, read, scan, shard};

/// Something that makes stores, and may open the same one again.
trait Subject {
    /// A new and empty store.
    fn create() -> Self;
    /// The store as it is open now.
    fn store(&self) -> Arc<dyn Store>;
    /// Closes the store and opens it again; `false` when this kind keeps nothing.
    fn reopen(&mut self) -> bool;
}

struct InMemory(Arc<MemoryStore>);

impl Subject for InMemory {
    fn create() -> Self {
        Self(Arc::default())
    }
    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
    fn reopen(&mut self) -> bool {
        false
    }
}

impl Subject for RealStore {
    fn create() -> Self {
        Self::new()
    }
    fn store(&self) -> Arc<dyn Store> {
        self.open.clone()
    }
    fn reopen(&mut self) -> bool {
        Self::reopen(self);
        true
    }
}

impl Subject for SimulatedStore {
    fn create() -> Self {
        Self::new(1)
    }
    fn store(&self) -> Arc<dyn Store> {
        self.open.clone()
    }
    fn reopen(&mut self) -> bool {
        Self::reopen(self);
        true
    }
}

const SHARD: ShardId = ShardId(5);

/// The key of an issue-sized record; neighbours share a block.
fn key(number: u64) -> Key {
    Key::new(SHARD, Table::Issue).u64(1).u64(number)
}

fn put_then_get_overwrite_and_delete<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = shard(&store, SHARD);
    assert_eq!(read(&*store, &key(1)), None, "nothing is there at first");
    for text in ["first", "second", ""] {
        commit(&mut shard, |batch| batch.put(key(1), &note(text))).unwrap();
        store.settle().unwrap();
        assert_eq!(read(&*store, &key(1)), Some(note(text)));
    }
    commit(&mut shard, |batch| {
        batch.delete(key(1));
        batch.delete(key(2));
        Ok(())
    })
    .unwrap();
    store.settle().unwrap();
    assert_eq!(read(&*store, &key(1)), None, "it was deleted");
}

fn a_batch_is_made_in_its_order<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = shard(&store, SHARD);
    commit(&mut shard, |batch| {
        batch.put(key(1), &note("a"))?;
        batch.delete(key(1));
        batch.put(key(2), &note("b"))?;
        batch.put(key(1), &note("c"))?;
        batch.delete(key(2));
        Ok(())
    })
    .unwrap();
    store.settle().unwrap();
    let found = scan(&*store, Key::new(SHARD, Table::Issue).as_bytes());
    assert_eq!(found, [(key(1), note("c"))]);
}

fn scans_are_in_key_order_whatever_the_layout<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = shard(&store, SHARD);
    let mut expected = Vec::new();
    for table in [Table::Setting, Table::Issue, Table::IssueRow, Table::Attachment] {
        for number in [0_u64, 1, 31, 32, 63, 64, 300, 1000] {
            let key = Key::new(SHARD, table).u64(7).u64(number);
            // Every third is larger than a chunk, one is larger than a block takes.
            let size = match number {
                31 | 300 => 9_000,
                64 => 50_000,
                _ => 20,
            };
            let text = format!("{number} ").repeat(size / 4);
            expected.push((key, note(&text)));
        }
    }
    for (key, note) in expected.iter().rev() {
        commit(&mut shard, |batch| batch.put(key.clone(), note)).unwrap();
    }
    store.settle().unwrap();
    let whole = scan(&*store, &[SHARD.0]);
    assert!(
        whole == expected,
        "keys: {:?}",
        whole.iter().map(|(key, _)| key).collect::<Vec<_>>()
    );
    assert!(scan(&*store, &[]) == expected, "the empty prefix is all");
    let issues = scan(&*store, Key::new(SHARD, Table::Issue).u64(7).as_bytes());
    assert!(issues == expected[8..16], "one table: {} found", issues.len());
    let one = scan(&*store, Key::new(SHARD, Table::Issue).u64(7).u64(300).as_bytes());
    assert!(one == expected[14..15], "one record: {} found", one.len());
    assert!(scan(&*store, &[SHARD.0 + 1]).is_empty(), "another shard");
}

fn a_scan_begins_where_told<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = shard(&store, SHARD);
    for table in [Table::Setting, Table::Issue, Table::IssueRow] {
        let prefix = Key::new(SHARD, table).u64(7);
        let numbers = [1_u64, 31, 32, 40, 200, 300];
        commit(&mut shard, |batch| {
            let put = |number: &u64| (prefix.clone().u64(*number), note(&number.to_string()));
            let mut all = numbers.iter().map(put);
            all.try_for_each(|(key, note)| batch.put(key, &note))
        })
        .unwrap();
        store.settle().unwrap();
        for from in [0, 1, 2, 32, 33, 199, 300, 301] {
            let mut found = Vec::new();
            let key = prefix.clone().u64(from);
            shard
                .visit(&prefix, Some(&key), |_, Note(text)| {
                    found.push(text.parse::<u64>().unwrap());
                    ControlFlow::Continue(())
                })
                .unwrap();
            let expected: Vec<_> = numbers.into_iter().filter(|number| *number >= from).collect();
            assert_eq!(found, expected, "{table:?} from {from}");
        }
        let elsewhere = Key::new(SHARD, Table::Attachment).u64(7);
        let mut count = 0;
        let counted = shard.visit(&prefix, Some(&elsewhere), |_, _: Note| {
            count += 1;
            ControlFlow::Continue(())
        });
        counted.unwrap();
        assert_eq!(count, 0, "{table:?} ends below");
    }
}

fn a_scan_stops_when_told<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = shard(&store, SHARD);
    commit(&mut shard, |batch| {
        (0..100).try_for_each(|number| batch.put(key(number), &note("x")))
    })
    .unwrap();
    store.settle().unwrap();
    let mut seen = 0;
    store
        .scan(&[], &mut |_, _| {
            seen += 1;
            if seen == 50 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(seen, 50);
}

fn values_of_every_size_come_back<S: Subject>() {
    let mut subject = S::create();
    let mut shard = shard(&subject.store(), SHARD);
    let sizes = [0, 4 << 10, 100 << 10, 5 << 20];
    let value = |size: usize| note(&"0123456789abcdef"[..].repeat(size / 16));
    for table in [Table::Setting, Table::Issue] {
        for (number, size) in sizes.into_iter().enumerate() {
            let key = Key::new(SHARD, table).u64(1).u64(number as u64);
            commit(&mut shard, |batch| batch.put(key, &value(size))).unwrap();
        }
    }
    subject.store().settle().unwrap();
    for _ in 0..2 {
        for table in [Table::Setting, Table::Issue] {
            for (number, size) in sizes.into_iter().enumerate() {
                let key = Key::new(SHARD, table).u64(1).u64(number as u64);
                let found = read(&*subject.store(), &key);
                assert!(found == Some(value(size)), "{size} bytes in {table:?}");
            }
        }
        if !subject.reopen() {
            return;
        }
    }
}

fn a_shard_reads_what_it_wrote_before_and_after_it_is_applied<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = Shard::open(store.clone(), SHARD).unwrap();
    let mut batch = Batch::new();
    batch.put(key(1), &note("new")).unwrap();
    batch.put(key(2), &note("gone")).unwrap();
    let told = common::Told::default();
    shard.commit(batch, told.completion());
    let mut batch = Batch::new();
    batch.delete(key(2));
    shard.commit(batch, told.completion());
    for when in ["before", "after"] {
        let found = shard.read(vec![key(2), key(1), key(3)]).run::<Note>().unwrap();
        assert_eq!(found, [None, Some(note("new")), None], "{when} settling");
        store.settle().unwrap();
    }
    told.wait(2).unwrap();
    let again = Shard::open(store, SHARD).unwrap();
    let loaded = again.load::<Note>(&Key::new(SHARD, Table::Issue)).unwrap();
    assert_eq!(loaded, [(key(1), note("new"))]);
}

fn keys_are_found_before_and_after_they_are_applied<S: Subject>() {
    let store = S::create().store();
    let mut shard = Shard::open(store.clone(), SHARD).unwrap();
    for names in [["a", "b", "c"], ["d", "e", "f"]] {
        let first = if names[0] == "a" { 1 } else { 4 };
        commit(&mut shard, |batch| {
            let mut numbers = (first..).zip(names);
            numbers.try_for_each(|(number, name)| batch.put(key(number), &note(name)))
        })
        .unwrap();
        // The first half comes from the store, the second is on its way there.
        if first == 1 {
            store.settle().unwrap();
        }
    }
    commit(&mut shard, |batch| {
        batch.delete(key(2));
        Ok(())
    })
    .unwrap();
    let below = Key::new(SHARD, Table::Issue).u64(1);
    for when in ["before", "after"] {
        let found = shard.read_below(&below).run_keys().unwrap();
        assert_eq!(found, [1, 3, 4, 5, 6].map(key), "{when} settling");
        let all = shard.read(found).run_within::<Note>(usize::MAX).unwrap();
        assert_eq!(all, ["a", "c", "d", "e", "f"].map(note), "{when} settling");
        store.settle().unwrap();
    }
}

fn large_records_are_found_by_their_keys_and_read_within_a_bound<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = Shard::open(store.clone(), SHARD).unwrap();
    let place = |number: u64| Key::new(SHARD, Table::History).u64(1).u64(number);
    let large = "x".repeat(100_000);
    for number in 1..=4 {
        commit(&mut shard, |batch| batch.put(place(number), &note(&large))).unwrap();
    }
    store.settle().unwrap();
    let below = Key::new(SHARD, Table::History).u64(1);
    let keys = shard.read_below(&below).run_keys().unwrap();
    assert_eq!(keys, [1, 2, 3, 4].map(place));
    for (most, count) in [(1, 1), (150_000, 2), (usize::MAX, 4)] {
        let found = shard.read(keys.clone()).run_within::<Note>(most).unwrap();
        assert_eq!(found.len(), count, "within {most} bytes");
    }
}

fn an_owner_that_was_replaced_writes_no_more<S: Subject>() {
    let store = S::create().store();
    let mut old = Shard::open(store.clone(), SHARD).unwrap();
    commit(&mut old, |batch| batch.put(key(1), &note("before"))).unwrap();
    old.fence().close();
    let mut new = Shard::open(store.clone(), SHARD).unwrap();
    let late = commit(&mut old, |batch| batch.put(key(1), &note("late")));
    assert!(matches!(late, Err(StorageError::Replaced)), "{late:?}");
    commit(&mut new, |batch| batch.put(key(2), &note("after"))).unwrap();
    store.settle().unwrap();
    assert_eq!(read(&*store, &key(1)), Some(note("before")));
    assert_eq!(read(&*store, &key(2)), Some(note("after")));
}

fn commits_of_many_threads_are_all_there<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    std::thread::scope(|scope| {
        for thread in 0..4_u64 {
            let store = &store;
            scope.spawn(move || {
                let id = ShardId(u8::try_from(thread).unwrap());
                let mut shard = shard(store, id);
                for number in 0..200 {
                    let key = Key::new(id, Table::Issue).u64(1).u64(number);
                    commit(&mut shard, |batch| batch.put(key, &note("x"))).unwrap();
                }
                store.settle().unwrap();
                assert_eq!(scan(&**store, &[id.0]).len(), 200, "thread {thread}");
            });
        }
    });
    assert_eq!(scan(&*store, &[]).len(), 800);
}

fn settling_with_nothing_to_wait_for_returns<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    store.settle().unwrap();
    store.settle().unwrap();
    assert_eq!(store.state(), StoreState::Writable);
}

fn a_closed_store_takes_no_commit<S: Subject>() {
    let subject = S::create();
    let store = subject.store();
    let mut shard = shard(&store, SHARD);
    commit(&mut shard, |batch| batch.put(key(1), &note("x"))).unwrap();
    store.close().unwrap();
    let refused = commit(&mut shard, |batch| batch.put(key(2), &note("y")));
    assert!(matches!(refused, Err(StorageError::Closed)), "{refused:?}");
    store.close().expect("closing twice");
}

fn what_was_committed_is_there_after_reopening<S: Subject>() {
    let mut subject = S::create();
    for round in 0..3_u64 {
        let store = subject.store();
        let mut issues = shard(&store, SHARD);
        for number in 0..50 {
            let key = key(round * 50 + number);
            commit(&mut issues, |batch| batch.put(key, &note(&number.to_string()))).unwrap();
        }
        let secret = Key::new(ShardId::SYSTEM, Table::Setting).bytes(b"jwt");
        let mut system = shard(&store, ShardId::SYSTEM);
        commit(&mut system, |batch| batch.put(secret, &Secret([7; 32]))).unwrap();
        drop((store, issues, system));
        if !subject.reopen() {
            return;
        }
        let found = scan(&*subject.store(), &[SHARD.0]);
        assert_eq!(found.len() as u64, (round + 1) * 50, "round {round}");
    }
}

fn a_follower_hears_of_every_change<S: Subject>() {
    let mut subject = S::create();
    let told = |store: &Arc<dyn Store>| {
        store.settle().unwrap();
        let changed = store.feed().take();
        let sequences: Vec<u64> = changed.iter().flat_map(|(_, _, sequences)| sequences).collect();
        (changed.through, sequences)
    };
    let write = |store: &Arc<dyn Store>, number| {
        let mut shard = shard(store, SHARD);
        commit(&mut shard, |batch| batch.put(key(number), &note("x"))).unwrap();
    };
    let store = subject.store();
    write(&store, 3);
    assert_eq!(
        store.feed().follow(Some(0)),
        Following::GoOn,
        "a new store has no gap"
    );
    write(&store, 1);
    let (through, sequences) = told(&store);
    assert_eq!(sequences, [1, 3]);
    write(&store, 2);
    drop(store);
    if !subject.reopen() {
        return;
    }
    let store = subject.store();
    assert_eq!(
        store.feed().follow(Some(through)),
        Following::GoOn,
        "the journal still has what came after"
    );
    write(&store, 4);
    assert_eq!(told(&store), (through + 2, vec![2, 4]));
}

macro_rules! suite {
    ($($subject:ident => $module:ident),*; $tests:tt) => {
        $(mod $module { suite!(@tests $subject $tests); })*
    };
    (@tests $subject:ident { $($test:ident),* $(,)? }) => {
        $(#[test] fn $test() { super::$test::<super::$subject>(); })*
    };
}

suite! {
    InMemory => memory, RealStore => journal_and_sled, SimulatedStore => simulated_disk;
    {
        put_then_get_overwrite_and_delete,
        a_batch_is_made_in_its_order,
        scans_are_in_key_order_whatever_the_layout,
        a_scan_begins_where_told,
        a_scan_stops_when_told,
        values_of_every_size_come_back,
        a_shard_reads_what_it_wrote_before_and_after_it_is_applied,
        keys_are_found_before_and_after_they_are_applied,
        large_records_are_found_by_their_keys_and_read_within_a_bound,
        an_owner_that_was_replaced_writes_no_more,
        commits_of_many_threads_are_all_there,
        settling_with_nothing_to_wait_for_returns,
        a_closed_store_takes_no_commit,
        what_was_committed_is_there_after_reopening,
        a_follower_hears_of_every_change,
    }
}
