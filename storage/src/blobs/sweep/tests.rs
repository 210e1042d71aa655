use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use super::*;
use crate::disk::{Disk, DiskFile, OpenMode, SimulatedDisk};
use crate::records::AttachmentKind;
use crate::{Batch, MemoryStore, ProjectId, RecordId, Shard};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

struct Fixture {
    disk: SimulatedDisk,
    blobs: BlobStore,
    store: Arc<MemoryStore>,
    days: u64,
}

impl Fixture {
    fn new() -> Self {
        let disk = SimulatedDisk::new(7);
        let blobs = BlobStore::open(Arc::new(disk.clone()), Path::new("/data")).unwrap();
        Self {
            disk,
            blobs,
            store: Arc::default(),
            days: 0,
        }
    }

    fn upload(&self, content: &[u8]) -> BlobHash {
        let mut writer = self.blobs.begin().unwrap();
        writer.write(content).unwrap();
        writer.finish().unwrap().0
    }

    fn name(&self, blob: BlobHash) {
        let project = ProjectId(70);
        let key = Key::new(project.shard(), Table::Attachment);
        let file = Attachment {
            id: RecordId(8),
            issue: RecordId(4),
            kind: AttachmentKind::LogFile,
            filename: "Player.log".into(),
            content_type: "text/plain".into(),
            size: 3,
            blob,
            developer_private: false,
            created_at: Timestamp(0),
            user: None,
        };
        let mut batch = Batch::new();
        batch.put(key.u64(project.0).u64(1).u64(2), &file).unwrap();
        let mut shard = Shard::open(self.store.clone(), project.shard()).unwrap();
        shard.commit(batch, Box::new(Result::unwrap));
    }

    fn pass_days(&mut self, days: u32) {
        self.disk.pass_time(DAY * days);
        self.days += u64::from(days);
    }

    fn now(&self) -> Timestamp {
        let millis = (DAY * u32::try_from(self.days).unwrap()).as_millis();
        Timestamp(i64::try_from(millis).unwrap())
    }

    #[track_caller]
    fn sweep(&self, kept: u64, removed: u64) {
        let report = sweep_blobs(&*self.store, &self.blobs, self.now()).unwrap();
        assert_eq!(report, SweepReport { kept, removed });
    }

    fn has(&self, blob: BlobHash) -> bool {
        self.blobs.get(blob).unwrap().is_some()
    }
}

#[test]
fn only_what_no_record_names_for_a_day_goes() {
    let mut fixture = Fixture::new();
    let (named, lost) = (fixture.upload(b"named"), fixture.upload(b"lost"));
    fixture.name(named);
    fixture.sweep(2, 0);
    fixture.pass_days(1);
    fixture.sweep(2, 0);
    fixture.pass_days(1);
    let fresh = fixture.upload(b"fresh");
    fixture.sweep(2, 1);
    assert!(fixture.has(named) && fixture.has(fresh) && !fixture.has(lost));
    fixture.sweep(2, 0);
}

#[test]
fn what_is_uploaded_again_is_as_young_as_any() {
    let mut fixture = Fixture::new();
    let lost = fixture.upload(b"lost");
    fixture.pass_days(2);
    assert_eq!(fixture.upload(b"lost"), lost);
    fixture.sweep(1, 0);
    assert!(fixture.has(lost));
}

type Meddling = Box<dyn FnOnce() + Send>;

/// A disk on which something happens right after a file was looked at.
#[derive(Clone)]
struct Meddled {
    disk: SimulatedDisk,
    meddle: Arc<Mutex<Option<Meddling>>>,
}

impl std::fmt::Debug for Meddled {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.disk.fmt(formatter)
    }
}

impl Disk for Meddled {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.create_directory(path)
    }
    fn open(&self, path: &Path, mode: OpenMode) -> io::Result<Box<dyn DiskFile>> {
        self.disk.open(path, mode)
    }
    fn list(&self, directory: &Path) -> io::Result<Vec<PathBuf>> {
        self.disk.list(directory)
    }
    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        let found = self.disk.modified(path);
        if let Some(meddle) = self.meddle.lock().unwrap().take() {
            meddle();
        }
        found
    }
    fn touch(&self, path: &Path) -> io::Result<()> {
        self.disk.touch(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.disk.remove(path)
    }
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.disk.sync_directory(path)
    }
    fn free_space(&self, path: &Path) -> io::Result<u64> {
        self.disk.free_space(path)
    }
}

#[test]
fn an_upload_between_the_look_and_the_removal_keeps_its_file() {
    let meddled = Meddled {
        disk: SimulatedDisk::new(7),
        meddle: Arc::default(),
    };
    let blobs = BlobStore::open(Arc::new(meddled.clone()), Path::new("/data")).unwrap();
    let upload = |blobs: &BlobStore| {
        let mut writer = blobs.begin().unwrap();
        writer.write(b"lost and found").unwrap();
        writer.finish().unwrap().0
    };
    let blob = upload(&blobs);
    meddled.disk.pass_time(2 * DAY);
    let (done, uploaded) = mpsc::channel();
    let same_blobs = blobs.clone();
    *meddled.meddle.lock().unwrap() = Some(Box::new(move || {
        let (named, is_named) = mpsc::channel();
        thread::spawn(move || {
            let blob = upload(&same_blobs);
            let _ = named.send(());
            done.send(blob)
        });
        // It must wait for the removal. If it need not, it is done before this is over.
        let _ = is_named.recv_timeout(Duration::from_millis(100));
    }));
    let cutoff = SystemTime::UNIX_EPOCH + DAY;
    assert!(
        blobs.remove_older(blob, cutoff).unwrap(),
        "it was old when it was looked at"
    );
    assert_eq!(uploaded.recv(), Ok(blob));
    assert!(
        blobs.get(blob).unwrap().is_some(),
        "the second upload's file is gone"
    );
}

#[test]
fn a_record_that_cannot_be_read_keeps_everything() {
    let mut fixture = Fixture::new();
    fixture.upload(b"lost");
    fixture.pass_days(2);
    let mut batch = Batch::new();
    let key = Key::new(ShardId(3), Table::Attachment).u64(1);
    batch.put(key, &crate::records::QuotaCount(3)).unwrap();
    let mut shard = Shard::open(fixture.store.clone(), ShardId(3)).unwrap();
    shard.commit(batch, Box::new(Result::unwrap));
    assert!(sweep_blobs(&*fixture.store, &fixture.blobs, fixture.now()).is_err());
    assert_eq!(fixture.blobs.list().unwrap().len(), 1);
}

#[test]
fn an_upload_that_nobody_confirms_is_forgotten_with_its_blob() {
    let mut fixture = Fixture::new();
    let (confirmed, given_up) = (fixture.upload(b"confirmed"), fixture.upload(b"given up"));
    fixture.blobs.note_upload(1, confirmed).unwrap();
    fixture.blobs.note_upload(2, given_up).unwrap();
    fixture.name(confirmed);
    fixture.sweep(2, 0);
    assert!(fixture.blobs.upload(2).unwrap().is_some(), "it is young");
    fixture.pass_days(2);
    fixture.sweep(1, 1);
    assert!(fixture.has(confirmed) && !fixture.has(given_up));
    for upload in [1, 2] {
        assert!(fixture.blobs.upload(upload).unwrap().is_none());
    }
}
