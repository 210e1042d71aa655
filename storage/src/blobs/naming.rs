//! How a file that is whole comes by its name, and loses it again when nobody stores a record that names it.
//!
//! A file lies in `blobs/incoming/` until its sender's request is whole and found right, however long that takes: the
//! sweep does not look there. Then it gets its name and is as young as any. Whoever gave it the name says when no record
//! was stored. A blob that nobody had before, and that none of those who brought it in the meantime may have a record
//! for, is removed at once.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::BlobStore;
use crate::StorageError;
use crate::records::BlobHash;

/// Blobs of which it is not known yet whether a record will name them. The lock is held while a file gets its name, and
/// while one is looked at and removed: what was uploaded again in between must stay.
#[derive(Debug, Default)]
pub(super) struct Naming(Mutex<HashMap<BlobHash, Undecided>>);

/// A blob that requests under way have brought.
#[derive(Debug)]
struct Undecided {
    /// How many requests have not said what became of it.
    holders: usize,
    /// Whether the first of them found no such blob.
    is_new: bool,
    /// Whether one of them has, or may have, a record that names it.
    is_named: bool,
}

impl Naming {
    fn lock(&self) -> MutexGuard<'_, HashMap<BlobHash, Undecided>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BlobStore {
    /// Removes a blob unless it was written since `cutoff`, or somebody is about to name it. Says whether it did.
    pub(super) fn remove_older(&self, hash: BlobHash, cutoff: SystemTime) -> Result<bool, StorageError> {
        let path = self.place(hash);
        let naming = self.naming.lock();
        let modified = match self.disk.modified(&path) {
            // Whoever removed it since it was listed did our work.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            outcome => outcome.map_err(|error| StorageError::io("looking at", &path, error))?,
        };
        if modified >= cutoff || naming.contains_key(&hash) {
            return Ok(false);
        }
        let removed = self.disk.remove(&path);
        removed.map_err(|error| StorageError::io("removing", &path, error))?;
        Ok(true)
    }

    /// Makes a blob as young as one that came just now, for whoever is about to have a record name it. Says whether it is
    /// there.
    pub fn keep_young(&self, hash: BlobHash) -> Result<bool, StorageError> {
        let path = self.place(hash);
        let _naming = self.naming.lock();
        match self.disk.touch(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            touched => {
                touched.map_err(|error| StorageError::io("touching", &path, error))?;
                Ok(true)
            }
        }
    }

    fn hold(
        &self,
        naming: &mut HashMap<BlobHash, Undecided>,
        hash: BlobHash,
        size: u64,
        is_new: bool,
    ) -> KeptBlob {
        let undecided = naming.entry(hash).or_insert(Undecided {
            holders: 0,
            is_new,
            is_named: false,
        });
        undecided.holders += 1;
        KeptBlob {
            store: self.clone(),
            hash,
            size,
            is_refused: false,
        }
    }

    /// Says whether the blob was removed.
    fn release(&self, hash: BlobHash, is_named: bool) -> bool {
        let mut naming = self.naming.lock();
        let Some(undecided) = naming.get_mut(&hash) else {
            return false;
        };
        undecided.holders = undecided.holders.saturating_sub(1);
        undecided.is_named |= is_named;
        if undecided.holders > 0 {
            return false;
        }
        let is_nobodys = undecided.is_new && !undecided.is_named;
        naming.remove(&hash);
        // What cannot be removed is left to the sweep.
        is_nobodys && self.disk.remove(&self.place(hash)).is_ok()
    }
}

/// A blob that is whole and on the disk, and has no name yet. Dropped before [`SealedBlob::keep`], it leaves nothing
/// behind.
#[derive(Debug)]
pub struct SealedBlob {
    store: BlobStore,
    path: PathBuf,
    hash: BlobHash,
    size: u64,
    is_placed: bool,
}

impl SealedBlob {
    pub(super) const fn new(store: BlobStore, path: PathBuf, hash: BlobHash, size: u64) -> Self {
        Self {
            store,
            path,
            hash,
            size,
            is_placed: false,
        }
    }

    /// What it will be called.
    pub const fn hash(&self) -> BlobHash {
        self.hash
    }

