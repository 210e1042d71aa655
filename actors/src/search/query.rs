//! Finding by words.
//!
//! Every word that is asked for must be there: as it is, as the beginning of a word, or with one letter wrong. A
//! record ranks by the worst of its words, and the newest first among equals. That takes set operations and no
//! score for each record, so a word that is in every record costs little more than one that is in few.

use std::ops::Range;

use bugle_storage::RecordId;
use roaring::{MultiOps, RoaringBitmap};
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};

use super::SearchError;
use super::schema::{Collection, Fields, ID};

/// How many words count; what comes after them is not looked for.
pub(super) const WORDS_MAX: usize = 16;
/// How many words of a segment a query looks up in all. Of the words that begin like a short one, or nearly are it,
/// those that come first in the alphabet are found.
const EXPANSIONS_MAX: usize = 2048;
/// A word this short is not taken for the beginning of another, in characters.
const PREFIX_LENGTH_MIN: usize = 2;
/// In a word this short no letter is wrong, in characters.
const TYPO_LENGTH_MIN: usize = 3;

/// How well a record has a word, best first: as it is, as a beginning, with a wrong letter; each in the title before
/// the text.
const LEVELS: usize = 6;

/// The records of a segment by how well they have all words: each level holds the ones before it.
type Levels = [RoaringBitmap; LEVELS];

/// A record that a search passes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// By global id.
    Global(RecordId),
    /// By its number within the project.
    Number(u32),
}

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundIds {
    /// Best first.
    pub ids: Vec<RecordId>,
    /// How many there are in all.
    pub total: u64,
}

/// Finds the records of a collection that have all these words, and takes those of a page.
pub(super) fn search(
    searcher: &Searcher,
    fields: Fields,
    collection: Collection,
    words: &[String],
    skipped: &[Skipped],
    page: Range<u64>,
) -> Result<FoundIds, SearchError> {
    let mut found = Vec::new();
    for segment in searcher.segment_readers() {
        let lookup = Lookup {
            segment,
            fields,
            collection,
            expansions_max: EXPANSIONS_MAX / words.len().max(1),
        };
        let mut levels = lookup.all_words(words)?;
        lookup.drop_skipped(&mut levels, skipped)?;
        drop_deleted(segment, &mut levels);
        found.push((segment, levels));
    }
    take_page(&found, page)
}

/// One segment's words of a collection.
struct Lookup<'a> {
    segment: &'a SegmentReader,
    fields: Fields,
    collection: Collection,
    /// How many words one word may stand for in a field.
    expansions_max: usize,
}

impl Lookup<'_> {
    fn all_words(&self, words: &[String]) -> Result<Levels, SearchError> {
        let mut all: Option<Levels> = None;
        for word in words {
            let one = self.one_word(word)?;
            let both = match all.take() {
                None => one,
                Some(mut all) => {
                    for (all, one) in all.iter_mut().zip(one) {
                        *all &= one;
                    }
                    all
                }
            };
            let none = both.last().is_none_or(RoaringBitmap::is_empty);
            all = Some(both);
            if none {
                break;
            }
        }
        Ok(all.unwrap_or_default())
    }

    /// The records that have a word, level by level.
    fn one_word(&self, word: &str) -> Result<Levels, SearchError> {
        let term = format!("{}{word}", self.collection);
        let mut levels = Levels::default();
        for (place, field) in [self.fields.title, self.fields.text].into_iter().enumerate() {
            let index = self.segment.inverted_index(field)?;
            let by_match = [
                exact(&index, field, &term)?,
                self.beginning(&index, word, &term)?,
                self.mistyped(&index, field, word, &term)?,
            ];
            for (how, records) in by_match.into_iter().enumerate() {
                if let Some(level) = levels.get_mut(2 * how + place) {
                    *level = records;
                }
            }
        }
        let mut before = RoaringBitmap::new();
        for level in &mut levels {
            *level |= &before;
            before.clone_from(level);
        }
        Ok(levels)
    }

    fn beginning(
        &self,
        index: &InvertedIndexReader,
        word: &str,
        term: &str,
    ) -> Result<RoaringBitmap, SearchError> {
        if word.chars().count() < PREFIX_LENGTH_MIN {
            return Ok(RoaringBitmap::new());
        }
        let mut stream = index
            .terms()
            .range()
            .gt(term)
            .lt(format!("{term}{}", char::MAX))
            .into_stream()?;
        let mut found = Vec::new();
        while found.len() < self.expansions_max && stream.advance() {
            found.push(records(index, stream.value())?);
        }
        Ok(found.union())
    }

    fn mistyped(
        &self,
        index: &InvertedIndexReader,
        field: Field,
        word: &str,
        term: &str,
    ) -> Result<RoaringBitmap, SearchError> {
        // Another number is another thing.
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number || word.chars().count() < TYPO_LENGTH_MIN {
            return Ok(RoaringBitmap::new());
        }
        let automaton = FuzzyTermQuery::new(Term::from_field_text(field, term), 1, true).automaton()?;
        let collection = self.collection.to_string();
        // The bounds keep the wrong letter out of the term's beginning, where it would be another collection.
        let mut stream = index
            .terms()
            .search(automaton)
            .gt(&collection)
            .lt(format!("{collection}{}", char::MAX))
            .into_stream()?;
        let mut found = Vec::new();
        while found.len() < self.expansions_max && stream.advance() {
            found.push(records(index, stream.value())?);
        }
        Ok(found.union())
    }

    fn drop_skipped(&self, levels: &mut Levels, skipped: &[Skipped]) -> Result<(), SearchError> {
        let mut dropped = RoaringBitmap::new();
        for skipped in skipped {
            let term = match *skipped {
                Skipped::Global(id) => self.fields.id_term(id),
                Skipped::Number(number) => self.fields.number_term(self.collection, number),
            };
            dropped |= records_with(self.segment, &term)?;
        }
        for level in levels {
            *level -= &dropped;
        }
        Ok(())
    }
}

