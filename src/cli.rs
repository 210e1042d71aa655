//! The command line.

mod maintain;
mod offline;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::{DataOptions, ServeOptions};

/// A self-hosted server for in-game bug reports, suggestions and support tickets.
#[derive(Debug, Parser)]
#[command(name = "bugle", version, about, max_term_width = 100)]
struct CommandLine {
    #[command(flatten)]
    data: DataOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server; what happens when no command is given
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
    /// Make a data directory out of a backup
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
        /// What the person is called [default: the part before the @]
        #[arg(long)]
        name: Option<String>,
        /// Make the person owner of every project
        #[arg(long)]
        administrator: bool,
    },
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token; it is shown once
    Create {
        /// For a personal token: the e-mail address of its user
        #[arg(
            long,
            value_name = "EMAIL",
            conflicts_with = "project",
            required_unless_present = "project"
        )]
        user: Option<String>,
        /// For a project token: its project
        #[arg(long, value_name = "PR-ID")]
        project: Option<String>,
        /// What the token is called
        #[arg(long)]
        name: String,
    },
    /// List tokens, without their values
    List,
    /// Make a token stop working
    Revoke {
        /// The token's number, as `list` shows it
        token: u64,
    },
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let mut line = CommandLine::parse();
    if line.command.is_none() {
        // Parsed again as `serve`, so that its options are read from the environment too.
        let mut arguments: Vec<_> = std::env::args_os().collect();
        arguments.insert(1.min(arguments.len()), "serve".into());
        line = CommandLine::parse_from(arguments);
    }
    let outcome = match line.command.unwrap_or_else(|| Command::Serve(Box::default())) {
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
            eprintln!("bugle: {error}");
            ExitCode::FAILURE
        }
    }
}
