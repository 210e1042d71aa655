//! `bugle check`, `backup` and `restore`: a progress bar on standard error, a report on standard output.

mod progress;
mod report;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bugle_storage::{StorageError, maintenance};

use super::output::print;
use crate::settings::DataOptions;
use progress::ProgressLine;

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// `bugle check`: exits 1 when something is not as it was written.
pub(super) fn check(data: DataOptions) -> Outcome {
    let data = existing_directory(data)?;
    let line = ProgressLine::begin("Checking");
    let found = maintenance::check(&data, &mut |progress| line.show(progress));
    line.end();
    let found = found?;
    print(&report::check(&data, &found))?;
    Ok(exit_code(found.problems.is_empty()))
}

/// `bugle backup FILE`
pub(super) fn backup(file: &Path, data: DataOptions) -> Outcome {
    let data = existing_directory(data)?;
    let line = ProgressLine::begin("Backing up");
    let written = maintenance::backup(&data, file, &mut |progress| line.show(progress));
    line.end();
    print(&report::backup(file, &written?))?;
    Ok(ExitCode::SUCCESS)
}

/// `bugle restore FILE`: exits 1 when something of what was to come back is missing.
pub(super) fn restore(file: &Path, journal: Option<&Path>, data: DataOptions) -> Outcome {
    let data = directory(data)?;
    // Asked first, because a restore that began leaves a directory that has to be removed by hand.
    std::fs::File::open(file)
        .map_err(|error| format!("cannot read the backup {}: {error}", file.display()))?;
    if let Some(journal) = journal {
        ensure_something_in(journal)?;
    }
    let line = ProgressLine::begin("Restoring");
    let restored = maintenance::restore(file, &data, journal, &mut |progress| line.show(progress));
    line.end();
    let restored = restored.map_err(|error| with_next_step(error, &data))?;
    print(&report::restore(&data, &restored))?;
    let whole = restored.journal_problem.is_none() && restored.missing_blobs.is_empty();
    Ok(exit_code(whole))
}

/// A slip in the path must not pass for a journal without changes.
fn ensure_something_in(journal: &Path) -> Result<(), String> {
    let shown = journal.display();
    let mut entries = std::fs::read_dir(journal)
        .map_err(|error| format!("cannot read the journal {shown}: {error}; nothing was restored"))?;
    match entries.next() {
        Some(_) => Ok(()),
        None => Err(format!("there is no journal in {shown}: nothing was restored")),
    }
}

fn directory(data: DataOptions) -> Result<PathBuf, Box<dyn Error>> {
    Ok(data.settle()?.data)
}

fn existing_directory(data: DataOptions) -> Result<PathBuf, Box<dyn Error>> {
    let data = directory(data)?;
    if data.is_dir() {
        Ok(data)
    } else {
        Err(format!(
            "there is no data directory {}: name another with --data",
            data.display()
        )
        .into())
    }
}

/// What is to be done after a restore that failed in its midst, behind why it failed.
fn with_next_step(error: StorageError, data: &Path) -> Box<dyn Error> {
    match error {
        StorageError::HalfRestored { .. } => error.into(),
        error if maintenance::is_half_restored(data) => {
            let data = data.display();
            format!("{error}\n{data} holds half a restore now: delete it before you restore again").into()
        }
        error => error.into(),
    }
}

fn exit_code(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
