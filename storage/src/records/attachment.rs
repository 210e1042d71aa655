//! Files that came with a report.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codec::{Record, decode_body};
use crate::{RecordId, StorageError, Timestamp, UserId};

/// SHA-256 of a file's bytes: its name in the blob store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlobHash(pub [u8; 32]);

impl fmt::Display for BlobHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BlobHash({self})")
    }
}

/// A file of a report or of a comment (protocol 5.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The id in the whole installation.
    pub id: RecordId,
    /// What it belongs to: most often an issue.
    pub issue: RecordId,
    /// What it is.
    pub kind: AttachmentKind,
    /// The name the client gave it, without folders.
    pub filename: String,
    /// What its bytes look like, whatever the client called it.
    pub content_type: String,
    /// Size in bytes.
    pub size: u64,
    /// Where its bytes are.
    pub blob: BlobHash,
    /// Whether only developers see it.
    pub developer_private: bool,
    /// When it arrived.
    pub created_at: Timestamp,
    /// Who added it, when they have an account.
    pub user: Option<UserId>,
}

impl Record for Attachment {
    const VERSION: u8 = 2;
    const NAME: &'static str = "attachment";

    fn decode_older(version: u8, body: &[u8]) -> Option<Result<Self, StorageError>> {
        (version == 1).then(|| decode_body::<Version1>(body, Self::NAME).map(Self::from))
    }
}

/// Version 1 did not say who added the file. The first version of idempotency records holds it too.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Version1 {
    id: RecordId,
    issue: RecordId,
    kind: AttachmentKind,
    filename: String,
    content_type: String,
    size: u64,
    blob: BlobHash,
    developer_private: bool,
    created_at: Timestamp,
}

impl From<Version1> for Attachment {
    fn from(old: Version1) -> Self {
        Self {
            id: old.id,
            issue: old.issue,
            kind: old.kind,
            filename: old.filename,
            content_type: old.content_type,
            size: old.size,
            blob: old.blob,
            developer_private: old.developer_private,
            created_at: old.created_at,
            user: None,
        }
    }
}

/// What an attachment is (protocol 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttachmentKind {
    /// A picture.
    Screenshot,
    /// A video.
    VideoClip,
    /// A text log.
    LogFile,
    /// Anything else, such as a save game.
    BinaryFile,
    /// A picture of a suggestion.
    Image,
    /// Whatever came with a comment.
    CommentFile,
}
