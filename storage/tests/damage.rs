//! What is damaged is said, with the path and what to do; and backup and journal bring everything back.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test says what went wrong by a panic"
)]

mod common;

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bugle_storage::disk::RealDisk;
use bugle_storage::maintenance::{backup, check, restore};
use bugle_storage::records::{Attachment, AttachmentKind, BlobHash, QuotaCount};
use bugle_storage::{
    BlobStore, EmbeddedStore, Key, RecordId, ShardId, StorageError, Store, Table, Timestamp,
};

use common::{RealStore, commit, note, options, shard};

const SHARD: ShardId = ShardId(1);
/// How many records [`fill`] puts into one commit.
const PER_COMMIT: usize = 50;

/// A counter's key: its records are small and decode by their table, as `check` wants it.
fn key(number: u64) -> Key {
    Key::new(SHARD, Table::Quota).u64(1).u64(number).u64(number)
}

fn fill(data: &Path, numbers: std::ops::Range<u64>) {
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&options(data)).unwrap());
    let mut shard = shard(&store, SHARD);
    let numbers = numbers.collect::<Vec<_>>();
    for some in numbers.chunks(PER_COMMIT) {
        commit(&mut shard, |batch| {
            some.iter().try_for_each(|number| {
                let count = QuotaCount(u32::try_from(*number).unwrap());
                batch.put(key(*number), &count)
            })
        })
        .unwrap();
    }
    store.close().unwrap();
}

/// Fills the store until the journal has let go of every segment that it has now. When it does is a matter of what else the
/// machine is doing.
fn fill_until_let_go(data: &Path, first: u64) {
    let segments = || {
        let entries = fs::read_dir(data.join("journal")).unwrap();
        let files = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_file());
        files.map(|entry| entry.file_name()).collect::<Vec<_>>()
    };
    let early = segments();
    assert!(!early.is_empty(), "the journal has no segment");
    let has_let_go = (0..20).any(|round| {
        fill(data, first + round * 10_000..first + (round + 1) * 10_000);
        let now = segments();
        early.iter().all(|segment| !now.contains(segment))
    });
    assert!(has_let_go, "the journal keeps {early:?}");
}

/// Puts a file into the blob store and a record that names it.
fn attach(data: &Path, number: u64, bytes: &[u8]) -> BlobHash {
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&options(data)).unwrap());
    let blobs = BlobStore::open(Arc::new(RealDisk), data).unwrap();
    let mut writer = blobs.begin().unwrap();
    writer.write(bytes).unwrap();
    let (blob, size) = writer.finish().unwrap();
    let record = Attachment {
        id: RecordId(number),
        issue: RecordId(1),
        kind: AttachmentKind::LogFile,
        filename: "player.log".into(),
        content_type: "text/plain".into(),
        size,
        blob,
        developer_private: false,
        created_at: Timestamp(0),
        user: None,
    };
    let place = Key::new(SHARD, Table::Attachment).u64(1).u64(1).u64(number);
    commit(&mut shard(&store, SHARD), |batch| batch.put(place, &record)).unwrap();
    store.close().unwrap();
    blob
}

fn every_record(data: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let store = EmbeddedStore::open(&options(data)).unwrap();
    let mut all = Vec::new();
    store
        .scan(&[], &mut |key, value| {
            all.push((key.to_vec(), value.to_vec()));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    all
}

fn overwrite(file: &Path, offset: u64, bytes: &[u8]) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    file.write_all_at(bytes, offset).unwrap();
}

fn checked(data: &Path) -> Vec<String> {
    check(data, &mut |_| {}).unwrap().problems
}

/// An error names this path and says where to read on.
fn assert_names(error: &StorageError, path: &Path) {
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    assert!(text.contains("docs/operations.md"), "{text}");
}

#[test]
fn a_map_that_lost_what_the_journal_let_go_of_is_damage() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    fill(data, 0..100);
    let early = directory.path().with_extension("early");
    fs::create_dir(&early).unwrap();
    for name in ["db", "conf"] {
        fs::copy(data.join("store").join(name), early.join(name)).unwrap();
    }
    fill_until_let_go(data, 100);
    // What sled does by itself with a file that is damaged in its middle: it goes back to before the damage.
    fs::remove_dir_all(data.join("store")).unwrap();
    fs::rename(&early, data.join("store")).unwrap();
    let error = EmbeddedStore::open(&options(data)).err().expect("damage");
    assert_names(&error, &data.join("store"));
    let problems = checked(data);
    assert!(
        problems.iter().any(|problem| problem.contains("is lost here")),
        "{problems:?}"
    );
}

