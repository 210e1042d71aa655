//! How a segment gets onto the disk.

use tantivy::columnar::{ColumnType, ColumnarWriter};
use tantivy::directory::TerminatingWrite;
use tantivy::fieldnorm::FieldNormsSerializer;
use tantivy::index::{Segment, SegmentComponent, SegmentMeta};
use tantivy::postings::{FieldSerializer, InvertedIndexSerializer};
use tantivy::schema::Field;
use tantivy::store::StoreWriter;
use tantivy::{TantivyDocument, TantivyError};

use super::gathered::{Gathered, Members, Occurrences, Short, first_bytes};
use crate::search::schema::{self, Collection, Fields, ID, NUMBER};

impl Gathered {
    /// Writes all files of a new segment, and says what the index needs to know of it.
    pub(in crate::search) fn write(
        &self,
        fields: Fields,
        segment: Segment,
    ) -> Result<SegmentMeta, TantivyError> {
        self.write_terms(fields, &segment)?;
        // Nothing is scored, so no field has norms, but there is a file for them.
        let norms = segment.open_write(SegmentComponent::FieldNorms)?;
        FieldNormsSerializer::from_write(norms)?.close()?;
        self.write_columns(&segment)?;
        self.write_store(&segment)?;
        let count = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        let meta = segment.with_max_doc(count).meta().clone();
        // No file of that kind was made.
        meta.untrack_temp_docstore();
        Ok(meta)
    }

    fn write_terms(&self, fields: Fields, segment: &Segment) -> Result<(), TantivyError> {
        let mut collections: Vec<_> = self
            .collections
            .iter()
            .map(|(collection, members)| (collection.to_string(), members))
            .collect();
        // None is the beginning of another one, so this is the order of their terms too.
        collections.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let words = sorted_words(&collections);
        let mut serializer = InvertedIndexSerializer::open(segment)?;
        self.write_neighbours(&mut serializer, fields.neighbours)?;
        for (field, occurrences) in [(fields.title, &self.titles), (fields.text, &self.texts)] {
            write_words(
                &mut serializer,
                field,
                &words,
                &occurrences.by_word(&words, self.word_count()),
            )?;
        }
        write_facts(&mut serializer, fields.facts, &collections)?;
        Ok(serializer.close()?)
    }

    fn write_neighbours(
        &self,
        serializer: &mut InvertedIndexSerializer,
        field: Field,
    ) -> Result<(), TantivyError> {
        let ids = self.documents.iter().map(|(id, _)| schema::neighbours(*id));
        let mut pairs: Vec<(u64, u32)> = ids.zip(0..).collect();
        pairs.sort_unstable();
        let mut terms = serializer.new_field(field, 0, None)?;
        for group in pairs.chunk_by(|(one, _), (other, _)| one == other) {
            if let Some((neighbours, _)) = group.first() {
                let documents = group.iter().map(|(_, document)| *document);
                write_term(&mut terms, &neighbours.to_be_bytes(), documents)?;
            }
        }
        Ok(terms.close()?)
    }

    fn write_columns(&self, segment: &Segment) -> Result<(), TantivyError> {
        let mut columns = ColumnarWriter::default();
        for name in [ID, NUMBER] {
            columns.record_column_type(name, ColumnType::U64, false);
        }
        for ((id, number), document) in self.documents.iter().zip(0_u32..) {
            columns.record_numerical(document, ID, id.0);
            columns.record_numerical(document, NUMBER, u64::from(*number));
        }
        let mut file = segment.open_write(SegmentComponent::FastFields)?;
        let count = u32::try_from(self.documents.len()).unwrap_or(u32::MAX);
        columns.serialize(count, None, &mut file)?;
        Ok(file.terminate()?)
    }

    /// No field is kept, but merges want to read a document for each.
    fn write_store(&self, segment: &Segment) -> Result<(), TantivyError> {
        let settings = segment.index().settings();
        let file = segment.open_write(SegmentComponent::Store)?;
        let (compression, size) = (settings.docstore_compression, settings.docstore_blocksize);
        let mut store = StoreWriter::new(file, compression, size, false)?;
        let (nothing, schema) = (TantivyDocument::new(), segment.schema());
        for _ in &self.documents {
            store.store(&nothing, &schema)?;
        }
        Ok(store.close()?)
    }
}

