//! Finding by words.
//!
//! Every word that is asked for must be there: as it is, as the beginning of a word, or, where few records have it
//! like that, with one letter wrong. A record ranks by the worst of its words, and the newest first among equals.
//! That takes set operations and no score for each record.

use std::ops::Range;
use std::sync::Arc;

use bugle_storage::RecordId;
use foldhash::HashSet;
use roaring::RoaringBitmap;
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::{Searcher, Term};

use super::SearchError;
use super::page::{FoundIds, newest};
use super::records::{records_with, records_with_any};
use super::schema::{Collection, Fields, ID, NUMBER};

/// How many words count; what comes after them is not looked for.
pub(super) const WORDS_MAX: usize = 16;
/// How many words of a segment a query looks up in all. Of the words that begin like a short one, or nearly are it,
/// those that come first in the alphabet are found.
const EXPANSIONS_MAX: usize = 2048;
/// A word this short is not taken for the beginning of another, in characters.
const PREFIX_LENGTH_MIN: usize = 2;
/// In a word this short no letter is wrong, in characters.
const TYPO_LENGTH_MIN: usize = 3;
/// From how often on a word, or one that begins with it, is thought to be meant as it is. A page has 100 records at
/// the most, so whoever asks for such a word alone has that full without wrong letters.
const MEANT_AS_IT_IS: u64 = 100;

/// A record that a search passes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// By global id.
    Global(RecordId),
    /// By its number within the project.
    Number(u32),
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
    let mut asked = asked(fields, collection, words)?;
    let mut parts = parts(searcher, fields, collection, &asked)?;
    let mut often: Vec<u64> = vec![0; asked.len()];
    for part in &parts {
        for (often, word) in often.iter_mut().zip(&part.words) {
            *often += word.often();
        }
    }
    for (asked, often) in asked.iter_mut().zip(&often) {
        if *often >= MEANT_AS_IT_IS {
            asked.nearly = None;
        }
    }
    // The rarest first: where nothing is left, the others need not be read.
    let mut order: Vec<usize> = (0..asked.len()).collect();
    order.sort_by_key(|place| often.get(*place));
    for part in &mut parts {
        part.find_all(&asked, &order)?;
        part.drop_skipped(fields, skipped)?;
    }
    parts.retain(|part| !part.found.is_empty());
    take_page(&mut parts, page)
}

/// A word that is asked for.
struct Asked {
    /// As a term of the index.
    term: String,
    /// Whether it may be the beginning of a word.
    is_beginning: bool,
    /// What it may be with one letter wrong.
    nearly: Option<Nearly>,
}

/// The terms of a collection that are a word, or nearly so.
struct Nearly {
    automaton: DfaWrapper,
    /// All terms of the collection begin with it, and the letter is wrong behind it.
    collection: String,
}

fn asked(fields: Fields, collection: Collection, words: &[String]) -> Result<Vec<Asked>, SearchError> {
    let ask = |word: &String| {
        let term = format!("{collection}{word}");
        let length = word.chars().count();
        // Another number is another thing.
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let nearly = if is_number || length < TYPO_LENGTH_MIN {
            None
        } else {
            let query = FuzzyTermQuery::new(Term::from_field_text(fields.text, &term), 1, true);
            Some(Nearly {
                automaton: query.automaton()?,
                collection: collection.to_string(),
            })
        };
        Ok(Asked {
            term,
            is_beginning: length >= PREFIX_LENGTH_MIN,
            nearly,
        })
    };
    words.iter().map(ask).collect()
}

/// The segments that have records of the collection, and what their dictionaries say of the words.
fn parts<'a>(
    searcher: &'a Searcher,
    fields: Fields,
    collection: Collection,
    asked: &[Asked],
) -> Result<Vec<Part<'a>>, SearchError> {
    let expansions_max = EXPANSIONS_MAX / asked.len().max(1);
    let members = fields.member_term(collection);
    let mut parts = Vec::new();
    for segment in searcher.segment_readers() {
        let facts = segment.inverted_index(members.field())?;
        if facts.get_term_info(&members)?.is_none() {
            continue;
        }
        let text = segment.inverted_index(fields.text)?;
        let words = asked
            .iter()
            .map(|asked| WordInPart::look_up(&text, asked, expansions_max))
            .collect::<Result<_, _>>()?;
        parts.push(Part {
            segment,
            title: segment.inverted_index(fields.title)?,
            text,
            words,
            expansions_max,
            found: RoaringBitmap::new(),
            better: RoaringBitmap::new(),
        });
    }
    Ok(parts)
}

