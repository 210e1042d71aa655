//! Projects, organizations, and what a project has beside reports.

use bugle_storage::records::{
    ChunkMark, CustomField, FieldTarget, FieldType, IdLease, IndexChunk, IssueRow, IssueStatus, IssueTag,
    MailReason, Membership, Organization, OrganizationMember, OutgoingMail, Project, Release, ReportKind,
    Role, TaggedIssues, Visibility,
};
use bugle_storage::{OrganizationId, ProjectId, RecordId, UserId};

use super::reports::issue;
use super::{LATER, WHEN, golden};

pub(super) fn project() -> Project {
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
fn outgoing_mail_version_1() {
    let mail = OutgoingMail {
        kind: ReportKind::SupportTicket,
        report: RecordId(451),
        reason: MailReason::Answered { author: UserId(7) },
        created_at: WHEN,
    };
    golden("outgoing-mail", 1, &mail);
}
