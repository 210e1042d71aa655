//! That segments of our own making say what was put, whatever the order, beside a model.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::search::index::SearchIndex;
use crate::search::schema::Findable;

/// None is the beginning of another one, or nearly so.
const VOCABULARY: [&str; 9] = [
    "harbour",
    "lantern",
    "mill",
    "ladder",
    "silent",
    "画",
    // As long as those that are kept as numbers; and two that have more than that in common.
    "zyxwvutsrqponmlk",
    "abcdefghijklmnopqrs",
    "abcdefghijklmnopxyz",
];
/// Few, so that most are put again and again.
const SEQUENCES: u64 = 15;

/// An index, and what it should hold: title and text of records, by the name of their collection.
struct Modelled {
    index: SearchIndex,
    records: BTreeMap<(String, u64), (String, String)>,
}

fn collections() -> [Collection; 3] {
    // In one shard, and one a beginning of the other as it is written.
    let bugs = |number| collection(ProjectId(number));
    let suggestions = Collection {
        kind: ReportKind::FeatureRequest,
        project: ProjectId(5),
    };
    [bugs(5), bugs(5 + 64 * 16), suggestions]
}

fn text(random: &mut StdRng) -> String {
    let count = random.random_range(0..5);
    let words: Vec<&str> = (0..count).map(|_| *VOCABULARY.choose(random).unwrap()).collect();
    words.join(" ")
}

impl Modelled {
    fn put(&mut self, random: &mut StdRng) {
        let place = random.random_range(0..collections().len());
        let collection = collections()[place];
        // An id is that of one record, whatever its collection.
        let sequence = random.random_range(1..=SEQUENCES) * 3 + place as u64;
        let id = RecordId::new(sequence, collection.project.shard());
        if random.random_ratio(1, 5) {
            self.records.remove(&(collection.to_string(), sequence));
            return self.index.put(collection, id, None).unwrap();
        }
        let (title, text) = (text(random), text(random));
        let record = Findable {
            id,
            number: 1,
            title: &title,
            text: &text,
            settled: false,
        };
        self.index.put(collection, id, Some(&record)).unwrap();
        self.records
            .insert((collection.to_string(), sequence), (title, text));
    }

    /// Those with the word in the title, then those with it in the text, the newest first.
    fn expected(&self, collection: Collection, word: &str) -> Vec<u64> {
        let name = collection.to_string();
        let with = |text: &str| text.split(' ').any(|found| found == word);
        let here = || {
            let records = self.records.iter().rev();
            records.filter(|((of, _), _)| *of == name)
        };
        let in_title = here().filter(|(_, (title, _))| with(title));
        let in_text = here().filter(|(_, (title, text))| !with(title) && with(text));
        in_title
            .chain(in_text)
            .map(|((_, sequence), _)| *sequence)
            .collect()
    }

    fn check(&self) {
        let (fields, reader) = self.index.reader();
        for collection in collections() {
            for word in VOCABULARY {
                let words = [word.to_owned()];
                let searcher = reader.searcher();
                let found = query::search(&searcher, fields, collection, &words, &[], 0..100).unwrap();
                let found: Vec<u64> = found.ids.iter().map(|id| id.sequence()).collect();
                assert_eq!(found, self.expected(collection, word), "{word} in {collection}");
            }
        }
    }
}

#[test]
fn the_index_says_what_was_put_last_of_every_record() {
    for seed in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let mut random = StdRng::seed_from_u64(seed);
        let mut modelled = Modelled {
            index: SearchIndex::begin(folder.path()).unwrap(),
            records: BTreeMap::new(),
        };
        for commit in 1..=30 {
            for _ in 0..random.random_range(0..12) {
                modelled.put(&mut random);
            }
            modelled.index.commit(Some(commit)).unwrap();
            modelled.check();
        }
        modelled.index.ensure_whole().unwrap();
    }
}

#[test]
fn what_was_taken_away_from_an_empty_index_takes_nothing_away_later() {
    let folder = tempfile::tempdir().unwrap();
    let mut index = SearchIndex::begin(folder.path()).unwrap();
    let (collection, id) = (collection(PROJECT), RecordId::new(7, PROJECT.shard()));
    // A draft, which becomes a report.
    index.put(collection, id, None).unwrap();
    index.commit(Some(1)).unwrap();
    let record = Findable {
        id,
        number: 1,
        title: "crash",
        text: "",
        settled: false,
    };
    index.put(collection, id, Some(&record)).unwrap();
    index.commit(Some(2)).unwrap();
    let (fields, reader) = index.reader();
    let words = ["crash".to_owned()];
    let found = query::search(&reader.searcher(), fields, collection, &words, &[], 0..10).unwrap();
    assert_eq!(found.ids, [id]);
}