#[test]
fn a_map_of_garbage_is_damage_unless_the_journal_has_all_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    fill(data, 0..10_000);
    let file = data.join("store/db");
    overwrite(
        &file,
        0,
        &vec![0x55; usize::try_from(fs::metadata(&file).unwrap().len()).unwrap()],
    );
    // Whether the journal had let go of frames by the end is a matter of when it was asked to.
    match EmbeddedStore::open(&options(data)) {
        Err(error) => assert_names(&error, &data.join("store")),
        Ok(store) => {
            let mut found = 0;
            let prefix = Key::new(SHARD, Table::Quota);
            store
                .scan(prefix.as_bytes(), &mut |_, _| {
                    found += 1;
                    std::ops::ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!(found, 10_000, "opened, so nothing may be lost");
        }
    }
}

#[test]
fn a_damaged_journal_is_refused_and_checked() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    fill(data, 0..500);
    let segment = segments(data).pop().expect("a segment");
    overwrite(&segment, 300, &[0xff; 8]);
    let error = EmbeddedStore::open(&options(data)).err().expect("damage");
    assert_names(&error, &segment);
    let problems = checked(data);
    assert!(
        problems.iter().any(|problem| problem.contains(".segment")),
        "{problems:?}"
    );
}

/// The segments that hold frames, in order.
fn segments(data: &Path) -> Vec<PathBuf> {
    let mut found = fs::read_dir(data.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "segment"))
        .filter(|path| {
            fs::read(path)
                .unwrap()
                .get(300..308)
                .is_some_and(|bytes| bytes != [0; 8])
        })
        .collect::<Vec<_>>();
    found.sort();
    found
}

#[test]
fn a_damaged_or_missing_file_is_found_by_a_check() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let (one, two) = (attach(data, 1, b"first"), attach(data, 2, b"second"));
    assert_eq!(checked(data), Vec::<String>::new());
    let path = |hash: BlobHash| {
        data.join("blobs")
            .join(hash.to_string().split_at(2).0)
            .join(hash.to_string())
    };
    fs::write(path(one), b"FIRST").unwrap();
    fs::remove_file(path(two)).unwrap();
    let problems = checked(data);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems.iter().any(|problem| problem.contains("it is missing")),
        "{problems:?}"
    );
}

#[test]
fn a_record_of_no_known_shape_is_found_by_a_check() {
    let directory = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(EmbeddedStore::open(&options(directory.path())).unwrap());
    let place = Key::new(SHARD, Table::Project).u64(1);
    commit(&mut shard(&store, SHARD), |batch| {
        batch.put(place, &note("no project"))
    })
    .unwrap();
    store.close().unwrap();
    let problems = checked(directory.path());
    assert!(
        problems.len() == 1 && problems.concat().contains("project"),
        "{problems:?}"
    );
}

#[test]
fn a_directory_in_use_is_refused_by_all() {
    let real = RealStore::new();
    let data = real.directory.path();
    for error in [
        EmbeddedStore::open(&options(data)).err(),
        check(data, &mut |_| {}).err(),
        backup(data, &data.join("backup"), &mut |_| {}).err(),
    ] {
        let error = error.expect("a refusal");
        assert!(
            matches!(&error, StorageError::InUse { path } if path == data),
            "{error}"
        );
    }
}

