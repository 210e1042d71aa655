//! Reads the body of a request that carries a record, in whichever encoding, within what one sender may hold: a
//! deadline, and a share of the memory for all bodies.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, web};
use bugle_storage::records::BlobHash;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::body::{self, Encoding};
use super::error::ApiError;
use super::multipart::{FilePart, FileSink, FormLimits, FormText, read_form};
use super::state::AppState;

mod collect;
mod memory;
mod pace;
mod timed;

pub use collect::{Collected, collect};
pub use memory::{MemoryBudget, Reservation};
pub use timed::TimedBody;

use pace::Pace;

/// The largest body of a record, in bytes. The Roblox plugin sends whole console logs this way (protocol 2.3).
pub const BODY_SIZE_MAX: usize = 16 * 1024 * 1024;
/// The most parts of a form.
const PARTS_MAX: usize = 2000;

/// What the sender of a body may hold, and all of them together.
#[derive(Debug)]
pub struct BodyLimits {
    pace: Pace,
    /// The memory for bodies that are held whole.
    pub memory: Arc<MemoryBudget>,
}

impl BodyLimits {
    /// `timeout` is how long a sender may be silent, `memory` how many bytes of bodies may be held at once.
    pub fn new(timeout: Duration, memory: usize) -> Self {
        Self {
            pace: Pace::new(timeout),
            memory: Arc::new(MemoryBudget::new(memory)),
        }
    }

    /// The body, which ends with an error when it comes too slowly. Every body is to be read through this.
    pub const fn timed<S>(&self, payload: S) -> TimedBody<S> {
        TimedBody::new(payload, self.pace)
    }
}

/// A body that was read whole.
pub struct Body {
    content: Content,
    files: Vec<BlobHash>,
}

enum Content {
    Whole(Encoding, Collected),
    Fields(FormText),
}

impl Body {
    /// A body that was read as a form, and the files that came in it.
    pub const fn of_form(fields: FormText, files: Vec<BlobHash>) -> Self {
        Self {
            content: Content::Fields(fields),
            files,
        }
    }

    /// Adds what tells this body from another: its bytes, or its fields and files.
    pub fn identify(&self, hasher: &mut Sha256) {
        match &self.content {
            Content::Whole(_, whole) => hasher.update(&whole.bytes),
            Content::Fields(form) => {
                for text in form.pairs.iter().flat_map(|(name, value)| [name, value]) {
                    hasher.update((text.len() as u64).to_le_bytes());
                    hasher.update(text);
                }
            }
        }
        for file in &self.files {
            hasher.update(file.0);
        }
    }

    /// The fields of a form, in order, as they were sent; none where the body is no form.
    pub fn fields(&self) -> Vec<(String, String)> {
        match &self.content {
            Content::Whole(Encoding::UrlEncoded, whole) => body::form_fields(&whole.bytes),
            Content::Whole(..) => Vec::new(),
            Content::Fields(form) => form.pairs.clone(),
        }
    }

    /// Decodes the fields that `T` knows; others are ignored.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        match &self.content {
            Content::Whole(encoding, whole) => body::decode(*encoding, &whole.bytes),
            Content::Fields(form) => body::decode_pairs(&form.pairs),
        }
    }
}

/// Reads a body. Files in a form are passed over: what takes files reads them elsewhere.
pub async fn read(state: &AppState, request: &HttpRequest, payload: web::Payload) -> Result<Body, ApiError> {
    let encoding = Encoding::of(request.headers())?;
    let payload = state.bodies.timed(payload);
    let content = if encoding == Encoding::Multipart {
        let limits = FormLimits {
            parts: PARTS_MAX,
            text_size: BODY_SIZE_MAX,
            file_size: BODY_SIZE_MAX as u64,
            memory: &state.bodies.memory,
        };
        // In a box, because the way of every other report would make room for it.
        Content::Fields(Box::pin(read_form(request.headers(), payload, &limits, &mut PassedOver)).await?)
    } else {
        Content::Whole(
            encoding,
            collect(payload, BODY_SIZE_MAX, &state.bodies.memory).await?,
        )
    };
    Ok(Body {
        content,
        files: Vec::new(),
    })
}

struct PassedOver;

impl FileSink for PassedOver {
    async fn begin(&mut self, _: FilePart, _: &[(String, String)]) -> Result<(), ApiError> {
        Ok(())
    }

    async fn write(&mut self, _: Bytes) -> Result<(), ApiError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        Ok(())
    }
}