/// A segment in which is searched.
struct Part<'a> {
    segment: &'a SegmentReader,
    /// Words of titles.
    title: Arc<InvertedIndexReader>,
    /// Words of titles and texts.
    text: Arc<InvertedIndexReader>,
    words: Vec<WordInPart>,
    expansions_max: usize,
    /// The records that are found.
    found: RoaringBitmap,
    /// Those of them that were seen at the levels before.
    better: RoaringBitmap,
}

/// What a segment has of a word.
#[derive(Default)]
struct WordInPart {
    term: String,
    is_beginning: bool,
    /// The word as it is.
    exact: Option<TermInfo>,
    /// What begins with it.
    longer: Vec<TermInfo>,
    /// What nearly is it, and where it is.
    nearly: Vec<(Vec<u8>, TermInfo)>,
}

impl WordInPart {
    fn look_up(text: &InvertedIndexReader, asked: &Asked, limit: usize) -> Result<Self, SearchError> {
        Ok(Self {
            exact: text.terms().get(&asked.term)?,
            longer: if asked.is_beginning {
                longer(text, &asked.term, limit)?
            } else {
                Vec::new()
            },
            nearly: Vec::new(),
            term: asked.term.clone(),
            is_beginning: asked.is_beginning,
        })
    }

    /// In how many records it is as it is or as a beginning; one with two words that begin so counts twice.
    fn often(&self) -> u64 {
        let terms = self.exact.iter().chain(&self.longer);
        terms.map(|term| u64::from(term.doc_freq)).sum()
    }

    /// The terms in the text that fit at a level or better.
    fn in_text(&self, with_longer: bool, with_nearly: bool) -> Vec<TermInfo> {
        let mut terms: Vec<TermInfo> = self.exact.iter().cloned().collect();
        if with_longer {
            terms.extend_from_slice(&self.longer);
        }
        if with_nearly {
            terms.extend(self.nearly.iter().map(|(_, term)| term.clone()));
        }
        terms
    }
}

/// The terms that begin with this one and are longer.
fn longer(index: &InvertedIndexReader, term: &str, limit: usize) -> Result<Vec<TermInfo>, SearchError> {
    let stream = index.terms().range().gt(term).lt(format!("{term}{}", char::MAX));
    let mut stream = stream.without_keys().into_stream()?;
    let mut found = Vec::new();
    while found.len() < limit && stream.advance() {
        found.push(stream.value().clone());
    }
    Ok(found)
}

impl Nearly {
    fn terms(
        &self,
        index: &InvertedIndexReader,
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, TermInfo)>, SearchError> {
        // The bounds keep the wrong letter out of the term's beginning, where it would be another collection.
        let mut stream = index
            .terms()
            .search(&self.automaton)
            .gt(&self.collection)
            .lt(format!("{}{}", self.collection, char::MAX))
            .into_stream()?;
        let mut found = Vec::new();
        while found.len() < limit && stream.advance() {
            found.push((stream.key().to_vec(), stream.value().clone()));
        }
        Ok(found)
    }
}

/// How well a record has its worst word, best first. Each level holds the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    InTitle,
    InText,
    BeginningInTitle,
    BeginningInText,
    NearlyInTitle,
    NearlyInText,
}

impl Level {
    const ALL: [Self; 6] = [
        Self::InTitle,
        Self::InText,
        Self::BeginningInTitle,
        Self::BeginningInText,
        Self::NearlyInTitle,
        Self::NearlyInText,
    ];
}

