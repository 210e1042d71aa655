//! From text to the words that are looked for: in lower case, without accents.

use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, SimpleTokenizer, TextAnalyzer};

/// How much of a text is read, in bytes: whoever pastes a log into a description is found by its beginning.
const TEXT_SIZE_MAX: usize = 64 << 10;
/// The longest word, in bytes; of a longer one this much counts.
const WORD_SIZE_MAX: usize = 64;

/// The words of a text, each once, in the order in which they first come.
///
/// What is neither letter nor digit divides words. Where a script sets no blanks between words, each character
/// counts as one.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut analyzer = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build();
    let mut seen = foldhash::HashSet::default();
    let mut words = Vec::new();
    let mut take = |word: &str| {
        if seen.insert(word.to_owned()) {
            words.push(word.to_owned());
        }
    };
    let mut stream = analyzer.token_stream(beginning(text, TEXT_SIZE_MAX));
    while stream.advance() {
        let token = stream.token().text.as_str();
        for piece in token.split_inclusive(is_word_by_itself) {
            let last = piece.char_indices().next_back();
            match last.filter(|(_, last)| is_word_by_itself(*last)) {
                Some((start, _)) => {
                    let (before, character) = piece.split_at(start);
                    if !before.is_empty() {
                        take(beginning(before, WORD_SIZE_MAX));
                    }
                    take(character);
                }
                None => take(beginning(piece, WORD_SIZE_MAX)),
            }
        }
    }
    words
}

/// Characters of scripts that set no blanks between words: kana and Chinese characters.
fn is_word_by_itself(character: char) -> bool {
    matches!(character,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

/// The first `size` bytes, or a little less where that is within a character.
fn beginning(text: &str, size: usize) -> &str {
    let end = (0..=size.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain_and_come_once() {
        assert_eq!(words("The door, THE Door!"), ["the", "door"]);
        assert_eq!(
            words("Köln — naïve_player's v1.2"),
            ["koln", "naive", "player", "s", "v1", "2"]
        );
        assert_eq!(words("*\"'()~^ 🎮 +-"), [""; 0]);
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
}