    /// Size in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Gives the blob its name, to last. A blob that is there already is written over with the same bytes, because the
    /// first writer of it may not have synced its name yet, and because it is then as young as any other and not swept
    /// away before a record can name it.
    pub fn keep(mut self) -> Result<KeptBlob, StorageError> {
        let disk = &self.store.disk;
        let place = self.store.place(self.hash);
        let folder = place.parent().unwrap_or(&self.store.root).to_owned();
        disk.create_directory(&folder)
            .map_err(|error| StorageError::io("creating", &folder, error))?;
        // The rest of the form may have taken days since.
        disk.touch(&self.path)
            .map_err(|error| StorageError::io("touching", &self.path, error))?;
        let kept = {
            let mut naming = self.store.naming.lock();
            let before = disk.modified(&place);
            let is_new = before.is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
            let renamed = disk.rename(&self.path, &place);
            renamed.map_err(|error| StorageError::io("naming", &place, error))?;
            self.store.hold(&mut naming, self.hash, self.size, is_new)
        };
        self.is_placed = true;
        // A name that moves from one directory to another is only sure to last when both are synced.
        for directory in [&folder, &self.store.incoming()] {
            self.store
                .disk
                .sync_directory(directory)
                .map_err(|error| StorageError::io("syncing", directory, error))?;
        }
        Ok(kept)
    }
}

impl Drop for SealedBlob {
    fn drop(&mut self) {
        if !self.is_placed {
            // What stays behind is removed when the store is opened next.
            let _ = self.store.disk.remove(&self.path);
        }
    }
}

/// A blob that has its name, and that a record names or is about to name. The sweep does not touch it while this lives.
#[derive(Debug)]
pub struct KeptBlob {
    store: BlobStore,
    hash: BlobHash,
    size: u64,
    is_refused: bool,
}

impl KeptBlob {
    /// Its name.
    pub const fn hash(&self) -> BlobHash {
        self.hash
    }

    /// Size in bytes.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Says that no record was stored, for sure. The blob is removed, unless it was there before, or somebody else who
    /// has brought the same bytes may have a record of them. Says whether it was. Blocks.
    pub fn refuse(mut self) -> bool {
        self.is_refused = true;
        self.store.release(self.hash, false)
    }
}

impl Drop for KeptBlob {
    /// Without a word the blob stays: a record may name it, and if none does, the sweep finds out.
    fn drop(&mut self) {
        if !self.is_refused {
            self.store.release(self.hash, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::disk::SimulatedDisk;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn store() -> (SimulatedDisk, BlobStore) {
        let disk = SimulatedDisk::new(7);
        let store = BlobStore::open(Arc::new(disk.clone()), Path::new("/data")).unwrap();
        (disk, store)
    }

    fn sealed(store: &BlobStore, content: &[u8]) -> SealedBlob {
        let mut writer = store.begin().unwrap();
        writer.write(content).unwrap();
        writer.seal().unwrap()
    }

    fn kept(store: &BlobStore, content: &[u8]) -> KeptBlob {
        sealed(store, content).keep().unwrap()
    }

    #[test]
    fn what_has_no_name_leaves_nothing() {
        let (_, store) = store();
        drop(sealed(&store, b"abc"));
        assert!(store.names(&store.incoming()).unwrap().is_empty());
        assert!(store.list().unwrap().is_empty());
    }

    #[test]
    fn what_no_record_names_goes_at_once() {
        let (_, store) = store();
        assert!(kept(&store, b"refused").refuse());
        assert!(store.list().unwrap().is_empty());
        let named = kept(&store, b"named").hash();
        assert!(!kept(&store, b"named").refuse());
        assert_eq!(store.list().unwrap(), [named], "it was there before");
        assert!(store.naming.lock().is_empty());
    }

    #[test]
    fn what_two_bring_stays_when_one_of_them_has_a_record() {
        for order in [[true, false], [false, true], [false, false], [true, true]] {
            let (_, store) = store();
            let both = [kept(&store, b"same"), kept(&store, b"same")];
            for (blob, is_named) in both.into_iter().zip(order) {
                if !is_named {
                    blob.refuse();
                }
            }
            let stays = order.contains(&true);
            assert_eq!(store.list().unwrap().len(), usize::from(stays), "{order:?}");
        }
    }

    #[test]
    fn a_form_that_takes_days_keeps_its_first_picture() {
        let (disk, store) = store();
        let first = sealed(&store, b"first");
        disk.pass_time(3 * DAY);
        let cutoff = SystemTime::UNIX_EPOCH + 2 * DAY;
        let hash = first.keep().unwrap().hash();
        assert!(
            !store.remove_older(hash, cutoff).unwrap(),
            "it is as young as its name"
        );
    }

    #[test]
    fn what_is_about_to_be_named_is_not_swept_however_old() {
        let (disk, store) = store();
        let blob = kept(&store, b"old");
        let hash = blob.hash();
        disk.pass_time(3 * DAY);
        let cutoff = SystemTime::UNIX_EPOCH + 2 * DAY;
        assert!(!store.remove_older(hash, cutoff).unwrap());
        drop(blob);
        assert!(store.keep_young(hash).unwrap());
        assert!(!store.remove_older(hash, cutoff).unwrap(), "it is young again");
        disk.pass_time(3 * DAY);
        assert!(store.remove_older(hash, cutoff + 3 * DAY).unwrap());
        assert!(!store.keep_young(hash).unwrap());
    }
}
