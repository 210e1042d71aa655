//! Finding records that are about the same as a given text.
//!
//! The rarest words of the text say what it is about. A record is as similar as the weight of those that it has,
//! of the weight of them all: 1 for the text itself, 0 for nothing in common.

use std::sync::Arc;

use bugle_storage::RecordId;
use roaring::RoaringBitmap;
use tantivy::Searcher;
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::TermInfo;

use super::SearchError;
use super::records::{for_each_block, records_with};
use super::schema::{Collection, Fields, ID};
use super::words::words;

/// How many different words of a text are looked up, from its beginning on.
const LOOKED_UP_MAX: usize = 128;
/// How many of them say what the text is about.
const WORDS_MAX: usize = 32;
/// How many records are looked at for them in all; the rarest word is looked up in any case.
const RECORDS_MAX: u64 = 50_000;
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
    /// Only records are told that came before this one.
    pub before: Option<RecordId>,
    /// Whether records are told whose work is over.
    pub with_settled: bool,
    /// How many are told at the most.
    pub limit: usize,
}

impl Like {
    fn may_be(&self, id: RecordId) -> bool {
        self.except != Some(id) && self.before.is_none_or(|before| id < before)
    }
}

/// A record, and how similar it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similar {
    /// The record.
    pub id: RecordId,
    /// 0 to 1.
    pub similarity: f32,
}

/// A segment in which is searched.
struct Part<'a> {
    segment: &'a SegmentReader,
    text: Arc<InvertedIndexReader>,
}

/// A word that says what a text is about.
struct Telling {
    /// Where it is in each of the parts.
    terms: Vec<Option<TermInfo>>,
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
    let (mut parts, mut members) = (Vec::new(), 0);
    let member = fields.member_term(collection);
    for segment in searcher.segment_readers() {
        let facts = segment.inverted_index(member.field())?;
        if let Some(here) = facts.get_term_info(&member)? {
            members += u64::from(here.doc_freq);
            let text = segment.inverted_index(fields.text)?;
            parts.push(Part { segment, text });
        }
    }
    let telling = telling_words(&parts, members, collection, like)?;
    let mut best = Best::new(like.limit);
    for (place, part) in parts.iter().enumerate() {
        let left_out = if like.with_settled {
            RoaringBitmap::new()
        } else {
            records_with(part.segment, &fields.settled_term(collection))?
        };
        part.add_similar(&mut best, place, &telling, &left_out, like)?;
    }
    Ok(best.finish())
}

impl Part<'_> {
    /// Adds the similar records of the part, which is the one at this place.
    fn add_similar(
        &self,
        best: &mut Best,
        place: usize,
        telling: &[Telling],
        left_out: &RoaringBitmap,
        like: &Like,
    ) -> Result<(), SearchError> {
        let mut scores = Scores::default();
        for word in telling {
            let term = word.terms.get(place).and_then(Option::as_ref);
            for_each_block(&self.text, term.map_or(&[], std::slice::from_ref), |records| {
                for record in records {
                    scores.add(*record, word.weight);
                }
            })?;
        }
        let whole: f32 = telling.iter().map(|word| word.weight).sum();
        let ids = self.segment.fast_fields().u64(ID)?.first_or_default_col(0);
        for (record, score) in scores.iter() {
            let similarity = (score / whole).min(1.0);
            if similarity < best.floor || self.segment.is_deleted(record) || left_out.contains(record) {
                continue;
            }
            let id = RecordId(ids.get_val(record));
            if like.may_be(id) {
                best.add(Similar { id, similarity });
            }
        }
        Ok(())
    }
}

/// The most similar records so far.
struct Best {
    limit: usize,
    found: Vec<Similar>,
    /// What is less similar is not among them.
    floor: f32,
}

impl Best {
    fn new(limit: usize) -> Self {
        Self {
            limit,
            found: Vec::new(),
            floor: SIMILARITY_MIN,
        }
    }

    fn add(&mut self, similar: Similar) {
        self.found.push(similar);
        if self.found.len() >= self.limit.saturating_mul(8).max(64) {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.found
            .sort_unstable_by(|a, b| b.similarity.total_cmp(&a.similarity).then(b.id.cmp(&a.id)));
        self.found.truncate(self.limit);
        if self.found.len() == self.limit
            && let Some(last) = self.found.last()
        {
            self.floor = last.similarity;
        }
    }

    fn finish(mut self) -> Vec<Similar> {
        self.trim();
        self.found
    }
}

/// The rarest words of the text, as far as looking them up is worth it.
fn telling_words(
    parts: &[Part<'_>],
    members: u64,
    collection: Collection,
    like: &Like,
) -> Result<Vec<Telling>, SearchError> {
    let mut telling = Vec::new();
    for word in words(&format!("{} {}", like.title, like.text), LOOKED_UP_MAX) {
        let term = format!("{collection}{word}");
        let terms: Vec<_> = parts
            .iter()
            .map(|part| part.text.terms().get(&term))
            .collect::<Result<_, _>>()?;
        let here = terms.iter().flatten().map(|term| u64::from(term.doc_freq));
        let records = here.sum::<u64>().max(1);
        telling.push(Telling {
            terms,
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
