//! The query of a list of reports: filters, order and paging (protocol 5.2, 5.5 and 12).

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bugle_actors::IssueFilter;
use bugle_storage::records::{Category, Priority, ReportKind};
use bugle_storage::{Day, Timestamp};
use chrono::{DateTime, NaiveDate, NaiveDateTime};

use super::error::{ApiError, FieldError, none_or};
use super::feature_requests::SuggestionSort;
use super::page_query;
use super::report_body::{TagIds, status_named, unknown_status};

const PER_PAGE_DEFAULT: u32 = 20;
const SUGGESTIONS_PER_PAGE_DEFAULT: u32 = 25;
const PER_PAGE_MAX: u32 = 100;

/// What a list is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct IssueQuery {
    /// Of what kind the reports are.
    pub kind: ReportKind,
    /// Which of them.
    pub filter: IssueFilter,
    /// Which, and in what order, where it was said: of suggestions only.
    pub sort: Option<SuggestionSort>,
    /// From 1.
    pub page: u64,
    /// 1 to 100.
    pub per_page: u32,
}

impl FromRequest for IssueQuery {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(ReportKind::Bug, request.query_string()))
    }
}

impl Default for IssueQuery {
    fn default() -> Self {
        Self::of(ReportKind::Bug)
    }
}

impl IssueQuery {
    /// All reports of a kind.
    fn of(kind: ReportKind) -> Self {
        Self {
            kind,
            filter: IssueFilter::default(),
            sort: None,
            page: 1,
            per_page: match kind {
                ReportKind::FeatureRequest => SUGGESTIONS_PER_PAGE_DEFAULT,
                ReportKind::Bug | ReportKind::SupportTicket => PER_PAGE_DEFAULT,
            },
        }
    }

    /// Reads a query string. Unknown keys are ignored; pages out of range are brought into it.
    pub fn parse(kind: ReportKind, query: &str) -> Result<Self, ApiError> {
        let pairs = page_query::pairs(query);
        let mut parsed = Self::of(kind);
        let mut problems = Vec::new();
        for (key, value) in &pairs {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if let Err(problem) = parsed.set(key.trim_end_matches("[]"), value) {
                problems.push(FieldError::new(key.clone(), problem));
            }
        }
        none_or(problems, parsed)
    }

    /// Takes over one key and its value, which is not blank, or says what is wrong with it.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let filter = &mut self.filter;
        match key {
            "page" => self.page = whole_number(value)?.max(1),
            "per_page" => {
                let wanted = whole_number(value)?.clamp(1, u64::from(PER_PAGE_MAX));
                self.per_page = u32::try_from(wanted).unwrap_or(PER_PAGE_MAX);
            }
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
            _ => {}
        }
        Ok(())
    }
}

fn whole_number(value: &str) -> Result<u64, String> {
    // A negative page is brought into range like any other; only what is no number is refused.
    let number = value
        .parse::<i64>()
        .map_err(|_| "must be a whole number".to_owned())?;
    Ok(u64::try_from(number).unwrap_or(0))
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
                page: 1,
                per_page: 20
            }
        );
    }

    #[test]
    fn pages_are_brought_into_range() {
        let query = |text| {
            IssueQuery::parse(ReportKind::Bug, text)
                .map(|query| (query.page, query.per_page))
                .unwrap()
        };
        assert_eq!(query("page=0&per_page=0"), (1, 1));
        assert_eq!(query("page=-3&per_page=1000"), (1, 100));
        assert_eq!(query("page=7&per_page=50"), (7, 50));
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
