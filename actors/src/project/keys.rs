//! Where a project's records lie.

use bugle_storage::records::{Attachment, ReportKind};
use bugle_storage::{Day, Key, ProjectId, RecordId, Table, UserId};

use super::{SegmentGroup, SubmissionTokenId};

fn table(project: ProjectId, table: Table) -> Key {
    Key::new(project.shard(), table).u64(project.0)
}

pub(super) fn report(project: ProjectId, kind: ReportKind, id: RecordId) -> Key {
    let of_kind = match kind {
        ReportKind::Bug => Table::Issue,
        ReportKind::FeatureRequest => Table::FeatureRequest,
        ReportKind::SupportTicket => Table::Ticket,
    };
    table(project, of_kind).u64(id.sequence())
}

pub(super) fn report_row(project: ProjectId, kind: ReportKind, id: RecordId) -> Key {
    report_rows(project, kind).u64(id.sequence())
}

/// The prefix of every row of a project's reports of one kind.
pub(super) fn report_rows(project: ProjectId, kind: ReportKind) -> Key {
    let of_kind = match kind {
        ReportKind::Bug => Table::IssueRow,
        ReportKind::FeatureRequest => Table::FeatureRequestRow,
        ReportKind::SupportTicket => Table::TicketRow,
    };
    table(project, of_kind)
}

/// The prefix of every vote.
pub(super) fn votes(project: ProjectId) -> Key {
    table(project, Table::Vote)
}

pub(super) fn vote(project: ProjectId, user: UserId, suggestion: RecordId) -> Key {
    votes(project).u64(user.0).u64(suggestion.sequence())
}

/// The user and the suggestion's sequence that a vote's key ends with.
pub(super) fn voter_and_sequence(vote: &[u8]) -> Option<(UserId, u64)> {
    let (rest, sequence) = vote.split_last_chunk::<8>()?;
    let user = u64::from_be_bytes(*rest.last_chunk::<8>()?);
    Some((UserId(user), u64::from_be_bytes(*sequence)))
}

pub(super) fn attachment(project: ProjectId, file: &Attachment) -> Key {
    attachment_of(project, file.issue, file.id)
}

pub(super) fn attachment_of(project: ProjectId, issue: RecordId, id: RecordId) -> Key {
    table(project, Table::Attachment)
        .u64(issue.sequence())
        .u64(id.sequence())
}

/// The prefix of every comment under a report.
pub(super) fn comments(project: ProjectId, report: RecordId) -> Key {
    table(project, Table::Comment).u64(report.sequence())
}

pub(super) fn comment(project: ProjectId, report: RecordId, id: RecordId) -> Key {
    comments(project, report).u64(id.sequence())
}

/// The prefix of every change of a report; the newest stands first.
pub(super) fn history(project: ProjectId, report: RecordId) -> Key {
    table(project, Table::History).u64(report.sequence())
}

pub(super) fn history_entry(project: ProjectId, report: RecordId, id: RecordId) -> Key {
    history(project, report).u64(u64::MAX - id.sequence())
}

/// The prefix of every mark of a duplicate.
pub(super) fn duplicates(project: ProjectId) -> Key {
    table(project, Table::Duplicate)
}

pub(super) fn duplicate(project: ProjectId, sequence: u64) -> Key {
    duplicates(project).u64(sequence)
}

/// The prefix of every piece of a clip that is not whole.
pub(super) fn segments(project: ProjectId) -> Key {
    table(project, Table::VideoSegment)
}

pub(super) fn segment(project: ProjectId, sequence: u64, group: SegmentGroup, position: u32) -> Key {
    segments(project).u64(sequence).bytes(&group).u64(position.into())
}

/// The issue's sequence, the group and the position that a piece's key ends with.
pub(super) fn segment_place(rest: &[u8]) -> Option<(u64, SegmentGroup, u32)> {
    let (sequence, rest) = rest.split_first_chunk::<8>()?;
    let (group, position) = rest.split_first_chunk::<16>()?;
    let position = u64::from_be_bytes(position.try_into().ok()?);
    Some((
        u64::from_be_bytes(*sequence),
        *group,
        u32::try_from(position).ok()?,
    ))
}

