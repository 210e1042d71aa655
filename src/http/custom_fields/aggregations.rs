//! `/projects/{project}/custom_field_aggregations.json`: how often each value of a field was reported (protocol 5.6).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse};
use bugle_actors::CountFieldValues;
use bugle_storage::ProjectId;
use bugle_storage::records::ReportKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Answer, State};
use crate::http::access::{Caller, DeveloperOf};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::issue_query::IssueQuery;
use crate::http::query::{read, whole_number};
use crate::http::state::AppState;

const LIMIT_DEFAULT: u64 = 50;
const LIMIT_MAX: u64 = 500;

/// What is to be counted.
#[derive(Debug)]
struct AggregationQuery {
    field: String,
    bugs: Counted,
    suggestions: Counted,
    /// How many values are shown, the most frequent first.
    limit: usize,
}

/// Which reports of one kind count.
#[derive(Debug)]
struct Counted {
    reports: IssueQuery,
    /// Whether any do.
    is_wanted: bool,
}

impl Counted {
    fn all(kind: ReportKind) -> Self {
        Self {
            reports: IssueQuery::of(kind),
            is_wanted: true,
        }
    }
}

impl AggregationQuery {
    /// Reads a query string. Unknown keys are ignored.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self {
            field: String::new(),
            bugs: Counted::all(ReportKind::Bug),
            suggestions: Counted::all(ReportKind::FeatureRequest),
            limit: 0,
        };
        let mut limit = LIMIT_DEFAULT;
        let mut problems = read(query, |key, value| {
            match key {
                "field" => value.clone_into(&mut parsed.field),
                "types" => parsed.set_types(value)?,
                "from" => parsed.set_both("created_after", value)?,
                "to" => parsed.set_both("created_before", value)?,
                "status" => parsed.set_status(value)?,
                "limit" => limit = whole_number(value)?.clamp(1, LIMIT_MAX),
                _ => {}
            }
            Ok(())
        });
        if parsed.field.is_empty() {
            problems.push(FieldError::new("field", "can't be blank"));
        }
        parsed.limit = usize::try_from(limit).unwrap_or(usize::MAX);
        none_or(problems, parsed)
    }

    fn set_both(&mut self, key: &str, value: &str) -> Result<(), String> {
        self.bugs.reports.set(key, value)?;
        self.suggestions.reports.set(key, value)
    }

    /// A kind that has no such status has no reports to count.
    fn set_status(&mut self, value: &str) -> Result<(), String> {
        let of_bugs = self.bugs.reports.set("status", value);
        let of_suggestions = self.suggestions.reports.set("status", value);
        self.bugs.is_wanted &= of_bugs.is_ok();
        self.suggestions.is_wanted &= of_suggestions.is_ok();
        of_bugs.or(of_suggestions)
    }

    fn set_types(&mut self, value: &str) -> Result<(), String> {
        let names: Vec<_> = value.split(',').map(str::trim).collect();
        if !names.iter().all(|name| matches!(*name, "bugs" | "suggestions")) {
            return Err("must be one of bugs, suggestions".to_owned());
        }
        self.bugs.is_wanted &= names.contains(&"bugs");
        self.suggestions.is_wanted &= names.contains(&"suggestions");
        Ok(())
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Aggregation<'a> {
    field: &'a str,
    results: Vec<ValueCount<'a>>,
}

#[derive(Serialize, ToSchema)]
struct ValueCount<'a> {
    value: &'a str,
    count: u64,
    by_type: CountByType,
}

#[derive(Default, Serialize, ToSchema)]
struct CountByType {
    bugs: u64,
    suggestions: u64,
}

/// `GET /projects/{project}/custom_field_aggregations.json`
pub async fn aggregate(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    let project = caller.0.project;
    let query = AggregationQuery::parse(request.query_string())?;
    let bugs = counts(project, &query.field, query.bugs, &state).await?;
    let suggestions = counts(project, &query.field, query.suggestions, &state).await?;
    let results = results(&bugs, &suggestions, query.limit);
    Ok(HttpResponse::Ok().json(Aggregation {
        field: &query.field,
        results,
    }))
}

async fn counts(
    project: ProjectId,
    field: &str,
    counted: Counted,
    state: &AppState,
) -> Result<Vec<(String, u64)>, ApiError> {
    if !counted.is_wanted {
        return Ok(Vec::new());
    }
    let (kind, filter, field) = (counted.reports.kind, counted.reports.filter, field.to_owned());
    let asked = state.ask_project(project, |reply| CountFieldValues {
        kind,
        field,
        filter,
        reply,
    });
    asked.await
}

/// The most frequent values, those of both kinds together.
fn results<'a>(
    bugs: &'a [(String, u64)],
    suggestions: &'a [(String, u64)],
    limit: usize,
) -> Vec<ValueCount<'a>> {
    let mut by_value = BTreeMap::<&str, CountByType>::new();
    for (value, count) in bugs {
        by_value.entry(value).or_default().bugs = *count;
    }
    for (value, count) in suggestions {
        by_value.entry(value).or_default().suggestions = *count;
    }
    let together = |(value, by_type): (&'a str, CountByType)| ValueCount {
        value,
        count: by_type.bugs + by_type.suggestions,
        by_type,
    };
    let mut results: Vec<_> = by_value.into_iter().map(together).collect();
    results.sort_by_key(|result| Reverse(result.count));
    results.truncate(limit);
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(query: &AggregationQuery) -> (bool, bool) {
        (query.bugs.is_wanted, query.suggestions.is_wanted)
    }

    #[test]
    fn values_of_both_kinds_are_counted_together() {
        let count = |value: &str, count| (value.to_owned(), count);
        let (bugs, suggestions) = (
            [count("PC", 3), count("Deck", 2)],
            [count("Mac", 1), count("Deck", 2)],
        );
        let found = results(&bugs, &suggestions, 2);
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.value, it.count, it.by_type.bugs, it.by_type.suggestions))
            .collect();
        assert_eq!(found, [("Deck", 4, 2, 2), ("PC", 3, 3, 0)]);
    }

    #[test]
    fn a_query_is_read_with_its_defaults() {
        let query = AggregationQuery::parse("field=mood").unwrap();
        assert_eq!(
            (query.field.as_str(), query.limit, wanted(&query)),
            ("mood", 50, (true, true))
        );
        let query =
            AggregationQuery::parse("field=mood&types=suggestions&limit=9999&from=2026-11-01").unwrap();
        assert_eq!((wanted(&query), query.limit), ((false, true), 500));
        assert!(query.suggestions.reports.filter.created_after.is_some());
        let query = AggregationQuery::parse("field=mood&status=approved").unwrap();
        assert_eq!(wanted(&query), (false, true), "no issue is approved");
    }

    #[test]
    fn what_cannot_be_read_is_named_as_it_was_sent() {
        let error = AggregationQuery::parse("types=tickets&from=soon&limit=many&status=x").unwrap_err();
        for field in ["types", "from", "limit", "status", "field can't be blank"] {
            assert!(error.text().contains(field), "{field}: {error}");
        }
    }
}
