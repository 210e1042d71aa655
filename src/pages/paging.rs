//! Which page of a list is asked for, where what is wrong with that is told on a page.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::answer::PageError;
use crate::http::page_query::PageQuery;

/// The query of a list that has no filters of its own.
pub struct Paging(pub PageQuery);

impl FromRequest for Paging {
    type Error = PageError;
    type Future = Ready<Result<Self, PageError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = PageQuery::from_request(request, payload).into_inner();
        ready(query.map(Self).map_err(PageError::from))
    }
}
