//! The few things that the journal and the blob store ask of a disk, so that tests can pull its plug.

mod real;
mod simulated;

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use real::RealDisk;
pub use simulated::SimulatedDisk;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// It must exist; only reads are made.
    Read,
    /// It must exist; reads and writes are made.
    ReadWrite,
    /// It must not exist; it is created empty.
    CreateNew,
}

/// A file system as far as Bugle uses one.
///
/// The rules of a power cut hold for every implementation: a file's bytes last once [`DiskFile::sync`]
/// returned, a name (created, renamed or removed) once [`Disk::sync_directory`] of its directory returned.
pub trait Disk: Send + Sync + std::fmt::Debug {
    /// Creates a directory and those above it; makes their names last.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Opens a file.
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>>;
    /// The files and directories of a directory, as whole paths, sorted.
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>>;
    /// When a file was last written to.
    fn modified(&self, path: &Path) -> io::Result<SystemTime>;
    /// Makes a file one that was last written to now.
    fn touch(&self, path: &Path) -> io::Result<()>;
    /// Gives a file another name, over whatever has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory last.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Bytes that may still be written below this directory.
    fn free_space(&self, path: &Path) -> io::Result<u64>;
}

/// An open file.
#[expect(
    clippy::len_without_is_empty,
    reason = "nobody asks a segment whether it is empty"
)]
pub trait DiskFile: Send {
    /// Writes all of `bytes` at `offset`, growing the file where needed.
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Reads into `buffer` from `offset`; fewer bytes than asked for mean the end of the file.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// The file's size in bytes.
    fn len(&self) -> io::Result<u64>;
    /// Makes the file's bytes (and its size) last: `fdatasync`.
    fn sync(&mut self) -> io::Result<()>;
}
