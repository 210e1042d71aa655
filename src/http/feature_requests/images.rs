//! Pictures that come in the form of a suggestion (protocol 5.5): `feature_request[files][]`, as Unreal sends them.

use actix_web::{HttpRequest, web};
use bugle_actors::Admission;
use bugle_storage::records::{AttachmentKind, BlobHash, ReportKind};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::http::access::Reporting;
use crate::http::body::Encoding;
use crate::http::error::{ApiError, FieldError};
use crate::http::issues::{ReportFiles, admission};
use crate::http::multipart::{FilePart, FileSink, FormLimits, FormText, read_form};
use crate::http::report_body::{body_of_pairs, check_some};
use crate::http::request_body::{self, BODY_SIZE_MAX, Body};
use crate::http::sniff;
use crate::http::state::AppState;
use crate::http::upload::{FilesMax, Uploads};

const KIND: AttachmentKind = AttachmentKind::Image;
/// The most pictures in one form.
pub const FILES_MAX: usize = 10;
/// The largest picture in a form, in bytes: a screenshot of a 4K screen as PNG has up to some 12 MiB, as JPEG, which
/// Unreal sends, a tenth of that. Larger ones can be added once the suggestion is there.
pub const PICTURE_SIZE_MAX: u64 = 16 << 20;
/// What the pictures of a form may have together, in bytes. They come before anything is counted.
pub const PICTURES_SIZE_MAX: u64 = 64 << 20;
/// The most parts of such a form.
const PARTS_MAX: usize = 2000;

/// Reads a suggestion and its pictures. Nothing is taken from whom the suggestion would be refused; from a retry nothing
/// is stored, and the pictures only tell the request from another.
pub(super) async fn read(
    reporting: &Reporting,
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Body, ReportFiles), ApiError> {
    if Encoding::of(request.headers())? != Encoding::Multipart {
        let body = request_body::read(state, request, payload).await?;
        return Ok((body, ReportFiles::default()));
    }
    match admission(reporting, state, request).await? {
        Admission::New => keep(reporting, state, request, payload).await,
        Admission::Retry => {
            let mut hashes = Hashes::default();
            let fields = read_all(state, request, payload, &mut hashes).await?;
            Ok((Body::of_form(fields, hashes.whole), ReportFiles::left_out()))
        }
    }
}

async fn keep(
    reporting: &Reporting,
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Body, ReportFiles), ApiError> {
    let most = FilesMax {
        count: FILES_MAX,
        size: PICTURES_SIZE_MAX.min(state.options.issue_files_size_max),
    };
    let mut uploads = Uploads::new(state, reporting.address(), must_be_picture)
        .at_most(most)
        .checking_fields(&check_before_pictures);
    let fields = read_all(state, request, payload, &mut uploads).await?;
    let blobs = uploads.files.iter().map(|(_, stored)| stored.blob).collect();
    let mut files = ReportFiles::default();
    for (part, stored) in uploads.files {
        files.add(stored.describe(&part.filename, KIND), stored);
    }
    Ok((Body::of_form(fields, blobs), files))
}

async fn read_all<S: FileSink>(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
    files: &mut S,
) -> Result<FormText, ApiError> {
    let limits = FormLimits {
        parts: PARTS_MAX,
        text_size: BODY_SIZE_MAX,
        file_size: PICTURE_SIZE_MAX
            .min(state.options.upload_size_max)
            .min(state.options.issue_files_size_max),
        memory: &state.bodies.memory,
    };
    read_form(request.headers(), state.bodies.timed(payload), &limits, files).await
}

/// Refuses what is wrong with the fields that stand before a picture, whatever comes behind it.
fn check_before_pictures(fields: &[(String, String)]) -> Result<(), ApiError> {
    let fields = body_of_pairs(ReportKind::FeatureRequest, fields)?;
    Ok(check_some(fields)?)
}

fn must_be_picture(content_type: &'static str) -> Result<(), ApiError> {
    if sniff::fits(content_type, KIND) {
        return Ok(());
    }
    let problem = format!("must be pictures, and one is {content_type}");
    Err(ApiError::invalid(vec![FieldError::new("files", problem)]))
}

/// Files of which nothing is kept but what they would be called.
#[derive(Default)]
struct Hashes {
    current: Sha256,
    whole: Vec<BlobHash>,
}

impl FileSink for Hashes {
    async fn begin(&mut self, _: FilePart, _: &[(String, String)]) -> Result<(), ApiError> {
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
