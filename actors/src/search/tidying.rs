//! Which segments are put together while nothing comes.
//!
//! Each commit leaves a segment, and a search looks into every one. Tantivy's own rule puts eight of about a size
//! together, so that a report is written anew seldom; it takes all below 10,000 records for alike. Those are put
//! together here when nothing comes for a while: few reports leave one segment, not eight. Larger ones are left to
//! tantivy, because to write them anew costs more than the searches save.

/// Segments with fewer records than this in all are put together whatever their sizes.
const SMALL: u64 = 1_000;
/// A segment is put to smaller ones that have in all at least one record for so many of its own. So a record is
/// written anew a few times at most until it lies among all others.
const GROWTH: u64 = 4;
/// Segments with more records are left as they are. What tantivy's rule takes for the least size.
const LARGE: u64 = 10_000;

/// How many of the smallest segments to put together, given the sizes of all in ascending order; 0 for none.
pub(super) fn how_many(sizes: &[u32]) -> usize {
    let mut sum = 0;
    let mut count = 0;
    for size in sizes.iter().copied().map(u64::from) {
        if size > LARGE || (count > 0 && size > (GROWTH * sum).max(SMALL)) {
            break;
        }
        sum += size;
        count += 1;
    }
    if count < 2 { 0 } else { count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_segments_go_together_and_large_ones_wait_for_their_like() {
        assert_eq!(how_many(&[]), 0);
        assert_eq!(how_many(&[7]), 0);
        assert_eq!(how_many(&[1, 1, 900]), 3);
        assert_eq!(how_many(&[1, 100_000]), 0);
        assert_eq!(how_many(&[1, 1, 100_000]), 2);
        assert_eq!(how_many(&[3_000, 9_000, 9_000, 16_000, 16_000]), 3);
        assert_eq!(how_many(&[16_000, 16_000]), 0, "both are large");
        assert_eq!(how_many(&[2_000, 9_000]), 0, "9000 is more than four times 2000");
    }

    #[test]
    fn a_record_is_written_anew_a_few_times_and_few_segments_stay() {
        // One report comes, and then it is quiet, a hundred thousand times.
        let mut segments: Vec<u32> = Vec::new();
        let (mut written, mut most) = (0_u64, 0);
        for _ in 0..100_000 {
            segments.push(1);
            segments.sort_unstable();
            let rest = segments.split_off(how_many(&segments));
            let merged: u32 = segments.iter().sum();
            written += u64::from(merged);
            segments = rest;
            if merged > 0 {
                segments.push(merged);
            }
            most = most.max(segments.len());
        }
        assert!(most <= 12, "{most} segments");
        assert!(written < 100_000 * 400, "written {written}");
    }
}
