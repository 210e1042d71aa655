//! The command that goes without saying.

use std::ffi::{OsStr, OsString};

/// What is run when nobody names a command.
const DEFAULT: &str = "serve";
/// Answered before any command: about the program as a whole.
const OF_THE_PROGRAM: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// Puts `serve` in front when the arguments, the program's name first, name no command: its options then stand alone,
/// as in `bugle --listen 127.0.0.1:9000`.
pub(super) fn with_command(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if !names_command(arguments.iter().skip(1).map(OsString::as_os_str)) {
        arguments.insert(1.min(arguments.len()), DEFAULT.into());
    }
    arguments
}

/// A command is the first word that is neither an option nor an option's value. Every option takes a value, but for
/// those about the program.
fn names_command<'a>(mut arguments: impl Iterator<Item = &'a OsStr>) -> bool {
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy();
        if OF_THE_PROGRAM.contains(&&*text) || !text.starts_with('-') {
            return true;
        }
        if !text.contains('=') {
            arguments.next();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &str, expected: &str) {
        let split = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(with_command(split(given)), split(expected), "{given}");
    }

    #[test]
    fn options_alone_are_those_of_serve() {
        check("bugle", "bugle serve");
        check("bugle --listen 0.0.0.0:80", "bugle serve --listen 0.0.0.0:80");
        check("bugle --data serve", "bugle serve --data serve");
        check("bugle --data=d --workers 3", "bugle serve --data=d --workers 3");
        check("bugle --data", "bugle serve --data");
        check("bugle --no-such-option", "bugle serve --no-such-option");
    }

    #[test]
    fn a_command_that_is_named_stays() {
        for line in [
            "bugle serve",
            "bugle serve --workers 3",
            "bugle --data d token list",
            "bugle --data=d check",
            "bugle no-such-command",
            "bugle --help",
            "bugle --data d -h",
            "bugle --version",
            "bugle -V",
        ] {
            check(line, line);
        }
    }

    #[test]
    fn without_even_a_name_there_is_still_a_command() {
        assert_eq!(with_command(Vec::new()), ["serve"]);
    }
}
