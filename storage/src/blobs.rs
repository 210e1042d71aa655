//! Files that came with reports, named by the SHA-256 of their bytes. A file is durable before anybody can
//! name it, and is never changed after.
//!
//! `blobs/ab/<64 hex digits>`, by the first two of them; `blobs/incoming/` holds what is still being written, and
//! `blobs/uploads/` says which blob an upload became that nobody has confirmed.

mod naming;
mod sweep;
mod uploads;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::StorageError;
use crate::disk::{Disk, DiskFile, OpenMode};
use crate::records::BlobHash;

pub use naming::{KeptBlob, SealedBlob};
pub use sweep::{SweepReport, sweep_blobs};

use naming::Naming;

/// How much is read at once when a blob is checked.
const READ_SIZE: usize = 1 << 20;

/// The blobs of a data directory. All of it blocks on the disk.
#[derive(Debug, Clone)]
pub struct BlobStore {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    naming: Arc<Naming>,
}

impl BlobStore {
    /// Opens `blobs/` below the data directory, or begins it, and removes what was never finished. Open the
    /// store first: it makes the directory and keeps other processes out.
    pub fn open(disk: Arc<dyn Disk>, data: &Path) -> Result<Self, StorageError> {
        let store = Self {
            disk,
            root: data.join("blobs"),
            naming: Arc::default(),
        };
        let incoming = store.incoming();
        for directory in [&incoming, &store.uploads()] {
            store
                .disk
                .create_directory(directory)
                .map_err(|error| StorageError::io("creating", directory, error))?;
        }
        // A process that was killed may have made folders whose names were never synced.
        for directory in [data, &store.root] {
            store
                .disk
                .sync_directory(directory)
                .map_err(|error| StorageError::io("syncing", directory, error))?;
        }
        for leftover in store.names(&incoming)? {
            store
                .disk
                .remove(&leftover)
                .map_err(|error| StorageError::io("removing", &leftover, error))?;
        }
        Ok(store)
    }

    /// Begins a blob.
    pub fn begin(&self) -> Result<BlobWriter, StorageError> {
        let path = self.unnamed_path();
        let file = self
            .disk
            .open(&path, OpenMode::CreateNew)
            .map_err(|error| StorageError::io("creating", &path, error))?;
        Ok(BlobWriter {
            store: self.clone(),
            file,
            path,
            hasher: Sha256::new(),
            size: 0,
            sealed: false,
        })
    }

    /// Opens a blob for reading; `None` when there is no such blob.
    pub fn get(&self, hash: BlobHash) -> Result<Option<BlobReader>, StorageError> {
        self.open_existing(self.place(hash))
    }

    fn open_existing(&self, path: PathBuf) -> Result<Option<BlobReader>, StorageError> {
        match self.disk.open(&path, OpenMode::Read) {
            Ok(file) => Ok(Some(BlobReader { file, path })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StorageError::io("opening", &path, error)),
        }
    }

    /// Every blob, in the order of their hashes. What is not named like a blob is left out.
    pub fn list(&self) -> Result<Vec<BlobHash>, StorageError> {
        let mut hashes = Vec::new();
        for folder in self.folders()? {
            hashes.extend(self.list_folder(&folder)?);
        }
        hashes.sort_unstable();
        Ok(hashes)
    }

    /// The folders that blobs lie in.
    fn folders(&self) -> Result<Vec<PathBuf>, StorageError> {
        let others = [self.incoming(), self.uploads()];
        let mut folders = self.names(&self.root)?;
        folders.retain(|folder| !others.contains(folder));
        Ok(folders)
    }

    fn list_folder(&self, folder: &Path) -> Result<Vec<BlobHash>, StorageError> {
        Ok(self
            .names(folder)?
            .iter()
            .filter_map(|path| named(path))
            .collect())
    }

