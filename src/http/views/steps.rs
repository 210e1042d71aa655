//! Steps to reproduce, as answers list them.

use serde::Serialize;
use utoipa::ToSchema;

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Step<'a> {
    step: &'a str,
}

/// Free text as steps: a line each, or where a line numbers its steps on a number each, without the numbers or dashes that
/// people put before them.
pub(super) fn steps(text: &str) -> Vec<Step<'_>> {
    let mut found = Vec::new();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in lines {
        add_numbered(line, &mut found);
    }
    found
}

/// The steps' texts alone.
pub fn step_texts(text: &str) -> Vec<&str> {
    steps(text).into_iter().map(|step| step.step).collect()
}

/// A step without the mark before it, unless there is nothing else.
fn unmarked(step: &str) -> &str {
    let rest = match number_before(step) {
        Some((_, _, rest)) => Some(rest),
        None => step.strip_prefix(['-', '*']),
    };
    rest.map_or(step, str::trim_start)
}

/// The number that a text begins with, as that of a step, with its mark and what follows.
fn number_before(text: &str) -> Option<(u32, char, &str)> {
    let unnumbered = text.trim_start_matches(|character: char| character.is_ascii_digit());
    let number = text.get(..text.len() - unnumbered.len())?.parse().ok()?;
    let mark = unnumbered
        .chars()
        .next()
        .filter(|mark| matches!(mark, '.' | ')'))?;
    Some((number, mark, unnumbered.strip_prefix(mark)?))
}

/// Adds the steps of a line such as `1. Load. 2. Walk.` or `1) Load 2) Walk`: from each number to the next one.
fn add_numbered<'a>(line: &'a str, found: &mut Vec<Step<'a>>) {
    let mut add = |step| {
        found.push(Step { step: unmarked(step) });
    };
    let mut rest = line;
    let mut last = number_before(line).map(|(number, mark, _)| (number, mark));
    while let Some((number, mark)) = last
        && let Some(next) = number.checked_add(1)
        && let Some(at) = beginning_of(next, mark, unmarked(rest))
        && let Some((step, later)) = rest.split_at_checked(rest.len() - unmarked(rest).len() + at)
    {
        add(step.trim_end());
        rest = later.trim_start();
        last = Some((next, mark));
    }
    add(rest);
}

/// Where the step with that number begins. A dot makes a step of it behind a sentence only: `Go to level 2. Jump` is one.
fn beginning_of(number: u32, mark: char, text: &str) -> Option<usize> {
    // Every report is answered with its steps, and to look for a text takes far more preparing than for one character.
    let mut digits = itoa::Buffer::new();
    let digits = digits.format(number);
    let is_numbered = |text: &str| {
        let behind = text.strip_prefix(digits).and_then(|rest| rest.strip_prefix(mark));
        behind.is_some_and(|rest| rest.starts_with(' '))
    };
    let mut places = text.match_indices(' ').map(|(at, _)| at);
    places.find(|at| {
        let (before, from) = text.split_at_checked(*at).unwrap_or_default();
        is_numbered(from.get(1..).unwrap_or_default())
            && (mark == ')' || before.trim_end().ends_with(['.', '!', '?', ';', ',']))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_lines_without_their_numbers() {
        assert_eq!(
            told("1. Start\r\n\n 2) Jump \n- Fall\n* Land\n3D glasses on\n10 coins"),
            ["Start", "Jump", "Fall", "Land", "3D glasses on", "10 coins"]
        );
    }

    #[test]
    fn a_line_that_numbers_its_steps_on_has_all_of_them() {
        let table: [(&str, &[&str]); 11] = [
            ("1. Load. 2. Walk.", &["Load.", "Walk."]),
            ("1. Load!  2. Walk, 3. Fall", &["Load!", "Walk,", "Fall"]),
            ("1) Load 2) Walk 3) Fall", &["Load", "Walk", "Fall"]),
            (
                "9. Load. 10. Walk.\n11. Fall. 12. Die.",
                &["Load.", "Walk.", "Fall.", "Die."],
            ),
            ("1. Go to level 2. Jump", &["Go to level 2. Jump"]),
            ("1. Load. 3. Walk.", &["Load. 3. Walk."]),
            ("Load. 2. Walk.", &["Load. 2. Walk."]),
            (
                "1. Have 1.5 coins. 2.5 are too many.",
                &["Have 1.5 coins. 2.5 are too many."],
            ),
            ("1. Load. 2) Walk", &["Load. 2) Walk"]),
            ("1. 2. 3.", &["2. 3."]),
            ("99999999999. Load. 1. Walk.", &["99999999999. Load. 1. Walk."]),
        ];
        for (text, expected) in table {
            assert_eq!(told(text), expected, "{text}");
        }
        let many: Vec<_> = (1..20_000).map(|number| format!("{number}. a.")).collect();
        assert_eq!(told(&many.join(" ")).len(), 19_999, "in no time");
    }

    fn told(text: &str) -> Vec<&str> {
        steps(text).iter().map(|step| step.step).collect()
    }
}
