//! Steps to reproduce, as answers list them.

use serde::Serialize;
use utoipa::ToSchema;

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Step<'a> {
    step: &'a str,
}

/// Free text as steps: a line each, without the numbers or dashes that people put before them.
pub(super) fn steps(text: &str) -> Vec<Step<'_>> {
    let bare = |line: &'_ str| {
        let line = line.trim();
        let unnumbered = line.trim_start_matches(|character: char| character.is_ascii_digit());
        let rest = if unnumbered.len() < line.len() {
            unnumbered.strip_prefix(['.', ')']).map(str::trim_start)
        } else {
            line.strip_prefix(['-', '*']).map(str::trim_start)
        };
        line.len() - rest.unwrap_or(line).len()
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| Step {
            step: line.get(bare(line)..).unwrap_or(line),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_lines_without_their_numbers() {
        let found = steps("1. Start\r\n\n 2) Jump \n- Fall\n* Land\n3D glasses on\n10 coins");
        let found: Vec<_> = found.iter().map(|step| step.step).collect();
        assert_eq!(
            found,
            ["Start", "Jump", "Fall", "Land", "3D glasses on", "10 coins"]
        );
    }
}
