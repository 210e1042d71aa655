//! The names of files: as they are now, and as a power cut leaves them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;

use super::coin;

type Map = BTreeMap<PathBuf, u64>;

#[derive(Default)]
pub(super) struct Names {
    current: Map,
    durable: Map,
    /// Changes since, in order, that no sync of their directories has made last.
    unsynced: Vec<Unsynced>,
}

struct Unsynced {
    change: Change,
    /// Directories that must still be synced before the change lasts.
    directories: Vec<PathBuf>,
}

enum Change {
    Create { path: PathBuf, file: u64 },
    Rename { from: PathBuf, to: PathBuf, file: u64 },
    Remove { path: PathBuf, file: u64 },
}

impl Change {
    fn apply(&self, names: &mut Map) {
        match self {
            Self::Create { path, file } => {
                names.insert(path.clone(), *file);
            }
            Self::Rename { from, to, file } => {
                take(names, from, *file);
                names.insert(to.clone(), *file);
            }
            Self::Remove { path, file } => take(names, path, *file),
        }
    }
}

/// Removes a name if it still means that file: an earlier change may have been lost.
fn take(names: &mut Map, path: &Path, file: u64) {
    if names.get(path) == Some(&file) {
        names.remove(path);
    }
}

impl Names {
    pub(super) fn current(&self) -> &Map {
        &self.current
    }

    pub(super) fn get(&self, path: &Path) -> io::Result<u64> {
        let file = self.current.get(path).copied();
        file.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn create(&mut self, path: &Path, file: u64) -> io::Result<()> {
        if self.current.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let path = path.to_owned();
        self.make(Change::Create { path, file });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let file = self.get(from)?;
        let (from, to) = (from.to_owned(), to.to_owned());
        self.make(Change::Rename { from, to, file });
        Ok(())
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        let file = self.get(path)?;
        let path = path.to_owned();
        self.make(Change::Remove { path, file });
        Ok(())
    }

    pub(super) fn sync(&mut self, directory: &Path) {
        let durable = &mut self.durable;
        self.unsynced.retain_mut(|unsynced| {
            unsynced.directories.retain(|waiting| waiting != directory);
            let lasts = unsynced.directories.is_empty();
            if lasts {
                unsynced.change.apply(durable);
            }
            !lasts
        });
    }

    pub(super) fn lose_unsynced(&mut self, random: &mut StdRng) {
        for unsynced in std::mem::take(&mut self.unsynced) {
            if coin(random) {
                unsynced.change.apply(&mut self.durable);
            }
        }
        self.current.clone_from(&self.durable);
    }

    fn make(&mut self, change: Change) {
        change.apply(&mut self.current);
        let paths = match &change {
            Change::Create { path, .. } | Change::Remove { path, .. } => vec![path],
            // One that leaves its directory lasts when both are synced: POSIX promises no more.
            Change::Rename { from, to, .. } => vec![from, to],
        };
        let mut directories: Vec<PathBuf> = paths
            .into_iter()
            .map(|path| path.parent().unwrap_or(Path::new("")).to_owned())
            .collect();
        directories.dedup();
        self.unsynced.push(Unsynced { change, directories });
    }
}
