//! Uploads in two steps (protocol 5.3): the client says what it will send, sends it to an address that is good for just
//! that, and confirms. Nothing is part of the issue before the confirmation.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bugle_actors::{IdempotencyKey, NewAttachment};
use bugle_storage::{BlobReader, StorageError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::{
    Answer, Caller, IssueWriter, State, added, announce, attach, kind_of, must_fit, room, stated_size,
    writable_issue,
};
use crate::http::access::UploadAddress;
use crate::http::body::{Flag, Integer, Text};
use crate::http::error::{ApiError, FieldError};
use crate::http::openapi::fields;
use crate::http::state::AppState;
use crate::http::text_rules::trimmed;
use crate::http::upload::{Announced, noted_by, store_body, wrong_size};
use crate::http::upload_token::{UploadGrant, UploadPurpose};
use crate::http::{failure, issues, request_body, sniff};

/// Numbers of uploads stay below this, so that JavaScript reads them exactly.
const UPLOAD_NUMBER_MAX: u64 = 1 << 53;
/// The longest content type that is given back, in bytes.
const CONTENT_TYPE_LENGTH_MAX: usize = 255;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub(super) struct PresignBody {
    #[schema(schema_with = fields::visible_text)]
    filename: Option<Text>,
    #[schema(schema_with = fields::byte_size)]
    byte_size: Option<Integer>,
    #[schema(schema_with = fields::md5)]
    checksum: Option<Text>,
    #[schema(schema_with = fields::content_type)]
    content_type: Option<Text>,
}

/// A presign request whose fields are all right.
struct Announcement {
    filename: String,
    checksum: String,
    content_type: String,
    announced: Announced,
}

impl Announcement {
    /// Checks every field; `size_max` is in bytes.
    fn from_body(body: PresignBody, size_max: u64) -> Result<Self, ApiError> {
        let mut errors = Vec::new();
        let filename = trimmed(body.filename).unwrap_or_default();
        if filename
            .chars()
            .all(|letter| letter.is_control() || letter.is_whitespace())
        {
            errors.push(FieldError::new("filename", "can't be blank"));
        }
        let size = body.byte_size.and_then(|size| u64::try_from(size.0?).ok());
        match size {
            None => errors.push(FieldError::new("byte_size", "must be a number of bytes")),
            Some(size) if size > size_max => {
                errors.push(FieldError::new(
                    "byte_size",
                    format!("is more than {size_max} bytes"),
                ));
            }
            Some(_) => {}
        }
        let checksum = trimmed(body.checksum).unwrap_or_default();
        let md5 = STANDARD
            .decode(&checksum)
            .ok()
            .and_then(|md5| md5.try_into().ok());
        if md5.is_none() {
            errors.push(FieldError::new("checksum", "must be an MD5 in Base64"));
        }
        let content_type =
            trimmed(body.content_type).unwrap_or_else(|| "application/octet-stream".to_owned());
        let is_header = content_type.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if !is_header || content_type.len() > CONTENT_TYPE_LENGTH_MAX {
            errors.push(FieldError::new("content_type", "is not a content type"));
        }
        match (size, md5) {
            (Some(size), Some(md5)) if errors.is_empty() => Ok(Self {
                filename,
                checksum,
                content_type,
                announced: Announced { size, md5 },
            }),
            _ => Err(errors.into()),
        }
    }
}

/// What the bytes are to be sent with: Unreal takes every value for a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct UploadHeaders {
    #[serde(rename = "Content-Type")]
    content_type: String,
    #[serde(rename = "Content-MD5")]
    content_md5: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct DirectUpload<'a> {
    url: &'a str,
    headers: &'a UploadHeaders,
}

/// Some clients read the flat fields, others those of Rails.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PresignedUpload)]
pub(super) struct PresignedView<'a> {
    blob_signed_id: &'a str,
    blob_id: u64,
    direct_upload_url: &'a str,
    headers: &'a UploadHeaders,
    direct_upload: DirectUpload<'a>,
}

/// `POST …/{kind}/presigned_upload`
pub async fn presign(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let (writer, kind) = (caller.0, kind_of(&request)?);
    let (reference, found) = writable_issue(&writer, &state, &request).await?;
    let body = request_body::read(&state, &request, payload).await?;
    let wanted = Announcement::from_body(body.decode()?, room(&found, &state))?;
    let grant = UploadGrant {
        upload: rand::random_range(1..UPLOAD_NUMBER_MAX),
        project: writer.project,
        issue: found.issue.id,
        kind,
        filename: sniff::safe_filename(&wanted.filename, kind),
        announced: wanted.announced,
    };
    announce(&state, &writer, reference, wanted.announced.size).await?;
    let address = state.upload_tokens.sign(&grant, UploadPurpose::Store)?;
    let url = format!("{}/direct_uploads/{address}", state.options.public_url);
    let headers = UploadHeaders {
        content_type: wanted.content_type,
        content_md5: wanted.checksum,
    };
    Ok(HttpResponse::Created().json(PresignedView {
        blob_signed_id: &state.upload_tokens.sign(&grant, UploadPurpose::Confirm)?,
        blob_id: grant.upload,
        direct_upload_url: &url,
        headers: &headers,
        direct_upload: DirectUpload {
            url: &url,
            headers: &headers,
        },
    }))
}

