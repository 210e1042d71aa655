//! Cuts a body into lines while it comes.

use crate::http::error::ApiError;

/// A line without blanks around it. Blank ones are left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// Its bytes.
    Whole(&'a [u8]),
    /// It has more bytes than are held.
    TooLong,
}

/// What is done with a line, by its number from 1 on. An error ends the reading.
pub(super) type Take<'t> = dyn FnMut(u32, Line<'_>) -> Result<(), ApiError> + 't;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A body of which some may still come.
pub(super) struct Lines {
    size_max: usize,
    /// Whole lines so far, blank ones too.
    number: u32,
    /// What has come of the next one, unless that is too long already.
    begun: Vec<u8>,
    is_too_long: bool,
}

impl Lines {
    /// Lines of at most `size_max` bytes.
    pub(super) const fn new(size_max: usize) -> Self {
        Self {
            size_max,
            number: 0,
            begun: Vec::new(),
            is_too_long: false,
        }
    }

    /// Bytes that are held of a line that is not whole.
    pub(super) const fn held(&self) -> usize {
        self.begun.capacity()
    }

    /// Takes the lines that are whole with this piece.
    pub(super) fn feed(&mut self, piece: &[u8], take: &mut Take<'_>) -> Result<(), ApiError> {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            self.end_line(line, take)?;
            rest = after.get(1..).unwrap_or_default();
        }
        self.begin(rest);
        Ok(())
    }

    /// Takes the last line, which need not have an end.
    pub(super) fn finish(mut self, take: &mut Take<'_>) -> Result<(), ApiError> {
        self.end_line(&[], take)
    }

    fn begin(&mut self, part: &[u8]) {
        self.is_too_long |= self.begun.len() + part.len() > self.size_max;
        if self.is_too_long {
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(part);
        }
    }

    fn end_line(&mut self, end: &[u8], take: &mut Take<'_>) -> Result<(), ApiError> {
        self.number = self.number.saturating_add(1);
        if self.begun.is_empty() && !self.is_too_long && end.len() <= self.size_max {
            return tell(self.number, end, take);
        }
        self.begin(end);
        if std::mem::take(&mut self.is_too_long) {
            return take(self.number, Line::TooLong);
        }
        let told = tell(self.number, &self.begun, take);
        self.begun.clear();
        told
    }
}

fn tell(number: u32, line: &[u8], take: &mut Take<'_>) -> Result<(), ApiError> {
    let line = match line.strip_prefix(BYTE_ORDER_MARK) {
        Some(line) if number == 1 => line,
        _ => line,
    };
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(());
    }
    take(number, Line::Whole(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of the pieces, with lines of at most 8 bytes.
    fn read(pieces: &[&str]) -> Vec<(u32, Option<String>)> {
        let mut found = Vec::new();
        let mut take = |number, line: Line<'_>| {
            let text = match line {
                Line::Whole(line) => Some(String::from_utf8(line.to_vec()).unwrap()),
                Line::TooLong => None,
            };
            found.push((number, text));
            Ok(())
        };
        let mut lines = Lines::new(8);
        for piece in pieces {
            lines.feed(piece.as_bytes(), &mut take).unwrap();
            assert!(lines.held() <= 16, "no more is held than a line");
        }
        lines.finish(&mut take).unwrap();
        found
    }

    fn lines(lines: &[(u32, &str)]) -> Vec<(u32, Option<String>)> {
        let told = |(number, text): &(u32, &str)| (*number, (*text != "?").then(|| (*text).to_owned()));
        lines.iter().map(told).collect()
    }

    #[test]
    fn lines_are_found_however_they_come() {
        assert_eq!(read(&[]), []);
        assert_eq!(read(&["\n \r\n\t\n"]), []);
        assert_eq!(read(&["a\nb"]), lines(&[(1, "a"), (2, "b")]));
        assert_eq!(read(&["a\r\n\r\n b \r\n"]), lines(&[(1, "a"), (3, "b")]));
        assert_eq!(
            read(&["ab", "cd\ne", "", "f\n"]),
            lines(&[(1, "abcd"), (2, "ef")])
        );
        assert_eq!(
            read(&["\u{feff}a\n\u{feff}b"]),
            lines(&[(1, "a"), (2, "\u{feff}b")])
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        assert_eq!(
            read(&["12345678\n123456789\nc"]),
            lines(&[(1, "12345678"), (2, "?"), (3, "c")])
        );
        assert_eq!(
            read(&["1234", "5678", "9", &"x".repeat(1000), "\nb"]),
            lines(&[(1, "?"), (2, "b")])
        );
        assert_eq!(read(&["a\n12345", "6789"]), lines(&[(1, "a"), (2, "?")]));
    }

    #[test]
    fn an_error_ends_the_reading() {
        let mut count = 0;
        let outcome = Lines::new(8).feed(b"a\nb\nc\n", &mut |number, _| {
            count += 1;
            if number < 2 {
                Ok(())
            } else {
                Err(ApiError::not_found())
            }
        });
        assert!(outcome.is_err());
        assert_eq!(count, 2);
    }
}
