//! Values out of the environment that are not right: clap tells the option they stand for, and whoever reads that has set
//! a variable, perhaps long ago.

use std::ffi::{OsStr, OsString};

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error};

/// The variable that the value came from which `error` is about; `None` where it came from the command line.
pub(super) fn variable_of(error: &Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    // As clap writes it, with what it takes: `--listen <ADDR:PORT>`.
    let option = option.split(' ').next()?;
    let is_given = |argument: &OsString| {
        let argument = argument.to_string_lossy();
        argument.split('=').next() == Some(option)
    };
    if arguments.iter().any(is_given) {
        return None;
    }
    let long = option.strip_prefix("--")?;
    let commands = std::iter::once(command).chain(command.get_subcommands());
    let mut all = commands.flat_map(Command::get_arguments);
    let found = all.find(|argument| argument.get_long() == Some(long))?;
    found.get_env().and_then(OsStr::to_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn command() -> Command {
        let listen = Arg::new("listen").long("listen").env("BUGLE_TEST_LISTEN");
        let port = clap::value_parser!(u16);
        Command::new("bugle").subcommand(Command::new("serve").arg(listen.value_parser(port)))
    }

    #[track_caller]
    fn check(line: &str, expected: Option<&str>) {
        let arguments: Vec<_> = line.split(' ').map(OsString::from).collect();
        let error = command().try_get_matches_from(&arguments).unwrap_err();
        assert_eq!(
            variable_of(&error, &command(), &arguments).as_deref(),
            expected,
            "{line}"
        );
    }

    #[test]
    fn what_the_command_line_says_is_no_variables() {
        check("bugle serve --listen x", None);
        check("bugle serve --listen=x", None);
        check("bugle serve --other x", None);
    }

    #[test]
    fn the_variable_is_that_of_the_option() {
        let arguments = ["bugle", "serve"].map(OsString::from);
        let error = command()
            .try_get_matches_from(["bugle", "serve", "--listen", "x"])
            .unwrap_err();
        let told = ContextValue::String("--listen <listen>".to_owned());
        assert_eq!(error.get(ContextKind::InvalidArg), Some(&told));
        let variable = variable_of(&error, &command(), &arguments);
        assert_eq!(variable.as_deref(), Some("BUGLE_TEST_LISTEN"));
    }
}
