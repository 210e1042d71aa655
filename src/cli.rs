//! The command line.

mod default_command;
mod environment;
mod maintain;
mod offline;
mod output;
mod serve;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, CommandFactory, Parser, Subcommand};

use crate::settings::{DataOptions, ServeOptions};

const WITHOUT_COMMAND: &str = "\
Without a command the server is run: `bugle --listen 127.0.0.1:9000` is `bugle serve --listen 127.0.0.1:9000`.
`bugle serve --help` shows all its options, and the variables that stand for them.";

/// A self-hosted server for in-game bug reports, suggestions and support tickets.
#[derive(Debug, Parser)]
#[command(name = "bugle", version, about, max_term_width = 100)]
#[command(override_usage = "bugle [COMMAND] [OPTIONS]", after_help = WITHOUT_COMMAND)]
struct CommandLine {
    #[command(flatten)]
    data: DataOptions,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server; what happens when no command is named
    Serve(Box<ServeOptions>),
    /// Work on accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Work on access tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Read every record and file, and verify it
    Check,
    /// Write everything into one file
    Backup {
        /// The file to write; it must not exist
        file: PathBuf,
    },
    /// Make a data directory out of a backup; if that is interrupted, delete the directory and begin anew
    Restore {
        /// The backup
        file: PathBuf,
        /// The journal of the lost data directory: what came after the backup is taken from there
        #[arg(long, value_name = "DIR")]
        journal: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Give somebody an account; the password is generated and shown once
    Add {
        /// The person's e-mail address
        email: String,
        /// What the person is called [default: their address up to the at sign]
        #[arg(long)]
        name: Option<String>,
        /// Make the person owner of every project
        #[arg(long)]
        administrator: bool,
    },
    /// Give somebody a new password, which is generated and shown once; it ends their sessions
    Password {
        /// The person's e-mail address
        email: String,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and show it, this once: of a person with --user, or of a project with --project
    #[command(group(ArgGroup::new("of").required(true).args(["user", "project"])))]
    Create {
        /// Make a personal token, which may do what this person may
        #[arg(long, value_name = "EMAIL")]
        user: Option<String>,
        /// Make a project token, with which a game reports
        #[arg(long, value_name = "PR-ID")]
        project: Option<String>,
        /// What the token is called
        #[arg(long)]
        name: String,
    },
    /// List all tokens by number, oldest first, without their values
    List,
    /// Make a token stop working
    Revoke {
        /// The token's number, or its partial value, as `list` shows them
        token: String,
    },
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let arguments = default_command::with_command(std::env::args_os().collect());
    let line = match CommandLine::try_parse_from(&arguments) {
        Ok(line) => line,
        Err(error) => return refuse(&error, &arguments),
    };
    let outcome = match line.command {
        Command::Serve(options) => serve::run(*options, line.data),
        Command::User(command) => offline::user(command, line.data),
        Command::Token(command) => offline::token(command, line.data),
        Command::Check => maintain::check(line.data),
        Command::Backup { file } => maintain::backup(&file, line.data),
        Command::Restore { file, journal } => maintain::restore(&file, journal.as_deref(), line.data),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            output::complain(&*error);
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong with the command line, or shows what it asks for, as `--help` does.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ExitCode {
    // Where nobody listens the exit code has to do.
    let _ = error.print();
    if let Some(variable) = environment::variable_of(error, &CommandLine::command(), arguments) {
        output::note(&format!("The value is that of the variable {variable}."));
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }
}
