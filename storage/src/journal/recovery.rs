//! Opening a journal: what a crash left is checked as a whole, mended, and handed out.

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;

use super::files::{self, Place, SegmentFile, Stage};
use super::helper::Retired;
use super::segment::{HEADER, Segment};
use super::walk::{self, Begun, FrameVisit, Unused, Walked};
use crate::StorageError;
use crate::disk::Disk;

/// A journal that is ready to be appended to.
pub(super) struct Recovered {
    /// The segment to go on in.
    pub(super) current: Segment,
    /// The one after it, if it was made ready before.
    pub(super) next: Option<Segment>,
    /// Full segments that are not released.
    pub(super) retired: VecDeque<Retired>,
    /// How many segments are released and not compressed.
    pub(super) raw: usize,
    /// The last sequence given.
    pub(super) last: u64,
}

/// Brings a journal into order and hands every frame that is not released to `replay`, in order.
///
/// All is checked before anything is mended, and mended before anything is replayed: what is replayed is
/// durable, and nothing of a damaged journal is.
pub(super) fn recover(place: &Place, replay: &mut FrameVisit<'_>) -> Result<Recovered, StorageError> {
    for directory in [place.directory.clone(), place.archive()] {
        place
            .disk
            .create_directory(&directory)
            .map_err(|error| StorageError::io("creating", &directory, error))?;
        // A process that died may have left names that are seen but do not last.
        place.sync_names(&directory)?;
    }
    place.remove_leftovers()?;
    let disk = place.disk.as_ref();
    let all = files::segments(disk, &place.directory)?;
    let live: Vec<SegmentFile> = all
        .iter()
        .filter(|file| file.stage == Stage::Live)
        .cloned()
        .collect();
    let walked = walk::walk(disk, &live, &mut |_, _| Ok(()))?;
    if let Some(current) = walked.current() {
        mend(place, current)?;
    }
    walk::walk(disk, &live, replay)?;

    let mut spare = Spare::new(place, &all, &walked)?;
    let (current, last) = go_on(place, &all, &walked, &mut spare)?;
    Ok(Recovered {
        next: spare.take_ready()?,
        current,
        retired: retired(&walked, last),
        raw: all.iter().filter(|file| file.stage == Stage::Released).count(),
        last,
    })
}

/// Overwrites the torn tail with zeros, and writes the last group once more.
///
/// The group may be there only in the system's cache: its sync may have failed, or never been made. After
/// a failed sync Linux counts such pages as clean, so that only writing them again makes them last.
fn mend(place: &Place, current: &Begun) -> Result<(), StorageError> {
    let mut bytes = current.file.load(place.disk.as_ref())?;
    bytes.truncate(current.torn_end);
    if let Some(torn) = bytes.get_mut(current.end..).filter(|torn| !torn.is_empty()) {
        tracing::warn!(
            path = %current.file.path.display(),
            offset = current.end,
            bytes = torn.len(),
            "cutting off the journal's torn tail: it was never acknowledged"
        );
        torn.fill(0);
    }
    let tail = bytes.get(current.group_start..).unwrap_or_default();
    let mut segment = Segment::open(place, &current.file, current.header, current.end)?;
    segment.overwrite(current.group_start as u64, tail)
}

/// The segment to append to and the last sequence before what is appended.
fn go_on(
    place: &Place,
    all: &[SegmentFile],
    walked: &Walked,
    spare: &mut Spare<'_>,
) -> Result<(Segment, u64), StorageError> {
    let floor = place.options.next_sequence_min.saturating_sub(1);
    let ended = match walked.current() {
        Some(current) if current.last >= floor => {
            let segment = Segment::open(place, &current.file, current.header, current.end)?;
            return Ok((segment, current.last));
        }
        Some(current) => Some(current.last),
        None => last_put_away(place.disk.as_ref(), all)?,
    };
    let last = ended.unwrap_or(0).max(floor);
    let mut segment = spare.take()?;
    segment.begin(last, ended.unwrap_or(last))?;
    Ok((segment, last))
}

/// The last sequence of the released and archived segments.
fn last_put_away(disk: &dyn Disk, all: &[SegmentFile]) -> Result<Option<u64>, StorageError> {
    let Some(newest) = all.iter().rfind(|file| file.stage != Stage::Live) else {
        return Ok(None);
    };
    let walked = walk::walk(disk, std::slice::from_ref(newest), &mut |_, _| Ok(()))?;
    Ok(walked.current().map(|begun| begun.last))
}

/// Every live segment but the one in use. When the journal goes on in a new one, the last is full too.
fn retired(walked: &Walked, last: u64) -> VecDeque<Retired> {
    let still_used = walked.current().filter(|current| current.last == last);
    walked
        .begun
        .iter()
        .filter(|begun| still_used.is_none_or(|used| used.file.number != begun.file.number))
        .map(|begun| Retired {
            number: begun.file.number,
            last: begun.last,
        })
        .collect()
}

/// Segments that were made ready before, in the order of their numbers.
struct Spare<'a> {
    place: &'a Place,
    ready: VecDeque<Unused>,
    next_number: u64,
}

impl<'a> Spare<'a> {
    /// Keeps those that are blank, and removes those that are not: there a crash tore an opening.
    fn new(place: &'a Place, all: &[SegmentFile], walked: &Walked) -> Result<Self, StorageError> {
        let fit = walked
            .unused
            .iter()
            .take_while(|unused| unused.blank.is_some())
            .count();
        let mut ready: VecDeque<Unused> = walked.unused.iter().cloned().collect();
        for unfit in ready.drain(fit..).rev() {
            place.remove(&unfit.file.path)?;
        }
        let used = all.len() - walked.unused.len();
        let next_number = used
            .checked_sub(1)
            .and_then(|newest| all.get(newest))
            .map_or(1, |newest| newest.number + 1);
        Ok(Self {
            place,
            ready,
            next_number,
        })
    }

    fn take_ready(&mut self) -> Result<Option<Segment>, StorageError> {
        let Some((unused, header)) = self
            .ready
            .pop_front()
            .and_then(|unused| unused.blank.map(|header| (unused, header)))
        else {
            return Ok(None);
        };
        self.next_number += 1;
        Segment::open(self.place, &unused.file, header, HEADER).map(Some)
    }

    fn take(&mut self) -> Result<Segment, StorageError> {
        if let Some(segment) = self.take_ready()? {
            return Ok(segment);
        }
        let segment = Segment::prepare(self.place, self.next_number, &AtomicBool::new(false))?;
        self.next_number += 1;
        Ok(segment)
    }
}
