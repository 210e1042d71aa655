//! The `bugle` command.

use std::process::ExitCode;

/// Chosen by measurement: see "Allocator" in `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bugle::cli::run()
}
