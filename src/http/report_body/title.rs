//! Makes a title for a report that came without one.

/// Characters of a made title, without the ellipsis.
const LENGTH_MAX: usize = 80;

/// A sentence shorter than this says too little to stand alone ("Hi!").
const SENTENCE_LENGTH_MIN: usize = 20;

/// The first sentence or line of a description, cut at a word. Empty when the description is blank.
pub(super) fn from_description(description: &str) -> String {
    let line = description
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let sentence = first_sentence(line);
    let Some((cut, _)) = sentence.char_indices().nth(LENGTH_MAX) else {
        return single_spaced(sentence);
    };
    let head = sentence.get(..cut).unwrap_or_default();
    let goes_on_in_a_word = !sentence
        .get(cut..)
        .is_some_and(|rest| rest.starts_with(char::is_whitespace));
    let head = match head.rfind(char::is_whitespace) {
        Some(blank) if goes_on_in_a_word => head.get(..blank).unwrap_or_default(),
        _ => head,
    };
    let head = head.trim_end_matches(|last: char| last.is_whitespace() || ",;:-".contains(last));
    single_spaced(head) + "\u{2026}"
}

/// Up to the first full stop, exclamation or question mark that a blank follows; a full stop is dropped.
fn first_sentence(line: &str) -> &str {
    let ends = line
        .char_indices()
        .filter(|(_, character)| matches!(character, '.' | '!' | '?'));
    for (at, mark) in ends {
        let (Some(head), Some(tail)) = (line.get(..at), line.get(at + 1..)) else {
            continue;
        };
        if !tail.is_empty() && !tail.starts_with(char::is_whitespace) {
            continue;
        }
        if tail.is_empty() || head.chars().count() >= SENTENCE_LENGTH_MIN {
            return if mark == '.' {
                head.trim_end_matches('.')
            } else {
                line.get(..=at).unwrap_or(head)
            };
        }
    }
    line
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_sentence_or_line() {
        for (description, title) in [
            ("The door is stuck", "The door is stuck"),
            ("The door is stuck.", "The door is stuck"),
            ("\n\n  The   door \t is stuck  \nand more", "The door is stuck"),
            (
                "The cellar door is stuck now. I pushed it.",
                "The cellar door is stuck now",
            ),
            (
                "Is the cellar door meant to be stuck? It is.",
                "Is the cellar door meant to be stuck?",
            ),
            ("Hi! The cellar door is stuck.", "Hi! The cellar door is stuck"),
            (
                "Version 1.2.3 of it crashes at 0.5 speed",
                "Version 1.2.3 of it crashes at 0.5 speed",
            ),
            ("It broke...", "It broke"),
            ("", ""),
            (" \n ", ""),
        ] {
            assert_eq!(from_description(description), title, "{description:?}");
        }
    }

    #[test]
    fn a_long_one_is_cut_at_a_word() {
        let words = "word ".repeat(40);
        let expected = "word ".repeat(16).trim_end().to_owned() + "\u{2026}";
        assert_eq!(from_description(&words), expected);
        let commas = "word, ".repeat(40);
        assert!(
            from_description(&commas).ends_with("word\u{2026}"),
            "{}",
            from_description(&commas)
        );
        let one_word = "\u{f6}".repeat(200);
        assert_eq!(from_description(&one_word), "\u{f6}".repeat(80) + "\u{2026}");
    }
}