impl Part<'_> {
    /// Finds the records that have all words in any way.
    fn find_all(&mut self, asked: &[Asked], order: &[usize]) -> Result<(), SearchError> {
        let mut found: Option<RoaringBitmap> = None;
        for place in order {
            let (Some(word), Some(asked)) = (self.words.get_mut(*place), asked.get(*place)) else {
                continue;
            };
            if let Some(nearly) = &asked.nearly {
                word.nearly = nearly.terms(&self.text, self.expansions_max)?;
            }
            let terms = word.in_text(true, true);
            let with_word = records_with_any(&self.text, &terms, self.segment.max_doc())?;
            let both = match found {
                Some(found) => found & with_word,
                None => with_word,
            };
            let is_over = both.is_empty();
            found = Some(both);
            if is_over {
                break;
            }
        }
        self.found = found.unwrap_or_default();
        if let Some(alive) = self.segment.alive_bitset() {
            let dead: RoaringBitmap = self
                .found
                .iter()
                .filter(|record| alive.is_deleted(*record))
                .collect();
            self.found -= dead;
        }
        Ok(())
    }

    fn drop_skipped(&mut self, fields: Fields, skipped: &[Skipped]) -> Result<(), SearchError> {
        let mut numbers = HashSet::default();
        for skipped in skipped {
            match *skipped {
                Skipped::Global(id) => {
                    let column = self.segment.fast_fields().u64(ID)?.first_or_default_col(0);
                    let neighbours = records_with(self.segment, &fields.neighbours_term(id))?;
                    let named = neighbours.iter().filter(|record| column.get_val(*record) == id.0);
                    self.found -= named.collect::<RoaringBitmap>();
                }
                Skipped::Number(number) => {
                    numbers.insert(u64::from(number));
                }
            }
        }
        if !numbers.is_empty() {
            let column = self.segment.fast_fields().u64(NUMBER)?.first_or_default_col(0);
            let dropped = self
                .found
                .iter()
                .filter(|record| numbers.contains(&column.get_val(*record)));
            let dropped: RoaringBitmap = dropped.collect();
            self.found -= dropped;
        }
        Ok(())
    }

    /// The records that are found at this level and at none before; the levels come in their order.
    fn take_level(&mut self, level: Level) -> Result<RoaringBitmap, SearchError> {
        let is_last = self.words.iter().all(|word| word.nearly.is_empty());
        let mut here = &self.found - &self.better;
        match level {
            Level::BeginningInText if is_last => {}
            Level::NearlyInText => {}
            _ => {
                for word in &self.words {
                    if here.is_empty() {
                        break;
                    }
                    here &= self.fitting(word, level)?;
                }
            }
        }
        self.better |= &here;
        Ok(here)
    }

    /// The records that have a word at this level or better.
    fn fitting(&self, word: &WordInPart, level: Level) -> Result<RoaringBitmap, SearchError> {
        let size = self.segment.max_doc();
        let in_text = |with_longer, with_nearly| {
            records_with_any(&self.text, &word.in_text(with_longer, with_nearly), size)
        };
        let in_title = |terms: Vec<TermInfo>| records_with_any(&self.title, &terms, size);
        match level {
            Level::InTitle => in_title(self.title.terms().get(&word.term)?.into_iter().collect()),
            Level::InText => in_text(false, false),
            Level::BeginningInTitle => {
                let terms = if word.is_beginning {
                    longer(&self.title, &word.term, self.expansions_max)?
                } else {
                    Vec::new()
                };
                Ok(in_text(false, false)? | in_title(terms)?)
            }
            Level::BeginningInText => in_text(true, false),
            Level::NearlyInTitle => {
                let mut terms = Vec::new();
                for (term, _) in &word.nearly {
                    terms.extend(self.title.terms().get(term)?);
                }
                Ok(in_text(true, false)? | in_title(terms)?)
            }
            Level::NearlyInText => in_text(true, true),
        }
    }
}

/// Goes through the levels from the best on, as far as the page needs them.
fn take_page(parts: &mut [Part<'_>], page: Range<u64>) -> Result<FoundIds, SearchError> {
    let total = parts.iter().map(|part| part.found.len()).sum();
    let mut ids = Vec::new();
    let mut passed = 0;
    for level in Level::ALL {
        if passed >= page.end.min(total) {
            break;
        }
        let mut here = Vec::new();
        for part in &mut *parts {
            here.push((part.segment, part.take_level(level)?));
        }
        let count: u64 = here.iter().map(|(_, records)| records.len()).sum();
        let wanted = page.start.saturating_sub(passed)..page.end.saturating_sub(passed).min(count);
        if wanted.start < wanted.end {
            ids.extend(newest(&here, &wanted)?);
        }
        passed += count;
    }
    Ok(FoundIds { ids, total })
}
