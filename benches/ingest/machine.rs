//! The machine that the figures belong to.

use std::fs;
use std::path::Path;
use std::thread;

/// One line: cores, processor, kernel, and the file system below `folder`.
pub(crate) fn describe(folder: &Path) -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, name)| name.trim());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{cores} cores, {model}, Linux {}, data on {}",
        kernel.trim(),
        file_system(folder)
    )
}

/// Type and device of the mount that holds the folder: the longest mount point that it lies below.
fn file_system(folder: &Path) -> String {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut best = (0, "an unknown file system".to_owned());
    for line in mounts.lines() {
        let mut fields = line.split(' ');
        let (Some(device), Some(point), Some(kind)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        // At equal length the later mount hides the earlier.
        if folder.starts_with(point) && point.len() >= best.0 {
            best = (point.len(), format!("{kind} ({device})"));
        }
    }
    best.1
}
