//! 201: what a create is answered with, the first time and again.

use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};

use super::idempotency::REPLAYED;

/// Something that can be found at `url` from now on; `replayed` when this is the first answer again.
pub fn at(url: &str, replayed: bool) -> HttpResponseBuilder {
    let mut response = without_address(replayed);
    response.insert_header((header::LOCATION, url));
    response
}

/// Something that has no address of its own.
pub fn without_address(replayed: bool) -> HttpResponseBuilder {
    let mut response = HttpResponse::Created();
    if replayed {
        response.insert_header((REPLAYED, "true"));
    }
    response
}
