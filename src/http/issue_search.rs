//! `/projects/{project}/issues/search` and `…/{issue}/find_similar`: issues by what they say (protocol 5.2 and 12).

use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload, web};
use bugle_actors::{Collection, IssuePage, IssueReference, Like, ReadIssues, SearchQuery, Searched, Skipped};
use bugle_storage::{ProjectId, RecordId};
use serde::Serialize;
use std::collections::HashMap;
use std::future::{Ready, ready};

use super::access::{Caller, DeveloperOf, MemberOf};
use super::error::{ApiError, FieldError};
use super::issue_query::IssueQuery;
use super::page_query::{pairs, whole_number};
use super::state::AppState;
use super::views::{IssueView, Pagination};
use super::{failure, issues};

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How many similar issues are told when nobody says.
const SIMILAR_DEFAULT: u64 = 10;
/// How many of them at the most.
const SIMILAR_MAX: u64 = 50;
/// How many issues a search can be told to pass over.
const SKIPPED_MAX: usize = 1000;

/// What a search is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum SearchedFor {
    /// The one issue with this id.
    One(IssueReference),
    /// A page of those with these words.
    Words {
        /// As they were sent.
        text: String,
        /// Issues that are passed over.
        skipped: Vec<Skipped>,
        /// From 1.
        page: u64,
        /// 1 to 100.
        per_page: u32,
    },
}

impl FromRequest for SearchedFor {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl SearchedFor {
    /// Reads a query string. With both, `scoped_id` counts; unknown keys are ignored.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut pages = IssueQuery::default();
        let (mut text, mut one, mut skipped) = (None, None, Vec::new());
        let mut problems = Vec::new();
        for (key, value) in pairs(query) {
            let outcome = match key.trim_end_matches("[]") {
                "query" => {
                    text = Some(value);
                    Ok(())
                }
                // What cannot be an id is the id of nothing.
                "scoped_id" if !value.trim().is_empty() => {
                    one = Some(value.trim().parse().unwrap_or(IssueReference::Number(0)));
                    Ok(())
                }
                "skip_ids" => skip(&value, &mut skipped),
                page @ ("page" | "per_page") if !value.trim().is_empty() => pages.set(page, value.trim()),
                _ => Ok(()),
            };
            problems.extend(outcome.err().map(|problem| FieldError::new(key, problem)));
        }
        if text.is_none() && one.is_none() {
            problems.push(FieldError::new("query", "can't be blank"));
        }
        if !problems.is_empty() {
            return Err(ApiError::invalid(problems));
        }
        Ok(one.map_or_else(
            || Self::Words {
                text: text.unwrap_or_default(),
                skipped,
                page: pages.page,
                per_page: pages.per_page,
            },
            Self::One,
        ))
    }
}

/// Reads `skip_ids`: global ids and numbers, separated by commas.
fn skip(list: &str, skipped: &mut Vec<Skipped>) -> Result<(), String> {
    for id in list.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        skipped.push(match id.parse() {
            Ok(IssueReference::Global(id)) => Skipped::Global(id),
            Ok(IssueReference::Number(number)) => Skipped::Number(number),
            Err(()) => return Err("must be ids, separated by commas".to_owned()),
        });
    }
    if skipped.len() > SKIPPED_MAX {
        return Err(format!("must be {SKIPPED_MAX} ids at the most"));
    }
    Ok(())
}

#[derive(Serialize)]
struct FoundList<'a> {
    issues: Vec<IssueView<'a>>,
    pagination: Pagination,
}

/// `GET /projects/{project}/issues/search.json`
pub async fn search(caller: Caller<MemberOf>, state: State, wanted: SearchedFor) -> Answer {
    let project = caller.0.project;
    match wanted {
        SearchedFor::One(reference) => issues::show_one(&state, project, reference).await,
        SearchedFor::Words {
            text,
            skipped,
            page,
            per_page,
        } => {
            let first = (page - 1).saturating_mul(per_page.into());
            let query = SearchQuery {
                text,
                skipped,
                page: first..first.saturating_add(per_page.into()),
            };
            let searching = match state.actors.search() {
                Ok(search) => search.find(issues_of(project), query).await,
                Err(error) => Err(error),
            };
            let found = searching.map_err(|error| failure::answer(error, state.now()))?;
            let read = read(&state, project, found.ids).await?;
            Ok(HttpResponse::Ok().json(FoundList {
                issues: views(&read, project, &state).collect(),
                pagination: Pagination::new(page, per_page, found.total),
            }))
        }
    }
}

fn issues_of(project: ProjectId) -> Collection {
    Collection {
        kind: Searched::Issues,
        project,
    }
}

