use std::sync::Arc;

use bugle_storage::MemoryStore;
use bugle_storage::records::ReportKind;

use super::*;

const PROJECT: ProjectId = ProjectId(7);
const GROUP: SegmentGroup = [1; 16];

fn segments() -> Segments {
    let shard = Shard::open(Arc::new(MemoryStore::new()), PROJECT.shard()).unwrap();
    Segments::load(&shard, PROJECT).unwrap()
}

fn piece(position: u32, total: u32, size: u64) -> AddSegment {
    AddSegment {
        issue: ReportReference::numbered(ReportKind::Bug, 1),
        group: GROUP,
        position,
        total,
        size,
        blob: BlobHash([u8::try_from(position % 256).unwrap(); 32]),
        size_max: 100,
        reply: Reply::parts().0,
    }
}

/// Adds a piece when the rules allow it, and says what they refuse.
fn add(segments: &mut Segments, sequence: u64, new: &AddSegment, now: i64) -> Result<AddedSegment, String> {
    segments.check(sequence, new).map_err(|error| error.to_string())?;
    let segment = VideoSegment {
        total: new.total,
        size: new.size,
        blob: new.blob,
        created_at: Timestamp(now),
    };
    segments.insert(sequence, new.group, new.position, &segment);
    Ok(segments.state(sequence, new.group))
}

#[test]
fn a_clip_is_whole_when_no_piece_is_missing_in_whatever_order_they_came() {
    let mut segments = segments();
    for (position, received) in [(2, 1), (0, 2), (2, 2)] {
        let added = add(&mut segments, 5, &piece(position, 3, 10), 0).unwrap();
        assert_eq!(
            (added.received, added.whole),
            (received, None),
            "piece {position}"
        );
    }
    let added = add(&mut segments, 5, &piece(1, 3, 10), 0).unwrap();
    assert_eq!(added.whole.unwrap(), [0, 1, 2].map(|byte| BlobHash([byte; 32])));
    let mut batch = Batch::new();
    segments.close(5, GROUP, &mut batch);
    assert_eq!(segments.state(5, GROUP).received, 0);
}

#[test]
fn pieces_that_do_not_fit_are_refused() {
    let mut segments = segments();
    for (position, total, field) in [
        (0, 0, "merge_total"),
        (0, SEGMENTS_MAX + 1, "merge_total"),
        (3, 3, "position"),
    ] {
        let refused = add(&mut segments, 5, &piece(position, total, 1), 0).unwrap_err();
        assert!(refused.contains(field), "{refused}");
    }
    add(&mut segments, 5, &piece(0, 3, 60), 0).unwrap();
    let refused = add(&mut segments, 5, &piece(1, 4, 1), 0).unwrap_err();
    assert!(refused.contains("merge_total"), "{refused}");
    let refused = add(&mut segments, 5, &piece(1, 3, 41), 0).unwrap_err();
    assert!(refused.contains("video"), "{refused}");
    add(&mut segments, 5, &piece(0, 3, 100), 0).unwrap();
}

#[test]
fn unfinished_clips_of_an_issue_are_bounded_and_end() {
    let mut segments = segments();
    let of = |group: u8| AddSegment {
        group: [group; 16],
        ..piece(0, 2, 1)
    };
    for group in 0..u8::try_from(UNFINISHED_CLIPS_MAX).unwrap() {
        add(&mut segments, 5, &of(group), i64::from(group)).unwrap();
    }
    assert!(add(&mut segments, 5, &of(99), 0).is_err());
    add(&mut segments, 6, &of(99), 1_000).unwrap();
    let life = SEGMENTS_LIFE_SECONDS * 1000;
    assert_eq!(segments.expire(Timestamp(life - 1)), []);
    assert_eq!(
        segments.expire(Timestamp(life)),
        [keys::segment(PROJECT, 5, [0; 16], 0)]
    );
    add(&mut segments, 5, &of(99), 0).unwrap();
}
