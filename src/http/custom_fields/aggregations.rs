//! `/projects/{project}/custom_field_aggregations.json`: how often each value of a field was reported (protocol 5.6).

use actix_web::{HttpRequest, HttpResponse};
use bugle_actors::CountFieldValues;
use serde::Serialize;

use super::{Answer, State};
use crate::http::access::{Caller, DeveloperOf};
use crate::http::error::{ApiError, FieldError, none_or};
use crate::http::issue_query::IssueQuery;
use crate::http::page_query;

const LIMIT_DEFAULT: u64 = 50;
const LIMIT_MAX: u64 = 500;

/// What is to be counted.
#[derive(Debug)]
struct AggregationQuery {
    field: String,
    /// Whether bug reports count.
    bugs: bool,
    issues: IssueQuery,
    /// How many values are shown, the most frequent first.
    limit: usize,
}

impl AggregationQuery {
    /// Reads a query string. Unknown keys are ignored.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut parsed = Self {
            field: String::new(),
            bugs: true,
            issues: IssueQuery::default(),
            limit: 0,
        };
        let mut limit = LIMIT_DEFAULT;
        let mut problems = Vec::new();
        for (key, value) in page_query::pairs(query) {
            let value = value.trim();
            let outcome = match key.trim_end_matches("[]") {
                _ if value.is_empty() => Ok(()),
                "field" => {
                    value.clone_into(&mut parsed.field);
                    Ok(())
                }
                "types" => types(value).map(|bugs| parsed.bugs = bugs),
                "from" => parsed.issues.set("created_after", value),
                "to" => parsed.issues.set("created_before", value),
                "status" => parsed.issues.set("status", value),
                "limit" => value
                    .parse::<i64>()
                    .map(|wanted| limit = u64::try_from(wanted).unwrap_or(1).clamp(1, LIMIT_MAX))
                    .map_err(|_| "must be a whole number".to_owned()),
                _ => Ok(()),
            };
            if let Err(problem) = outcome {
                problems.push(FieldError::new(key, problem));
            }
        }
        if parsed.field.is_empty() {
            problems.push(FieldError::new("field", "can't be blank"));
        }
        parsed.limit = usize::try_from(limit).unwrap_or(usize::MAX);
        none_or(problems, parsed)
    }
}

/// Whether bug reports are among these types.
fn types(value: &str) -> Result<bool, String> {
    let mut names = value.split(',').map(str::trim);
    if names.clone().all(|name| matches!(name, "bugs" | "suggestions")) {
        Ok(names.any(|name| name == "bugs"))
    } else {
        Err("must be one of bugs, suggestions".to_owned())
    }
}

#[derive(Serialize)]
struct Aggregation<'a> {
    field: &'a str,
    results: Vec<ValueCount<'a>>,
}

#[derive(Serialize)]
struct ValueCount<'a> {
    value: &'a str,
    count: u64,
    by_type: CountByType,
}

#[derive(Serialize)]
struct CountByType {
    bugs: u64,
    suggestions: u64,
}

/// `GET /projects/{project}/custom_field_aggregations.json`
pub async fn aggregate(caller: Caller<DeveloperOf>, state: State, request: HttpRequest) -> Answer {
    let project = caller.0.project;
    let AggregationQuery {
        field,
        bugs,
        issues,
        limit,
    } = AggregationQuery::parse(request.query_string())?;
    let mut counts = Vec::new();
    if bugs {
        let (field, filter) = (field.clone(), issues.filter);
        counts = state
            .ask_project(project, |reply| CountFieldValues { field, filter, reply })
            .await?;
    }
    let results = counts.iter().take(limit).map(|(value, count)| ValueCount {
        value,
        count: *count,
        by_type: CountByType {
            bugs: *count,
            suggestions: 0,
        },
    });
    Ok(HttpResponse::Ok().json(Aggregation {
        field: &field,
        results: results.collect(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_its_defaults() {
        let query = AggregationQuery::parse("field=mood").unwrap();
        assert_eq!(
            (query.field.as_str(), query.bugs, query.limit),
            ("mood", true, 50)
        );
        let query =
            AggregationQuery::parse("field=mood&types=suggestions&limit=9999&from=2026-11-01").unwrap();
        assert!(!query.bugs && query.limit == 500 && query.issues.filter.created_after.is_some());
    }

    #[test]
    fn what_cannot_be_read_is_named_as_it_was_sent() {
        let error = AggregationQuery::parse("types=tickets&from=soon&limit=many&status=x").unwrap_err();
        for field in ["types", "from", "limit", "status", "field can't be blank"] {
            assert!(error.text().contains(field), "{field}: {error}");
        }
    }
}
