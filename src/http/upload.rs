//! Files on their way to the blob store, never whole in memory. A file that comes slowly waits here, in little
//! memory; a thread that may block is taken only while there is something to write.
//!
//! A file has no name until its request was found right ([`named_by`]), so whatever is refused before leaves nothing.

mod arrivals;
mod form;
mod naming;

use std::mem;
use std::sync::Arc;

use actix_web::error::PayloadError;
use bugle_actors::{ActorError, NewAttachment};
use bugle_storage::records::{AttachmentKind, BlobHash};
use bugle_storage::{BlobStore, BlobWriter, KeptBlob, SealedBlob, StorageError};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use md5::{Digest, Md5};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

use super::error::{ApiError, FieldError};
use super::request_body::{MemoryBudget, Reservation};
use super::state::AppState;
use super::{failure, sniff};
pub use arrivals::{Arrivals, Arriving};
pub use form::{FilesMax, Uploads};
pub use naming::{named_by, noted_by};

/// How much of a file is gathered before it is written, in bytes. A quarter of it made a large upload a fifth slower.
/// When the memory for bodies is used up, every piece beyond what is not counted is written at once.
const GATHERED_SIZE: usize = 256 * 1024;

/// A file that is on the disk and has no name yet. Dropped, it is removed.
#[derive(Debug)]
pub struct StoredFile {
    /// What its bytes will be called.
    pub blob: BlobHash,
    /// Size in bytes.
    pub size: u64,
    /// What its first bytes look like.
    pub content_type: &'static str,
    file: Unnamed,
    arriving: Option<Arriving>,
}

impl StoredFile {
    /// What is written down of a file of this kind that everybody in the project may see, under the name that the client
    /// gave it, made safe.
    pub fn describe(&self, filename: &str, kind: AttachmentKind) -> NewAttachment {
        NewAttachment {
            kind,
            filename: sniff::safe_filename(filename, kind),
            content_type: self.content_type.to_owned(),
            size: self.size,
            blob: self.blob,
            developer_private: false,
        }
    }

    fn new(sealed: SealedBlob, content_type: &'static str, arriving: Option<Arriving>) -> Self {
        Self {
            blob: sealed.hash(),
            size: sealed.size(),
            content_type,
            file: Unnamed(Some(sealed)),
            arriving,
        }
    }

    /// A file that the server itself has put together.
    pub fn of(sealed: SealedBlob, content_type: &'static str) -> Self {
        Self::new(sealed, content_type, None)
    }

    fn into_parts(self) -> (Unnamed, Option<Arriving>) {
        (self.file, self.arriving)
    }
}

/// Removed on a thread that may block.
#[derive(Debug)]
struct Unnamed(Option<SealedBlob>);

impl Unnamed {
    /// Blocks.
    fn keep(mut self) -> Result<KeptBlob, StorageError> {
        self.0.take().map_or(Err(StorageError::Closed), SealedBlob::keep)
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        drop_where_it_may_block(self.0.take());
    }
}

/// A large file takes a disk its time to remove.
fn drop_where_it_may_block<T: Send + 'static>(file: Option<T>) {
    if let Some(file) = file
        && let Ok(runtime) = Handle::try_current()
    {
        drop(runtime.spawn_blocking(move || drop(file)));
    }
}

/// A blob that is begun with its first bytes, so that an upload which has sent few holds no file open.
struct Draft {
    blobs: Arc<BlobStore>,
    writer: Option<BlobWriter>,
    /// Where the sender said the MD5 before.
    md5: Option<Md5>,
}

impl Draft {
    fn begin(blobs: Arc<BlobStore>) -> Self {
        Self {
            blobs,
            writer: None,
            md5: None,
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(self.blobs.begin()?),
        };
        if let Some(md5) = &mut self.md5 {
            md5.update(bytes);
        }
        writer.write(bytes)
    }

    fn finish(mut self, bytes: &[u8]) -> Result<SealedBlob, StorageError> {
        self.append(bytes)?;
        self.writer.map_or(Err(StorageError::Closed), BlobWriter::seal)
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
    size: u64,
    /// What it takes of its address's share of the disk, where that is counted.
    arriving: Option<Arriving>,
}

impl Upload {
    fn begin(blobs: Arc<BlobStore>) -> Self {
        Self {
            draft: Some(Draft::begin(blobs)),
            gathered: Vec::new(),
            share: Reservation::default(),
            head: Vec::new(),
            size: 0,
            arriving: None,
        }
    }

