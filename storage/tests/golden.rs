//! Every version of every record that was ever written decodes for ever: `golden/` holds one file of each.
//!
//! A new version adds a file, written with `BUGLE_WRITE_GOLDEN=1`; one that is there is never written over.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what went wrong by a panic"
)]

use std::fmt::Debug;
use std::fs;
use std::path::PathBuf;

use bugle_storage::codec::{self, Record};
use bugle_storage::records::{
    AcceptedReports, AccountOrigin, Attachment, AttachmentKind, BlobHash, Category, ChunkMark, Comment,
    CustomField, CustomValue, DeliveryOutcome, Disabled, DisabledReason, DuplicateMark, EventDetail,
    EventKind, EventKinds, EventReference, EventSource, FieldChange, FieldTarget, FieldType, FirstAnswer,
    HistoryEntry, IdLease, IdempotencyRecord, IdentityKey, IndexChunk, Invitation, InvitationFate, Issue,
    IssueBeginning, IssueRow, IssueStatus, IssueTag, KeyMaterial, MailReason, Membership, Organization,
    OrganizationMember, OutgoingMail, PersonalToken, Priority, Project, ProjectToken, QuotaCount,
    RefusalReason, RefusedReports, Release, ReleaseReference, ReportKind, ReportRight, Reporter,
    RequestCounts, Role, Secret, Session, SourceCount, Submitter, TaggedIssues, TokenHash, TokenLimits,
    TokenRights, TokenScope, TokenUsage, UsedSubmissionToken, User, VideoSegment, Visibility, Vote,
    VouchedPlayer, Webhook, WebhookDelivery, WebhookEvent, WebhookProgress, WebhookRetry, WebhookSecret,
};
use bugle_storage::{
    AddressHash, Day, OrganizationId, ProjectId, RecordId, Timestamp, TokenId, UserId, WebhookId,
};

/// Decodes the golden file of a record's version and compares it with what was written then.
fn golden<R: Record + PartialEq + Debug>(name: &str, version: u8, expected: &R) {
    let file = format!("{name}.v{version}.bin");
    let path = golden_path(&file);
    if std::env::var_os("BUGLE_WRITE_GOLDEN").is_some() && !path.exists() {
        let mut bytes = Vec::new();
        codec::encode_into(expected, &mut bytes).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let found = codec::decode::<R>(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(found, *expected, "{file}");
    assert_eq!(bytes.first(), Some(&version), "{file} is of another version");
}

fn golden_path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file)
}

const WHEN: Timestamp = Timestamp(1_795_292_312_007);
const LATER: Timestamp = Timestamp(1_795_292_399_999);

