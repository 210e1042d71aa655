//! People, their sessions, tokens and keys, and what these were used for.

use bugle_storage::records::{
    AcceptedReports, AccountOrigin, IdentityKey, Invitation, InvitationFate, KeyMaterial, PersonalToken,
    ProjectToken, QuotaCount, RefusalReason, RefusedReports, ReportKind, ReportRight, RequestCounts, Role,
    Secret, Session, SourceCount, TokenHash, TokenLimits, TokenRights, TokenScope, TokenUsage,
    UsedSubmissionToken, User,
};
use bugle_storage::{AddressHash, Day, ProjectId, RecordId, TokenId, UserId};

use super::{LATER, WHEN, golden};

fn right(allowed: bool, per_day: u32) -> ReportRight {
    ReportRight { allowed, per_day }
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
fn used_submission_token_version_1() {
    let used = UsedSubmissionToken {
        report: RecordId(451),
    };
    golden("used-submission-token", 1, &used);
}
