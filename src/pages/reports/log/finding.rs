//! Looks for a text in the whole of a line that comes piece by piece. No more of the line is held than a stretch of it, and
//! no more is shown than what stands around the first find.

use std::iter;
use std::ops::Range;

use super::plain::PlainText;

/// How much of a line is gathered before it is looked through, in bytes.
const STRETCH_SIZE: usize = 64 << 10;
/// How much is shown before a find that is not near the beginning of its line, in bytes.
const BEFORE_SIZE: usize = 300;
/// How much of a line is shown, in bytes.
const SHOWN_SIZE_MAX: usize = 1000;
/// How many finds are marked in a line. Each makes the page longer.
const MARKS_MAX: usize = 20;

/// What is shown of a line with a find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The part around the find.
    pub(super) text: String,
    /// Where the finds are in it, in order, in bytes.
    pub(super) marks: Vec<Range<usize>>,
    /// Whether what stands before it is left out.
    pub(super) begins_late: bool,
    /// Whether what stands behind it is left out.
    pub(super) is_cut: bool,
}

/// A line that is looked through.
pub(super) struct Finding<'w> {
    /// What is looked for, in lower case.
    words: &'w str,
    line: PlainText,
    is_found: bool,
    begins_late: bool,
    is_cut: bool,
}

impl<'w> Finding<'w> {
    /// Looks for `words`, which are in lower case and not empty.
    pub(super) fn new(words: &'w str) -> Self {
        Self {
            words,
            line: PlainText::default(),
            is_found: false,
            begins_late: false,
            is_cut: false,
        }
    }

    /// Takes more of the line, in as many steps as its size asks for.
    pub(super) fn take(&mut self, part: &[u8]) {
        for piece in part.chunks(STRETCH_SIZE) {
            if self.is_cut {
                return;
            }
            self.line.push(piece);
            if self.line.text.len() >= STRETCH_SIZE {
                self.look();
            }
        }
    }

    /// The end of the line: what was found in it, and the beginning of the next.
    pub(super) fn end(&mut self) -> Option<Found> {
        self.line.end();
        self.look();
        let text = std::mem::take(&mut self.line).text;
        let found = std::mem::take(&mut self.is_found).then(|| Found {
            marks: marks(&text, self.words),
            text,
            begins_late: self.begins_late,
            is_cut: self.is_cut,
        });
        self.begins_late = false;
        self.is_cut = false;
        found
    }

    fn look(&mut self) {
        let text = &self.line.text;
        if !self.is_found {
            let first = finds(text, self.words).into_iter().flatten().next();
            self.is_found = first.is_some();
            let let_go = match first {
                // What is near the beginning is shown from there, if that was not let go of before.
                Some(find) if find.end < SHOWN_SIZE_MAX - BEFORE_SIZE && !self.begins_late => 0,
                Some(find) => find.start.saturating_sub(BEFORE_SIZE),
                // A find may have begun, and is then to be shown with what stands before it.
                None => text.len().saturating_sub(BEFORE_SIZE + self.words.len() * 4),
            };
            self.let_go_before(let_go);
        }
        if self.is_found && self.line.text.len() > SHOWN_SIZE_MAX {
            let end = boundary_before(&self.line.text, SHOWN_SIZE_MAX);
            self.line.text.truncate(end);
            self.is_cut = true;
        }
    }

    fn let_go_before(&mut self, place: usize) {
        let place = boundary_before(&self.line.text, place);
        self.line.text.drain(..place);
        self.begins_late |= place > 0;
    }
}

