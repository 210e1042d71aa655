//! What searches that fail do to the index.

use super::*;

impl Bench {
    /// Asks something that fails, which must be told as that and as nothing else.
    fn fail(&self, how: fn() -> Result<(), SearchError>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        let search = self.search.as_ref().unwrap();
        let failed = runtime.block_on(search.ask(move |_, _| how()));
        assert!(matches!(failed, Err(ActorError::Broken)), "{failed:?}");
    }

    /// The files that the index wrote once and does not change: a new index has others.
    fn files(&self) -> std::collections::BTreeSet<String> {
        std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| Path::new(name).extension().is_some_and(|end| end == "store"))
            .collect()
    }

    /// Spoils a file that no search reads, so that nothing but a look at its checksum tells.
    fn spoil(&self) -> String {
        let name = self.files().pop_first().unwrap();
        let path = self.path().join(&name);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[0] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        name
    }

    fn expect_rebuilt(&self, spoilt: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.path().join(spoilt).exists() {
            assert!(Instant::now() < deadline, "{spoilt} is still there");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

#[test]
fn a_search_that_always_fails_harms_no_other_and_has_nothing_built_anew() {
    let bench = Bench::new();
    bench.report(1, "crash", "");
    bench.expect("crash", &[1]);
    // An index that is begun anew clears its directory; one that goes on leaves alone what it does not know.
    let marker = bench.path().join("marker");
    std::fs::write(&marker, "").unwrap();
    for round in 2..5 {
        for _ in 0..20 {
            bench.fail(|| Err(SearchError::Damaged("it is said".to_owned())));
            bench.fail(|| panic!("on purpose"));
            let query = SearchQuery {
                text: "crash".into(),
                skipped: Vec::new(),
                page: 0..10,
            };
            let search = bench.search.as_ref().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let found = runtime.block_on(search.find(collection(PROJECT), query));
            assert!(found.is_ok(), "another search is refused: {found:?}");
        }
        // Once it is found, the thread has gone by what it was told of the failures.
        bench.report(round, "crash", "");
        bench.expect("crash", &(1..=round).rev().collect::<Vec<_>>());
    }
    assert!(marker.exists(), "built anew");
}

#[test]
fn a_search_that_fails_shows_up_damage_and_that_once_in_a_while() {
    let bench = Bench::new();
    bench.report(1, "crash", "");
    bench.expect("crash", &[1]);
    let spoilt = bench.spoil();
    bench.fail(|| Err(SearchError::Damaged("it is said".to_owned())));
    bench.expect_rebuilt(&spoilt);
    bench.expect("crash", &[1]);
    bench.spoil();
    let marker = bench.path().join("marker");
    std::fs::write(&marker, "").unwrap();
    bench.fail(|| Err(SearchError::Damaged("it is said".to_owned())));
    bench.report(2, "crash", "");
    bench.expect("crash", &[2, 1]);
    assert!(
        marker.exists(),
        "built anew twice within a moment: a broken disk would have it built for ever"
    );
}
