//! A disk in memory whose plug can be pulled: what was not synced may be lost, in part and out of order.

mod content;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use self::content::Content;
use self::names::Names;
use super::{Disk, DiskFile, OpenMode};

/// A disk for tests. Clones share it.
///
/// It is harsher than most: after [`SimulatedDisk::power_cut`] each unsynced sector of 512 bytes and each
/// unsynced name (created, renamed, removed) has survived or not, independently of all others.
#[derive(Clone)]
pub struct SimulatedDisk {
    shared: Arc<Mutex<State>>,
    /// The disk's handles end with the era they were made in: a power cut or a killed process begins another.
    era: u64,
}

struct State {
    era: u64,
    powered: bool,
    operations_left: Option<u64>,
    names: Names,
    files: BTreeMap<u64, Content>,
    directories: BTreeSet<PathBuf>,
    unreadable: BTreeSet<u64>,
    next_file: u64,
    now: SystemTime,
    capacity: Option<u64>,
    fail_next_sync: bool,
    sync_count: u64,
    write_count: u64,
    random: StdRng,
}

impl SimulatedDisk {
    /// An empty disk without a limit; `seed` decides what its power cuts lose.
    pub fn new(seed: u64) -> Self {
        let state = State {
            era: 0,
            powered: true,
            operations_left: None,
            names: Names::default(),
            files: BTreeMap::new(),
            directories: BTreeSet::new(),
            unreadable: BTreeSet::new(),
            next_file: 0,
            now: SystemTime::UNIX_EPOCH,
            capacity: None,
            fail_next_sync: false,
            sync_count: 0,
            write_count: 0,
            random: StdRng::seed_from_u64(seed),
        };
        Self {
            shared: Arc::new(Mutex::new(state)),
            era: 0,
        }
    }

    /// Pulls the plug and puts it back: the disk as it comes up again. This handle, its clones and every
    /// file opened through them give errors from now on.
    #[must_use = "the old handle is dead"]
    pub fn power_cut(&self) -> Self {
        let mut guard = self.raw();
        let state = &mut *guard;
        state.names.lose_unsynced(&mut state.random);
        for content in state.files.values_mut() {
            content.lose_unsynced(&mut state.random);
        }
        self.next_era(guard)
    }

    /// Kills the process that uses the disk: nothing is lost, but this handle, its clones and every file
    /// opened through them give errors from now on.
    #[must_use = "the old handle is dead"]
    pub fn process_kill(&self) -> Self {
        self.next_era(self.raw())
    }

    /// Lets the power fail in the middle of the given change to come (0 is the next one). From then on all
    /// gives errors until [`SimulatedDisk::power_cut`].
    pub fn cut_power_after(&self, changes: u64) {
        self.raw().operations_left = Some(changes);
    }

    /// Lets files grow by this many bytes more, all together.
    pub fn set_free_space(&self, bytes: u64) {
        let mut state = self.raw();
        state.capacity = Some(state.used().saturating_add(bytes));
    }

    /// Lets the next sync of a file fail, as Linux does it: what it should have written counts as clean
    /// from then on, so that a later sync says yes and still does not write it.
    pub fn fail_next_sync(&self) {
        self.raw().fail_next_sync = true;
    }

    /// Lets every read of this file fail from now on.
    pub fn fail_reads(&self, path: &Path) -> io::Result<()> {
        let mut state = self.raw();
        let file = state.names.get(path)?;
        state.unreadable.insert(file);
        Ok(())
    }

    /// Flips one bit of a file, on the platter; `bit` counts from the file's beginning.
    pub fn flip_bit(&self, path: &Path, bit: usize) -> io::Result<()> {
        let mut state = self.raw();
        let file = state.names.get(path)?;
        state.content(file)?.flip_bit(bit)
    }

    /// Lets so much time go by on the clock that files are dated by. It stands still otherwise, and begins at 1970.
    pub fn pass_time(&self, time: Duration) {
        self.raw().now += time;
    }

    /// How many times a file was synced.
    pub fn sync_count(&self) -> u64 {
        self.raw().sync_count
    }

    /// How many writes were made.
    pub fn write_count(&self) -> u64 {
        self.raw().write_count
    }

    fn next_era(&self, mut state: MutexGuard<'_, State>) -> Self {
        state.era += 1;
        state.powered = true;
        state.operations_left = None;
        state.forget_nameless();
        Self {
            shared: Arc::clone(&self.shared),
            era: state.era,
        }
    }

