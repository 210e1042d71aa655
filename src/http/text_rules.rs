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
    let line: String = text
        .trim()
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if line.is_empty() {
        problems.push(FieldError::new(field, "can't be blank"));
    } else if line.chars().count() > length_max {
        problems.push(FieldError::new(
            field,
            format!("is too long (maximum is {length_max} characters)"),
        ));
    }
    line
}