#[test]
fn another_format_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("FORMAT"),
        "bugle data directory, format 9\n",
    )
    .unwrap();
    for error in [
        EmbeddedStore::open(&options(directory.path())).err(),
        check(directory.path(), &mut |_| {}).err(),
    ] {
        let text = error.expect("a refusal").to_string();
        assert!(text.contains("FORMAT") && text.contains("format 9"), "{text}");
    }
    let absent = directory.path().join("absent");
    let text = check(&absent, &mut |_| {}).unwrap_err().to_string();
    assert!(text.contains("absent") && !absent.exists(), "{text}");
}

#[test]
fn backup_and_journal_bring_everything_back() {
    let parent = tempfile::tempdir().unwrap();
    let (old, new) = (parent.path().join("old"), parent.path().join("new"));
    let file = parent.path().join("bugle.backup");
    fill(&old, 0..3000);
    let before = attach(&old, 1, &vec![1; 3 << 20]);
    let made = backup(&old, &file, &mut |_| {}).unwrap();
    assert_eq!((made.records, made.blobs, made.through), (3001, 1, 61));
    fill(&old, 2000..6000);
    let after = attach(&old, 2, b"later");
    let expected = every_record(&old);

    // The map is lost, the journal and the files are not.
    fs::remove_dir_all(old.join("store")).unwrap();
    let summary = restore(&file, &new, Some(&old.join("journal")), &mut |_| {}).unwrap();
    assert!(summary.journal_problem.is_none(), "{:?}", summary.journal_problem);
    assert_eq!((summary.records, summary.blobs), (3001, 1));
    assert_eq!((summary.replayed, summary.copied_blobs), (81, 1));
    assert!(summary.missing_blobs.is_empty());
    assert!(every_record(&new) == expected, "the records are others");
    assert_eq!(checked(&new), Vec::<String>::new());
    let blobs = BlobStore::open(Arc::new(RealDisk), &new).unwrap();
    for hash in [before, after] {
        blobs.verify(hash).unwrap();
    }

    // And it goes on from there.
    fill(&new, 6000..6010);
    assert_eq!(every_record(&new).len(), expected.len() + 10);
}

#[test]
fn a_backup_alone_brings_back_what_it_holds() {
    let parent = tempfile::tempdir().unwrap();
    let (old, new) = (parent.path().join("old"), parent.path().join("new"));
    let file = parent.path().join("bugle.backup");
    fill(&old, 0..100);
    backup(&old, &file, &mut |_| {}).unwrap();
    restore(&file, &new, None, &mut |_| {}).unwrap();
    assert!(every_record(&new) == every_record(&old));
    let store = EmbeddedStore::open(&options(&new)).unwrap();
    assert_eq!(store.last_durable(), 2, "no sequence number is given twice");
}

#[test]
fn neither_backup_nor_restore_writes_over_anything() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let file = parent.path().join("bugle.backup");
    fill(&data, 0..10);
    backup(&data, &file, &mut |_| {}).unwrap();
    let text = backup(&data, &file, &mut |_| {}).unwrap_err().to_string();
    assert!(
        text.contains("bugle.backup") && text.contains("choose another"),
        "{text}"
    );
    let text = restore(&file, &data, None, &mut |_| {}).unwrap_err().to_string();
    assert!(text.contains("data"), "{text}");
}

#[test]
fn a_damaged_backup_is_told_and_leaves_no_data_directory() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let file = parent.path().join("bugle.backup");
    fill(&data, 0..1000);
    backup(&data, &file, &mut |_| {}).unwrap();
    let size = fs::metadata(&file).unwrap().len();
    overwrite(&file, size / 2, &[0x55; 16]);
    let new = parent.path().join("new");
    let error = restore(&file, &new, None, &mut |_| {}).unwrap_err();
    assert_names(&error, &file);
    assert!(
        EmbeddedStore::open(&options(&new)).is_err(),
        "half a restore was opened"
    );
}