    /// The state, whatever the era: for the tests' own controls.
    fn raw(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.raw();
        if state.era == self.era && state.powered {
            Ok(state)
        } else {
            Err(io::Error::other("the disk's power was cut"))
        }
    }
}

impl State {
    /// Counts a change. When its time has come the power fails: the change still reaches the disk's cache,
    /// where it may survive, but the caller sees an error.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.operations_left {
            None => Ok(()),
            Some(0) => {
                self.powered = false;
                Err(io::Error::other("the disk's power failed"))
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn content(&mut self, file: u64) -> io::Result<&mut Content> {
        self.files
            .get_mut(&file)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn used(&self) -> u64 {
        let size = |file| self.files.get(file).map_or(0, Content::len);
        self.names.current().values().map(size).sum()
    }

    fn free(&self) -> u64 {
        self.capacity
            .map_or(u64::MAX, |capacity| capacity.saturating_sub(self.used()))
    }

    fn forget_nameless(&mut self) {
        let names = &self.names;
        self.files
            .retain(|file, _| names.current().values().any(|named| named == file));
    }

    fn require_parent(&self, path: &Path) -> io::Result<()> {
        match path.parent() {
            Some(parent) if !self.directories.contains(parent) => Err(io::ErrorKind::NotFound.into()),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for SimulatedDisk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SimulatedDisk")
            .field("era", &self.era)
            .finish_non_exhaustive()
    }
}

impl Disk for SimulatedDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        let outcome = state.step();
        for above in path.ancestors() {
            state.directories.insert(above.to_owned());
        }
        outcome
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.alive()?;
        let mut outcome = Ok(());
        let file = if mode == OpenMode::CreateNew {
            state.require_parent(path)?;
            outcome = state.step();
            let file = state.next_file;
            state.names.create(path, file)?;
            state.next_file += 1;
            let mut content = Content::default();
            content.set_modified(state.now);
            state.files.insert(file, content);
            file
        } else {
            state.names.get(path)?
        };
        outcome.map(|()| {
            Box::new(SimulatedFile {
                disk: self.clone(),
                file,
                writable: mode != OpenMode::Read,
            }) as Box<dyn DiskFile>
        })
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let state = self.alive()?;
        if !state.directories.contains(directory) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let all = state.names.current().keys().chain(&state.directories);
        let mut within: Vec<PathBuf> = all
            .filter(|path| path.parent() == Some(directory))
            .cloned()
            .collect();
        within.sort();
        Ok(within)
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        let mut state = self.alive()?;
        let file = state.names.get(path)?;
        Ok(state.content(file)?.modified())
    }

    fn touch(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        let file = state.names.get(path)?;
        let now = state.now;
        state.content(file)?.set_modified(now);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        state.require_parent(to)?;
        let outcome = state.step();
        state.names.rename(from, to)?;
        outcome
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        let outcome = state.step();
        state.names.remove(path)?;
        outcome
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let mut state = self.alive()?;
        state.step()?;
        state.names.sync(path);
        Ok(())
    }

    fn free_space(&self, _path: &Path) -> io::Result<u64> {
        Ok(self.alive()?.free())
    }
}

struct SimulatedFile {
    disk: SimulatedDisk,
    file: u64,
    writable: bool,
}

impl DiskFile for SimulatedFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut guard = self.disk.alive()?;
        let state = &mut *guard;
        if !self.writable {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let outcome = state.step();
        state.write_count += 1;
        let free = usize::try_from(state.free()).unwrap_or(usize::MAX);
        let content = state.files.get_mut(&self.file).ok_or(io::ErrorKind::NotFound)?;
        let room = content.room(offset, free);
        // As a full disk does it: what fits is written, then comes the error.
        let fitting = bytes.get(..room).unwrap_or(bytes);
        content.write(offset, fitting, &mut state.random);
        content.set_modified(state.now);
        outcome?;
        if fitting.len() < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.disk.alive()?;
        if state.unreadable.contains(&self.file) {
            return Err(io::Error::other("the disk cannot read this file"));
        }
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        Ok(state.content(self.file)?.read(offset, buffer))
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.alive()?.content(self.file)?.len())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.alive()?;
        state.step()?;
        state.sync_count += 1;
        let fails = std::mem::take(&mut state.fail_next_sync);
        let content = state.content(self.file)?;
        if fails {
            content.forget_unsynced();
            return Err(io::Error::other("the disk failed to sync"));
        }
        content.sync();
        Ok(())
    }
}

/// A coin, for what survives a power cut.
fn coin(random: &mut StdRng) -> bool {
    random.random_bool(0.5)
}

#[cfg(test)]
mod tests;
