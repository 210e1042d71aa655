//! Open files: how many this process may have at once, and how many connections that allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is open without a connection: the store, the journal and its archive, the listener, the standard streams. A
/// server at rest has 23; the rest is room to spare.
const RESERVED: u64 = 64;
/// The event queue of a worker, measured.
const PER_WORKER: u64 = 4;
/// A connection's socket, the file that it sends or fetches, and the folder that is synced when that is named.
const PER_CONNECTION: u64 = 3;
/// The most connections of a worker, however many files it may open; what waits beyond them waits in the system's queue.
const WORKER_CONNECTIONS_MAX: u64 = 25_600;

/// Lets the process open as many files as it may, and says how many connections each worker may have then.
pub(super) fn make_room(workers: usize) -> usize {
    let open_files = raise_limit();
    let connections = connections_per_worker(open_files, workers);
    tracing::info!(
        open_files,
        connections,
        "limits of this process: files that it may open, connections that each worker takes"
    );
    connections
}

/// Raises the process's limit of open files as far as it may go, and gives what it is then; `None` is no limit.
fn raise_limit() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files cannot be raised");
            limit.current
        }
    }
}

/// How many connections each worker may have, so that a process with this limit never runs out of descriptors.
fn connections_per_worker(limit: Option<u64>, workers: usize) -> usize {
    let workers = (workers as u64).max(1);
    let files = limit.unwrap_or(u64::MAX).saturating_sub(RESERVED) / workers;
    let connections = files.saturating_sub(PER_WORKER) / PER_CONNECTION;
    usize::try_from(connections.clamp(1, WORKER_CONNECTIONS_MAX)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_connections_can_hold_stays_below_the_limit() {
        for (limit, workers, expected) in [
            (Some(256), 1, 62),
            (Some(256), 2, 30),
            (Some(1024), 64, 3),
            (Some(1_048_576), 2, 25_600),
            (None, 2, 25_600),
            (Some(0), 8, 1),
        ] {
            assert_eq!(
                connections_per_worker(limit, workers),
                expected,
                "{limit:?}, {workers} workers"
            );
        }
    }
}
