//! `search` of issues and suggestions, and `find_similar` of issues: reports by what they say (protocol 5.2, 5.5, 12).

mod operations;

use std::collections::HashMap;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use bugle_actors::{
    Collection, FoundIds, IssuePage, Like, ReadReports, ReportName, ReportReference, SearchQuery, Similar,
    Skipped,
};
use bugle_storage::records::{Issue, ReportKind};
use bugle_storage::{ProjectId, RecordId};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, DeveloperOf, MemberOf, Membership};
use super::error::{ApiError, FieldError, none_or};
use super::feature_requests::{self, SuggestionSort};
use super::issue_query::IssueQuery;
use super::query::{self, Pages};
use super::state::AppState;
use super::views::IssueView;
use super::{failure, issues};
pub use operations::operations;

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// How many similar issues are told when nobody says.
const SIMILAR_DEFAULT: u64 = 10;
/// How many of them at the most.
const SIMILAR_MAX: u64 = 50;
/// How many reports a search can be told to pass over.
const SKIPPED_MAX: usize = 1000;

/// What a search is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    /// The one report with this id; `None` when it is the id of nothing.
    One(Option<ReportReference>),
    /// A page of those with these words.
    Words {
        /// As they were sent.
        text: String,
        /// Reports that are passed over.
        skipped: Vec<Skipped>,
        /// Which page.
        pages: Pages,
    },
}

impl Wanted {
    /// Reads a query string. With both, `scoped_id` counts; unknown keys are ignored.
    fn parse(kind: ReportKind, query: &str) -> Result<Self, ApiError> {
        let mut pages = IssueQuery::of(kind).pages;
        let (mut one, mut skipped) = (None, Vec::new());
        let mut problems = query::read(query, |key, value| {
            match key {
                "scoped_id" => one = Some(ReportReference::parse(kind, value)),
                "skip_ids" => skip(kind, value, &mut skipped)?,
                _ => {
                    pages.set(key, value)?;
                }
            }
            Ok(())
        });
        // Blank words find nothing, which is an answer.
        let text = query::value_of(query, "query");
        if text.is_none() && one.is_none() {
            problems.push(FieldError::new("query", "can't be blank"));
        }
        let words = || Self::Words {
            text: text.unwrap_or_default(),
            skipped,
            pages,
        };
        none_or(problems, one.map_or_else(words, Self::One))
    }
}

/// Reads `skip_ids`: global ids and numbers, separated by commas. Those of other kinds skip nothing.
fn skip(kind: ReportKind, list: &str, skipped: &mut Vec<Skipped>) -> Result<(), String> {
    for id in list.split(',').map(str::trim).filter(|id| !id.is_empty()) {
        let of_any = ReportKind::ALL
            .into_iter()
            .any(|kind| ReportReference::parse(kind, id).is_some());
        match ReportReference::parse(kind, id).map(|reference| reference.name) {
            Some(ReportName::Global(id)) => skipped.push(Skipped::Global(id)),
            Some(ReportName::Number(number)) => skipped.push(Skipped::Number(number)),
            None if of_any => {}
            None => return Err("must be ids, separated by commas".to_owned()),
        }
    }
    if skipped.len() > SKIPPED_MAX {
        return Err(format!("must be {SKIPPED_MAX} ids at the most"));
    }
    Ok(())
}

/// `GET /projects/{project}/issues/search.json`
pub async fn issues(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    search(ReportKind::Bug, &caller.0, &state, &request).await
}

/// `GET /projects/{project}/feature_requests/search.json`
pub async fn feature_requests(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    search(ReportKind::FeatureRequest, &caller.0, &state, &request).await
}

async fn search(
    kind: ReportKind,
    membership: &Membership,
    state: &AppState,
    request: &HttpRequest,
) -> Answer {
    let (text, skipped, pages) = match Wanted::parse(kind, request.query_string())? {
        Wanted::One(reference) => {
            let reference = reference.ok_or_else(ApiError::not_found)?;
            return issues::show_to(reference, membership, state).await;
        }
        Wanted::Words { text, skipped, pages } => (text, skipped, pages),
    };
    let project = membership.project;
    let first = pages.skip();
    let query = SearchQuery {
        text,
        skipped,
        page: first..first.saturating_add(pages.per_page.into()),
    };
    let found = find_words(Collection { kind, project }, query, state).await?;
    let read = read(kind, found.ids, project, state).await?;
    let pagination = pages.pagination(found.total);
    if kind == ReportKind::FeatureRequest {
        feature_requests::list_of(&read, pagination, SuggestionSort::All, membership, state).await
    } else {
        Ok(issues::list_of(&read, pagination, membership, state))
    }
}

