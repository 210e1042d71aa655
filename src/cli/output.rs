//! What commands write for whoever called them.

use std::io::{self, ErrorKind, Write};

/// Writes to standard output. A reader that went away has read what it wanted (`bugle token list | head -1`), and that
/// is no error.
pub(super) fn print(text: &str) -> io::Result<()> {
    match show(text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}

/// Writes to standard output what cannot be shown again: there a reader that went away is an error.
pub(super) fn show(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Says something more on standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Says on standard error why a command failed. If nobody listens there either, the exit code has to do.
pub(super) fn complain(error: &dyn std::error::Error) {
    let _ = writeln!(io::stderr(), "bugle: {error}");
}