    /// Reads a blob whole and compares it with its name.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] names the file when it is missing or another than it was.
    pub fn verify(&self, hash: BlobHash) -> Result<(), StorageError> {
        let path = self.place(hash);
        let damaged = |detail: &str| StorageError::Damaged {
            path: path.clone(),
            detail: detail.to_owned(),
        };
        let reader = self.get(hash)?.ok_or_else(|| damaged("it is missing"))?;
        let mut hasher = Sha256::new();
        reader.read_all(&mut |bytes| {
            hasher.update(bytes);
            Ok(())
        })?;
        if hasher.finalize()[..] != hash.0 {
            return Err(damaged("its bytes are not those it was named after"));
        }
        Ok(())
    }

    fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    /// A new path for what has no name yet.
    fn unnamed_path(&self) -> PathBuf {
        self.incoming().join(format!("{:016x}", rand::random::<u64>()))
    }

    fn place(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_string();
        let folder = name.get(..2).unwrap_or_default();
        self.root.join(folder).join(name)
    }

    /// What a directory holds; nothing when it is absent.
    fn names(&self, directory: &Path) -> Result<Vec<PathBuf>, StorageError> {
        match self.disk.list(directory) {
            Ok(paths) => Ok(paths),
            Err(error) if is_no_directory(&error) => Ok(Vec::new()),
            Err(error) => Err(StorageError::io("listing", directory, error)),
        }
    }
}

/// A blob being written. Dropped before it is sealed, it leaves nothing behind.
pub struct BlobWriter {
    store: BlobStore,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    hasher: Sha256,
    size: u64,
    sealed: bool,
}

impl BlobWriter {
    /// Appends bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.file
            .write_at(self.size, bytes)
            .map_err(|error| StorageError::io("writing", &self.path, error))?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes were written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Makes the bytes last, without a name. The file is closed.
    pub fn seal(mut self) -> Result<SealedBlob, StorageError> {
        self.file
            .sync()
            .map_err(|error| StorageError::io("syncing", &self.path, error))?;
        let hash = BlobHash(self.hasher.finalize_reset().into());
        self.sealed = true;
        Ok(SealedBlob::new(
            self.store.clone(),
            self.path.clone(),
            hash,
            self.size,
        ))
    }

    /// Makes the blob last, and gives its name and its size in bytes: for whoever names it at once, or need not.
    pub fn finish(self) -> Result<(BlobHash, u64), StorageError> {
        let kept = self.seal()?.keep()?;
        Ok((kept.hash(), kept.size()))
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if !self.sealed {
            // What stays behind is removed when the store is opened next.
            let _ = self.store.disk.remove(&self.path);
        }
    }
}

/// A blob open for reading.
pub struct BlobReader {
    file: Box<dyn DiskFile>,
    path: PathBuf,
}

#[expect(
    clippy::len_without_is_empty,
    reason = "an empty blob is a blob like any other"
)]
impl BlobReader {
    /// The hash that the blob is named after; `None` for another file of the store.
    pub fn hash(&self) -> Option<BlobHash> {
        named(&self.path)
    }

    /// Size in bytes.
    pub fn len(&self) -> Result<u64, StorageError> {
        self.file
            .len()
            .map_err(|error| StorageError::io("reading", &self.path, error))
    }

    /// Reads into `buffer` from `offset`; fewer bytes than asked for mean the end.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        self.file
            .read_at(offset, buffer)
            .map_err(|error| StorageError::io("reading", &self.path, error))
    }

    /// Hands the whole blob to `take`, piece by piece.
    pub fn read_all(
        &self,
        take: &mut dyn FnMut(&[u8]) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut buffer = vec![0; READ_SIZE];
        let mut offset = 0;
        loop {
            let count = self.read_at(offset, &mut buffer)?;
            match buffer.get(..count) {
                Some(bytes) if count > 0 => take(bytes)?,
                _ => return Ok(()),
            }
            offset += count as u64;
        }
    }
}

fn is_no_directory(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The hash that a file is named after.
fn named(path: &Path) -> Option<BlobHash> {
    let name = path.file_name()?.to_str()?;
    let mut hash = [0; 32];
    let digits = name.as_bytes().chunks_exact(2);
    if name.len() != 64 || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(digits) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(BlobHash(hash))
}

#[cfg(test)]
mod tests;
