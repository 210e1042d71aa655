//! Names of files, made harmless.

use bugle_storage::records::AttachmentKind;

/// The longest name in bytes, which is also what file systems take.
const LENGTH_MAX: usize = 255;

/// The longest ending, with its dot, that is kept when a name is cut.
const ENDING_LENGTH_MAX: usize = 16;

/// A name without folders, control characters and tricks of writing direction, of at most 255 bytes; a name of
/// its own for each kind when nothing is left.
pub fn safe_filename(sent: &str, kind: AttachmentKind) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|character| !is_hidden(*character)).collect();
    // Leading dots hide a file, trailing ones are dropped by Windows.
    let name = name.trim_matches(|edge: char| edge.is_whitespace() || edge == '.');
    if name.is_empty() {
        default_filename(kind).to_owned()
    } else {
        shortened(name)
    }
}

const fn default_filename(kind: AttachmentKind) -> &'static str {
    match kind {
        AttachmentKind::Screenshot | AttachmentKind::Image => "screenshot.png",
        AttachmentKind::VideoClip => "clip.mp4",
        AttachmentKind::LogFile => "log.txt",
        AttachmentKind::BinaryFile | AttachmentKind::CommentFile => "file.bin",
    }
}

/// Control characters, and those that turn the direction of writing: `exe.gnp` must not read `png.exe`.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shortened(name: &str) -> String {
    if name.len() <= LENGTH_MAX {
        return name.to_owned();
    }
    let ending = name
        .rfind('.')
        .and_then(|dot| name.get(dot..))
        .unwrap_or_default();
    let ending = if ending.len() <= ENDING_LENGTH_MAX {
        ending
    } else {
        ""
    };
    let room = LENGTH_MAX - ending.len();
    let ends = name
        .char_indices()
        .map(|(start, character)| start + character.len_utf8());
    let stem = name
        .get(..ends.take_while(|end| *end <= room).last().unwrap_or(0))
        .unwrap_or_default();
    format!("{stem}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_could_harm() {
        for (sent, safe) in [
            ("Player.log", "Player.log"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\Jo\\Player.log", "Player.log"),
            ("a\r\nSet-Cookie: x\0.png", "aSet-Cookie: x.png"),
            ("pic\u{202e}gnp.exe", "picgnp.exe"),
            (" .bashrc. ", "bashrc"),
            ("J\u{f6}.png", "J\u{f6}.png"),
            ("", "log.txt"),
            ("..", "log.txt"),
            ("folder/", "log.txt"),
        ] {
            assert_eq!(safe_filename(sent, AttachmentKind::LogFile), safe, "{sent:?}");
        }
        assert_eq!(safe_filename("", AttachmentKind::Screenshot), "screenshot.png");
    }

    #[test]
    fn long_names_keep_their_ending() {
        let long = safe_filename(&("\u{f6}".repeat(300) + ".png"), AttachmentKind::Screenshot);
        assert_eq!(long, "\u{f6}".repeat(125) + ".png");
        let no_ending = safe_filename(
            &("x".repeat(300) + "." + &"y".repeat(300)),
            AttachmentKind::Screenshot,
        );
        assert_eq!(no_ending, "x".repeat(255));
    }
}
