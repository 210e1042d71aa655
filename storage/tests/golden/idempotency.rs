//! What a request is answered with that comes again.

use bugle_storage::records::{FirstAnswer, IdempotencyRecord, Role};
use bugle_storage::{OrganizationId, RecordId, TokenId, UserId};

use super::projects::project;
use super::reports::{attachment, issue};
use super::{LATER, WHEN, golden};

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
