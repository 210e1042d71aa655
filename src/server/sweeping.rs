//! Removes files that no record names, at the start and once a day.

use std::sync::Arc;
use std::time::Duration;

use bugle_actors::Actors;
use bugle_storage::{BlobStore, StorageError, sweep_blobs};

const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Sweeps until the server stops. Reading and removing run where blocking harms nobody.
pub(super) async fn run(actors: Actors, blobs: Arc<BlobStore>) {
    let mut days = tokio::time::interval(INTERVAL);
    loop {
        days.tick().await;
        let (store, blobs) = (Arc::clone(actors.store()), Arc::clone(&blobs));
        let now = actors.clock().now();
        match tokio::task::spawn_blocking(move || sweep_blobs(&*store, &blobs, now)).await {
            // Nothing to remove is how it should be, and no news.
            Ok(Ok(report)) if report.removed == 0 => {
                tracing::debug!(kept = report.kept, "no file is there that no record names");
            }
            Ok(Ok(report)) => tracing::info!(
                kept = report.kept,
                removed = report.removed,
                "files that no record names were removed"
            ),
            // The server stops in the middle of it.
            Ok(Err(StorageError::Closed)) => return,
            Err(ended) if ended.is_cancelled() => return,
            Err(panicked) => {
                tracing::error!(%panicked, "the sweep of files broke off and is tried again tomorrow");
            }
            Ok(Err(cause)) => tracing::warn!(%cause, "files that no record names cannot be looked for"),
        }
    }
}
