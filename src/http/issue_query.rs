//! The query of a list of reports: filters, order and paging (protocol 5.2, 5.5 and 12).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bugle_actors::IssueFilter;
use bugle_storage::records::{Category, Priority, ReportKind};
use bugle_storage::{Day, Timestamp};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::error::{ApiError, none_or};
use super::feature_requests::SuggestionSort;
use super::query::{self, Pages};
use super::report_body::{TagIds, status_named, unknown_status};

const PER_PAGE_DEFAULT: u32 = 20;
const SUGGESTIONS_PER_PAGE_DEFAULT: u32 = 25;

/// What a list is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct IssueQuery {
    /// Of what kind the reports are.
    pub kind: ReportKind,
    /// Which of them.
    pub filter: IssueFilter,
    /// Which, and in what order, where it was said: of suggestions only.
    pub sort: Option<SuggestionSort>,
    /// Which page.
    pub pages: Pages,
}

impl FromRequest for IssueQuery {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(ReportKind::Bug, request.query_string()))
    }
}

impl IssueQuery {
    /// All reports of a kind.
    pub fn of(kind: ReportKind) -> Self {
        Self {
            kind,
            filter: IssueFilter::default(),
            sort: None,
            pages: Pages::of(match kind {
                ReportKind::FeatureRequest => SUGGESTIONS_PER_PAGE_DEFAULT,
                ReportKind::Bug | ReportKind::SupportTicket => PER_PAGE_DEFAULT,
            }),
        }
    }

    /// Reads a query string. Unknown keys are ignored; pages out of range are brought into it.
    pub fn parse(kind: ReportKind, query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self::of(kind);
        let problems = query::read(query, |key, value| parsed.set(key, value));
        none_or(problems, parsed)
    }

    /// Takes over one key and its value, which is not blank, or says what is wrong with it.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let filter = &mut self.filter;
        match key {
            "status" => {
                let kind = self.kind;
                let found = value.split(',').map(|name| status_named(kind, name));
                let found: Option<Vec<_>> = found.collect();
                filter.statuses.extend(found.ok_or_else(|| unknown_status(kind))?);
            }
            "sort" if self.kind == ReportKind::FeatureRequest => {
                self.sort = Some(SuggestionSort::from_name(value).ok_or_else(SuggestionSort::unknown)?);
            }
            "priority" => {
                filter
                    .priorities
                    .extend(names(value, Priority::from_name, Priority::ALL, Priority::name)?);
            }
            "category" => {
                filter
                    .categories
                    .extend(names(value, Category::from_name, Category::ALL, Category::name)?);
            }
            "tag_ids" => {
                let ids =
                    TagIds::from_text(value).ok_or("must be the numbers of tags, separated by commas")?;
                filter.tags.extend(ids.0);
            }
            "created_after" => filter.created_after = Some(moment(value, Day::start)?),
            "created_before" => filter.created_before = Some(moment(value, last_moment)?),
            "updated_after" => filter.updated_after = Some(moment(value, Day::start)?),
            "updated_before" => filter.updated_before = Some(moment(value, last_moment)?),
            _ => {
                self.pages.set(key, value)?;
            }
        }
        Ok(())
    }
}

/// One or several names, separated by commas.
fn names<T: Copy>(
    value: &str,
    find: impl Fn(&str) -> Option<T>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Vec<T>, String> {
    let found = value.split(',').map(|part| find(part.trim()));
    found.collect::<Option<Vec<_>>>().ok_or_else(|| {
        let all: Vec<_> = all.iter().map(|value| name(*value)).collect();
        format!("must be one of {}", all.join(", "))
    })
}

/// A moment, or a date, of which `of_day` takes the beginning or the end.
fn moment(value: &str, of_day: impl Fn(Day) -> Timestamp) -> Result<Timestamp, String> {
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        return Ok(of_day(Day::from(date)));
    }
    // A plus sign that was not escaped arrives as a blank.
    if let Ok(moment) = DateTime::parse_from_rfc3339(&value.replace(' ', "+")) {
        return Ok(Timestamp(moment.timestamp_millis()));
    }
    let naive = NaiveDateTime::parse_from_str(value, "%Y-%m-%dT%H:%M:%S%.f");
    let naive = naive.map_err(|_| "must be a date or a time in ISO 8601".to_owned())?;
    Ok(Timestamp(naive.and_utc().timestamp_millis()))
}

fn last_moment(day: Day) -> Timestamp {
    Timestamp(day.end().0 - 1)
}

#[cfg(test)]
mod tests {
    use bugle_storage::records::IssueStatus;

    use super::*;

    #[test]
    fn defaults_are_those_that_clients_leave_out() {
        let query = IssueQuery::parse(ReportKind::Bug, "").unwrap();
        assert_eq!(
            query,
            IssueQuery {
                kind: ReportKind::Bug,
                filter: IssueFilter::default(),
                sort: None,
                pages: Pages::of(20),
            }
        );
    }

    #[test]
    fn filters_are_read() {
        let query = IssueQuery::parse(
            ReportKind::Bug,
            "status=new,closed&priority=high&created_after=2026-11-20&created_before=2026-11-21&updated_after=2026-11-20T01:02:03Z",
        )
        .unwrap();
        assert_eq!(query.filter.statuses, [IssueStatus::Open, IssueStatus::Closed]);
        assert_eq!(query.filter.priorities, [Priority::High]);
        let text = |moment: Option<Timestamp>| moment.unwrap().to_iso();
        assert_eq!(text(query.filter.created_after), "2026-11-20T00:00:00.000Z");
        assert_eq!(text(query.filter.created_before), "2026-11-21T23:59:59.999Z");
        assert_eq!(text(query.filter.updated_after), "2026-11-20T01:02:03.000Z");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = IssueQuery::parse(ReportKind::Bug, "status=bad&page=x&created_after=soon").unwrap_err();
        for field in ["status", "page", "created_after"] {
            assert!(error.text().contains(field), "{} names {field}", error.text());
        }
    }
}
