//! Turning the pages of a list. What else the address says, such as filters, stays.

use super::answer::in_query;
use crate::http::query::{Pages, pairs};

/// Where a page of a list is, and the addresses of those beside it.
pub struct Turner {
    /// From 1.
    pub page: u64,
    /// At least 1.
    pub total_pages: u64,
    /// How many there are on all pages.
    pub total: u64,
    path: String,
    rest: String,
}

impl Turner {
    /// Of a list of `total` at this path and query.
    pub fn new(path: &str, query: &str, pages: Pages, total: u64) -> Self {
        let kept = pairs(query).into_iter();
        let kept = kept.filter(|(key, value)| key != "page" && key != "notice" && !value.is_empty());
        let kept = kept.map(|(key, value)| format!("&{}={}", in_query(&key), in_query(&value)));
        Self {
            page: pages.page,
            total_pages: total.div_ceil(u64::from(pages.per_page.max(1))).max(1),
            total,
            path: path.to_owned(),
            rest: kept.collect(),
        }
    }

    /// The address of the page before.
    pub fn previous(&self) -> Option<String> {
        let page = self.page.min(self.total_pages + 1).checked_sub(1)?;
        (page > 0).then(|| self.at(page))
    }

    /// The address of the next page.
    pub fn next(&self) -> Option<String> {
        (self.page < self.total_pages).then(|| self.at(self.page + 1))
    }

    fn at(&self, page: u64) -> String {
        format!("{}?page={page}{}", self.path, self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turner(page: u64, total: u64) -> Turner {
        let pages = Pages { page, per_page: 20 };
        Turner::new("/x", "page=9&status=new&query=a%26b&sort=", pages, total)
    }

    #[test]
    fn filters_stay_when_pages_are_turned() {
        let turner = turner(2, 60);
        assert_eq!(
            turner.previous().as_deref(),
            Some("/x?page=1&status=new&query=a%26b")
        );
        assert_eq!(turner.next().as_deref(), Some("/x?page=3&status=new&query=a%26b"));
    }

    #[test]
    fn there_is_nothing_beyond_the_ends() {
        assert_eq!(turner(1, 0).previous(), None);
        assert_eq!(turner(1, 0).next(), None);
        assert_eq!(turner(1, 20).next(), None);
        assert!(turner(1, 21).next().is_some());
        let beyond = turner(99, 21);
        assert_eq!(beyond.next(), None);
        assert_eq!(
            beyond.previous().as_deref(),
            Some("/x?page=2&status=new&query=a%26b")
        );
    }
}
