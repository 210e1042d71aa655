//! `bugle check`, `backup` and `restore`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use crate::settings::DataOptions;

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// `bugle check`
pub(super) fn check(_data: DataOptions) -> Outcome {
    Err("not built yet".into())
}

/// `bugle backup FILE`
pub(super) fn backup(_file: &Path, _data: DataOptions) -> Outcome {
    Err("not built yet".into())
}

/// `bugle restore FILE`
pub(super) fn restore(_file: &Path, _journal: Option<&Path>, _data: DataOptions) -> Outcome {
    Err("not built yet".into())
}
