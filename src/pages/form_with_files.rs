//! A form of a page that brings files. No byte of a file is taken before the form has shown its token, so the token must
//! stand before them.

use std::cell::RefCell;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::answer::PageError;
use super::form::{self, PageForm};
use super::form_token::Browsing;
use super::frame::Frame;
use super::send_again::{self, FileField};
use crate::http::body::{Encoding, decode_pairs};
use crate::http::error::ApiError;
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
        let at_most = FilesMax {
            count: FILES_MAX,
            size: FILES_SIZE_MAX,
        };
        form::extracted(request, payload, async move |request: &HttpRequest, payload| {
            taken(request, payload, (at_most, &FILES)).await
        })
    }
}

/// A form of somebody who need not have signed in, with one picture at the most.
pub struct FormWithPicture(pub FormWithFiles);

impl FromRequest for FormWithPicture {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let at_most = FilesMax {
            count: 1,
            size: PICTURE_SIZE_MAX,
        };
        form::extracted(request, payload, async move |request: &HttpRequest, payload| {
            taken(request, payload, (at_most, &PICTURE)).await.map(Self)
        })
    }
}

async fn taken(
    request: &HttpRequest,
    payload: web::Payload,
    (at_most, brings): (FilesMax, &'static [FileField]),
) -> Result<FormWithFiles, PageError> {
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
    let size_max = at_most.size.min(state.options.issue_files_size_max);
    let limits = FormLimits {
        parts: PARTS_MAX,
        text_size: BODY_SIZE_MAX,
        file_size: size_max.min(state.options.upload_size_max),
        memory: &state.bodies.memory,
    };
    let before = RefCell::new(None);
    let check_before_file = |fields: &[(String, String)]| {
        before.replace(Some(fields.to_vec()));
        ensure_token(fields, &browsing, state)
    };
    let mut uploads = Uploads::new(state, state.address(request), |_| Ok(()))
        .at_most(FilesMax {
            size: size_max,
            ..at_most
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
            Some(fields) if error.status().is_client_error() => {
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

fn ensure_token(fields: &[(String, String)], browsing: &Browsing, state: &AppState) -> Result<(), ApiError> {
    let carried: form::Carried = decode_pairs(fields)?;
    if state.form_tokens.is_good(carried.token(), browsing) {
        return Ok(());
    }
    Err(form::out_of_date())
}