/// A word of a collection, and the number under which it occurs.
struct SortedWord<'a> {
    collection: &'a str,
    /// Its first bytes, by which most words are told from each other.
    short: Short,
    /// Where those are not all of it, the word.
    long: &'a str,
    number: u32,
}

impl SortedWord<'_> {
    /// Appends the word's term.
    fn append_term(&self, term: &mut Vec<u8>) {
        term.extend_from_slice(self.collection.as_bytes());
        if self.long.is_empty() {
            let bytes = self.short.to_be_bytes();
            term.extend(bytes.iter().take_while(|byte| **byte != 0));
        } else {
            term.extend_from_slice(self.long.as_bytes());
        }
    }
}

/// All words in the order of their terms.
fn sorted_words<'a>(collections: &'a [(String, &'a Members)]) -> Vec<SortedWord<'a>> {
    let mut sorted = Vec::new();
    for (collection, members) in collections {
        let first = sorted.len();
        sorted.extend(members.words.short.iter().map(|(word, number)| SortedWord {
            collection,
            short: *word,
            long: "",
            number: *number,
        }));
        sorted.extend(members.words.long.iter().map(|(word, number)| SortedWord {
            collection,
            short: first_bytes(word),
            long: word,
            number: *number,
        }));
        if let Some(here) = sorted.get_mut(first..) {
            here.sort_unstable_by_key(|word| (word.short, word.long));
        }
    }
    sorted
}

impl Occurrences {
    /// The documents that have the first of these words in ascending order, then those that have the second, and so on,
    /// and where those of each word end. There are `count` different words.
    fn by_word(&self, words: &[SortedWord<'_>], count: usize) -> (Vec<u32>, Vec<usize>) {
        let mut places: Vec<usize> = vec![0; count];
        for number in &self.words {
            if let Some(place) = places.get_mut(*number as usize) {
                *place += 1;
            }
        }
        let mut end = 0;
        let mut ends = Vec::with_capacity(words.len());
        for word in words {
            if let Some(place) = places.get_mut(word.number as usize) {
                let begins = end;
                end += std::mem::replace(place, begins);
            }
            ends.push(end);
        }
        let mut documents = vec![0; self.words.len()];
        let mut begins = 0;
        for (document_end, document) in self.ends.iter().zip(0..) {
            for number in self.words.get(begins..*document_end).unwrap_or_default() {
                if let Some(place) = places.get_mut(*number as usize) {
                    if let Some(slot) = documents.get_mut(*place) {
                        *slot = document;
                    }
                    *place += 1;
                }
            }
            begins = *document_end;
        }
        (documents, ends)
    }
}

fn write_words(
    serializer: &mut InvertedIndexSerializer,
    field: Field,
    words: &[SortedWord<'_>],
    (documents, ends): &(Vec<u32>, Vec<usize>),
) -> Result<(), TantivyError> {
    if documents.is_empty() {
        return Ok(());
    }
    let mut terms = serializer.new_field(field, documents.len() as u64, None)?;
    let mut term = Vec::new();
    let mut begins = 0;
    for (word, end) in words.iter().zip(ends) {
        let documents = documents.get(begins..*end).unwrap_or_default();
        if !documents.is_empty() {
            term.clear();
            word.append_term(&mut term);
            write_term(&mut terms, &term, documents.iter().copied())?;
        }
        begins = *end;
    }
    Ok(terms.close()?)
}

/// That records are in their collections, and which of them are settled.
fn write_facts(
    serializer: &mut InvertedIndexSerializer,
    field: Field,
    collections: &[(String, &Members)],
) -> Result<(), TantivyError> {
    let mut terms = serializer.new_field(field, 0, None)?;
    for (collection, members) in collections {
        write_term(&mut terms, collection.as_bytes(), members.all.iter().copied())?;
        if !members.settled.is_empty() {
            let settled = Collection::settled(collection);
            write_term(&mut terms, settled.as_bytes(), members.settled.iter().copied())?;
        }
    }
    Ok(terms.close()?)
}

/// Writes a term that comes after all those before, with its documents in ascending order.
fn write_term(
    terms: &mut FieldSerializer<'_>,
    term: &[u8],
    documents: impl Iterator<Item = u32>,
) -> Result<(), TantivyError> {
    terms.new_term_without_freq(term)?;
    for document in documents {
        terms.write_doc(document, 0, &[]);
    }
    Ok(terms.close_term()?)
}
