//! That the index follows the store: what is changed, what is restarted, what is damaged.

use super::*;

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
            let mark = format!("\"{} ", crate::search::index::FORMAT);
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
fn what_pours_in_is_found_when_it_is_over() {
    const MANY: u64 = 30_000;
    let bench = Bench::new();
    bench.report(1, "crash", "");
    bench.expect("crash", &[1]);
    for sequences in (2..=MANY).collect::<Vec<_>>().chunks(5000) {
        let mut batch = Batch::new();
        for sequence in sequences {
            let mut issue = examples::issue(RecordId::new(*sequence, PROJECT.shard()));
            issue.number = u32::try_from(*sequence).ok();
            issue.published_at = Some(Timestamp(0));
            issue.title = "flood".into();
            batch.put(Bench::key(PROJECT, *sequence), &issue).unwrap();
        }
        bench.commit(PROJECT, batch);
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let (newest, total) = bench.page(PROJECT, "flood", &[], 0..1);
        if total == MANY - 1 {
            assert_eq!(newest, [MANY]);
            return;
        }
        assert!(Instant::now() < deadline, "{total} are found");
        thread::sleep(Duration::from_millis(2));
    }
}