/// The prefix of every idempotency record of a project.
pub(super) fn idempotency(project: ProjectId) -> Key {
    table(project, Table::Idempotency)
}

/// The prefix of every count of changes by reporters.
pub(super) fn reporter_changes(project: ProjectId) -> Key {
    table(project, Table::ReporterChanges)
}

pub(super) fn reporter_change(project: ProjectId, day: Day, sequence: u64) -> Key {
    reporter_changes(project).day(day).u64(sequence)
}

/// The day and the report that a count of changes is for.
pub(super) fn day_and_sequence(count: &[u8]) -> Option<(Day, u64)> {
    let (rest, sequence) = count.split_last_chunk::<8>()?;
    let day = rest.last_chunk::<4>()?;
    Some((Day::from_key(*day), u64::from_be_bytes(*sequence)))
}

/// The prefix of every submission token that was used.
pub(super) fn used_submission_tokens(project: ProjectId) -> Key {
    table(project, Table::UsedSubmissionToken)
}

/// Those that end first stand first.
pub(super) fn used_submission_token(project: ProjectId, end: u64, id: SubmissionTokenId) -> Key {
    used_submission_tokens(project).u64(end).bytes(&id)
}

/// The end and the id at the end of such a key.
pub(super) fn end_and_id(used: &[u8]) -> Option<(u64, SubmissionTokenId)> {
    let (rest, id) = used.split_last_chunk::<16>()?;
    let end = u64::from_be_bytes(*rest.last_chunk::<8>()?);
    Some((end, *id))
}

pub(super) fn numbered(project: ProjectId, kind: Table, number: u32) -> Key {
    all_numbered(project, kind).u64(number.into())
}

/// The prefix of everything of one kind that a project numbers.
pub(super) fn all_numbered(project: ProjectId, kind: Table) -> Key {
    table(project, kind)
}

pub(super) fn tagged(project: ProjectId, tag: u32, stretch: u64) -> Key {
    all_tagged(project).u64(tag.into()).u64(stretch)
}

/// The prefix of everything that says which issues of a project have which tags.
pub(super) fn all_tagged(project: ProjectId) -> Key {
    table(project, Table::TaggedIssues)
}

/// The tag and the stretch at the end of such a key.
pub(super) fn tag_and_stretch(tagged: &[u8]) -> Option<(u32, u64)> {
    let (rest, stretch) = tagged.split_last_chunk::<8>()?;
    let tag = u64::from_be_bytes(*rest.last_chunk::<8>()?);
    Some((u32::try_from(tag).ok()?, u64::from_be_bytes(*stretch)))
}

pub(super) fn index_chunk(project: ProjectId, kind: ReportKind, number: u32) -> Key {
    index_chunks(project, kind).u64(number.into())
}

/// The prefix of every chunk of a project's index of one kind of report.
pub(super) fn index_chunks(project: ProjectId, kind: ReportKind) -> Key {
    let of_kind = match kind {
        ReportKind::Bug => Table::IndexChunk,
        ReportKind::FeatureRequest => Table::FeatureRequestChunk,
        ReportKind::SupportTicket => Table::TicketChunk,
    };
    table(project, of_kind)
}

pub(super) fn chunk_mark(project: ProjectId, kind: ReportKind, number: u32) -> Key {
    chunk_marks(project, kind).u64(number.into())
}

/// The prefix of every mark on such chunks.
pub(super) fn chunk_marks(project: ProjectId, kind: ReportKind) -> Key {
    let of_kind = match kind {
        ReportKind::Bug => Table::ChunkMark,
        ReportKind::FeatureRequest => Table::FeatureRequestChunkMark,
        ReportKind::SupportTicket => Table::TicketChunkMark,
    };
    table(project, of_kind)
}

/// The number at the end of a chunk's or a mark's key.
pub(super) fn chunk_number(key: &[u8]) -> Option<u32> {
    sequence(key).and_then(|number| u32::try_from(number).ok())
}

/// The sequence number at the end of a row's key.
pub(super) fn sequence(row: &[u8]) -> Option<u64> {
    row.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}