/// `PUT /direct_uploads/{upload}`: the bytes, and nothing else. 200, because Unreal takes no 204.
pub async fn store(
    caller: Caller<UploadAddress>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let grant = caller.0;
    failure::ensure_writable(&state)?;
    let size = grant.announced.size;
    if stated_size(&request).is_some_and(|stated| stated != size) {
        return Err(wrong_size(size));
    }
    let payload = state.bodies.timed(payload);
    let stored = store_body(&state, payload, grant.announced, |content_type| {
        must_fit(content_type, grant.kind)
    });
    let (stored, blobs) = (stored.await?, Arc::clone(&state.blobs));
    noted_by(stored, &state, move |kept| {
        blobs.note_upload(grant.upload, kept.hash())
    })
    .await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({})))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub(super) struct ConfirmBody {
    #[schema(schema_with = fields::text)]
    blob_signed_id: Option<Text>,
    #[schema(schema_with = fields::text)]
    name: Option<Text>,
    #[schema(schema_with = fields::flag)]
    developer_private: Option<Flag>,
}

/// `POST …/{kind}/confirm_upload`: the file is part of the issue once this is answered. The same id again gets the same
/// file.
pub async fn confirm(
    caller: Caller<IssueWriter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let (writer, kind) = (caller.0, kind_of(&request)?);
    let body = request_body::read(&state, &request, payload).await?;
    let body: ConfirmBody = body.decode()?;
    let reference = writer.issue(issues::reference(&request)?)?;
    let found = issues::find(&state, writer.project, reference, false).await?;
    writer.may_write(&found.issue, &state)?;
    let signed_id = trimmed(body.blob_signed_id).unwrap_or_default();
    let grant = state.upload_tokens.verify(&signed_id, UploadPurpose::Confirm);
    let grant = grant
        .filter(|grant| (grant.project, grant.issue, grant.kind) == (writer.project, found.issue.id, kind))
        .ok_or_else(|| wrong_id("is not valid here or has expired"))?;
    let filename = trimmed(body.name).map_or(grant.filename, |name| sniff::safe_filename(&name, kind));
    let uploaded = on_disk(&state, move |blobs| {
        let found = blobs.upload(grant.upload)?.as_ref().map(examine).transpose()?;
        // It may have come a day ago, and must not be swept just now.
        let is_there = found
            .as_ref()
            .map_or(Ok(false), |new| blobs.keep_young(new.blob))?;
        Ok(found.filter(|_| is_there))
    });
    let uploaded = uploaded
        .await?
        .ok_or_else(|| wrong_id("has no file: send it to the address first"))?;
    let new = NewAttachment {
        kind,
        filename,
        developer_private: body.developer_private.is_some_and(|flag| flag.0),
        ..uploaded
    };
    let submission = writer.submission(Some(confirmation_key(grant.upload)));
    let attached = attach(&state, writer.project, reference, (new, Vec::new()), submission);
    let (file, replayed) = attached.await?;
    Ok(added(&file, replayed, writer.project, &state))
}

fn wrong_id(problem: &'static str) -> ApiError {
    ApiError::invalid(vec![FieldError::new("blob_signed_id", problem)])
}

/// What can be said of a file by its bytes.
fn examine(reader: &BlobReader) -> Result<NewAttachment, StorageError> {
    let mut head = vec![0; sniff::HEAD_SIZE];
    let size = reader.read_at(0, &mut head)?;
    head.truncate(size);
    Ok(NewAttachment {
        kind: bugle_storage::records::AttachmentKind::BinaryFile,
        filename: String::new(),
        content_type: sniff::content_type(&head).to_owned(),
        size: reader.len()?,
        blob: reader.hash().ok_or(StorageError::Closed)?,
        developer_private: false,
    })
}

/// A confirmation is remembered as an `Idempotency-Key` is, for longer than the signed id works.
fn confirmation_key(upload: u64) -> IdempotencyKey {
    let hash = Sha256::new_with_prefix("confirm_upload")
        .chain_update(upload.to_be_bytes())
        .finalize();
    IdempotencyKey {
        hash: hash.first_chunk().copied().unwrap_or_default(),
        fingerprint: upload,
    }
}

async fn on_disk<T: Send + 'static>(
    state: &AppState,
    work: impl FnOnce(&bugle_storage::BlobStore) -> Result<T, StorageError> + Send + 'static,
) -> Result<T, ApiError> {
    let blobs = Arc::clone(&state.blobs);
    let done = web::block(move || work(&blobs))
        .await
        .map_err(ApiError::internal)?;
    done.map_err(|error| state.refusal(error.into()))
}
