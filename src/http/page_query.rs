//! Paging of lists that have no filters of their own.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};

use serde::Deserialize;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::body::Flag;
use super::error::{ApiError, FieldError};
use super::views::Pagination;

const PER_PAGE_DEFAULT: u32 = 25;
const PER_PAGE_MAX: u64 = 100;

/// `page`, `per_page` and `all` of a query (protocol 12).
#[derive(Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// From 1.
    pub page: u64,
    /// 1 to 100.
    pub per_page: u32,
    /// Whether more than one's own is wanted.
    pub all: bool,
}

impl FromRequest for PageQuery {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = pairs(request.query_string());
        let mut query = Self {
            page: 1,
            per_page: PER_PAGE_DEFAULT,
            all: false,
        };
        for (key, value) in &pairs {
            if value.trim().is_empty() {
                continue;
            }
            match key.as_str() {
                "page" => match whole_number(key, value) {
                    Ok(page) => query.page = page.max(1),
                    Err(error) => return ready(Err(error)),
                },
                "per_page" => match whole_number(key, value) {
                    Ok(count) => {
                        let count = count.clamp(1, PER_PAGE_MAX);
                        query.per_page = u32::try_from(count).unwrap_or(PER_PAGE_DEFAULT);
                    }
                    Err(error) => return ready(Err(error)),
                },
                "all" => match flag(key, value) {
                    Ok(all) => query.all = all,
                    Err(error) => return ready(Err(error)),
                },
                _ => {}
            }
        }
        ready(Ok(query))
    }
}

impl PageQuery {
    /// How many stand before the page.
    pub fn skip(&self) -> u64 {
        (self.page - 1).saturating_mul(u64::from(self.per_page))
    }

    /// What stands on the page of a list, and where in the list that is.
    pub fn cut<'a, T>(&self, list: &'a [T]) -> (&'a [T], Pagination) {
        let skip = usize::try_from(self.skip()).unwrap_or(usize::MAX);
        let rest = list.get(skip..).unwrap_or_default();
        let shown = rest.get(..self.per_page as usize).unwrap_or(rest);
        (
            shown,
            Pagination::new(self.page, self.per_page, list.len() as u64),
        )
    }
}

/// A query's pairs, in order; a query that is no such thing has none.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    Query::<Vec<(String, String)>>::from_query(query)
        .map(Query::into_inner)
        .unwrap_or_default()
}

/// Reads a switch, as bodies have them.
pub fn flag(field: &str, value: &str) -> Result<bool, ApiError> {
    let read = Flag::deserialize(StrDeserializer::<ValueError>::new(value));
    let problem = || FieldError::new(field.to_owned(), "must be true or false");
    read.map(|flag| flag.0).map_err(|_| vec![problem()].into())
}

/// Reads a number of a page. A negative one is brought into range like any other.
pub fn whole_number(field: &str, value: &str) -> Result<u64, ApiError> {
    match value.trim() {
        "" => Ok(0),
        text => match text.parse::<i64>() {
            Ok(number) => Ok(u64::try_from(number).unwrap_or(0)),
            Err(_) => Err(ApiError::invalid(vec![FieldError::new(
                field.to_owned(),
                "must be a whole number",
            )])),
        },
    }
}