/// Where a character begins, at this place or before it.
fn boundary_before(text: &str, place: usize) -> usize {
    let mut places = (0..=place.min(text.len())).rev();
    places.find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

/// Where the words stand in a text, whatever their case. Lower case may be longer or shorter, so places are looked up.
fn finds<'t>(text: &'t str, words: &'t str) -> Option<impl Iterator<Item = Range<usize>> + use<'t>> {
    let lower = text.to_lowercase();
    lower.find(words)?;
    // For each byte of the lower case the character that it comes from.
    let mut origins: Vec<Range<usize>> = Vec::with_capacity(lower.len());
    for (place, character) in text.char_indices() {
        let size = character.to_lowercase().map(char::len_utf8).sum();
        let origin = place..place + character.len_utf8();
        origins.extend(iter::repeat_n(origin, size));
    }
    let places: Vec<_> = lower
        .match_indices(words)
        .map(|(place, _)| place)
        .take(MARKS_MAX)
        .collect();
    let size = words.len();
    Some(places.into_iter().filter_map(move |place| {
        let (first, last) = (origins.get(place)?, origins.get(place + size - 1)?);
        Some(first.start..last.end)
    }))
}

/// The finds of a text; such that touch each other are one.
fn marks(text: &str, words: &str) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = Vec::new();
    for find in finds(text, words).into_iter().flatten() {
        match marks.last_mut() {
            Some(before) if find.start <= before.end => before.end = find.end,
            _ => marks.push(find),
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a line that comes in pieces of so many bytes.
    fn found_in(line: &[u8], size: usize, words: &str) -> Option<Found> {
        let mut finding = Finding::new(words);
        line.chunks(size).for_each(|piece| finding.take(piece));
        finding.end()
    }

    fn marked(found: &Found) -> Vec<&str> {
        found.marks.iter().map(|mark| &found.text[mark.clone()]).collect()
    }

    #[test]
    fn a_find_is_marked_in_any_case_wherever_it_lies() {
        for before in [0, 200, 999, 70_000, 200_001] {
            let line = format!("{}Null \u{d6}bject{}\r\n", "x".repeat(before), "y".repeat(5000));
            for size in [1, 977, 65_536, 262_144] {
                let found = found_in(line.as_bytes(), size, "null \u{f6}").unwrap();
                assert_eq!(marked(&found), ["Null \u{d6}"], "{before} in pieces of {size}");
                assert!(found.text.contains("bjectyyy"), "what follows it is shown");
                assert!(found.text.len() <= SHOWN_SIZE_MAX && found.is_cut);
                assert_eq!(found.begins_late, before > 900, "{before}");
                assert!(
                    found.marks[0].start >= BEFORE_SIZE.min(before),
                    "and what stands before it"
                );
            }
        }
        assert_eq!(found_in("x".repeat(200_000).as_bytes(), 977, "null"), None);
    }

    #[test]
    fn a_find_across_the_edge_of_a_stretch_is_found() {
        let needle = "needle";
        for place in STRETCH_SIZE - 10..STRETCH_SIZE + 4 {
            let line = format!("{}{needle}", "\u{f6}".repeat(place / 2) + &"-".repeat(place % 2));
            let found = found_in(line.as_bytes(), STRETCH_SIZE, needle).unwrap();
            assert_eq!(marked(&found), [needle], "{place}");
        }
    }

    #[test]
    fn no_more_of_a_line_is_held_than_a_stretch() {
        let mut finding = Finding::new("needle");
        for _ in 0..100 {
            finding.take("x".repeat(100_000).as_bytes());
            assert!(finding.line.text.len() < 2 * STRETCH_SIZE);
        }
        finding.take(b"needle");
        assert!(
            finding
                .end()
                .is_some_and(|found| found.begins_late && !found.is_cut)
        );
        finding.take(b"another line with a needle");
        assert!(
            finding.end().is_some_and(|found| !found.begins_late),
            "a line is for itself"
        );
    }

    #[test]
    fn marks_fit_what_they_mark() {
        // A dotted capital is longer in lower case, and `k` for Kelvin shorter.
        let found = found_in("\u{130}\u{212a}elvin ok".as_bytes(), 3, "kelvin").unwrap();
        assert_eq!(marked(&found), ["\u{212a}elvin"]);
        let found = found_in(b"aaaa b aa", 9, "a").unwrap();
        assert_eq!(found.marks, [0..4, 7..9]);
        let found = found_in("a.".repeat(100).as_bytes(), 9, "a").unwrap();
        assert_eq!(found.marks.len(), MARKS_MAX);
    }
}
