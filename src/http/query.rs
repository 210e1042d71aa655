//! Query strings: one way to read them, and the numbers, switches and pages that many of them have (protocol 12).

use actix_web::web::Query;
use serde::Deserialize;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::body::Flag;
use super::error::FieldError;
use super::views::Pagination;

const PER_PAGE_MAX: u64 = 100;

/// Gives `take` each key, without `[]` at its end, and its trimmed value. A value of nothing counts as absent. What `take`
/// says is wrong with a value is told of the key as it was sent.
pub fn read(query: &str, mut take: impl FnMut(&str, &str) -> Result<(), String>) -> Vec<FieldError> {
    let mut problems = Vec::new();
    for (key, value) in pairs(query) {
        if value.is_empty() {
            continue;
        }
        if let Err(problem) = take(key.trim_end_matches("[]"), value.trim()) {
            problems.push(FieldError::new(key, problem));
        }
    }
    problems
}

/// The last value of a key, as it was sent, blank or not.
pub fn value_of(query: &str, wanted: &str) -> Option<String> {
    let found = pairs(query).into_iter().rev().find(|(key, _)| key == wanted);
    found.map(|(_, value)| value)
}

/// A query's pairs, in order; a query that is no such thing has none.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    Query::<Vec<(String, String)>>::from_query(query)
        .map(Query::into_inner)
        .unwrap_or_default()
}

/// Reads a whole number. A negative one counts as 0, to be brought into range like any other that is out of it.
pub fn whole_number(value: &str) -> Result<u64, String> {
    match value.parse::<i64>() {
        Ok(number) => Ok(u64::try_from(number).unwrap_or(0)),
        Err(_) => Err("must be a whole number".to_owned()),
    }
}

/// Reads a switch, as bodies have them.
pub fn flag(value: &str) -> Result<bool, String> {
    let read = Flag::deserialize(StrDeserializer::<ValueError>::new(value));
    read.map(|flag| flag.0)
        .map_err(|_| "must be true or false".to_owned())
}

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// From 1.
    pub page: u64,
    /// 1 to 100.
    pub per_page: u32,
}

impl Pages {
    /// The first page, where nobody says how long it is to be.
    pub const fn of(per_page: u32) -> Self {
        Self { page: 1, per_page }
    }

    /// Takes over `page` or `per_page`, brought into range. Whether it was one of them.
    pub fn set(&mut self, key: &str, value: &str) -> Result<bool, String> {
        match key {
            "page" => self.page = whole_number(value)?.max(1),
            "per_page" => {
                let wanted = whole_number(value)?.clamp(1, PER_PAGE_MAX);
                self.per_page = u32::try_from(wanted).unwrap_or(self.per_page);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How many stand before the page.
    pub fn skip(&self) -> u64 {
        (self.page - 1).saturating_mul(u64::from(self.per_page))
    }

    /// Where the page is in a list of `total`.
    pub fn pagination(&self, total: u64) -> Pagination {
        Pagination::new(self.page, self.per_page, total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_absent_and_all_that_is_wrong_is_told() {
        let mut taken = Vec::new();
        let problems = read("a=1&b=&c[]=+3+&d=x&e[]=y", |key, value| {
            taken.push(format!("{key}={value}"));
            if matches!(key, "d" | "e") {
                return Err("is wrong".to_owned());
            }
            Ok(())
        });
        assert_eq!(taken, ["a=1", "c=3", "d=x", "e=y"]);
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(problems, ["d is wrong", "e[] is wrong"]);
    }

    #[test]
    fn pages_are_brought_into_range() {
        let pages = |page: &str, per_page: &str| {
            let mut pages = Pages::of(20);
            assert!(pages.set("page", page).unwrap() && pages.set("per_page", per_page).unwrap());
            (pages.page, pages.per_page, pages.skip())
        };
        assert_eq!(pages("0", "0"), (1, 1, 0));
        assert_eq!(pages("-3", "1000"), (1, 100, 0));
        assert_eq!(pages("7", "50"), (7, 50, 300));
        assert!(Pages::of(20).set("page", "x").is_err());
        assert!(!Pages::of(20).set("sort", "x").unwrap());
    }
}
