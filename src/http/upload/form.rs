//! The files of a form, on their way to the blob store.

use std::sync::Arc;

use bugle_storage::AddressHash;
use bytes::Bytes;

use super::{StoredFile, Upload};
use crate::http::error::ApiError;
use crate::http::multipart::{FilePart, FileSink};
use crate::http::state::AppState;

/// What files that no record names yet may have together when they come from one address in forms, in bytes: four forms
/// full of pictures at a time.
const ARRIVING_SIZE_MAX: u64 = 256 << 20;

/// How much a form may hold in files.
#[derive(Debug, Clone, Copy)]
pub struct FilesMax {
    /// How many.
    pub count: usize,
    /// What they may have together, in bytes.
    pub size: u64,
}

/// Looks at the text fields that came before a file.
type FieldsCheck<'a> = &'a dyn Fn(&[(String, String)]) -> Result<(), ApiError>;

/// Takes the files of a form; see [`FileSink`]. What a file is shows in its first bytes, so one that is not wanted is
/// refused before the rest of it is read, and never gets a name in the blob store.
pub struct Uploads<'a, C> {
    state: &'a AppState,
    address: AddressHash,
    check: C,
    check_fields: FieldsCheck<'a>,
    most: FilesMax,
    /// What all files under way from the address may have, in bytes.
    arriving_max: u64,
    current: Option<(FilePart, Upload)>,
    /// The files that are whole, in the order of the form.
    pub files: Vec<(FilePart, StoredFile)>,
}

impl<'a, C> Uploads<'a, C> {
    /// A sink for one file from `address` that writes to the state's blob store. `check` says of a content type whether
    /// such a file is wanted.
    pub fn new(state: &'a AppState, address: AddressHash, check: C) -> Self {
        Self {
            state,
            address,
            check,
            check_fields: &|_| Ok(()),
            most: FilesMax {
                count: 1,
                size: u64::MAX,
            },
            arriving_max: ARRIVING_SIZE_MAX.max(state.options.issue_files_size_max),
            current: None,
            files: Vec::new(),
        }
    }

    /// The same for more files, which are small and come with a form that costs nothing when it is refused.
    #[must_use]
    pub fn at_most(self, most: FilesMax) -> Self {
        Self {
            most,
            arriving_max: ARRIVING_SIZE_MAX,
            ..self
        }
    }

    /// The same where fields that came before a file are looked at before the file is taken.
    #[must_use]
    pub fn checking_fields(self, check_fields: FieldsCheck<'a>) -> Self {
        Self { check_fields, ..self }
    }

    /// Refuses `more` bytes of the current file where they are too many.
    fn count(&mut self, more: u64) -> Result<(), ApiError> {
        let before: u64 = self.files.iter().map(|(_, stored)| stored.size).sum();
        let (most, arriving_max) = (self.most, self.arriving_max);
        let Some((part, upload)) = &mut self.current else {
            return Ok(());
        };
        if before.saturating_add(upload.size).saturating_add(more) > most.size {
            return Err(ApiError::file_too_large(&part.field, most.size));
        }
        upload
            .arriving
            .as_mut()
            .map_or(Ok(()), |arriving| arriving.grow(more, arriving_max))
    }
}

impl<C: Fn(&'static str) -> Result<(), ApiError>> FileSink for Uploads<'_, C> {
    async fn begin(&mut self, part: FilePart, fields: &[(String, String)]) -> Result<(), ApiError> {
        match self.most.count {
            most if self.files.len() < most => {}
            1 => return Err(ApiError::bad_request("Send one file in a request")),
            most => {
                let text = format!("Send no more than {most} files in a request");
                return Err(ApiError::bad_request(text));
            }
        }
        (self.check_fields)(fields)?;
        let mut upload = Upload::begin(Arc::clone(&self.state.blobs));
        upload.arriving = Some(Arc::clone(&self.state.arrivals).begin(self.address));
        self.current = Some((part, upload));
        Ok(())
    }

    async fn write(&mut self, piece: Bytes) -> Result<(), ApiError> {
        self.count(piece.len() as u64)?;
        match &mut self.current {
            Some((_, upload)) => upload.take(&piece, self.state, &self.check).await,
            None => Ok(()),
        }
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