    /// True when this piece made the head whole.
    fn gather(&mut self, piece: &[u8]) -> bool {
        let missing = sniff::HEAD_SIZE.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        self.gathered.extend_from_slice(piece);
        self.size += piece.len() as u64;
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

    /// Takes a piece, and writes when there is enough.
    async fn take(
        &mut self,
        piece: &[u8],
        state: &AppState,
        check: impl Fn(&'static str) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        // The space that is kept in reserve is for records: a file on its way must not use it up.
        failure::ensure_writable(state)?;
        let head_is_whole = self.gather(piece);
        if head_is_whole {
            check(self.content_type())?;
        }
        if self.is_due(&state.bodies.memory) {
            self.write(state).await?;
        }
        Ok(())
    }

    /// The MD5 of all that came, where it was to be taken.
    async fn md5(&mut self, state: &AppState) -> Result<Option<[u8; 16]>, ApiError> {
        self.write(state).await?;
        let md5 = self.draft.as_mut().and_then(|draft| draft.md5.take());
        Ok(md5.map(|md5| md5.finalize().into()))
    }

    async fn finish(mut self, state: &AppState) -> Result<StoredFile, ApiError> {
        let draft = self.take_draft()?;
        let bytes = mem::take(&mut self.gathered);
        let sealed = on_the_disk(state, move || draft.finish(&bytes)).await?;
        Ok(StoredFile::new(sealed, self.content_type(), self.arriving.take()))
    }

    fn take_draft(&mut self) -> Result<Draft, ApiError> {
        let draft = self.draft.take();
        draft.ok_or_else(|| ApiError::internal("an upload went on after a write had failed"))
    }
}

impl Drop for Upload {
    /// Whatever was written of a file that broke off is removed.
    fn drop(&mut self) {
        let draft = self.draft.take();
        drop_where_it_may_block(draft.filter(|draft| draft.writer.is_some()));
    }
}

/// Does what blocks where it harms nobody.
async fn on_the_disk<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce() -> Result<T, StorageError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = spawn_blocking(work).await.map_err(ApiError::internal)?;
    done.map_err(|error| state.refusal(ActorError::Storage(error)))
}

/// Writes a text that is in memory already, such as a log sent as a form field.
pub async fn store_text(state: &AppState, text: String) -> Result<StoredFile, ApiError> {
    let content_type = sniff::content_type(text.as_bytes());
    let draft = Draft::begin(Arc::clone(&state.blobs));
    let sealed = on_the_disk(state, move || draft.finish(text.as_bytes())).await?;
    Ok(StoredFile::of(sealed, content_type))
}

/// What a file must be, because its sender said so before it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// Size in bytes.
    pub size: u64,
    /// Of all its bytes.
    pub md5: [u8; 16],
}

/// Writes a body that is nothing but a file. One that is not as announced is 422, and leaves nothing.
pub async fn store_body(
    state: &AppState,
    mut pieces: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    announced: Announced,
    check: impl Fn(&'static str) -> Result<(), ApiError>,
) -> Result<StoredFile, ApiError> {
    let mut upload = Upload::begin(Arc::clone(&state.blobs));
    if let Some(draft) = &mut upload.draft {
        draft.md5 = Some(Md5::new());
    }
    while let Some(piece) = pieces.next().await.transpose()? {
        if upload.size + piece.len() as u64 > announced.size {
            return Err(wrong_size(announced.size));
        }
        upload.take(&piece, state, &check).await?;
    }
    if upload.size != announced.size {
        return Err(wrong_size(announced.size));
    }
    check(upload.content_type())?;
    if upload.md5(state).await? != Some(announced.md5) {
        return Err(ApiError::invalid(vec![FieldError::new(
            "checksum",
            "is not the MD5 of the bytes that came",
        )]));
    }
    upload.finish(state).await
}

/// 422: the body has not the announced size.
pub fn wrong_size(announced: u64) -> ApiError {
    let problem = format!("was {announced}, and the body has another size");
    ApiError::invalid(vec![FieldError::new("byte_size", problem)])
}
