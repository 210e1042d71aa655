//! Finding records that are about the same as a given text.
//!
//! The rarest words of the text say what it is about. A record is as similar as the weight of those that it has,
//! of the weight of them all: 1 for the text itself, 0 for nothing in common.

use bugle_storage::RecordId;
use roaring::RoaringBitmap;
use tantivy::index::SegmentReader;
use tantivy::{Searcher, Term};

use super::SearchError;
use super::query::records_with;
use super::schema::{Collection, Fields, ID};
use super::words::words;

/// How many of its words say what a text is about.
const WORDS_MAX: usize = 32;
/// How many records are looked at for them in all; the rarest word is looked up in any case.
const RECORDS_MAX: u64 = 200_000;
/// What is less similar than this is not told.
const SIMILARITY_MIN: f32 = 0.1;
/// Scores are kept for so many neighbours at once.
const STRETCH: usize = 4096;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like {
    /// A title.
    pub title: String,
    /// A text.
    pub text: String,
    /// The record that they are of, which is not told.
    pub except: Option<RecordId>,
    /// Whether records are told whose work is over.
    pub with_settled: bool,
    /// How many are told at the most.
    pub limit: usize,
}

/// A record, and how similar it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similar {
    /// The record.
    pub id: RecordId,
    /// 0 to 1.
    pub similarity: f32,
}

/// A word that says what a text is about.
struct Telling {
    word: String,
    /// In how many records it is.
    records: u64,
    weight: f32,
}

/// The records of a collection that are most similar, best first, the newest first among equals.
pub(super) fn similar(
    searcher: &Searcher,
    fields: Fields,
    collection: Collection,
    like: &Like,
) -> Result<Vec<Similar>, SearchError> {
    let telling = telling_words(searcher, fields, collection, like)?;
    let mut found = Vec::new();
    for segment in searcher.segment_readers() {
        add_similar(&mut found, segment, fields, collection, &telling, like)?;
    }
    found.sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(b.id.cmp(&a.id)));
    found.truncate(like.limit);
    Ok(found)
}

/// Adds those of a segment.
fn add_similar(
    found: &mut Vec<Similar>,
    segment: &SegmentReader,
    fields: Fields,
    collection: Collection,
    telling: &[Telling],
    like: &Like,
) -> Result<(), SearchError> {
    let mut scores = Scores::default();
    for word in telling {
        let term = format!("{collection}{}", word.word);
        let mut records = records_with(segment, &Term::from_field_text(fields.title, &term))?;
        records |= records_with(segment, &Term::from_field_text(fields.text, &term))?;
        for record in records {
            scores.add(record, word.weight);
        }
    }
    let left_out = if like.with_settled {
        RoaringBitmap::new()
    } else {
        records_with(segment, &fields.settled_term(collection))?
    };
    let whole: f32 = telling.iter().map(|word| word.weight).sum();
    let ids = segment.fast_fields().u64(ID)?.first_or_default_col(0);
    for (record, score) in scores.iter() {
        let similarity = (score / whole).min(1.0);
        if similarity < SIMILARITY_MIN || segment.is_deleted(record) || left_out.contains(record) {
            continue;
        }
        let id = RecordId(ids.get_val(record));
        if Some(id) != like.except {
            found.push(Similar { id, similarity });
        }
    }
    Ok(())
}

/// The rarest words of the text, as far as looking them up is worth it.
fn telling_words(
    searcher: &Searcher,
    fields: Fields,
    collection: Collection,
    like: &Like,
) -> Result<Vec<Telling>, SearchError> {
    let members = searcher.doc_freq(&fields.member_term(collection))?;
    let mut telling = Vec::new();
    for word in words(&format!("{} {}", like.title, like.text)) {
        let term = format!("{collection}{word}");
        let in_titles = searcher.doc_freq(&Term::from_field_text(fields.title, &term))?;
        let in_texts = searcher.doc_freq(&Term::from_field_text(fields.text, &term))?;
        let records = in_titles.max(in_texts).max(1);
        telling.push(Telling {
            word,
            records,
            weight: rarity(records, members),
        });
    }
    telling.sort_by_key(|word| word.records);
    telling.truncate(WORDS_MAX);
    let mut looked_at = 0;
    telling.retain(|word| {
        let first = looked_at == 0;
        looked_at += word.records;
        first || looked_at <= RECORDS_MAX
    });
    Ok(telling)
}

/// The usual weight of a word that is in so many records of so many.
#[expect(clippy::cast_precision_loss, reason = "a weight needs no seven digits")]
fn rarity(records: u64, members: u64) -> f32 {
    ((members.max(records) + 1) as f32 / records as f32).ln()
}

/// Sums by record, in stretches of neighbours: a segment may have millions of records, and most have no score.
#[derive(Default)]
struct Scores {
    stretches: Vec<Option<Box<[f32; STRETCH]>>>,
}

impl Scores {
    fn add(&mut self, record: u32, weight: f32) {
        let record = record as usize;
        let stretch = record / STRETCH;
        if self.stretches.len() <= stretch {
            self.stretches.resize_with(stretch + 1, || None);
        }
        if let Some(slot) = self.stretches.get_mut(stretch)
            && let Some(score) = slot
                .get_or_insert_with(|| Box::new([0.0; STRETCH]))
                .get_mut(record % STRETCH)
        {
            *score += weight;
        }
    }

    /// The records that have a score.
    fn iter(&self) -> impl Iterator<Item = (u32, f32)> {
        let stretches = self.stretches.iter().enumerate();
        stretches
            .filter_map(|(number, stretch)| Some((number, stretch.as_deref()?)))
            .flat_map(|(number, stretch)| {
                stretch.iter().enumerate().filter_map(move |(place, score)| {
                    let record = u32::try_from(number * STRETCH + place).ok()?;
                    (*score > 0.0).then_some((record, *score))
                })
            })
    }
}
