//! The operating system's disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Disk, DiskFile, OpenMode};

/// Files as the operating system keeps them.
///
/// A sync is `fdatasync` (on macOS `F_FULLFSYNC`); a directory is synced by opening it and `fsync`.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let parent = match path.parent() {
            None => return Ok(()),
            Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
            Some(parent) => parent,
        };
        if path.is_dir() {
            // Whoever made it may have died before its name lasted. The parent can belong to somebody else
            // and be unreadable; then it is older than this program, and its names are not ours to sync.
            let _ = self.sync_directory(parent);
            return Ok(());
        }
        self.create_directory(parent)?;
        // Secrets, password hashes and players' reports are for nobody else on the machine to read.
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            outcome => outcome?,
        }
        self.sync_directory(parent)
    }

    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        match mode {
            OpenMode::Read => options.read(true),
            OpenMode::ReadWrite => options.read(true).write(true),
            OpenMode::CreateNew => options.read(true).write(true).create_new(true),
        };
        Ok(Box::new(RealFile(options.open(path)?)))
    }

    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths = fs::read_dir(directory)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        Ok(paths)
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        fs::metadata(path)?.modified()
    }

    fn touch(&self, path: &Path) -> io::Result<()> {
        let file = OpenOptions::new().append(true).open(path)?;
        file.set_modified(SystemTime::now())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn free_space(&self, path: &Path) -> io::Result<u64> {
        let space = rustix::fs::statvfs(path)?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.0.read_at(rest, offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_created_once_read_short_and_listed_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let nested = directory.path().join("a/b");
        RealDisk.create_directory(&nested).unwrap();
        RealDisk
            .create_directory(&nested)
            .expect("a second time is no error");
        let (one, two) = (nested.join("1"), nested.join("2"));
        let mut file = RealDisk.open(&two, OpenMode::CreateNew).unwrap();
        let again = RealDisk.open(&two, OpenMode::CreateNew).err().unwrap();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        file.write_at(3, b"xyz").unwrap();
        file.sync().unwrap();
        let mut buffer = [1; 8];
        assert_eq!(
            file.read_at(1, &mut buffer).unwrap(),
            5,
            "the file ends after 6 bytes"
        );
        assert_eq!(&buffer[..5], b"\0\0xyz");
        RealDisk.open(&one, OpenMode::CreateNew).unwrap();
        assert_eq!(RealDisk.list(&nested).unwrap(), [one.clone(), two.clone()]);
        RealDisk.rename(&two, &one).unwrap();
        RealDisk.sync_directory(&nested).unwrap();
        assert_eq!(RealDisk.list(&nested).unwrap(), std::slice::from_ref(&one));
        assert_eq!(RealDisk.open(&one, OpenMode::Read).unwrap().len().unwrap(), 6);
        RealDisk.remove(&one).unwrap();
        assert!(RealDisk.list(&nested).unwrap().is_empty());
        assert!(RealDisk.free_space(&nested).unwrap() > 0);
    }
}
