//! Some lines of a text, read piece by piece: a file is never whole in memory, and neither is a long line. A page shows the
//! beginning of one, a search what stands around what it found.

use std::ops::Range;

use bugle_storage::StorageError;

use super::finding::{Finding, Found};
use super::plain::PlainText;

/// How many lines stand on a page.
pub(super) const LINES_MAX: u64 = 2000;
/// How many lines a search shows.
pub(super) const HITS_MAX: usize = 500;
/// How far into a file is read, in bytes. What lies behind is for those who download it.
pub(super) const SCANNED_MAX: u64 = 64 << 20;
/// How much of a line is shown, in bytes.
const LINE_SIZE_MAX: usize = 1000;
/// How much text stands on a page, in bytes. A thread that answers games too sends it.
const PAGE_SIZE_MAX: usize = 512 << 10;
/// How much is read at a time, in bytes.
const PIECE_SIZE: usize = 256 << 10;

/// Which lines are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A page of them, from this one on. The first is 1.
    From(u64),
    /// Those with this text, which is in lower case.
    With(String),
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// Without what ends it, and without codes for colours.
    pub(super) text: String,
    /// Where in the text the finds of a search are, in order, in bytes.
    pub(super) marks: Vec<Range<usize>>,
    /// Whether its beginning is left out.
    pub(super) begins_late: bool,
    /// Whether its end is left out.
    pub(super) is_cut: bool,
}

impl Line {
    /// The text in parts: whether each is a find, and what it is.
    pub(super) fn parts(&self) -> Vec<(bool, &str)> {
        let mut parts = Vec::with_capacity(2 * self.marks.len() + 1);
        let mut end = 0;
        let part = |range: Range<usize>| self.text.get(range).unwrap_or_default();
        for mark in &self.marks {
            parts.push((false, part(end..mark.start)));
            parts.push((true, part(mark.clone())));
            end = mark.end;
        }
        parts.push((false, part(end..self.text.len())));
        parts.retain(|(_, text)| !text.is_empty());
        parts
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Read {
    /// The lines that were wanted.
    pub(super) lines: Vec<Line>,
    /// Whether there are more of them.
    pub(super) has_more: bool,
    /// Whether the file is longer than is read here, and its end was not looked at.
    pub(super) is_too_long: bool,
}

/// Reads the lines that are wanted with `read_at`, which takes an offset and says how much it has read; nothing means
/// the end.
pub(super) fn read(
    wanted: &Wanted,
    mut read_at: impl FnMut(u64, &mut [u8]) -> Result<usize, StorageError>,
) -> Result<Read, StorageError> {
    let mut reading = Reading::new(wanted);
    let mut buffer = vec![0; PIECE_SIZE];
    let mut offset = 0;
    while offset < SCANNED_MAX {
        let count = read_at(offset, &mut buffer)?;
        let Some(piece) = buffer.get(..count).filter(|piece| !piece.is_empty()) else {
            return Ok(reading.finish());
        };
        offset += count as u64;
        if reading.take(piece) {
            return Ok(reading.read);
        }
    }
    let is_too_long = read_at(offset, &mut buffer)? > 0;
    Ok(Read {
        is_too_long,
        ..reading.finish()
    })
}

struct Reading<'w> {
    wanted: &'w Wanted,
    /// The number of the line that is being read.
    number: u64,
    is_begun: bool,
    /// Its beginning, where a page of lines is wanted.
    line: Vec<u8>,
    is_cut: bool,
    /// The whole of it as it goes by, where some words are wanted.
    finding: Option<Finding<'w>>,
    /// Bytes of the lines that were taken up.
    size: usize,
    read: Read,
}

impl<'w> Reading<'w> {
    fn new(wanted: &'w Wanted) -> Self {
        Self {
            wanted,
            number: 1,
            is_begun: false,
            line: Vec::new(),
            is_cut: false,
            finding: match wanted {
                Wanted::With(words) => Some(Finding::new(words)),
                Wanted::From(_) => None,
            },
            size: 0,
            read: Read::default(),
        }
    }

    /// Whether nothing more is wanted.
    fn take(&mut self, piece: &[u8]) -> bool {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.gather(part);
            if part.ends_with(b"\n") && self.end_line() {
                return true;
            }
        }
        false
    }

    fn gather(&mut self, part: &[u8]) {
        self.is_begun = true;
        if let Some(finding) = &mut self.finding {
            return finding.take(part);
        }
        if matches!(self.wanted, Wanted::From(first) if self.number < *first) {
            return;
        }
        let room = LINE_SIZE_MAX.saturating_sub(self.line.len());
        let taken = part.get(..room).unwrap_or(part);
        self.is_cut |= taken.len() < part.trim_ascii_end().len();
        self.line.extend_from_slice(taken);
    }

    /// Takes the line up if it is wanted. Whether nothing more is.
    fn end_line(&mut self) -> bool {
        let (found, lines_max) = match (&mut self.finding, self.wanted) {
            (Some(finding), _) => (finding.end(), HITS_MAX as u64),
            (None, Wanted::From(first)) if self.number < *first => (None, LINES_MAX),
            (None, _) => (Some(self.beginning()), LINES_MAX),
        };
        let is_full = self.read.lines.len() as u64 >= lines_max || self.size >= PAGE_SIZE_MAX;
        if found.is_some() && is_full {
            self.read.has_more = true;
            return true;
        }
        if let Some(found) = found {
            self.size += found.text.len();
            self.read.lines.push(Line {
                number: self.number,
                text: found.text,
                marks: found.marks,
                begins_late: found.begins_late,
                is_cut: found.is_cut,
            });
        }
        self.number += 1;
        self.line.clear();
        self.is_cut = false;
        self.is_begun = false;
        false
    }

