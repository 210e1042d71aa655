//! Text of a log as people read it: decoded piece by piece, and without the codes with which programs colour a terminal.

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct PlainText {
    /// The text. Whoever reads it may shorten it.
    pub(super) text: String,
    /// The beginning of a character whose rest has not come.
    pending: Vec<u8>,
    code: Code,
}

/// How far a code for a colour was read: `ESC [ 31 m`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Code {
    #[default]
    None,
    Escape,
    Inside,
}

impl PlainText {
    /// Adds bytes. What is no UTF-8 becomes U+FFFD.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let mut joined;
        let mut rest = bytes;
        if !self.pending.is_empty() {
            joined = std::mem::take(&mut self.pending);
            joined.extend_from_slice(bytes);
            rest = &joined;
        }
        while !rest.is_empty() {
            let (valid, wrong) = match std::str::from_utf8(rest) {
                Ok(_) => (rest.len(), Some(0)),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            let (good, behind) = rest.split_at_checked(valid).unwrap_or_default();
            self.push_text(std::str::from_utf8(good).unwrap_or_default());
            let Some(wrong) = wrong else {
                self.pending = behind.to_vec();
                return;
            };
            if wrong > 0 {
                self.push_text("\u{fffd}");
            }
            rest = behind.get(wrong..).unwrap_or_default();
        }
    }

    /// The end of a line, which is no part of its text.
    pub(super) fn end(&mut self) {
        if !self.pending.is_empty() {
            self.pending.clear();
            self.push_text("\u{fffd}");
        }
        let length = self.text.trim_end_matches(['\n', '\r']).len();
        self.text.truncate(length);
        self.code = Code::None;
    }

    fn push_text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            match self.code {
                Code::None => {
                    let (before, behind) = rest.split_once('\u{1b}').unwrap_or((rest, ""));
                    self.text.push_str(before);
                    if before.len() < rest.len() {
                        self.code = Code::Escape;
                    }
                    rest = behind;
                }
                Code::Escape if next == '[' => {
                    self.code = Code::Inside;
                    rest = rest.get(1..).unwrap_or_default();
                }
                Code::Escape => self.code = Code::None,
                Code::Inside => {
                    let end = rest.find(|it: char| it.is_ascii_alphabetic());
                    rest = end.and_then(|end| rest.get(end + 1..)).unwrap_or_default();
                    if end.is_some() {
                        self.code = Code::None;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_however_the_pieces_fall() {
        for (bytes, expected) in [
            (
                "two \u{1b}[31mred\u{1b}[0m \u{f6}\u{1f600}\r\n".as_bytes(),
                "two red \u{f6}\u{1f600}",
            ),
            (b"a\xffb\xc3", "a\u{fffd}b\u{fffd}"),
            (b"\xf0\x9f\x98x", "\u{fffd}x"),
            (b"\x1bM lone \x1b", "M lone "),
            (b"open \x1b[31", "open "),
            (b"", ""),
        ] {
            for size in 1..=bytes.len().max(1) {
                let mut plain = PlainText::default();
                bytes.chunks(size).for_each(|piece| plain.push(piece));
                plain.end();
                assert_eq!(plain.text, expected, "in pieces of {size}");
            }
        }
    }
}
