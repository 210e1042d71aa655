//! `bugle check`, `backup` and `restore`: a progress bar on standard error, a report on standard output.

mod progress;
mod report;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bugle_storage::maintenance;

use crate::settings::{DataOptions, ServeOptions};
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
    refuse_full_directory(&data)?;
    // Asked first, because a restore that began leaves a directory that has to be removed by hand.
    std::fs::File::open(file)
        .map_err(|error| format!("cannot read the backup {}: {error}", file.display()))?;
    let line = ProgressLine::begin("Restoring");
    let restored = maintenance::restore(file, &data, journal, &mut |progress| line.show(progress));
    line.end();
    let restored = restored?;
    print(&report::restore(&data, &restored))?;
    let whole = restored.journal_problem.is_none() && restored.missing_blobs.is_empty();
    Ok(exit_code(whole))
}

fn directory(data: DataOptions) -> Result<PathBuf, Box<dyn Error>> {
    Ok(ServeOptions::default().settle(data)?.data)
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

/// Asked before the store does, to say it in a restore's own words. `LOCK` is what a refused attempt leaves.
fn refuse_full_directory(data: &Path) -> Result<(), Box<dyn Error>> {
    let Ok(entries) = data.read_dir() else {
        return Ok(());
    };
    let found = entries.flatten().find(|entry| entry.file_name() != "LOCK");
    found.map_or(Ok(()), |entry| {
        let (data, name) = (data.display(), entry.file_name());
        let name = name.display();
        Err(format!(
            "{data} is not empty, it holds {name}: name a directory that is empty or not there with --data"
        )
        .into())
    })
}

fn print(report: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(report.as_bytes())?;
    output.flush()
}

fn exit_code(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
