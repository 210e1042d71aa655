//! A form of a page that brings files. No byte of a file is taken before the form has shown its token, so the token must
//! stand before them.

use std::cell::RefCell;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::answer::PageError;
use super::form::{self, PageForm};
use super::form_token::Browsing;
use super::frame::Frame;
use super::send_again::{self, FileField};
use crate::http::body::{Encoding, decode_pairs};
use crate::http::comments;
use crate::http::error::{ApiError, FieldError};
use crate::http::feature_requests::images;
use crate::http::multipart::{FilePart, FormLimits, FormText, read_form};
use crate::http::request_body::{BODY_SIZE_MAX, Body};
use crate::http::state::AppState;
use crate::http::upload::{FilesMax, StoredFile, Uploads};

/// The most files in one form.
const FILES_MAX: usize = 20;
/// What they may have together, in bytes: screenshots and logs. A clip is sent by the game, or by the API.
const FILES_SIZE_MAX: u64 = 64 << 20;
/// What a picture may have that anybody may send, in bytes.
const PICTURE_SIZE_MAX: u64 = 8 << 20;
/// The fields that bring files, where the form has several.
const FILES: [FileField; 2] = [("screenshots[]", "Screenshots"), ("log_files[]", "Log files")];
/// The field that brings a suggestion's pictures.
const PICTURES: [FileField; 1] = [("files[]", "Pictures")];
/// The field that brings a comment's file.
const COMMENT_FILE: [FileField; 1] = [("file", "File")];
/// The field that brings the one picture.
const PICTURE: [FileField; 1] = [("screenshot", "Pictures")];
/// The most parts of a form.
const PARTS_MAX: usize = 200;

/// A form whose token was good, and its files.
pub struct FormWithFiles {
    /// Its fields: all of them, or where a file was refused those that stood before it.
    pub form: PageForm,
    /// Its files, in their order. They are dropped unless something names them.
    pub files: Vec<(FilePart, StoredFile)>,
    /// Why a file was refused, and with it the rest of the form.
    pub refused: Option<ApiError>,
}

impl FromRequest for FormWithFiles {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let most = Most {
            files: FILES_MAX,
            each: FILES_SIZE_MAX,
            together: FILES_SIZE_MAX,
            are_of_report: true,
            fields: &FILES,
        };
        form::extracted(request, payload, async move |request: &HttpRequest, payload| {
            taken(request, payload, most).await
        })
    }
}

/// A form of a suggestion, with as many pictures as the API takes with one.
pub struct FormWithPictures(pub FormWithFiles);

impl FromRequest for FormWithPictures {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let most = Most {
            files: images::FILES_MAX,
            each: images::PICTURE_SIZE_MAX,
            together: images::PICTURES_SIZE_MAX,
            are_of_report: true,
            fields: &PICTURES,
        };
        form::extracted(request, payload, async move |request: &HttpRequest, payload| {
            taken(request, payload, most).await.map(Self)
        })
    }
}

/// A form of a comment, with one file at the most.
pub struct FormWithFile(pub FormWithFiles);

impl FromRequest for FormWithFile {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let most = Most {
            are_of_report: false,
            ..Most::one(comments::FILE_SIZE_MAX, &COMMENT_FILE)
        };
        form::extracted(request, payload, async move |request: &HttpRequest, payload| {
            taken(request, payload, most).await.map(Self)
        })
    }
}

/// A form of somebody who need not have signed in, with one picture at the most.
pub struct FormWithPicture(pub FormWithFiles);

impl FromRequest for FormWithPicture {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let most = Most::one(PICTURE_SIZE_MAX, &PICTURE);
        form::extracted(request, payload, async move |request: &HttpRequest, payload| {
            taken(request, payload, most).await.map(Self)
        })
    }
}

/// How much a form may bring; sizes in bytes.
#[derive(Debug, Clone, Copy)]
struct Most {
    files: usize,
    each: u64,
    together: u64,
    /// Whether they count as what the files of one report may have.
    are_of_report: bool,
    /// The fields that bring them.
    fields: &'static [FileField],
}

impl Most {
    const fn one(size: u64, fields: &'static [FileField]) -> Self {
        Self {
            files: 1,
            each: size,
            together: size,
            are_of_report: true,
            fields,
        }
    }
}

