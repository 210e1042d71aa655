//! What the next segment is to hold.

use bugle_storage::RecordId;
use foldhash::HashMap;

use crate::search::schema::{Collection, Findable};
use crate::search::words;

/// From how many occurrences of words on a segment is large enough to be written: 8 MiB of numbers.
const OCCURRENCES_MAX: usize = 2 << 20;
/// From how many different words on it is, however often they occur.
const WORDS_MAX: usize = 256 << 10;
/// Stands for no document.
const NONE: u32 = u32::MAX;

/// Records that are to be found and not written yet. Each is a document, numbered from 0 in the order of their coming.
#[derive(Default)]
pub(in crate::search) struct Gathered {
    /// Id and number within the project of each document.
    pub(super) documents: Vec<(RecordId, u32)>,
    pub(super) collections: HashMap<Collection, Members>,
    /// What was last seen of each word, by its number.
    words: Vec<Seen>,
    pub(super) titles: Occurrences,
    /// Of titles and texts.
    pub(super) texts: Occurrences,
}

/// The documents of a collection.
#[derive(Default)]
pub(super) struct Members {
    pub(super) all: Vec<u32>,
    pub(super) settled: Vec<u32>,
    /// The numbers of its words. Those of different collections are different words.
    pub(super) words: Words,
    /// The lowest and the highest sequence.
    bounds: Option<(u64, u64)>,
}

/// The numbers of words.
#[derive(Default)]
pub(super) struct Words {
    /// Of those that are no longer than a [`Short`]: nearly all, and to look one up follows no pointer.
    pub(super) short: HashMap<Short, u32>,
    pub(super) long: HashMap<Box<str>, u32>,
}

/// A word of 16 bytes at the most, zeros behind it. No word has zeros in it, so the numbers are in the order of words.
pub(super) type Short = u128;

/// As much of a word as a [`Short`] holds.
pub(super) fn first_bytes(word: &str) -> Short {
    let mut bytes = [0; size_of::<Short>()];
    for (byte, of_word) in bytes.iter_mut().zip(word.bytes()) {
        *byte = of_word;
    }
    Short::from_be_bytes(bytes)
}

/// The documents that had a word last.
#[derive(Clone, Copy)]
struct Seen {
    in_title: u32,
    in_text: u32,
}

/// Which words documents have.
#[derive(Default)]
pub(super) struct Occurrences {
    /// The numbers of the first document's words, each once, then those of the next.
    pub(super) words: Vec<u32>,
    /// Where those of each document end.
    pub(super) ends: Vec<usize>,
}

impl Gathered {
    /// Whether nothing is to be written.
    pub(in crate::search) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Whether it should be written before more comes.
    pub(in crate::search) fn is_full(&self) -> bool {
        self.texts.words.len() >= OCCURRENCES_MAX || self.words.len() >= WORDS_MAX
    }

    /// Whether the record may be here; when this is false, it is not.
    pub(in crate::search) fn may_hold(&self, collection: Collection, id: RecordId) -> bool {
        let members = self.collections.get(&collection);
        let bounds = members.and_then(|members| members.bounds);
        bounds.is_some_and(|(lowest, highest)| (lowest..=highest).contains(&id.sequence()))
    }

    /// How many words there are. They have the numbers below.
    pub(super) fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Adds a record as the next document.
    pub(in crate::search) fn add(&mut self, collection: Collection, record: &Findable<'_>) {
        let document = next_number(self.documents.len());
        self.documents.push((record.id, record.number));
        let members = self.collections.entry(collection).or_default();
        members.add(document, record);
        words::for_each_word(record.title, |word| {
            let number = members.words.number_of(word, &mut self.words);
            if let Some(seen) = self.words.get_mut(number as usize) {
                self.titles.note(number, &mut seen.in_title, document);
                self.texts.note(number, &mut seen.in_text, document);
            }
        });
        words::for_each_word(record.text, |word| {
            let number = members.words.number_of(word, &mut self.words);
            if let Some(seen) = self.words.get_mut(number as usize) {
                self.texts.note(number, &mut seen.in_text, document);
            }
        });
        self.titles.end_document();
        self.texts.end_document();
    }
}

/// Of documents and words there are far fewer than 2^32: it is full long before.
fn next_number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE)
}

impl Members {
    fn add(&mut self, document: u32, record: &Findable<'_>) {
        self.all.push(document);
        if record.settled {
            self.settled.push(document);
        }
        let sequence = record.id.sequence();
        let (lowest, highest) = self.bounds.unwrap_or((sequence, sequence));
        self.bounds = Some((lowest.min(sequence), highest.max(sequence)));
    }
}

impl Words {
    /// The number of a word, the next one when it is new.
    fn number_of(&mut self, word: &str, seen: &mut Vec<Seen>) -> u32 {
        if word.len() <= size_of::<Short>() {
            return *self
                .short
                .entry(first_bytes(word))
                .or_insert_with(|| next_word(seen));
        }
        // Only for a new word is something allocated.
        if let Some(number) = self.long.get(word) {
            return *number;
        }
        let number = next_word(seen);
        self.long.insert(word.into(), number);
        number
    }
}

/// A number for a word that no document has had.
fn next_word(seen: &mut Vec<Seen>) -> u32 {
    let number = next_number(seen.len());
    seen.push(Seen {
        in_title: NONE,
        in_text: NONE,
    });
    number
}

impl Occurrences {
    /// Notes that the document has a word, unless it has been noted.
    fn note(&mut self, word: u32, last: &mut u32, document: u32) {
        if std::mem::replace(last, document) != document {
            self.words.push(word);
        }
    }

    fn end_document(&mut self) {
        self.ends.push(self.words.len());
    }
}
