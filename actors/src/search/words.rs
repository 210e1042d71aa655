//! From text to the words that are looked for: in lower case, without accents.

use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, SimpleTokenizer, TextAnalyzer};

/// How much of a text is read, in bytes: whoever pastes a log into a description is found by its beginning.
const TEXT_SIZE_MAX: usize = 64 << 10;
/// The longest word, in bytes; of a longer one this much counts.
const WORD_SIZE_MAX: usize = 64;

/// The words of a text, each once, in the order in which they first come; so many at the most.
///
/// What is neither letter nor digit divides words. Where a script sets no blanks between words, each character
/// counts as one.
pub(super) fn words(text: &str, limit: usize) -> Vec<String> {
    let mut seen = foldhash::HashSet::default();
    let mut found = Vec::new();
    let mut words = Words::new(text);
    let mut word = String::new();
    while found.len() < limit && words.append_next(&mut word) {
        if !seen.contains(&word) {
            seen.insert(word.clone());
            found.push(std::mem::take(&mut word));
        }
        word.clear();
    }
    found
}

/// What a byte is to the division into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Neither letter nor digit.
    Between,
    /// A letter or digit of ASCII.
    Word,
    /// Part of another character.
    Other,
}

fn class(byte: u8) -> Class {
    /// One look for each byte: texts are long.
    #[expect(
        clippy::indexing_slicing,
        reason = "the compiler works it out, and would panic itself"
    )]
    const CLASSES: [Class; 256] = {
        let mut classes = [Class::Between; 256];
        let mut byte = 0_u8;
        loop {
            if !byte.is_ascii() {
                classes[byte as usize] = Class::Other;
            } else if byte.is_ascii_alphanumeric() {
                classes[byte as usize] = Class::Word;
            }
            if byte == u8::MAX {
                break classes;
            }
            byte += 1;
        }
    };
    CLASSES.get(usize::from(byte)).copied().unwrap_or(Class::Other)
}

/// The words of a text one by one, as often as they come.
struct Words<'a> {
    /// What has not been looked at yet.
    rest: &'a str,
    /// What is left of a word with other letters than those of ASCII, in lower case and without accents.
    folded: String,
    /// Where in `folded` it begins.
    place: usize,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: beginning(text, TEXT_SIZE_MAX),
            folded: String::new(),
            place: 0,
        }
    }

    /// Appends the next word; false when there is none.
    fn append_next(&mut self, out: &mut String) -> bool {
        loop {
            if let Some(piece) = self.next_folded() {
                out.push_str(beginning(piece, WORD_SIZE_MAX));
                return true;
            }
            let Some((run, is_ascii)) = self.next_run() else {
                return false;
            };
            if is_ascii {
                let start = out.len();
                out.push_str(beginning(run, WORD_SIZE_MAX));
                if let Some(word) = out.get_mut(start..) {
                    word.make_ascii_lowercase();
                }
                return true;
            }
            self.fold(run);
        }
    }

    /// The next run of letters and digits, and whether they are all of ASCII.
    fn next_run(&mut self) -> Option<(&'a str, bool)> {
        let bytes = self.rest.as_bytes();
        let start = bytes.iter().position(|byte| class(*byte) != Class::Between)?;
        let after = bytes.get(start..)?.iter();
        let end = start + after.take_while(|byte| class(**byte) == Class::Word).count();
        // A byte that is not of ASCII is part of a character that may or may not go on with the word.
        if bytes.get(end).is_some_and(|byte| !byte.is_ascii()) {
            return self.next_run_of_any();
        }
        let run = self.rest.get(start..end)?;
        self.rest = self.rest.get(end..)?;
        Some((run, true))
    }

    /// The same, character by character.
    fn next_run_of_any(&mut self) -> Option<(&'a str, bool)> {
        let rest = self
            .rest
            .trim_start_matches(|character: char| !character.is_alphanumeric());
        let end = rest.find(|character: char| !character.is_alphanumeric());
        let (run, rest) = rest.split_at_checked(end.unwrap_or(rest.len()))?;
        self.rest = rest;
        (!run.is_empty()).then(|| (run, run.is_ascii()))
    }

    /// Brings a run into lower case and takes its accents away.
    fn fold(&mut self, run: &str) {
        let mut analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter)
            .build();
        self.folded.clear();
        self.place = 0;
        let mut stream = analyzer.token_stream(run);
        while stream.advance() {
            self.folded.push_str(&stream.token().text);
        }
    }

    /// The next word of the run that was folded last.
    fn next_folded(&mut self) -> Option<&str> {
        let rest = self.folded.get(self.place..).unwrap_or_default();
        let first = rest.chars().next()?;
        let size = if is_word_by_itself(first) {
            first.len_utf8()
        } else {
            rest.find(is_word_by_itself).unwrap_or(rest.len())
        };
        self.place += size;
        rest.get(..size)
    }
}

/// Characters of scripts that set no blanks between words: kana and Chinese characters.
fn is_word_by_itself(character: char) -> bool {
    matches!(character,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// The first `size` bytes, or a little less where that is within a character.
fn beginning(text: &str, size: usize) -> &str {
    if text.len() <= size {
        return text;
    }
    let end = (0..=size).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

/// Calls for each word of a text in turn, as often as it comes.
pub(super) fn for_each_word(text: &str, mut visit: impl FnMut(&str)) {
    let mut words = Words::new(text);
    let mut word = String::new();
    while words.append_next(&mut word) {
        visit(&word);
        word.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        super::words(text, usize::MAX)
    }

    #[test]
    fn words_are_plain_and_come_once() {
        assert_eq!(words("The door, THE Door!"), ["the", "door"]);
        assert_eq!(
            words("Köln — naïve_player's v1.2"),
            ["koln", "naive", "player", "s", "v1", "2"]
        );
        assert_eq!(words("*\"'()~^ 🎮 +-"), [""; 0]);
        assert_eq!(super::words("one two one three", 2), ["one", "two"]);
    }

    #[test]
    fn scripts_without_blanks_are_read_by_character() {
        assert_eq!(words("画面がBug化"), ["画", "面", "が", "bug", "化"]);
        assert_eq!(words("게임 충돌"), ["게임", "충돌"]);
    }

    #[test]
    fn much_text_is_cut() {
        assert_eq!(words(&"é".repeat(1000)), ["e".repeat(64)]);
        let long = "word ".repeat(100_000) + "end";
        assert_eq!(words(&long), ["word", "w"]);
    }

    #[test]
    fn the_index_gets_the_same_words_as_often_as_they_come() {
        let mut found = Vec::new();
        for_each_word("A/b naïve 画面 A", |word| found.push(word.to_owned()));
        assert_eq!(found, ["a", "b", "naive", "画", "面", "a"]);
    }
}
