//! What an `Idempotency-Key` was first answered with.

use serde::{Deserialize, Serialize};

use super::project::ProjectVersion1;
use super::{Attachment, Issue, Project, Role, attachment};
use crate::codec::{Record, decode_body};
use crate::{OrganizationId, ProjectId, RecordId, StorageError, Timestamp, TokenId, UserId};

/// The first answer to a request with an `Idempotency-Key`, written in the batch of what it created.
///
/// A retry brings the whole request again, or it would not have the fingerprint. So the first answer is made
/// anew from the retry, and kept here is only what the server added to the request: ids, numbers, the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotencyRecord {
    /// When what was asked for was created; the key is forgotten 24 hours later.
    pub created_at: Timestamp,
    /// A hash of the first request, so that a key used for another request is refused.
    pub fingerprint: u64,
    /// What the request created.
    pub answer: FirstAnswer,
}

impl Record for IdempotencyRecord {
    const VERSION: u8 = 3;
    const NAME: &'static str = "idempotency key";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        match version {
            1 => Some(decode_body::<Version1>(body, Self::NAME).map(Self::from)),
            // It knew neither comments nor members, which stand last among the answers, and is otherwise the same.
            2 => Some(decode_body::<Self>(body, Self::NAME)),
            _ => None,
        }
    }
}

/// What a request created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FirstAnswer {
    /// A bug report.
    Issue {
        /// See [`Issue::id`].
        id: RecordId,
        /// The number it was first answered with; see [`Issue::number`].
        number: Option<u32>,
        /// The files that came in the same request.
        attachments: Vec<RecordId>,
    },
    /// A file of a report.
    Attachment {
        /// See [`Attachment::id`].
        id: RecordId,
        /// See [`Attachment::issue`].
        issue: RecordId,
        /// See [`Attachment::filename`]. The fingerprint is silent about what a form calls its file.
        filename: String,
    },
    /// A project.
    Project(ProjectId),
    /// A project token. The token itself was in the first answer only.
    ProjectToken(TokenId),
    /// A personal access token. The token itself was in the first answer only.
    PersonalToken(TokenId),
    /// An organization.
    Organization(OrganizationId),
    /// Something that a project numbers, such as a release; what, the request's address says.
    Numbered {
        /// Its number within the project.
        number: u32,
        /// When it was made: before the request, where that took over what was there.
        created_at: Timestamp,
    },
    /// A comment. Since version 3.
    Comment {
        /// See [`Comment::id`](super::Comment::id).
        id: RecordId,
        /// See [`Comment::report`](super::Comment::report).
        report: RecordId,
        /// The file that came with it: its id and its name, about which the fingerprint is silent.
        file: Option<(RecordId, String)>,
    },
    /// A member of a project or an organization; of which, the request's address says. Since version 3.
    Member {
        /// Who was added.
        user: UserId,
        /// What they were then through the project's organization.
        through_organization: Option<Role>,
    },
}

/// Version 1 held what was created whole.
#[derive(Deserialize)]
struct Version1 {
    created_at: Timestamp,
    fingerprint: u64,
    answer: FirstAnswer1,
}

#[derive(Deserialize)]
enum FirstAnswer1 {
    Issue(Box<Issue>),
    Attachment(Box<attachment::Version1>),
    Project(Box<ProjectVersion1>),
    ProjectToken(TokenId),
    PersonalToken(TokenId),
}

impl From<Version1> for IdempotencyRecord {
    fn from(old: Version1) -> Self {
        let answer = match old.answer {
            FirstAnswer1::Issue(issue) => FirstAnswer::Issue {
                id: issue.id,
                number: issue.number,
                attachments: issue.attachments,
            },
            FirstAnswer1::Attachment(file) => {
                let file = Attachment::from(*file);
                FirstAnswer::Attachment {
                    id: file.id,
                    issue: file.issue,
                    filename: file.filename,
                }
            }
            FirstAnswer1::Project(project) => FirstAnswer::Project(Project::from(*project).id),
            FirstAnswer1::ProjectToken(token) => FirstAnswer::ProjectToken(token),
            FirstAnswer1::PersonalToken(token) => FirstAnswer::PersonalToken(token),
        };
        Self {
            created_at: old.created_at,
            fingerprint: old.fingerprint,
            answer,
        }
    }
}
