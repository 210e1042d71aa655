//! The `bugle` command.

use std::process::ExitCode;

/// See "Allocator" in `docs/performance.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bugle::cli::run()
}
