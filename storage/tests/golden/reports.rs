//! Reports of every kind, their files, comments and history.

use std::fs;

use bugle_storage::records::{
    Attachment, AttachmentKind, BlobHash, Category, Comment, CustomValue, DuplicateMark, FieldChange,
    HistoryEntry, Issue, IssueBeginning, IssueRow, IssueStatus, Priority, ReleaseReference, Reporter,
    Submitter, VideoSegment, Vote, VouchedPlayer,
};
use bugle_storage::{AddressHash, RecordId, TokenId, UserId, codec};

use super::{LATER, WHEN, golden, golden_path};

pub(super) fn issue() -> Issue {
    Issue {
        id: RecordId(451),
        number: Some(12),
        title: "Fell through the floor".into(),
        description: "I jumped at the castle wall and fell. \u{1f3f0}".into(),
        steps_to_reproduce: "Load the save\nJump".into(),
        status: IssueStatus::Resolved,
        priority: Priority::Critical,
        category: Category::Question,
        source: Some("in-game".into()),
        reporter: Reporter::Discord("123456789012345678".into()),
        contact_email: Some("player@example.org".into()),
        email_my_report: true,
        assigned_to: Some(UserId(3)),
        release: Some(ReleaseReference::Label("1.2.3-beta".into())),
        custom_fields: vec![
            ("mood".into(), CustomValue::One("calm".into())),
            (
                "where".into(),
                CustomValue::Many(vec!["castle".into(), "wall".into()]),
            ),
        ],
        extras: vec![("gpu".into(), "GeForce RTX 4070".into())],
        due_date: Some("2026-12-24".into()),
        attachments: vec![RecordId(129)],
        submitter: Submitter::ProjectToken(TokenId(9)),
        address: AddressHash(0x0123_4567_89ab_cdef),
        created_at: WHEN,
        updated_at: LATER,
        published_at: Some(LATER),
        resolved_at: Some(LATER),
    }
}

pub(super) fn attachment() -> Attachment {
    Attachment {
        id: RecordId(515),
        issue: RecordId(451),
        kind: AttachmentKind::BinaryFile,
        filename: "save.dat".into(),
        content_type: "application/octet-stream".into(),
        size: 5_000_000_000,
        blob: BlobHash([0xab; 32]),
        developer_private: true,
        created_at: WHEN,
        user: None,
    }
}

#[test]
fn issue_versions_1_and_2() {
    golden("issue", 1, &issue());
    golden("issue", 2, &issue());
}

#[test]
fn issue_version_2_by_somebody_vouched_for() {
    let player = VouchedPlayer {
        subject: Some("player-77".into()),
        email: None,
        name: Some("Jo \u{1f3f0}".into()),
    };
    let issue = Issue {
        reporter: Reporter::Vouched(Box::new(player)),
        ..issue()
    };
    golden("issue-vouched", 2, &issue);
}

#[test]
fn issue_versions_1_and_2_with_nothing_optional() {
    let bare = Issue {
        number: None,
        source: None,
        reporter: Reporter::Anonymous,
        contact_email: None,
        assigned_to: None,
        release: None,
        custom_fields: Vec::new(),
        extras: Vec::new(),
        due_date: None,
        submitter: Submitter::Anonymous,
        published_at: None,
        resolved_at: None,
        ..issue()
    };
    golden("issue-bare", 1, &bare);
    golden("issue-bare", 2, &bare);
}

#[test]
fn every_issue_begins_alike() {
    const FILES: [&str; 5] = [
        "issue.v1.bin",
        "issue-bare.v1.bin",
        "feature-request.v1.bin",
        "issue.v2.bin",
        "issue-bare.v2.bin",
    ];
    for name in FILES {
        let bytes = fs::read(golden_path(name)).unwrap();
        let whole: Issue = codec::decode(&bytes).unwrap();
        let beginning: IssueBeginning<'_> = codec::decode_beginning::<Issue, _>(&bytes).unwrap();
        let expected = IssueBeginning {
            id: whole.id,
            number: whole.number,
            title: &whole.title,
            description: &whole.description,
            steps_to_reproduce: &whole.steps_to_reproduce,
            status: whole.status,
        };
        assert_eq!(beginning, expected, "{name}");
    }
}

#[test]
fn issue_row_version_1() {
    golden("issue-row", 1, &IssueRow::from(&issue()));
}

#[test]
fn attachment_version_1() {
    golden("attachment", 1, &attachment());
}

#[test]
fn video_segment_version_1() {
    let segment = VideoSegment {
        total: 12,
        size: 5_000_000_000,
        blob: BlobHash([0xcd; 32]),
        created_at: WHEN,
    };
    golden("video_segment", 1, &segment);
}

#[test]
fn attachment_version_2() {
    let added_by = Attachment {
        user: Some(UserId(3)),
        ..attachment()
    };
    golden("attachment", 2, &added_by);
}

#[test]
fn comment_version_1() {
    let comment = Comment {
        file: None,
        ..unchanged_comment()
    };
    golden("comment", 1, &comment);
}

#[test]
fn comment_version_2() {
    golden("comment", 2, &unchanged_comment());
}

#[test]
fn comment_version_3() {
    golden("comment", 3, &comment());
}

fn unchanged_comment() -> Comment {
    Comment {
        updated_at: WHEN,
        ..comment()
    }
}

fn comment() -> Comment {
    Comment {
        id: RecordId(579),
        report: RecordId(451),
        author: UserId(3),
        body: "Seen here too.".into(),
        created_at: WHEN,
        updated_at: LATER,
        file: Some(Attachment {
            kind: AttachmentKind::CommentFile,
            ..attachment()
        }),
    }
}

#[test]
fn report_of_another_kind_version_1() {
    let suggestion = Issue {
        status: IssueStatus::Muted,
        ..issue()
    };
    golden("feature-request", 1, &suggestion);
    golden("feature-request-row", 1, &IssueRow::from(&suggestion));
}

#[test]
fn vote_version_1() {
    golden("vote", 1, &Vote { created_at: WHEN });
}

#[test]
fn duplicate_mark_version_1() {
    let mark = DuplicateMark {
        original: RecordId(451),
        since: WHEN,
    };
    golden("duplicate-mark", 1, &mark);
}

#[test]
fn history_entry_version_1() {
    let entry = HistoryEntry {
        id: RecordId(452),
        by: Reporter::User(UserId(7)),
        submitter: Submitter::PersonalToken(TokenId(9)),
        at: WHEN,
        changes: vec![FieldChange {
            field: "status".into(),
            from: Some("open".into()),
            to: None,
        }],
    };
    golden("history-entry", 1, &entry);
}
