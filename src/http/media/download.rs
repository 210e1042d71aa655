//! Sending a file: whole, a part of it, or only that it is still the same.

use std::io;
use std::sync::Arc;

use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, ContentDisposition, ContentRange, ContentRangeSpec, DispositionParam, DispositionType, ETag,
    EntityTag, Header, HeaderName, HeaderValue, IfRange, Range,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use bugle_storage::records::{Attachment, BlobHash};
use bugle_storage::{BlobReader, StorageError};
use bytes::Bytes;
use futures_util::Stream;
use serde::Deserialize;

use super::{Answer, Caller, MemberOf, State, visible_file};
use crate::http::error::ApiError;
use crate::http::fixed_text::is_known;
use crate::http::sniff::safe_filename;
use crate::http::state::AppState;

/// How much of a file is read from the disk at a time when it is sent, in bytes.
const PIECE_SIZE: u64 = 256 * 1024;

#[derive(Debug, Default, Deserialize)]
struct DownloadQuery {
    download: Option<String>,
}

/// `GET …/{kind}/{file}`: the bytes, always as a download, so that nothing a player sent runs in a browser. `?download=`
/// names the file that a browser makes of it.
pub async fn download(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    let file = visible_file(&caller.0, &state, &request).await?;
    send_file(&file, &state, &request).await
}

/// The bytes of a file that the caller may see, or those of them that are wanted.
pub async fn send_file(file: &Attachment, state: &State, request: &HttpRequest) -> Answer {
    let tag = EntityTag::new_strong(file.blob.to_string());
    if is_known(request, &tag) {
        let mut response = HttpResponse::NotModified();
        response.insert_header(caching());
        return Ok(response.insert_header(ETag(tag)).finish());
    }
    let part = wanted_part(request, &tag, file.size)?;
    let mut response = match part {
        Some((from, to)) => {
            let mut response = HttpResponse::PartialContent();
            response.insert_header(ContentRange(ContentRangeSpec::Bytes {
                range: Some((from, to)),
                instance_length: Some(file.size),
            }));
            response
        }
        None => HttpResponse::Ok(),
    };
    describe(&mut response, file, &wanted_name(request, file), tag);
    let (from, end) = part.map_or((0, file.size), |(from, to)| (from, to + 1));
    let reader = open(state, file.blob).await?;
    Ok(response.body(SizedStream::new(end - from, pieces(reader, from, end))))
}

/// The first and the last byte that are wanted; `None` is the whole file. Several ranges, another unit and a range that
/// cannot be read count as no range, which RFC 9110 (14.2) allows.
fn wanted_part(request: &HttpRequest, tag: &EntityTag, size: u64) -> Result<Option<(u64, u64)>, ApiError> {
    if !request.headers().contains_key(header::RANGE) || !is_same_for_range(request, tag) {
        return Ok(None);
    }
    let Ok(Range::Bytes(ranges)) = Range::parse(request) else {
        return Ok(None);
    };
    let [range] = ranges.as_slice() else {
        return Ok(None);
    };
    let part = range.to_satisfiable_range(size);
    part.map(Some)
        .ok_or_else(|| ApiError::range_not_satisfiable(size))
}

/// Whether `If-Range`, where it is sent, names these bytes. Files have no date of their own, so a date names none.
fn is_same_for_range(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(header::IF_RANGE) {
        return true;
    }
    matches!(IfRange::parse(request), Ok(IfRange::EntityTag(known)) if known.strong_eq(tag))
}

/// What the file is to be called: as `?download=` says, or as it was called when it came.
fn wanted_name(request: &HttpRequest, file: &Attachment) -> String {
    let query = web::Query::<DownloadQuery>::from_query(request.query_string());
    let wanted = query.ok().and_then(|query| query.into_inner().download);
    match wanted.filter(|name| !name.trim().is_empty()) {
        Some(name) => safe_filename(&name, file.kind),
        None => file.filename.clone(),
    }
}

/// Should a browser show a file after all, nothing in it runs and it asks nobody for anything.
const POLICY: &str = "default-src 'none'; sandbox";

fn describe(response: &mut HttpResponseBuilder, file: &Attachment, name: &str, tag: EntityTag) {
    response
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ))
        // A page of a neighbour under the same domain, where cookies go along, embeds none of them.
        .insert_header((
            header::CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("same-origin"),
        ))
        .insert_header((header::CONTENT_TYPE, file.content_type.as_str()))
        .insert_header(disposition(name))
        .insert_header((
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .insert_header((header::ACCEPT_RANGES, HeaderValue::from_static("bytes")))
        .insert_header(caching())
        .insert_header(ETag(tag));
}

/// Whoever keeps a copy asks each time: who may see a file can change.
const fn caching() -> (HeaderName, HeaderValue) {
    (
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    )
}

/// The name twice (RFC 6266, 4.3): in ASCII for old programs, and as it is.
fn disposition(name: &str) -> ContentDisposition {
    let is_plain =
        |character: &char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '%');
    let plain = name
        .chars()
        .map(|character| if is_plain(&character) { character } else { '_' })
        .collect();
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(plain),
            DispositionParam::FilenameExt(header::ExtendedValue {
                charset: header::Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: name.as_bytes().to_vec(),
            }),
        ],
    }
}

async fn open(state: &AppState, blob: BlobHash) -> Result<BlobReader, ApiError> {
    let blobs = Arc::clone(&state.blobs);
    let reader = web::block(move || blobs.get(blob)).await;
    reader
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?
        .ok_or_else(|| ApiError::internal("a blob is missing"))
}

/// The bytes from `from` up to `end`, read where blocking harms nobody.
fn pieces(reader: BlobReader, from: u64, end: u64) -> impl Stream<Item = io::Result<Bytes>> {
    futures_util::stream::try_unfold((reader, from), move |(reader, offset)| async move {
        let piece = web::block(move || {
            let size = (end - offset).min(PIECE_SIZE);
            let mut buffer = vec![0; usize::try_from(size).unwrap_or(0)];
            let read = reader.read_at(offset, &mut buffer)?;
            buffer.truncate(read);
            Ok::<_, StorageError>((reader, buffer))
        });
        let (reader, buffer) = piece.await.map_err(io::Error::other)?.map_err(io::Error::other)?;
        let next = (reader, offset + buffer.len() as u64);
        Ok((!buffer.is_empty()).then(|| (Bytes::from(buffer), next)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_said_in_ascii_and_as_it_is() {
        let text = disposition("S\u{e4}ge \"1\".log").to_string();
        assert_eq!(
            text,
            "attachment; filename=\"S_ge _1_.log\"; filename*=UTF-8''S%C3%A4ge%20%221%22.log"
        );
    }
}