/// The reports with these words.
pub async fn find_words(
    collection: Collection,
    query: SearchQuery,
    state: &AppState,
) -> Result<FoundIds, ApiError> {
    let searching = match state.actors.search() {
        Ok(search) => search.find(collection, query).await,
        Err(error) => Err(error),
    };
    searching.map_err(|error| failure::answer(error, state.now()))
}

/// The issues that may be the same as one, most similar first.
pub async fn find_like(
    issue: &Issue,
    project: ProjectId,
    wanted: &SimilarQuery,
    state: &AppState,
) -> Result<(Vec<Similar>, IssuePage), ApiError> {
    let kind = ReportKind::Bug;
    let like = Like {
        except: Some(issue.id),
        before: None,
        title: issue.title.clone(),
        text: issue.description.clone(),
        with_settled: wanted.include_archived,
        limit: wanted.limit,
    };
    let searching = match state.actors.search() {
        Ok(search) => search.similar(Collection { kind, project }, like).await,
        Err(error) => Err(error),
    };
    let similar = searching.map_err(|error| failure::answer(error, state.now()))?;
    let ids = similar.iter().map(|found| found.id).collect();
    let read = read(kind, ids, project, state).await?;
    Ok((similar, read))
}

async fn read(
    kind: ReportKind,
    ids: Vec<RecordId>,
    project: ProjectId,
    state: &AppState,
) -> Result<IssuePage, ApiError> {
    let asked = state.ask_project(project, |reply| ReadReports { kind, ids, reply });
    asked.await
}

/// What `find_similar` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct SimilarQuery {
    /// 1 to 50.
    pub limit: usize,
    /// Whether issues are told whose work is over.
    pub include_archived: bool,
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
        let problems = query::read(query, |key, value| {
            match key {
                "limit" => limit = query::whole_number(value)?,
                "include_archived" => include_archived = query::flag(value)?,
                _ => {}
            }
            Ok(())
        });
        let wanted = Self {
            limit: usize::try_from(limit.clamp(1, SIMILAR_MAX)).unwrap_or(1),
            include_archived,
        };
        none_or(problems, wanted)
    }
}

#[derive(Serialize, ToSchema)]
struct SimilarList<'a> {
    issues: Vec<SimilarIssue<'a>>,
}

#[derive(Serialize, ToSchema)]
struct SimilarIssue<'a> {
    #[serde(flatten)]
    issue: IssueView<'a>,
    similarity_score: f32,
}

/// `GET /projects/{project}/issues/{issue}/find_similar.json`: what may be the same, best first.
pub async fn similar_issues(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    wanted: SimilarQuery,
) -> Answer {
    let membership = caller.0;
    let project = membership.project;
    let found = issues::find_published(&state, project, issues::reference(&request)?, false).await?;
    let (similar, read) = find_like(&found.issue, project, &wanted, &state).await?;
    let scores: HashMap<_, _> = similar.iter().map(|found| (found.id, found.similarity)).collect();
    let score_of = |id| scores.get(id).copied().unwrap_or_default();
    let issues = read
        .issues
        .iter()
        .zip(issues::views_of(&read, &membership, &state))
        .map(|(record, issue)| SimilarIssue {
            issue,
            similarity_score: score_of(&record.id),
        })
        .collect();
    Ok(HttpResponse::Ok().json(SimilarList { issues }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Wanted, ApiError> {
        Wanted::parse(ReportKind::Bug, query)
    }

    #[test]
    fn a_search_is_by_words_or_by_id() {
        let by_words = parse("query=red+door&skip_ids=g-7,%203,fr-9,&page=2&per_page=500").unwrap();
        let words = Wanted::Words {
            text: "red door".into(),
            skipped: vec![Skipped::Global(RecordId(7)), Skipped::Number(3)],
            pages: Pages {
                page: 2,
                per_page: 100,
            },
        };
        assert_eq!(by_words, words);
        let number = ReportReference::numbered(ReportKind::Bug, 12);
        assert_eq!(parse("scoped_id=12&query=x").unwrap(), Wanted::One(Some(number)));
        let global = ReportReference::issue(RecordId(12));
        assert_eq!(parse("scoped_id=g-12").unwrap(), Wanted::One(Some(global)));
        assert_eq!(parse("scoped_id=12x").unwrap(), Wanted::One(None));
        assert!(matches!(
            parse("query=").unwrap(),
            Wanted::Words {
                pages: Pages { per_page: 20, .. },
                ..
            }
        ));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, field) in [
            ("", "query"),
            ("scoped_id=", "query"),
            ("query=x&skip_ids=some", "skip_ids"),
            ("query=x&page=x", "page"),
        ] {
            let error = parse(query).unwrap_err();
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
