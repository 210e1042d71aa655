//! Reads multipart forms: text is collected, files go on piece by piece and are never whole in memory.
//!
//! `actix-multipart` splits the stream. It takes what real clients send, as the tests here hold it to: Unity's
//! quoted boundary, leading line break and lower-case header names, and Unreal's boundary of dashes.

use std::future::Future;
use std::sync::Arc;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};

use super::error::ApiError;
use super::request_body::{MemoryBudget, Reservation};

/// How large a form may be.
#[derive(Debug, Clone, Copy)]
pub struct FormLimits<'b> {
    /// The most parts.
    pub parts: usize,
    /// Bytes of all text parts together, their names included.
    pub text_size: usize,
    /// Bytes of each file.
    pub file_size: u64,
    /// The memory for text.
    pub memory: &'b Arc<MemoryBudget>,
}

/// The text of a form, and its share of the memory for bodies.
#[derive(Debug)]
pub struct FormText {
    /// Names and values in order, ready for [`super::body::decode_pairs`].
    pub pairs: Vec<(String, String)>,
    share: Reservation,
}

impl FormText {
    /// Texts that were read before, whose share of the memory was given back.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self {
            pairs,
            share: Reservation::default(),
        }
    }
}

/// A part that holds a file, as the client describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The name of the field: `screenshot[image]`.
    pub field: String,
    /// The name of the file, not to be trusted; may be empty.
    pub filename: String,
    /// What the client calls its content, not to be trusted.
    pub content_type: Option<String>,
}

/// Where the files of a form go. For each file: `begin`, any number of `write`s, `finish`.
///
/// An error from any of them ends the reading and is the answer. A file that was begun and not finished broke
/// off; dropping the sink must clean up after it.
pub trait FileSink {
    /// A file begins. `fields` are the text fields that came before it.
    fn begin(
        &mut self,
        part: FilePart,
        fields: &[(String, String)],
    ) -> impl Future<Output = Result<(), ApiError>>;
    /// More of its bytes.
    fn write(&mut self, piece: Bytes) -> impl Future<Output = Result<(), ApiError>>;
    /// It is whole.
    fn finish(&mut self) -> impl Future<Output = Result<(), ApiError>>;
}

/// Reads a form to its end.
pub async fn read_form<P, S>(
    headers: &HeaderMap,
    payload: P,
    limits: &FormLimits<'_>,
    files: &mut S,
) -> Result<FormText, ApiError>
where
    P: Stream<Item = Result<Bytes, PayloadError>> + 'static,
    S: FileSink,
{
    let mut parts = Multipart::new(headers, payload);
    let mut texts = Texts::new(limits);
    let mut count = 0;
    while let Some(part) = parts.try_next().await? {
        count += 1;
        if count > limits.parts {
            return Err(ApiError::bad_request(format!(
                "The form has more than {} parts",
                limits.parts
            )));
        }
        if let Some(file) = file_part(&part) {
            read_file(part, file, (&texts.form.pairs, limits.file_size), files).await?;
        } else {
            texts.read(part).await?;
        }
    }
    Ok(texts.form)
}

/// A part is a file when it says a file's name, or a type that is no text. Unity gives text a type as well.
fn file_part(part: &Field) -> Option<FilePart> {
    let disposition = part.content_disposition()?;
    let extended = disposition
        .get_filename_ext()
        .map(|name| String::from_utf8_lossy(&name.value).into_owned());
    let filename = extended.or_else(|| disposition.get_filename().map(str::to_owned));
    let content_type = part.content_type();
    let has_other_type = content_type.is_some_and(|it| !matches!(it.type_().as_str(), "text" | "multipart"));
    if filename.is_none() && !has_other_type {
        return None;
    }
    Some(FilePart {
        field: disposition.get_name().unwrap_or_default().to_owned(),
        filename: filename.unwrap_or_default(),
        content_type: content_type.map(|it| it.essence_str().to_owned()),
    })
}

/// Collects the text parts within the form's limits.
struct Texts<'l> {
    limits: &'l FormLimits<'l>,
    form: FormText,
    size: usize,
}

impl<'l> Texts<'l> {
    fn new(limits: &'l FormLimits<'l>) -> Self {
        Self {
            limits,
            form: FormText {
                pairs: Vec::new(),
                share: Reservation::default(),
            },
            size: 0,
        }
    }

    async fn read(&mut self, mut part: Field) -> Result<(), ApiError> {
        let name = part.name().unwrap_or_default().to_owned();
        self.count(name.len())?;
        let mut text = Vec::new();
        while let Some(piece) = part.try_next().await? {
            self.count(piece.len())?;
            text.extend_from_slice(&piece);
        }
        let text = String::from_utf8(text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        self.form.pairs.push((name, text));
        Ok(())
    }

    fn count(&mut self, size: usize) -> Result<(), ApiError> {
        self.size += size;
        if self.size > self.limits.text_size {
            return Err(ApiError::too_large(self.limits.text_size as u64));
        }
        self.form.share.cover(self.limits.memory, self.size)
    }
}

async fn read_file<S: FileSink>(
    mut part: Field,
    file: FilePart,
    (fields, size_max): (&[(String, String)], u64),
    files: &mut S,
) -> Result<(), ApiError> {
    let mut next = part.try_next().await?;
    // This is what a browser sends for a file that was not chosen.
    if next.is_none() && file.filename.is_empty() {
        return Ok(());
    }
    let field = file.field.clone();
    files.begin(file, fields).await?;
    let mut size = 0;
    while let Some(piece) = next {
        size += piece.len() as u64;
        if size > size_max {
            return Err(ApiError::file_too_large(&field, size_max));
        }
        files.write(piece).await?;
        next = part.try_next().await?;
    }
    files.finish().await
}

impl From<MultipartError> for ApiError {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::ContentTypeMissing | MultipartError::ContentTypeIncompatible => {
                Self::unsupported_media_type()
            }
            MultipartError::Payload(error) => error.into(),
            other => Self::bad_request(format!("The form cannot be read: {other}")),
        }
    }
}

#[cfg(test)]
mod tests;
