//! Paging of lists that have no filters of their own.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::error::{ApiError, none_or};
use super::query::{self, Pages};
use super::views::Pagination;

const PER_PAGE_DEFAULT: u32 = 25;

/// `page`, `per_page` and `all` of a query (protocol 12).
#[derive(Debug, PartialEq, Eq)]
pub struct PageQuery {
    /// Which page.
    pub pages: Pages,
    /// Whether more than one's own is wanted.
    pub all: bool,
}

impl Default for PageQuery {
    fn default() -> Self {
        Self {
            pages: Pages::of(PER_PAGE_DEFAULT),
            all: false,
        }
    }
}

impl FromRequest for PageQuery {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl PageQuery {
    /// Reads a query string. Unknown keys are ignored.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self::default();
        let problems = query::read(query, |key, value| {
            if key == "all" {
                parsed.all = query::flag(value)?;
            } else {
                parsed.pages.set(key, value)?;
            }
            Ok(())
        });
        none_or(problems, parsed)
    }

    /// What stands on the page of a list, and where in the list that is.
    pub fn cut<'a, T>(&self, list: &'a [T]) -> (&'a [T], Pagination) {
        let skip = usize::try_from(self.pages.skip()).unwrap_or(usize::MAX);
        let rest = list.get(skip..).unwrap_or_default();
        let shown = rest.get(..self.pages.per_page as usize).unwrap_or(rest);
        (shown, self.pages.pagination(list.len() as u64))
    }
}
