//! Reading segments from the oldest to the newest: the one place that tells a torn tail from damage.
//!
//! A power cut tears only what was never synced, so never acknowledged. Each frame says what had been
//! synced when it was written. A frame that does not check is therefore damage if a later frame that does
//! says it had been synced; if none does, the journal ends there and what follows is its torn tail.

use super::files::SegmentFile;
use super::frame::{self, Frame};
use super::segment::{FIRST_FRAME, HEADER, Header};
use crate::StorageError;
use crate::disk::Disk;

/// Called for each frame that carries a commit, in order, with its sequence and payload. An error ends the
/// reading.
pub type FrameVisit<'a> = dyn FnMut(u64, &[u8]) -> Result<(), StorageError> + 'a;

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// The segments that are in use or were, oldest first.
    pub(super) begun: Vec<Begun>,
    /// Those behind them that wait to be used.
    pub(super) unused: Vec<Unused>,
    /// How many frames carry a batch.
    pub(super) frames: u64,
    /// The bytes of their payloads.
    pub(super) payload_bytes: u64,
}

/// A segment with an opening.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) file: SegmentFile,
    pub(super) header: Header,
    /// The sequence that its own frames follow.
    pub(super) base: u64,
    /// The sequence of its last frame.
    pub(super) last: u64,
    /// Where the frames of the last write begin: those that may never have been synced.
    pub(super) group_start: usize,
    /// Where its frames end.
    pub(super) end: usize,
    /// Where the bytes behind its frames that are not zero end; `end` if there are none.
    pub(super) torn_end: usize,
}

/// A segment without an opening.
#[derive(Debug, Clone)]
pub(super) struct Unused {
    pub(super) file: SegmentFile,
    /// What its header says, if it is fit for use as it is.
    pub(super) blank: Option<Header>,
}

impl Walked {
    /// The segment that the journal goes on in.
    pub(super) fn current(&self) -> Option<&Begun> {
        self.begun.last()
    }
}

/// Reads `files` (one journal's, oldest first) and hands every frame with a batch to `visit`.
pub(super) fn walk(
    disk: &dyn Disk,
    files: &[SegmentFile],
    visit: &mut FrameVisit<'_>,
) -> Result<Walked, StorageError> {
    let mut walked = Walked::default();
    let mut number_before = None;
    for file in files {
        if let Some(before) = number_before.replace(file.number)
            && file.number != before + 1
        {
            return Err(file.damaged(format!("segment {} before it is missing", before + 1)));
        }
        let bytes = file.load(disk)?;
        match read_start(&bytes, file, walked.current())? {
            Start::Unused(unused) => walked.unused.push(unused),
            Start::Begun(..) if !walked.unused.is_empty() => {
                return Err(damaged_opening(
                    walked.unused.first().map_or(file, |unused| &unused.file),
                ));
            }
            Start::Begun(header, opening) => {
                check_continuity(file, &opening, walked.current())?;
                let begun = read_frames(&bytes, file, header, &opening, &mut |sequence, payload| {
                    walked.frames += 1;
                    walked.payload_bytes += payload.len() as u64;
                    visit(sequence, payload)
                })?;
                walked.begun.push(begun);
            }
        }
    }
    Ok(walked)
}

enum Start<'a> {
    Begun(Header, Frame<'a>),
    Unused(Unused),
}

fn read_start<'a>(
    bytes: &'a [u8],
    file: &SegmentFile,
    before: Option<&Begun>,
) -> Result<Start<'a>, StorageError> {
    let behind = bytes.get(HEADER..).unwrap_or_default();
    let blank = behind.iter().all(|byte| *byte == 0);
    let Some(header) = Header::decode(bytes)? else {
        if blank {
            return Ok(Start::Unused(Unused {
                file: file.clone(),
                blank: None,
            }));
        }
        return Err(file.damaged("its header does not check".into()));
    };
    if header.number != file.number {
        return Err(file.damaged(format!("its header says that it is segment {}", header.number)));
    }
    if let Some(opening) = frame::read(behind, header.salt).filter(is_opening) {
        return Ok(Start::Begun(header, opening));
    }
    // Frames are written only once the opening is synced, so a single one proves that it is damaged.
    let floor = before.map_or(0, |before| before.last);
    if frame::proves_synced(behind, header.salt, floor, u64::MAX) {
        return Err(damaged_opening(file));
    }
    Ok(Start::Unused(Unused {
        file: file.clone(),
        blank: blank.then_some(header),
    }))
}

fn is_opening(frame: &Frame<'_>) -> bool {
    frame.payload.is_empty() && frame.synced <= frame.sequence
}

fn damaged_opening(file: &SegmentFile) -> StorageError {
    file.damaged(format!("its opening at byte {HEADER} does not check"))
}

/// An opening says where the segment before it ended: it must have ended there.
fn check_continuity(
    file: &SegmentFile,
    opening: &Frame<'_>,
    before: Option<&Begun>,
) -> Result<(), StorageError> {
    match before {
        Some(before) if opening.synced > before.last => {
            Err(damaged_frame(&before.file, before.last + 1, before.end))
        }
        Some(before) if opening.synced < before.last => Err(file.damaged(format!(
            "its opening at byte {HEADER} follows sequence {}, the segment before it ends at {}",
            opening.synced, before.last
        ))),
        _ => Ok(()),
    }
}

fn damaged_frame(file: &SegmentFile, sequence: u64, offset: usize) -> StorageError {
    file.damaged(format!(
        "the frame of sequence {sequence} at byte {offset} does not check"
    ))
}

fn read_frames(
    bytes: &[u8],
    file: &SegmentFile,
    header: Header,
    opening: &Frame<'_>,
    visit: &mut FrameVisit<'_>,
) -> Result<Begun, StorageError> {
    let mut last = opening.sequence;
    let mut group = (opening.synced, HEADER);
    let mut end = FIRST_FRAME;
    while let Some(frame) = bytes.get(end..).and_then(|rest| frame::read(rest, header.salt)) {
        let expected = if frame.is_seal() { last } else { last + 1 };
        if frame.sequence != expected {
            break;
        }
        if frame.synced != group.0 {
            group = (frame.synced, end);
        }
        if !frame.is_seal() {
            visit(frame.sequence, frame.payload)?;
        }
        last = frame.sequence;
        end += frame.size();
    }
    let rest = bytes.get(end..).unwrap_or_default();
    let limit = last + 1 + (rest.len() / frame::HEADER) as u64;
    if frame::proves_synced(rest, header.salt, last + 1, limit) {
        return Err(damaged_frame(file, last + 1, end));
    }
    let torn = rest
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |position| position + 1);
    Ok(Begun {
        file: file.clone(),
        header,
        base: opening.sequence,
        last,
        group_start: group.1,
        end,
        torn_end: end + torn,
    })
}