    /// The beginning of the line, which is shown whatever it says.
    fn beginning(&self) -> Found {
        let mut plain = PlainText::default();
        plain.push(&self.line);
        plain.end();
        Found {
            text: plain.text,
            is_cut: self.is_cut,
            ..Found::default()
        }
    }

    fn finish(mut self) -> Read {
        if self.is_begun {
            self.end_line();
        }
        self.read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a text in pieces of so many bytes.
    fn read_text(text: &[u8], size: usize, wanted: &Wanted) -> Read {
        let read_at = |offset: u64, buffer: &mut [u8]| {
            let rest = text.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
            let count = rest.len().min(size).min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        };
        read(wanted, read_at).unwrap()
    }

    fn told(read: &Read) -> Vec<(u64, &str)> {
        read.lines
            .iter()
            .map(|line| (line.number, line.text.as_str()))
            .collect()
    }

    #[test]
    fn lines_are_the_same_however_the_pieces_fall() {
        let text = "one\r\n\ntwo \u{1b}[31mred\u{1b}[0m\nd\u{f6}rt".as_bytes();
        for size in 1..text.len() {
            let read = read_text(text, size, &Wanted::From(1));
            assert_eq!(
                told(&read),
                [(1, "one"), (2, ""), (3, "two red"), (4, "d\u{f6}rt")],
                "{size}"
            );
            assert!(!read.has_more && !read.is_too_long);
        }
        assert_eq!(told(&read_text(b"", 9, &Wanted::From(1))), []);
        assert_eq!(told(&read_text(b"a\n", 9, &Wanted::From(1))), [(1, "a")]);
    }

    #[test]
    fn a_page_begins_where_it_is_asked_to_and_knows_of_the_next() {
        let text: Vec<_> = (1..=4500).map(|number| format!("line {number}\n")).collect();
        let text = text.concat();
        let page = |from| read_text(text.as_bytes(), 1000, &Wanted::From(from));
        let last = |read: &Read| read.lines.last().map(|line| line.number);
        assert_eq!((last(&page(1)), page(1).has_more), (Some(2000), true));
        assert_eq!(page(2001).lines[0].text, "line 2001");
        assert_eq!((last(&page(4001)), page(4001).has_more), (Some(4500), false));
        assert!(page(4501).lines.is_empty());
    }

    #[test]
    fn a_search_finds_lines_in_any_case_and_is_bounded() {
        let wanted = Wanted::With("null \u{f6}".to_owned());
        let text = "ok\nNull \u{d6}bject\nnull\nx null \u{f6}".as_bytes();
        assert_eq!(
            told(&read_text(text, 3, &wanted)),
            [(2, "Null \u{d6}bject"), (4, "x null \u{f6}")]
        );
        let many = "null \u{f6}\n".repeat(HITS_MAX + 1);
        let read = read_text(many.as_bytes(), 4096, &wanted);
        assert_eq!((read.lines.len(), read.has_more), (HITS_MAX, true));
    }

    #[test]
    fn a_search_looks_at_the_whole_of_a_long_line() {
        let long = "x".repeat(300_000);
        let text = format!("first\n{long} the Needle {long}\nlast needle\n");
        for size in [1000, 65_536, 262_144] {
            let read = read_text(text.as_bytes(), size, &Wanted::With("needle".to_owned()));
            let numbers: Vec<_> = read.lines.iter().map(|line| line.number).collect();
            assert_eq!(numbers, [2, 3], "in pieces of {size}");
            let line = &read.lines[0];
            assert!(line.begins_late && line.is_cut && line.text.len() <= LINE_SIZE_MAX);
            let parts = line.parts();
            let found: Vec<_> = parts.iter().filter(|part| part.0).map(|part| part.1).collect();
            assert_eq!((parts.len(), found), (3, vec!["Needle"]));
            assert_eq!(read.lines[1].parts(), [(false, "last "), (true, "needle")]);
        }
    }

    #[test]
    fn a_page_of_long_lines_ends_earlier() {
        let text = format!("{}\n", "<".repeat(LINE_SIZE_MAX)).repeat(1000);
        let read = read_text(text.as_bytes(), 4096, &Wanted::From(1));
        let size: usize = read.lines.iter().map(|line| line.text.len()).sum();
        assert!(read.has_more && size <= PAGE_SIZE_MAX + LINE_SIZE_MAX, "{size}");
        let last = read.lines.last().unwrap().number;
        let next = read_text(text.as_bytes(), 4096, &Wanted::From(last + 1));
        assert_eq!(next.lines[0].number, last + 1);
    }

    #[test]
    fn of_a_long_line_its_beginning_is_shown() {
        let text = format!("{}\nnext", "x".repeat(LINE_SIZE_MAX + 10));
        let read = read_text(text.as_bytes(), 1000, &Wanted::From(1));
        assert_eq!(read.lines[0].text.len(), LINE_SIZE_MAX);
        assert!(read.lines[0].is_cut && !read.lines[1].is_cut);
        assert_eq!(told(&read)[1], (2, "next"));
    }

    #[test]
    fn the_end_of_a_very_long_file_is_left_alone() {
        let endless = |_: u64, buffer: &mut [u8]| {
            buffer.fill(b'x');
            Ok(buffer.len())
        };
        let read = read(&Wanted::With("y".to_owned()), endless).unwrap();
        assert!(read.is_too_long && read.lines.is_empty());
    }
}
