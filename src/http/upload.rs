//! Files on their way to the blob store: piece by piece, through a thread that may block, never whole in
//! memory.

use std::sync::Arc;

use bugle_actors::ActorError;
use bugle_storage::BlobStore;
use bugle_storage::StorageError;
use bugle_storage::records::BlobHash;
use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::error::ApiError;
use super::multipart::{FilePart, FileSink};
use super::state::AppState;
use super::{failure, sniff};

/// Pieces that wait for the disk at the most; a piece is what one read of the socket gave.
const WAITING_PIECES_MAX: usize = 16;

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

/// A file being written.
struct Upload {
    pieces: mpsc::Sender<Bytes>,
    writing: JoinHandle<Result<Option<(BlobHash, u64)>, StorageError>>,
    head: Vec<u8>,
}

impl Upload {
    fn begin(blobs: Arc<BlobStore>) -> Self {
        let (pieces, mut queue) = mpsc::channel::<Bytes>(WAITING_PIECES_MAX);
        let writing = tokio::task::spawn_blocking(move || {
            let mut writer = blobs.begin()?;
            while let Some(piece) = queue.blocking_recv() {
                if piece.is_empty() {
                    return writer.finish().map(Some);
                }
                writer.write(&piece)?;
            }
            // The sender went away before the end: the client did, and the writer's drop cleans up.
            Ok(None)
        });
        Self {
            pieces,
            writing,
            head: Vec::new(),
        }
    }

    /// A thread that stopped taking pieces has failed; `finish` says why. True when this piece made the head whole.
    async fn write(&mut self, piece: Bytes) -> bool {
        let missing = sniff::HEAD_SIZE.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        let head_is_whole = missing > 0 && self.head.len() == sniff::HEAD_SIZE;
        if !piece.is_empty() {
            let _ = self.pieces.send(piece).await;
        }
        head_is_whole
    }

    fn content_type(&self) -> &'static str {
        sniff::content_type(&self.head)
    }

    async fn finish(self, state: &AppState) -> Result<StoredFile, ApiError> {
        let content_type = self.content_type();
        // An empty piece is the end: a mere drop would look like a client that went away.
        let _ = self.pieces.send(Bytes::new()).await;
        let written = self.writing.await.map_err(ApiError::internal)?;
        let written = written.and_then(|written| written.ok_or(StorageError::Closed));
        let (blob, size) =
            written.map_err(|error| failure::answer(ActorError::Storage(error), state.now()))?;
        Ok(StoredFile {
            blob,
            size,
            content_type,
        })
    }
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
            let head_is_whole = upload.write(piece).await;
            if head_is_whole {
                (self.check)(upload.content_type())?;
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
    let mut upload = Upload::begin(Arc::clone(&state.blobs));
    upload.write(Bytes::from(text)).await;
    upload.finish(state).await
}
