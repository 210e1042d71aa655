//! Reads the body of a request that carries a record, in whichever encoding.

use actix_web::{HttpRequest, web};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::body::{Encoding, collect, decode, decode_pairs};
use super::error::ApiError;
use super::multipart::{FilePart, FileSink, FormLimits, read_form};

/// The largest body of a record, in bytes. The Roblox plugin sends whole console logs this way (protocol 2.3).
pub const BODY_SIZE_MAX: usize = 16 * 1024 * 1024;

const LIMITS: FormLimits = FormLimits {
    parts: 2000,
    text_size: BODY_SIZE_MAX,
    file_size: BODY_SIZE_MAX as u64,
};

/// A body that was read whole.
pub struct Body {
    content: Content,
    /// What tells this body from another: its bytes, or its fields.
    pub fingerprint: Bytes,
}

enum Content {
    Whole(Encoding, Bytes),
    Fields(Vec<(String, String)>),
}

impl Body {
    /// A body that was read as form fields, and what tells it from another.
    pub fn of_fields(fields: Vec<(String, String)>, more: &[u8]) -> Self {
        let mut fingerprint = Vec::new();
        for (name, value) in &fields {
            for part in [name.as_bytes(), value.as_bytes()] {
                fingerprint.extend_from_slice(&(part.len() as u64).to_le_bytes());
                fingerprint.extend_from_slice(part);
            }
        }
        fingerprint.extend_from_slice(more);
        Self {
            content: Content::Fields(fields),
            fingerprint: fingerprint.into(),
        }
    }

    /// Decodes the fields that `T` knows; others are ignored.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        match &self.content {
            Content::Whole(encoding, bytes) => decode(*encoding, bytes),
            Content::Fields(pairs) => decode_pairs(pairs),
        }
    }
}

/// Reads a body. Files in a form are passed over: what takes files reads them elsewhere.
pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Body, ApiError> {
    let encoding = Encoding::of(request.headers())?;
    if encoding == Encoding::Multipart {
        let fields = read_form(request.headers(), payload, &LIMITS, &mut PassedOver).await?;
        return Ok(Body::of_fields(fields, &[]));
    }
    let bytes = collect(payload, BODY_SIZE_MAX).await?;
    Ok(Body {
        fingerprint: bytes.clone(),
        content: Content::Whole(encoding, bytes),
    })
}

struct PassedOver;

impl FileSink for PassedOver {
    async fn begin(&mut self, _: FilePart) -> Result<(), ApiError> {
        Ok(())
    }

    async fn write(&mut self, _: Bytes) -> Result<(), ApiError> {
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        Ok(())
    }
}