fn issue() -> Issue {
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

fn attachment() -> Attachment {
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

fn project() -> Project {
    Project {
        id: ProjectId(690_627_851),
        name: "Castle".into(),
        description: "A game of walls".into(),
        visibility: Visibility::Private,
        anonymous_reports: true,
        description_length_min: 20,
        organization: None,
        created_at: WHEN,
        updated_at: LATER,
    }
}

fn right(allowed: bool, per_day: u32) -> ReportRight {
    ReportRight { allowed, per_day }
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

/// Of what version 1 held whole, version 2 keeps what the server had added to the request.
#[test]
fn idempotency_record_versions_1_to_3() {
    let (issue, file) = (issue(), attachment());
    let answers = [
        (
            "issue",
            FirstAnswer::Issue {
                id: issue.id,
                number: issue.number,
                attachments: issue.attachments,
            },
        ),
        (
            "attachment",
            FirstAnswer::Attachment {
                id: file.id,
                issue: file.issue,
                filename: file.filename,
            },
        ),
        ("project", FirstAnswer::Project(project().id)),
        ("project-token", FirstAnswer::ProjectToken(TokenId(9))),
        ("personal-token", FirstAnswer::PersonalToken(TokenId(10))),
    ];
    for (name, answer) in answers {
        let record = IdempotencyRecord {
            created_at: WHEN,
            fingerprint: 0xfedc_ba98_7654_3210,
            answer,
        };
        for version in [1, 2, 3] {
            golden(&format!("idempotency-{name}"), version, &record);
        }
    }
    let organization = IdempotencyRecord {
        created_at: WHEN,
        fingerprint: 0xfedc_ba98_7654_3210,
        answer: FirstAnswer::Organization(OrganizationId(4)),
    };
    golden("idempotency-organization", 2, &organization);
    golden("idempotency-organization", 3, &organization);
}

#[test]
fn idempotency_of_comments_and_members_version_3() {
    let answers = [
        (
            "comment",
            FirstAnswer::Comment {
                id: RecordId(640),
                report: RecordId(576),
                file: Some((RecordId(641), "slot 1.sav".into())),
            },
        ),
        (
            "member",
            FirstAnswer::Member {
                user: UserId(7),
                through_organization: Some(Role::Tester),
            },
        ),
    ];
    for (name, answer) in answers {
        let record = IdempotencyRecord {
            created_at: WHEN,
            fingerprint: 78,
            answer,
        };
        golden(&format!("idempotency-{name}"), 3, &record);
    }
}

#[test]
fn index_chunk_version_1() {
    let row = IssueRow::from(&issue());
    let draft = IssueRow {
        number: None,
        status: IssueStatus::Hidden,
        ..row
    };
    let chunk = IndexChunk::of([(7, row), (8, draft), (4_000_000_000, row)].into_iter());
    golden("index-chunk", 1, &chunk);
}

#[test]
fn chunk_mark_version_1() {
    golden("chunk-mark", 1, &ChunkMark);
}

#[test]
fn project_versions_1_and_2() {
    golden("project", 1, &project());
    let held = Project {
        organization: Some(OrganizationId(4)),
        ..project()
    };
    golden("project", 2, &held);
}

#[test]
fn organization_version_1() {
    let organization = Organization {
        id: OrganizationId(4),
        name: "Castle Studio".into(),
        created_at: WHEN,
        updated_at: LATER,
        deleted_at: Some(LATER),
    };
    golden("organization", 1, &organization);
}

#[test]
fn organization_member_version_1() {
    let member = OrganizationMember {
        organization: OrganizationId(4),
        user: UserId(3),
        role: Role::Developer,
        created_at: WHEN,
    };
    golden("organization-member", 1, &member);
}

#[test]
fn membership_version_1() {
    let membership = Membership {
        project: ProjectId(690_627_851),
        user: UserId(3),
        role: Role::Owner,
        created_at: WHEN,
    };
    golden("membership", 1, &membership);
}

#[test]
fn id_lease_version_1() {
    let lease = IdLease {
        start: 4096,
        end: 8192,
    };
    golden("id-lease", 1, &lease);
}

#[test]
fn quota_count_version_1() {
    golden("quota-count", 1, &QuotaCount(2_147_483_647));
}

#[test]
fn secret_version_1() {
    golden("secret", 1, &Secret([0x5a; 32]));
}

#[test]
fn project_token_version_1() {
    let token = ProjectToken {
        id: TokenId(9),
        hash: TokenHash([0x11; 32]),
        project: ProjectId(690_627_851),
        name: "Windows build".into(),
        rights: TokenRights {
            bug_reports: right(true, 100),
            feature_requests: right(false, 0),
            support_tickets: right(true, 2_147_483_647),
            read_releases: true,
            create_releases: false,
            require_submission_token: true,
        },
        created_at: WHEN,
        updated_at: LATER,
        last_used_at: None,
    };
    golden("project-token", 1, &token);
}

#[test]
fn personal_token_version_1() {
    let token = PersonalToken {
        id: TokenId(10),
        hash: TokenHash([0x22; 32]),
        user: UserId(3),
        name: "laptop".into(),
        created_at: WHEN,
        expires_at: Some(LATER),
        last_used_at: Some(WHEN),
        limits: TokenLimits::default(),
    };
    golden("personal-token", 1, &token);
}

#[test]
fn personal_token_version_2() {
    let token = PersonalToken {
        id: TokenId(10),
        hash: TokenHash([0x22; 32]),
        user: UserId(3),
        name: "laptop".into(),
        created_at: WHEN,
        expires_at: None,
        last_used_at: None,
        limits: TokenLimits {
            scope: TokenScope::Write,
            projects: Some(vec![ProjectId(690_627_851), ProjectId(7)]),
        },
    };
    golden("personal-token", 2, &token);
}

#[test]
fn token_usage_version_1() {
    let refused = |kind, reason, count| RefusedReports { kind, reason, count };
    let usage = TokenUsage {
        day: Day(20_781),
        refused: vec![
            refused(ReportKind::Bug, RefusalReason::Right, 1),
            refused(ReportKind::Bug, RefusalReason::Limit, 5_000_000_000),
            refused(ReportKind::FeatureRequest, RefusalReason::SubmissionToken, 3),
            refused(ReportKind::SupportTicket, RefusalReason::Invalid, 4),
            refused(ReportKind::SupportTicket, RefusalReason::Unavailable, 5),
        ],
        requests: RequestCounts {
            reads_accepted: 10,
            reads_refused: 2,
            writes_accepted: 30,
            writes_refused: 4,
        },
        sources: vec![SourceCount {
            address: AddressHash(0x0123_4567_89ab_cdef),
            accepted: 40,
            refused: 6,
        }],
        user_agent: Some("Castle/1.2 (Windows)".into()),
    };
    golden("token-usage", 1, &usage);
}

#[test]
fn accepted_reports_version_1() {
    let accepted = AcceptedReports {
        day: Day(20_781),
        counts: [12, 0, 3],
        sources: vec![SourceCount {
            address: AddressHash(7),
            accepted: 15,
            refused: 0,
        }],
    };
    golden("accepted-reports", 1, &accepted);
}

#[test]
fn user_version_1() {
    let user = User {
        id: UserId(3),
        name: "Ada".into(),
        email: "ada@example.org".into(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
        administrator: true,
        created_at: WHEN,
        updated_at: LATER,
        origin: AccountOrigin::Unknown,
        email_changed_at: None,
    };
    golden("user", 1, &user);
}

#[test]
fn user_version_2() {
    let made = User {
        id: UserId(3),
        name: "Ada".into(),
        email: "ada@example.org".into(),
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".into(),
        administrator: false,
        created_at: WHEN,
        updated_at: LATER,
        origin: AccountOrigin::Operator,
        email_changed_at: None,
    };
    golden("user", 2, &made);
    let joined = User {
        origin: AccountOrigin::Invitation {
            by: UserId(1),
            project: ProjectId(4),
        },
        email_changed_at: Some(LATER),
        ..made
    };
    golden("user-joined", 2, &joined);
}

#[test]
fn session_version_1() {
    let session = Session {
        user: UserId(3),
        created_at: WHEN,
        expires_at: LATER,
    };
    golden("session", 1, &session);
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

#[test]
fn release_version_1() {
    let release = Release {
        number: 2_147_483_647,
        label: "1.2.3-beta".into(),
        summary: Some("The castle".into()),
        description: None,
        download_link: Some("https://example.org/1.2.3".into()),
        dynamically_created: true,
        published_at: Some(LATER),
        created_at: WHEN,
        updated_at: LATER,
        deleted: true,
    };
    golden("release", 1, &release);
}

#[test]
fn custom_field_versions_1_and_2() {
    let field = CustomField {
        number: 4,
        ident: "platforms".into(),
        name: "Platforms".into(),
        field_type: FieldType::Number,
        applies_to: FieldTarget::Ticket,
        required: true,
        tester_settable: true,
        tester_viewable: false,
        options: vec!["PC".into(), "Deck".into()],
        created_at: WHEN,
        updated_at: LATER,
        deleted: true,
        former_names: Vec::new(),
    };
    golden("custom-field", 1, &field);
    let renamed = CustomField {
        former_names: vec!["Consoles".into(), "Devices".into()],
        ..field
    };
    golden("custom-field", 2, &renamed);
}

#[test]
fn idempotency_of_something_numbered_versions_2_and_3() {
    let record = IdempotencyRecord {
        created_at: LATER,
        fingerprint: 77,
        answer: FirstAnswer::Numbered {
            number: 4,
            created_at: WHEN,
        },
    };
    golden("idempotency-numbered", 2, &record);
    golden("idempotency-numbered", 3, &record);
}

#[test]
fn issue_tag_version_1() {
    let tag = IssueTag {
        number: 5,
        name: "Menu".into(),
        color: "#1E90FF".into(),
        description: Some("Everything before the game begins".into()),
        parent: Some(2),
        created_at: WHEN,
        updated_at: LATER,
        deleted: true,
    };
    golden("issue-tag", 1, &tag);
}

#[test]
fn tagged_issues_version_1() {
    let tagged = TaggedIssues {
        offsets: vec![0, 17, 300, 4095],
    };
    golden("tagged-issues", 1, &tagged);
}

#[test]
fn identity_key_version_1() {
    let key = IdentityKey {
        project: ProjectId(690_627_851),
        number: 12,
        name: "Back end".into(),
        kid: "2026-11".into(),
        material: KeyMaterial::Hs256(b"0123456789abcdef0123456789abcdef".to_vec()),
        created_at: WHEN,
        last_used_at: Some(LATER),
    };
    golden("identity-key", 1, &key);
    let public = IdentityKey {
        material: KeyMaterial::EdDsa(vec![48, 42, 48, 5]),
        last_used_at: None,
        ..key
    };
    golden("identity-key-public", 1, &public);
}

#[test]
fn invitation_version_1() {
    let invitation = |fate| Invitation {
        project: ProjectId(690_627_851),
        number: 2_954_017_311,
        secret_hash: [7; 32],
        role: Role::Developer,
        created_by: UserId(3),
        created_at: WHEN,
        expires_at: LATER,
        fate,
    };
    golden("invitation", 1, &invitation(InvitationFate::Open));
    let accepted = InvitationFate::Accepted {
        by: UserId(4),
        at: LATER,
    };
    golden("invitation-accepted", 1, &invitation(accepted));
    let withdrawn = InvitationFate::Withdrawn { at: LATER };
    golden("invitation-withdrawn", 1, &invitation(withdrawn));
}

#[test]
fn outgoing_mail_version_1() {
    let mail = OutgoingMail {
        kind: ReportKind::SupportTicket,
        report: RecordId(451),
        reason: MailReason::Answered { author: UserId(7) },
        created_at: WHEN,
    };
    golden("outgoing-mail", 1, &mail);
}

#[test]
fn used_submission_token_version_1() {
    let used = UsedSubmissionToken {
        report: RecordId(451),
    };
    golden("used-submission-token", 1, &used);
}

#[test]
fn webhook_version_1() {
    let webhook = Webhook {
        id: WebhookId(4),
        project: ProjectId(690_627_851),
        url: "https://hooks.example.org/bugle".into(),
        description: Some("The build server".into()),
        events: EventKinds(0b1001),
        secret: WebhookSecret([7; 32]),
        previous_secret: Some((WebhookSecret([8; 32]), LATER)),
        created_at: WHEN,
        updated_at: LATER,
        since: WHEN,
        disabled: Some(Disabled {
            at: LATER,
            reason: DisabledReason::Failing,
        }),
        deleted: true,
    };
    golden("webhook", 1, &webhook);
}

fn webhook_event(detail: EventDetail) -> WebhookEvent {
    WebhookEvent {
        kind: EventKind::TicketStatusChanged,
        subject: 451,
        at: WHEN,
        detail,
    }
}

#[test]
fn webhook_event_version_1() {
    let changed = EventDetail::Status {
        from: IssueStatus::Open,
        to: IssueStatus::Resolved,
    };
    golden("webhook-event", 1, &webhook_event(changed));
}

#[test]
fn webhook_retry_version_1() {
    let retry = WebhookRetry {
        event: webhook_event(EventDetail::Quota {
            kind: ReportKind::SupportTicket,
            limit: 8,
        }),
        attempts: 3,
        first_due: WHEN,
        due: LATER,
        is_last: true,
    };
    golden("webhook-retry", 1, &retry);
}

#[test]
fn webhook_delivery_version_1() {
    let delivery = WebhookDelivery {
        number: 17,
        reference: EventReference {
            source: EventSource::Tokens,
            sequence: 12,
        },
        event: webhook_event(EventDetail::Named("Release build".into())),
        at: WHEN,
        attempt: 2,
        outcome: DeliveryOutcome::AddressForbidden,
        status: Some(503),
        duration: 1500,
        next_due: Some(LATER),
    };
    golden("webhook-delivery", 1, &delivery);
}

#[test]
fn webhook_progress_version_1() {
    let progress = WebhookProgress {
        project: 1804,
        tokens: 7,
        next_delivery: 18,
        failing_since: Some(WHEN),
    };
    golden("webhook-progress", 1, &progress);
}
