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
        let (pieces, mut waiting) = mpsc::channel::<Bytes>(WAITING_PIECES_MAX);
        let writing = tokio::task::spawn_blocking(move || {
            let mut writer = blobs.begin()?;
            while let Some(piece) = waiting.blocking_recv() {
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

    /// A thread that stopped taking pieces has failed; `finish` says why.
    async fn write(&mut self, piece: Bytes) {
        let missing = sniff::HEAD_SIZE.saturating_sub(self.head.len());
        self.head.extend(piece.iter().take(missing));
        if !piece.is_empty() {
            let _ = self.pieces.send(piece).await;
        }
    }

    async fn finish(self, state: &AppState) -> Result<StoredFile, ApiError> {
        // An empty piece is the end: a mere drop would look like a client that went away.
        let _ = self.pieces.send(Bytes::new()).await;
        let written = self.writing.await.map_err(ApiError::internal)?;
        let written = written.and_then(|written| written.ok_or(StorageError::Closed));
        let (blob, size) =
            written.map_err(|error| failure::answer(ActorError::Storage(error), state.now()))?;
        Ok(StoredFile {
            blob,
            size,
            content_type: sniff::content_type(&self.head),
        })
    }
}

/// Takes the files of a form; see [`FileSink`].
pub struct Uploads<'a> {
    state: &'a AppState,
    current: Option<(FilePart, Upload)>,
    /// The files that are whole, in the order of the form.
    pub files: Vec<(FilePart, StoredFile)>,
}

impl<'a> Uploads<'a> {
    /// A sink that writes to the state's blob store.
    pub fn new(state: &'a AppState) -> Self {
        Self {
            state,
            current: None,
            files: Vec::new(),
        }
    }
}

impl FileSink for Uploads<'_> {
    async fn begin(&mut self, part: FilePart) -> Result<(), ApiError> {
        self.current = Some((part, Upload::begin(Arc::clone(&self.state.blobs))));
        Ok(())
    }

    async fn write(&mut self, piece: Bytes) -> Result<(), ApiError> {
        if let Some((_, upload)) = &mut self.current {
            upload.write(piece).await;
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        if let Some((part, upload)) = self.current.take() {
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
