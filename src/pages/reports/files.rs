//! The files of a report as its page shows them.

use bugle_storage::records::{Attachment, AttachmentKind, Role};

use super::words::size;
use crate::http::views::kind_names;

/// A file.
pub struct FileCard {
    /// Its number.
    pub id: u64,
    /// What it is called.
    pub name: String,
    /// Where its bytes are.
    pub address: String,
    /// How large it is.
    pub size: String,
    /// Whether only developers see it.
    pub is_private: bool,
    /// What its bytes look like.
    pub content_type: String,
}

/// The files of a report, by how they are shown.
#[derive(Default)]
pub struct FileCards {
    /// Shown in the page.
    pub pictures: Vec<FileCard>,
    /// Played in the page.
    pub clips: Vec<FileCard>,
    /// Read on a page of their own.
    pub logs: Vec<FileCard>,
    /// Only to be downloaded.
    pub others: Vec<FileCard>,
}

impl FileCards {
    /// Those that a member with this role may see of the report at this address.
    pub fn of(files: &[Attachment], role: Role, report: &str) -> Self {
        let mut cards = Self::default();
        let visible = |file: &&Attachment| role >= Role::Developer || !file.developer_private;
        for file in files.iter().filter(visible) {
            let card = card(file, report);
            let is_picture = is_shown(&file.content_type);
            match file.kind {
                AttachmentKind::Screenshot | AttachmentKind::Image if is_picture => cards.pictures.push(card),
                AttachmentKind::VideoClip => cards.clips.push(card),
                AttachmentKind::LogFile if file.content_type.starts_with("text/") => cards.logs.push(card),
                _ => cards.others.push(card),
            }
        }
        cards
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.clips.is_empty() && self.logs.is_empty() && self.others.is_empty()
    }
}

fn card(file: &Attachment, report: &str) -> FileCard {
    let (_, folder) = kind_names(file.kind);
    FileCard {
        id: file.id.0,
        name: file.filename.clone(),
        address: format!("{report}/{folder}/{}", file.id),
        size: size(file.size),
        is_private: file.developer_private,
        content_type: file.content_type.clone(),
    }
}

/// Whether browsers show such a picture.
pub fn is_shown(content_type: &str) -> bool {
    matches!(
        content_type,
        "image/png" | "image/jpeg" | "image/gif" | "image/webp" | "image/bmp"
    )
}