async fn taken(request: &HttpRequest, payload: web::Payload, most: Most) -> Result<FormWithFiles, PageError> {
    let brings = most.fields;
    let state = request
        .app_data::<web::Data<AppState>>()
        .ok_or_else(|| ApiError::internal("the application has no state"))?;
    if Encoding::of(request.headers())? != Encoding::Multipart {
        return Ok(FormWithFiles {
            form: form::taken(request, payload, brings).await?,
            files: Vec::new(),
            refused: None,
        });
    }
    let (_, browsing) = Frame::of(request, state)?;
    let size_max = if most.are_of_report {
        most.together.min(state.options.issue_files_size_max)
    } else {
        most.together
    };
    let limits = FormLimits {
        parts: PARTS_MAX,
        text_size: BODY_SIZE_MAX,
        file_size: most.each.min(size_max).min(state.options.upload_size_max),
        memory: &state.bodies.memory,
    };
    let before = RefCell::new(None);
    let check_before_file = |fields: &[(String, String)]| {
        let is_known = before
            .borrow()
            .as_ref()
            .is_some_and(|known: &Vec<_>| known.len() == fields.len());
        if !is_known {
            before.replace(Some(fields.to_vec()));
        }
        ensure_token(fields, &browsing, state)
    };
    let mut uploads = Uploads::new(state, state.address(request), |_| Ok(()))
        .at_most(FilesMax {
            count: most.files,
            size: size_max,
        })
        .checking_fields(&check_before_file);
    let payload = state.bodies.timed(payload);
    let read = read_form(request.headers(), payload, &limits, &mut uploads).await;
    let files = std::mem::take(&mut uploads.files);
    drop(uploads);
    let reading = Reading {
        request,
        state,
        browsing: &browsing,
        brings,
    };
    match read {
        Ok(fields) => reading.whole(fields, files),
        Err(error) => reading.cut_short(error, before.into_inner()),
    }
}

/// A form with files that was read, as far as that went.
struct Reading<'a> {
    request: &'a HttpRequest,
    state: &'a AppState,
    browsing: &'a Browsing,
    brings: &'static [FileField],
}

impl Reading<'_> {
    fn has_good_token(&self, fields: &[(String, String)]) -> bool {
        ensure_token(fields, self.browsing, self.state).is_ok()
    }

    fn out_of_date(&self, fields: Vec<(String, String)>) -> PageError {
        send_again::refusal(self.request, self.state, fields, self.brings)
    }

    fn whole(
        &self,
        fields: FormText,
        files: Vec<(FilePart, StoredFile)>,
    ) -> Result<FormWithFiles, PageError> {
        if !self.has_good_token(&fields.pairs) {
            return Err(self.out_of_date(fields.pairs));
        }
        let blobs = files.iter().map(|(_, stored)| stored.blob).collect();
        Ok(FormWithFiles {
            form: PageForm::checked(Body::of_form(fields, blobs), self.request)?,
            files,
            refused: None,
        })
    }

    /// `before` are the fields that stood before the first file.
    fn cut_short(
        &self,
        error: ApiError,
        before: Option<Vec<(String, String)>>,
    ) -> Result<FormWithFiles, PageError> {
        match before {
            Some(fields) if !self.has_good_token(&fields) => Err(self.out_of_date(fields)),
            // The form can be shown again with what was written.
            Some(fields) if is_answered_with_form(error.status()) => {
                let body = Body::of_form(FormText::of(fields), Vec::new());
                Ok(FormWithFiles {
                    form: PageForm::checked(body, self.request)?,
                    files: Vec::new(),
                    refused: Some(error),
                })
            }
            _ => Err(error.into()),
        }
    }
}

/// Whether the form is shown again with an error: it can be mended, or taken another time.
fn is_answered_with_form(status: StatusCode) -> bool {
    let is_for_now = matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE
    );
    is_for_now || status.is_client_error()
}

fn ensure_token(fields: &[(String, String)], browsing: &Browsing, state: &AppState) -> Result<(), ApiError> {
    let carried: form::Carried = decode_pairs(fields)?;
    if state.form_tokens.is_good(carried.token(), browsing) {
        return Ok(());
    }
    Err(form::out_of_date())
}

/// Why a file was refused, as what is wrong with a field: the page then shows it beside its form.
pub fn beside_field(error: ApiError) -> ApiError {
    if !matches!(
        error.status(),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST
    ) {
        return error;
    }
    let problem = format!("were not taken: {}", error.text());
    let mut fields = error.into_fields();
    if fields.is_empty() {
        fields.push(FieldError::new("files", problem));
    }
    ApiError::invalid(fields)
}