fn exact(index: &InvertedIndexReader, field: Field, term: &str) -> Result<RoaringBitmap, SearchError> {
    match index.get_term_info(&Term::from_field_text(field, term))? {
        Some(info) => records(index, &info),
        None => Ok(RoaringBitmap::new()),
    }
}

/// The records of a segment that have a term.
pub(super) fn records_with(segment: &SegmentReader, term: &Term) -> Result<RoaringBitmap, SearchError> {
    let index = segment.inverted_index(term.field())?;
    match index.get_term_info(term)? {
        Some(info) => records(&index, &info),
        None => Ok(RoaringBitmap::new()),
    }
}

fn records(index: &InvertedIndexReader, term: &TermInfo) -> Result<RoaringBitmap, SearchError> {
    let mut found = RoaringBitmap::new();
    let mut postings = index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?;
    while postings.block_len() > 0 {
        let ordered = found.append(postings.docs().iter().copied());
        ordered.map_err(|_| SearchError::Damaged("postings out of order".to_owned()))?;
        postings.advance();
    }
    Ok(found)
}

fn drop_deleted(segment: &SegmentReader, levels: &mut Levels) {
    let (Some(alive), Some(loosest)) = (segment.alive_bitset(), levels.last()) else {
        return;
    };
    let dead: RoaringBitmap = loosest
        .iter()
        .filter(|record| alive.is_deleted(*record))
        .collect();
    for level in levels {
        *level -= &dead;
    }
}

/// Goes through the levels from the best on; only those that the page touches are put in order.
fn take_page(found: &[(&SegmentReader, Levels)], page: Range<u64>) -> Result<FoundIds, SearchError> {
    let total = found
        .iter()
        .filter_map(|(_, levels)| levels.last())
        .map(RoaringBitmap::len)
        .sum();
    let mut ids = Vec::new();
    let mut passed = 0;
    for level in 0..LEVELS {
        let mut here = Vec::new();
        for (segment, levels) in found {
            let Some(records) = levels.get(level) else {
                continue;
            };
            let better = level.checked_sub(1).and_then(|better| levels.get(better));
            let only_here = better.map_or_else(|| records.clone(), |better| records - better);
            here.push((*segment, only_here));
        }
        let count: u64 = here.iter().map(|(_, records)| records.len()).sum();
        let wanted = page.start.saturating_sub(passed)..page.end.saturating_sub(passed).min(count);
        if wanted.start < wanted.end {
            ids.extend(newest(&here, &wanted)?);
        }
        passed += count;
        if passed >= page.end {
            break;
        }
    }
    Ok(FoundIds { ids, total })
}

/// The ids of these records with these ranks, the newest first.
fn newest(
    records: &[(&SegmentReader, RoaringBitmap)],
    wanted: &Range<u64>,
) -> Result<Vec<RecordId>, SearchError> {
    let mut ids = Vec::new();
    for (segment, records) in records {
        let column = segment.fast_fields().u64(ID)?.first_or_default_col(0);
        ids.extend(records.iter().map(|record| column.get_val(record)));
    }
    let range = |bound: u64| usize::try_from(bound).unwrap_or(usize::MAX).min(ids.len());
    let (start, end) = (range(wanted.start), range(wanted.end));
    if end < ids.len() {
        ids.select_nth_unstable_by(end, |a, b| b.cmp(a));
        ids.truncate(end);
    }
    ids.sort_unstable_by(|a, b| b.cmp(a));
    Ok(ids.drain(start..).map(RecordId).collect())
}
