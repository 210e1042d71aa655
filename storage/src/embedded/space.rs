//! Looks once a second whether the disk has space left.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::StorageError;
use crate::disk::Disk;

/// How often it looks.
const PERIOD: Duration = Duration::from_secs(1);

/// The thread that looks, and what it saw last.
pub(super) struct SpaceWatch {
    low: Arc<AtomicBool>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl SpaceWatch {
    /// Looks now, and from now on every second: is there less than `reserve` bytes left below `path`?
    pub(super) fn start(disk: Arc<dyn Disk>, path: &Path, reserve: u64) -> Result<Self, StorageError> {
        let low = Arc::new(AtomicBool::new(is_low(disk.as_ref(), path, reserve, false)));
        let (stop, stopped) = channel();
        let path = path.to_owned();
        let failed_path = path.clone();
        let seen = Arc::clone(&low);
        let watch = move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PERIOD) {
                let before = seen.load(Ordering::Relaxed);
                seen.store(is_low(disk.as_ref(), &path, reserve, before), Ordering::Relaxed);
            }
        };
        let thread = thread::Builder::new()
            .name("disk space".into())
            .spawn(watch)
            .map_err(|error| StorageError::io("starting a thread for", &failed_path, error))?;
        Ok(Self { low, stop, thread })
    }

    /// Whether there was too little space when it looked last.
    pub(super) fn low(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.low)
    }

    /// Ends the thread.
    pub(super) fn stop(self) {
        drop(self.stop);
        // It has nothing to hand back, and a panic in it has been told already.
        let _ = self.thread.join();
    }
}

/// Whether less than `reserve` is left. When that cannot be told, what was seen before holds. Says in the log
/// when it changes.
fn is_low(disk: &dyn Disk, path: &Path, reserve: u64, before: bool) -> bool {
    let Ok(free) = disk.free_space(path) else {
        return before;
    };
    let low = free < reserve;
    if low && !before {
        tracing::error!(path = %path.display(), free, reserve, "the disk is nearly full: writes are refused");
    } else if before && !low {
        tracing::info!(path = %path.display(), free, "the disk has space again: writes are taken");
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimulatedDisk;

    #[test]
    fn low_space_comes_and_goes() {
        let disk = SimulatedDisk::new(1);
        let path = Path::new("/data");
        disk.create_directory(path).unwrap();
        disk.set_free_space(1000);
        assert!(!is_low(&disk, path, 1000, false), "exactly the reserve is enough");
        assert!(is_low(&disk, path, 1001, false));
        disk.set_free_space(5000);
        assert!(!is_low(&disk, path, 1001, true));
    }
}
