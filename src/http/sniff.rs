//! What a file is by its bytes, and what it may be called: a client's word counts for neither (protocol 5.3).

use bugle_storage::records::AttachmentKind;

mod filename;

pub use filename::safe_filename;

/// How many of a file's first bytes [`content_type`] makes use of.
pub const HEAD_SIZE: usize = 512;

/// The content type that the beginning of a file shows; `application/octet-stream` when it shows none.
///
/// Text is UTF-8 without control characters, but for those that logs hold: line breaks, tabs, form feeds and
/// the escapes of coloured output. An empty file is text.
pub fn content_type(head: &[u8]) -> &'static str {
    let head = head.get(..HEAD_SIZE).unwrap_or(head);
    picture(head)
        .or_else(|| video(head))
        .or_else(|| archive(head))
        .unwrap_or_else(|| {
            if is_text(head) {
                "text/plain"
            } else {
                "application/octet-stream"
            }
        })
}

/// Whether a file of this content type may be kept as this kind of attachment.
pub fn fits(content_type: &str, kind: AttachmentKind) -> bool {
    match kind {
        AttachmentKind::Screenshot | AttachmentKind::Image => content_type.starts_with("image/"),
        AttachmentKind::VideoClip => content_type.starts_with("video/"),
        AttachmentKind::LogFile | AttachmentKind::BinaryFile | AttachmentKind::CommentFile => true,
    }
}

fn picture(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        // Two letters prove little: the reserved bytes are zero, and the header has one of its known sizes.
        [
            b'B',
            b'M',
            _,
            _,
            _,
            _,
            0,
            0,
            0,
            0,
            _,
            _,
            _,
            _,
            12 | 40 | 52 | 56 | 64 | 108 | 124,
            0,
            0,
            0,
            ..,
        ] => Some("image/bmp"),
        _ => None,
    }
}

fn video(head: &[u8]) -> Option<&'static str> {
    match head {
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
            [b'q', b't', b' ', b' ', ..] => Some("video/quicktime"),
            // The same container holds pictures and sound.
            [b'a', b'v', b'i', b'f' | b's', ..] | [b'h', b'e', b'i', ..] | [b'm', b'i', b'f', b'1', ..] => {
                None
            }
            [b'M', b'4', b'A' | b'B', ..] => None,
            _ => Some("video/mp4"),
        },
        // Old QuickTime begins without a brand; a fragment of an MP4 stream with a segment.
        [_, _, _, _, b'm', b'o', b'o', b'v', ..] => Some("video/quicktime"),
        [_, _, _, _, b's', b't', b'y', b'p', ..] => Some("video/mp4"),
        [0x1a, 0x45, 0xdf, 0xa3, rest @ ..] => {
            let names = |name: &[u8]| rest.windows(name.len()).take(64).any(|window| window == name);
            if names(b"webm") {
                Some("video/webm")
            } else {
                names(b"matroska").then_some("video/x-matroska")
            }
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some("video/x-msvideo"),
        _ => None,
    }
}

fn archive(head: &[u8]) -> Option<&'static str> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some("application/gzip"),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Some("application/zip"),
        _ => None,
    }
}

fn is_text(head: &[u8]) -> bool {
    const ESCAPE: u8 = 0x1b;
    let is_control = |byte: &u8| *byte < b' ' && !matches!(*byte, b'\n' | b'\r' | b'\t' | 0x0c | ESCAPE);
    let is_utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The end of the head may cut a character in two.
        Err(error) => error.error_len().is_none() && head.len() == HEAD_SIZE,
    };
    is_utf8 && !head.iter().any(is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_known_by_its_first_bytes() {
        let bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0";
        let webm = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm";
        let mkv = b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x23\x42\x82\x88matroska";
        let table: [(&[u8], &str); 23] = [
            (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
            (b"GIF89a\x01\0", "image/gif"),
            (b"GIF87a\x01\0", "image/gif"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
            (bmp, "image/bmp"),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", "video/mp4"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "video/mp4"),
            (b"\0\0\0\x18stypmsdh\0\0\0\0", "video/mp4"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", "video/quicktime"),
            (b"\0\0\0\x1cftypavif\0\0\0\0", "application/octet-stream"),
            (b"\0\0\0\x1cftypM4A \0\0\0\0", "application/octet-stream"),
            (webm, "video/webm"),
            (mkv, "video/x-matroska"),
            (b"RIFF\x24\0\0\0AVI LIST", "video/x-msvideo"),
            (b"\x1f\x8b\x08\0", "application/gzip"),
            (b"PK\x03\x04\x14\0", "application/zip"),
            (b"BMW is a car", "text/plain"),
            (
                "\u{feff}[\u{1b}[31mError\u{1b}[0m]\tJ\u{f6}\r\n".as_bytes(),
                "text/plain",
            ),
            (b"", "text/plain"),
            (b"text\0", "application/octet-stream"),
            (b"Gr\xf6\xdfe", "application/octet-stream"),
            (b"MZ\x90\0", "application/octet-stream"),
        ];
        for (head, expected) in table {
            assert_eq!(content_type(head), expected, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn text_may_be_cut_in_a_character() {
        let text = format!("{}\u{1f41b} and on it goes", "x".repeat(HEAD_SIZE - 2));
        assert_eq!(content_type(text.as_bytes()), "text/plain");
        assert_eq!(
            content_type(text.as_bytes().get(..HEAD_SIZE).unwrap()),
            "text/plain"
        );
        assert_eq!(content_type(b"short \xf0\x9f"), "application/octet-stream");
    }

    #[test]
    fn kinds_ask_for_fitting_content() {
        assert!(fits("image/webp", AttachmentKind::Screenshot));
        assert!(!fits("text/plain", AttachmentKind::Screenshot));
        assert!(fits("video/mp4", AttachmentKind::VideoClip));
        assert!(!fits("image/gif", AttachmentKind::VideoClip));
        assert!(fits("application/octet-stream", AttachmentKind::LogFile));
    }
}
