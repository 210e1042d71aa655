//! `HEAD`: answered as `GET` is, without the body (RFC 9110, 9.3.2).

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, HeaderValue};
use bytes::Bytes;
use futures_util::stream;

/// Makes a `HEAD` request look like a `GET`, so that no handler needs to know of it. Says whether it was one.
pub fn read_as_get(request: &mut ServiceRequest) -> bool {
    let is_head = *request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    is_head
}

/// The same answer with nothing behind its head. What was to follow is never read: it may be a file.
pub fn without_body(answer: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let (request, answer) = answer.into_parts();
    ServiceResponse::new(request, head_of(answer))
}

fn head_of(mut answer: HttpResponse<BoxBody>) -> HttpResponse<BoxBody> {
    let BodySize::Sized(size) = answer.body().size() else {
        return answer.set_body(BoxBody::new(()));
    };
    answer
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(size));
    // actix-http writes a length that the body does not have only when the body's own is unknown.
    answer.head_mut().no_chunking(true);
    answer.set_body(BoxBody::new(BodyStream::new(stream::empty::<
        Result<Bytes, std::convert::Infallible>,
    >())))
}
