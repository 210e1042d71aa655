//! Sets of a segment's records, read from its postings.

use roaring::RoaringBitmap;
use tantivy::Term;
use tantivy::index::{InvertedIndexReader, SegmentReader};
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::schema::IndexRecordOption;

use super::SearchError;

/// From how many records on a set is gathered as one bit for each record of the segment.
const MANY: u32 = 2048;
/// And only where so many bits, or fewer, are there for each record of the set.
const BITS_PER_RECORD_MAX: u32 = 256;

/// The records of a segment that have a term.
pub(super) fn records_with(segment: &SegmentReader, term: &Term) -> Result<RoaringBitmap, SearchError> {
    let index = segment.inverted_index(term.field())?;
    match index.get_term_info(term)? {
        Some(info) => records_with_any(&index, &[info], segment.max_doc()),
        None => Ok(RoaringBitmap::new()),
    }
}

/// The records that have at least one of these terms, in a segment of so many.
pub(super) fn records_with_any(
    index: &InvertedIndexReader,
    terms: &[TermInfo],
    segment_size: u32,
) -> Result<RoaringBitmap, SearchError> {
    let count = terms
        .iter()
        .fold(0_u32, |count, term| count.saturating_add(term.doc_freq));
    if count >= MANY && segment_size / BITS_PER_RECORD_MAX <= count {
        let mut bits = vec![0_u8; segment_size as usize / 8 + 1];
        for_each_block(index, terms, |records| {
            for record in records {
                if let Some(byte) = bits.get_mut(*record as usize / 8) {
                    *byte |= 1 << (record % 8);
                }
            }
        })?;
        return Ok(RoaringBitmap::from_lsb0_bytes(0, &bits));
    }
    let mut found = Vec::with_capacity(count as usize);
    for_each_block(index, terms, |records| found.extend_from_slice(records))?;
    if terms.len() > 1 {
        found.sort_unstable();
        found.dedup();
    }
    RoaringBitmap::from_sorted_iter(found)
        .map_err(|_| SearchError::Damaged("postings out of order".to_owned()))
}

/// Goes through the postings of terms, some neighbouring records at a time.
pub(super) fn for_each_block(
    index: &InvertedIndexReader,
    terms: &[TermInfo],
    mut visit: impl FnMut(&[u32]),
) -> Result<(), SearchError> {
    let mut used: Option<BlockSegmentPostings> = None;
    for term in terms {
        let postings = match &mut used {
            // What it was read into before is taken again.
            Some(postings) => {
                index.reset_block_postings_from_terminfo(term, postings)?;
                postings
            }
            None => used.insert(index.read_block_postings_from_terminfo(term, IndexRecordOption::Basic)?),
        };
        while postings.block_len() > 0 {
            visit(postings.docs());
            postings.advance();
        }
    }
    Ok(())
}
