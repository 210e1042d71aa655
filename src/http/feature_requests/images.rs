//! Pictures that come in the form of a suggestion (protocol 5.5): `feature_request[files][]`, as Unreal sends them.

use actix_web::{HttpRequest, web};
use bugle_actors::NewAttachment;
use bugle_storage::records::{AttachmentKind, BlobHash};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::http::body::Encoding;
use crate::http::error::{ApiError, FieldError};
use crate::http::multipart::{FilePart, FileSink, FormLimits, read_form};
use crate::http::request_body::{self, BODY_SIZE_MAX, Body};
use crate::http::sniff;
use crate::http::state::AppState;
use crate::http::upload::{FilesMax, StoredFile, Uploads};

const KIND: AttachmentKind = AttachmentKind::Image;
/// The most pictures in one form.
const FILES_MAX: usize = 10;
/// The most parts of such a form.
const PARTS_MAX: usize = 2000;

/// Reads a suggestion and its pictures. Without `keep_files` nothing is stored, and the pictures only tell the request
/// from another.
pub(super) async fn read(
    keep_files: bool,
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Body, Vec<NewAttachment>), ApiError> {
    if Encoding::of(request.headers())? != Encoding::Multipart {
        return Ok((request_body::read(state, request, payload).await?, Vec::new()));
    }
    let all = state.options.issue_files_size_max;
    let limits = FormLimits {
        parts: PARTS_MAX,
        text_size: BODY_SIZE_MAX,
        file_size: state.options.upload_size_max.min(all),
        memory: &state.bodies.memory,
    };
    let payload = state.bodies.timed(payload);
    if !keep_files {
        let mut hashes = Hashes::default();
        let fields = read_form(request.headers(), payload, &limits, &mut hashes).await?;
        return Ok((Body::of_form(fields, hashes.whole), Vec::new()));
    }
    let most = FilesMax {
        count: FILES_MAX,
        size: all,
    };
    let mut uploads = Uploads::new(state, must_be_picture).at_most(most);
    let fields = read_form(request.headers(), payload, &limits, &mut uploads).await?;
    let blobs = uploads.files.iter().map(|(_, stored)| stored.blob).collect();
    let pictures = uploads.files.into_iter().map(picture).collect();
    Ok((Body::of_form(fields, blobs), pictures))
}

fn must_be_picture(content_type: &'static str) -> Result<(), ApiError> {
    if sniff::fits(content_type, KIND) {
        return Ok(());
    }
    let problem = format!("must be pictures, and one is {content_type}");
    Err(ApiError::invalid(vec![FieldError::new("files", problem)]))
}

fn picture((part, stored): (FilePart, StoredFile)) -> NewAttachment {
    NewAttachment {
        kind: KIND,
        filename: sniff::safe_filename(&part.filename, KIND),
        content_type: stored.content_type.to_owned(),
        size: stored.size,
        blob: stored.blob,
        developer_private: false,
    }
}

/// Files of which nothing is kept but what they would be called.
#[derive(Default)]
struct Hashes {
    current: Sha256,
    whole: Vec<BlobHash>,
}

impl FileSink for Hashes {
    async fn begin(&mut self, _: FilePart) -> Result<(), ApiError> {
        self.current = Sha256::new();
        Ok(())
    }

    async fn write(&mut self, piece: Bytes) -> Result<(), ApiError> {
        self.current.update(&piece);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), ApiError> {
        let hash = std::mem::take(&mut self.current).finalize();
        self.whole.push(BlobHash(hash.into()));
        Ok(())
    }
}