async fn read(state: &AppState, project: ProjectId, ids: Vec<RecordId>) -> Result<IssuePage, ApiError> {
    let asked = state
        .actors
        .ask_project(project, |reply| ReadIssues { ids, reply })
        .await;
    asked.map_err(|error| failure::answer(error, state.now()))
}

fn views<'a>(
    page: &'a IssuePage,
    project: ProjectId,
    state: &AppState,
) -> impl Iterator<Item = IssueView<'a>> {
    page.issues.iter().map(move |issue| {
        let tags = page.tags.get(&issue.id).map_or(&[][..], Vec::as_slice);
        IssueView::of(issue, project, state).with_tags(tags)
    })
}

/// What `find_similar` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct SimilarQuery {
    /// 1 to 50.
    limit: usize,
    /// Whether issues are told whose work is over.
    include_archived: bool,
}

impl FromRequest for SimilarQuery {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::parse(request.query_string()))
    }
}

impl SimilarQuery {
    /// Reads a query string. A limit out of range is brought into it.
    fn parse(query: &str) -> Result<Self, ApiError> {
        let mut limit = SIMILAR_DEFAULT;
        let mut include_archived = false;
        for (key, value) in pairs(query) {
            match key.as_str() {
                "limit" if !value.trim().is_empty() => limit = whole_number(&key, &value)?,
                "include_archived" => include_archived = matches!(value.trim(), "true" | "1"),
                _ => {}
            }
        }
        Ok(Self {
            limit: usize::try_from(limit.clamp(1, SIMILAR_MAX)).unwrap_or(1),
            include_archived,
        })
    }
}

#[derive(Serialize)]
struct SimilarList<'a> {
    issues: Vec<SimilarIssue<'a>>,
}

#[derive(Serialize)]
struct SimilarIssue<'a> {
    #[serde(flatten)]
    issue: IssueView<'a>,
    similarity_score: f32,
}

/// `GET /projects/{project}/issues/{issue}/find_similar.json`: what may be the same, best first.
pub async fn find_similar(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    wanted: SimilarQuery,
) -> Answer {
    let project = caller.0.project;
    let found = issues::find(&state, project, issues::reference(&request)?, false).await?;
    if found.issue.published_at.is_none() {
        return Err(ApiError::not_found());
    }
    let like = Like {
        except: Some(found.issue.id),
        title: found.issue.title,
        text: found.issue.description,
        with_settled: wanted.include_archived,
        limit: wanted.limit,
    };
    let searching = match state.actors.search() {
        Ok(search) => search.similar(issues_of(project), like).await,
        Err(error) => Err(error),
    };
    let similar = searching.map_err(|error| failure::answer(error, state.now()))?;
    let scores: HashMap<_, _> = similar.iter().map(|found| (found.id, found.similarity)).collect();
    let read = read(&state, project, similar.iter().map(|found| found.id).collect()).await?;
    let ids = read.issues.iter().map(|issue| issue.id);
    let issues = ids
        .zip(views(&read, project, &state))
        .map(|(id, issue)| SimilarIssue {
            issue,
            similarity_score: scores.get(&id).copied().unwrap_or_default(),
        })
        .collect();
    Ok(HttpResponse::Ok().json(SimilarList { issues }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_by_words_or_by_id() {
        let by_words = SearchedFor::parse("query=red+door&skip_ids=g-7,%203,&page=2&per_page=500").unwrap();
        let words = SearchedFor::Words {
            text: "red door".into(),
            skipped: vec![Skipped::Global(RecordId(7)), Skipped::Number(3)],
            page: 2,
            per_page: 100,
        };
        assert_eq!(by_words, words);
        let one = |query| SearchedFor::parse(query).unwrap();
        assert_eq!(
            one("scoped_id=12&query=x"),
            SearchedFor::One(IssueReference::Number(12))
        );
        assert_eq!(
            one("scoped_id=g-12"),
            SearchedFor::One(IssueReference::Global(RecordId(12)))
        );
        assert_eq!(one("scoped_id=12x"), SearchedFor::One(IssueReference::Number(0)));
        assert!(matches!(one("query="), SearchedFor::Words { .. }));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, field) in [
            ("", "query"),
            ("scoped_id=", "query"),
            ("query=x&skip_ids=some", "skip_ids"),
            ("query=x&page=x", "page"),
        ] {
            let error = SearchedFor::parse(query).unwrap_err();
            assert!(error.text().contains(field), "{query}: {}", error.text());
        }
    }

    #[test]
    fn limits_are_brought_into_range() {
        let limit = |query| SimilarQuery::parse(query).unwrap().limit;
        assert_eq!([limit(""), limit("limit=0"), limit("limit=51")], [10, 1, 50]);
        assert!(SimilarQuery::parse("limit=x").is_err());
        assert!(
            SimilarQuery::parse("include_archived=true")
                .unwrap()
                .include_archived
        );
    }
}
