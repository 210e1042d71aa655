//! Removes blobs that no record names: an upload that was refused after its bytes had come, or was cut short by a
//! crash between blob and record, leaves one.

use std::ops::ControlFlow;
use std::time::{Duration, SystemTime};

use super::BlobStore;
use crate::records::{Attachment, BlobHash};
use crate::{Key, ShardId, StorageError, Store, StoreState, Table, Timestamp, codec};

/// How old a blob must be. A blob gets its name, and its age, in the moment in which a record that names it is asked for,
/// also when it is there already: so one that is younger may still be named, and an older one is not.
const AGE_MIN: Duration = Duration::from_secs(24 * 60 * 60);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Blobs that a record names, or that are too young to tell.
    pub kept: u64,
    /// Blobs that were removed.
    pub removed: u64,
}

/// Removes the blobs that no record names and that were written more than 24 hours before `now`. Blocks, reads every
/// attachment's record, and may run while files are uploaded. Ends early when the store closes.
///
/// # Errors
/// Nothing is removed unless every record could be read.
pub fn sweep_blobs(
    store: &dyn Store,
    blobs: &BlobStore,
    now: Timestamp,
) -> Result<SweepReport, StorageError> {
    let named = named_blobs(store)?;
    let now = Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
    let cutoff = SystemTime::UNIX_EPOCH + now.saturating_sub(AGE_MIN);
    let mut report = SweepReport::default();
    blobs.forget_uploads(cutoff)?;
    for folder in blobs.folders()? {
        ensure_open(store)?;
        for hash in blobs.list_folder(&folder)? {
            let is_named = named.binary_search(&head(hash)).is_ok();
            if !is_named && blobs.remove_older(hash, cutoff)? {
                report.removed += 1;
            } else {
                report.kept += 1;
            }
        }
    }
    Ok(report)
}

/// The heads of all blobs that records name, sorted.
fn named_blobs(store: &dyn Store) -> Result<Vec<u64>, StorageError> {
    let mut named = Vec::new();
    for shard in (0..=ShardId::SYSTEM.0).map(ShardId) {
        let mut outcome = Ok(());
        let prefix = Key::new(shard, Table::Attachment);
        store.scan(prefix.as_bytes(), &mut |_, value| {
            outcome = ensure_open(store)
                .and_then(|()| codec::decode::<Attachment>(value))
                .map(|file| named.push(head(file.blob)));
            match outcome {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        outcome?;
    }
    named.sort_unstable();
    Ok(named)
}

/// The first eight bytes: enough to tell blobs apart, and where they do not, one is kept that need not be.
fn head(hash: BlobHash) -> u64 {
    hash.0.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

fn ensure_open(store: &dyn Store) -> Result<(), StorageError> {
    match store.state() {
        StoreState::Failed => Err(StorageError::Closed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
