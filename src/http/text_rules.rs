//! Rules for short texts that people give things.

use super::body::Text;
use super::error::FieldError;

/// The longest name of a token, a project or a person, in characters.
pub const NAME_LENGTH_MAX: usize = 120;

/// A line that must be there: trimmed, without control characters, not longer than `length_max` characters.
pub fn required_line(
    field: &'static str,
    text: Option<Text>,
    length_max: usize,
    problems: &mut Vec<FieldError>,
) -> String {
    let text = text.map(|text| text.0).unwrap_or_default();
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    let line: String = text.chars().map(shown).collect();
    let line = line.trim().to_owned();
    if line.is_empty() {
        problems.push(FieldError::new(field, "can't be blank"));
    } else {
        is_short_enough(field, &line, length_max, problems);
    }
    line
}

/// A line that is to take the place of another when it is sent, as [`required_line`] has it.
pub fn changed_line(
    field: &'static str,
    text: Option<Text>,
    length_max: usize,
    problems: &mut Vec<FieldError>,
) -> Option<String> {
    text.map(|text| required_line(field, Some(text), length_max, problems))
}

/// Text that may be absent: trimmed, its control characters but for newlines and tabs replaced, not longer than
/// `length_max` characters. Blank text is none.
pub fn optional_text(
    field: &'static str,
    text: Option<Text>,
    length_max: usize,
    problems: &mut Vec<FieldError>,
) -> Option<String> {
    let is_unfit = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    let text = text?.0.trim().replace(is_unfit, " ");
    if text.is_empty() {
        return None;
    }
    is_short_enough(field, &text, length_max, problems).then_some(text)
}

/// Whether a text has at most `length_max` characters; notes it when not.
pub fn is_short_enough(
    field: &'static str,
    text: &str,
    length_max: usize,
    problems: &mut Vec<FieldError>,
) -> bool {
    let is_short = text.chars().count() <= length_max;
    if !is_short {
        let problem = format!("is too long (maximum is {length_max} characters)");
        problems.push(FieldError::new(field, problem));
    }
    is_short
}

/// A text without the blanks around it; blank text is none.
pub fn trimmed(text: Option<Text>) -> Option<String> {
    let text = text?.0.trim().to_owned();
    Some(text).filter(|text| !text.is_empty())
}
