//! Files on their way to the blob store, never whole in memory. A file that comes slowly waits here, in little
//! memory; a thread that may block is taken only while there is something to write.

use std::mem;
use std::sync::Arc;

use bugle_actors::ActorError;
use bugle_storage::records::BlobHash;
use bugle_storage::{BlobStore, BlobWriter, StorageError};
use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::error::ApiError;
use super::multipart::{FilePart, FileSink};
use super::request_body::{MemoryBudget, Reservation};
use super::state::AppState;
use super::{failure, sniff};

/// How much of a file is gathered before it is written, in bytes. A quarter of it made a large upload a fifth slower.
/// When the memory for bodies is used up, every piece beyond what is not counted is written at once.
const GATHERED_SIZE: usize = 256 * 1024;

/// A file that is on the disk, not yet named by a record.
#[derive(Debug)]
pub struct StoredFile {
    /// Its bytes' name.
    pub blob: BlobHash,
    /// Size in bytes.
    pub size: u64,
    /// What its first bytes look like.
    pub content_type: &'static str,
}

/// A blob that is begun with its first bytes, so that an upload which has sent few holds no file open.
struct Draft {
    blobs: Arc<BlobStore>,
    writer: Option<BlobWriter>,
}

impl Draft {
    fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(self.blobs.begin()?),
        };
        writer.write(bytes)
    }

    fn finish(mut self, bytes: &[u8]) -> Result<(BlobHash, u64), StorageError> {
        self.append(bytes)?;
        self.writer.map_or(Err(StorageError::Closed), BlobWriter::finish)
    }
}

/// A file that is coming.
struct Upload {
    /// Absent once it is finished, or after a write that failed.
    draft: Option<Draft>,
    gathered: Vec<u8>,
    /// The memory for what is gathered.
    share: Reservation,
    head: Vec<u8>,
}

impl Upload {
    fn begin(blobs: Arc<BlobStore>) -> Self {
        Self {
            draft: Some(Draft { blobs, writer: None }),
            gathered: Vec::new(),
            share: Reservation::default(),
            head: Vec::new(),
        }
    }

    /// True when this piece made the head whole.
    fn gather(&mut self, piece: &[u8]) -> bool {
        let missing = sniff::HEAD_SIZE.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        self.gathered.extend_from_slice(piece);
        missing > 0 && self.head.len() == sniff::HEAD_SIZE
    }

    /// Whether what is gathered is to be written before there is more of it.
    fn is_due(&mut self, memory: &Arc<MemoryBudget>) -> bool {
        let size = self.gathered.len();
        size >= GATHERED_SIZE || self.share.cover(memory, size).is_err()
    }

    fn content_type(&self) -> &'static str {
        sniff::content_type(&self.head)
    }

    /// Writes and hashes what is gathered.
    async fn write(&mut self, state: &AppState) -> Result<(), ApiError> {
        let mut draft = self.take_draft()?;
        let bytes = mem::take(&mut self.gathered);
        let written = on_the_disk(state, move || draft.append(&bytes).map(|()| draft));
        self.draft = Some(written.await?);
        self.share = Reservation::default();
        Ok(())
    }

    async fn finish(mut self, state: &AppState) -> Result<StoredFile, ApiError> {
        let draft = self.take_draft()?;
        let bytes = mem::take(&mut self.gathered);
        let (blob, size) = on_the_disk(state, move || draft.finish(&bytes)).await?;
        Ok(StoredFile {
            blob,
            size,
            content_type: self.content_type(),
        })
    }

    fn take_draft(&mut self) -> Result<Draft, ApiError> {
        let draft = self.draft.take();
        draft.ok_or_else(|| ApiError::internal("an upload went on after a write had failed"))
    }
}

impl Drop for Upload {
    /// Whatever was written of a file that broke off is removed; a large one takes a disk its time.
    fn drop(&mut self) {
        if let Some(draft) = self.draft.take()
            && draft.writer.is_some()
            && let Ok(runtime) = Handle::try_current()
        {
            drop(runtime.spawn_blocking(move || drop(draft)));
        }
    }
}

/// Does what blocks where it harms nobody.
async fn on_the_disk<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = spawn_blocking(work).await.map_err(ApiError::internal)?;
    done.map_err(|error| failure::answer(ActorError::Storage(error), state.now()))
}

/// Takes the files of a form; see [`FileSink`]. What a file is shows in its first bytes, so one that is not wanted is
/// refused before the rest of it is read, and never gets a name in the blob store.
pub struct Uploads<'a, C> {
    state: &'a AppState,
    check: C,
    current: Option<(FilePart, Upload)>,
    /// The files that are whole, in the order of the form.
    pub files: Vec<(FilePart, StoredFile)>,
}

impl<'a, C> Uploads<'a, C> {
    /// A sink that writes to the state's blob store. `check` says of a content type whether such a file is wanted.
    pub fn new(state: &'a AppState, check: C) -> Self {
        Self {
            state,
            check,
            current: None,
            files: Vec::new(),
        }
    }
}

impl<C: Fn(&'static str) -> Result<(), ApiError>> FileSink for Uploads<'_, C> {
    async fn begin(&mut self, part: FilePart) -> Result<(), ApiError> {
        if !self.files.is_empty() {
            return Err(ApiError::bad_request("Send one file in a request"));
        }
        self.current = Some((part, Upload::begin(Arc::clone(&self.state.blobs))));
        Ok(())
    }

    async fn write(&mut self, piece: Bytes) -> Result<(), ApiError> {
        // The space that is kept in reserve is for records: a file on its way must not use it up.
        failure::ensure_writable(self.state)?;
        if let Some((_, upload)) = &mut self.current {
            let head_is_whole = upload.gather(&piece);
            if head_is_whole {
                (self.check)(upload.content_type())?;
            }
            if upload.is_due(&self.state.bodies.memory) {
                upload.write(self.state).await?;
            }
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        if let Some((part, upload)) = self.current.take() {
            (self.check)(upload.content_type())?;
            let stored = upload.finish(self.state).await?;
            self.files.push((part, stored));
        }
        Ok(())
    }
}

/// Writes a text that is in memory already, such as a log sent as a form field.
pub async fn store_text(state: &AppState, text: String) -> Result<StoredFile, ApiError> {
    let content_type = sniff::content_type(text.as_bytes());
    let draft = Draft {
        blobs: Arc::clone(&state.blobs),
        writer: None,
    };
    let (blob, size) = on_the_disk(state, move || draft.finish(text.as_bytes())).await?;
    Ok(StoredFile {
        blob,
        size,
        content_type,
    })
}
