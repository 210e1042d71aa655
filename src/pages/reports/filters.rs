//! What the address of a list says: which reports are wanted, and in what order.

use bugle_actors::{
    Collection, IssueFilter, IssuePage, ReadReports, SearchQuery, SiftReports, open_statuses,
};
use bugle_storage::ProjectId;
use bugle_storage::records::{IssueStatus, ReportKind};

use super::order::ListOrder;
use super::tags::Tags;
use super::words::{self, Choice};
use crate::http::error::{ApiError, FieldError};
use crate::http::feature_requests::SuggestionSort;
use crate::http::issue_query::IssueQuery;
use crate::http::query::{pairs, value_of};
use crate::http::report_search::find_words;
use crate::http::state::AppState;
use crate::http::{failure, issues};
use crate::pages::answer::in_query;

/// How many of the best hits of a search are looked through by its filters.
const SIFTED_MAX: u64 = 1000;

/// The keys of an address that say which reports are wanted.
const KEYS: [&str; 11] = [
    "query",
    "status",
    "priority",
    "category",
    "tag_ids",
    "created_after",
    "created_before",
    "updated_after",
    "updated_before",
    "sort",
    "per_page",
];

/// The keys of [`KEYS`] that leave reports out, all but the words that are looked for.
const NARROWING: [&str; 8] = [
    "status",
    "priority",
    "category",
    "tag_ids",
    "created_after",
    "created_before",
    "updated_after",
    "updated_before",
];

/// What the address of a list says.
pub struct Filters {
    kind: ReportKind,
    query: String,
    /// Text to search for, without blanks around it.
    pub words: String,
}

impl Filters {
    /// Reads an address's query.
    pub fn read(kind: ReportKind, query: &str) -> Self {
        let words = value_of(query, "query").unwrap_or_default();
        Self {
            kind,
            query: query.to_owned(),
            words: words.trim().to_owned(),
        }
    }

    /// What the address says of one key.
    pub fn value(&self, key: &str) -> String {
        value_of(&self.query, key).unwrap_or_default()
    }

    /// The query with nothing in it but filters, for addresses that keep them.
    pub fn kept(&self) -> String {
        let kept = pairs(&self.query).into_iter();
        let kept = kept
            .filter(|(key, value)| KEYS.contains(&key.trim_end_matches("[]")) && !value.trim().is_empty());
        let kept: Vec<_> = kept
            .map(|(key, value)| format!("{}={}", in_query(&key), in_query(&value)))
            .collect();
        kept.join("&")
    }

    /// Whether the address leaves any report out.
    pub fn is_any(&self) -> bool {
        !self.words.is_empty() || self.count() > 0
    }

    /// How many of the keys that leave reports out the address names.
    pub fn count(&self) -> usize {
        let is_set = |key: &&&str| !self.value(key).trim().is_empty();
        NARROWING.iter().filter(is_set).count()
    }

    /// The statuses to choose from: those that are open together first.
    pub fn statuses(&self) -> Vec<Choice> {
        let current = self.value("status");
        let open: Vec<_> = open_statuses(self.kind)
            .into_iter()
            .map(IssueStatus::name)
            .collect();
        let mut all = vec![Choice::new(&open.join(","), "All that is open", &current)];
        all.extend(words::statuses(self.kind, &current));
        with_current(all, &current)
    }

    /// The priorities to choose from.
    pub fn priorities(&self) -> Vec<Choice> {
        let current = self.value("priority");
        with_current(words::priorities(&current), &current)
    }

    /// The categories to choose from.
    pub fn categories(&self) -> Vec<Choice> {
        let current = self.value("category");
        with_current(words::categories(&current), &current)
    }

    /// The tags to choose from.
    pub fn tags(&self, tags: &Tags) -> Vec<Choice> {
        let current = self.value("tag_ids");
        with_current(tags.choices(&current), &current)
    }

    /// When the reports came that are wanted, in a few words.
    pub fn dates(&self) -> String {
        let (from, to) = (self.value("created_after"), self.value("created_before"));
        match (&*from, &*to) {
            ("", "") => "Any date".to_owned(),
            (from, "") => format!("Since {from}"),
            ("", to) => format!("Until {to}"),
            (from, to) => format!("{from} to {to}"),
        }
    }

    /// The lists of suggestions to choose from, or the orders of a list of another kind.
    pub fn sorts(&self) -> Vec<Choice> {
        if self.kind != ReportKind::FeatureRequest {
            return ListOrder::choices(self.kind, self.order().unwrap_or_default());
        }
        let current = self.sort().name();
        let all = SuggestionSort::ALL.into_iter();
        all.map(|sort| Choice::new(sort.name(), sort_label(sort), current))
            .collect()
    }

    fn order(&self) -> Option<ListOrder> {
        ListOrder::from_name(self.kind, self.value("sort").trim())
    }

    fn sort(&self) -> SuggestionSort {
        SuggestionSort::from_name(self.value("sort").trim()).unwrap_or_default()
    }

    /// Reads what is wanted, as the API reads it.
    pub fn parse(&self) -> Result<IssueQuery, ApiError> {
        let mut query = IssueQuery::parse(self.kind, &self.query)?;
        if self.kind == ReportKind::FeatureRequest {
            let sort = query.sort.unwrap_or_default();
            query.sort = Some(sort);
            // A search looks through all, unless a list of a few is asked for.
            let is_wide = matches!(sort, SuggestionSort::Top | SuggestionSort::New);
            if query.filter.statuses.is_empty() && (self.words.is_empty() || !is_wide) {
                query.filter.statuses = sort.statuses().to_vec();
            }
        } else if self.order().is_none() {
            return Err(vec![FieldError::new("sort", ListOrder::unknown(self.kind))].into());
        }
        Ok(query)
    }

    /// Finds the reports, by words and filters.
    pub async fn find(
        &self,
        project: ProjectId,
        query: IssueQuery,
        state: &AppState,
    ) -> Result<Found, ApiError> {
        if self.words.is_empty() {
            let page = match self.order() {
                Some(order) if self.kind != ReportKind::FeatureRequest => {
                    issues::page_in_order(project, query, order.order(), state).await?
                }
                _ => issues::page_of(project, query, state).await?,
            };
            return Ok(Found {
                page,
                is_best_only: false,
            });
        }
        if query.filter == IssueFilter::default() {
            self.search(project, &query, state).await
        } else {
            self.sift(project, query, state).await
        }
    }

    async fn search(
        &self,
        project: ProjectId,
        query: &IssueQuery,
        state: &AppState,
    ) -> Result<Found, ApiError> {
        let kind = self.kind;
        let first = query.pages.skip();
        let page = first..first.saturating_add(query.pages.per_page.into());
        let found = find_words(Collection { kind, project }, self.asking(page), state).await?;
        let ids = found.ids;
        let asked = state.ask_project(project, |reply| ReadReports { kind, ids, reply });
        let page = IssuePage {
            total: found.total,
            ..asked.await?
        };
        Ok(Found {
            page,
            is_best_only: false,
        })
    }

    async fn sift(&self, project: ProjectId, query: IssueQuery, state: &AppState) -> Result<Found, ApiError> {
        let kind = self.kind;
        let found = find_words(Collection { kind, project }, self.asking(0..SIFTED_MAX), state).await?;
        let (ids, pages, filter) = (found.ids, query.pages, query.filter);
        let sift = |reply| SiftReports {
            kind,
            ids,
            filter,
            skip: pages.skip(),
            take: pages.per_page,
            reply,
        };
        let asked = state.actors.ask_project(project, sift).await;
        Ok(Found {
            page: asked.map_err(|error| failure::answer(error, state.now()))?,
            is_best_only: found.total > SIFTED_MAX,
        })
    }

    fn asking(&self, page: std::ops::Range<u64>) -> SearchQuery {
        SearchQuery {
            text: self.words.clone(),
            skipped: Vec::new(),
            page,
        }
    }
}

/// The reports that were found.
pub struct Found {
    /// Those of the page.
    pub page: IssuePage,
    /// Whether the filters looked through the best hits of the search only.
    pub is_best_only: bool,
}

/// The choices, and what the address says where that is none of them.
fn with_current(mut choices: Vec<Choice>, current: &str) -> Vec<Choice> {
    if !current.is_empty() && !choices.iter().any(|choice| choice.is_chosen) {
        choices.push(Choice::new(current, current, current));
    }
    choices
}

const fn sort_label(sort: SuggestionSort) -> &'static str {
    match sort {
        SuggestionSort::Top => "Most votes",
        SuggestionSort::New => "Newest",
        SuggestionSort::All => "All, newest first",
        SuggestionSort::Moderation => "Waiting for moderation",
        SuggestionSort::Rejected => "Rejected",
        SuggestionSort::Muted => "Muted",
        SuggestionSort::Duplicates => "Duplicates",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_filter_is_left_out_of_addresses() {
        let filters = Filters::read(
            ReportKind::Bug,
            "query=+a%26b+&status=&tag_ids[]=2&page=3&notice=saved&changed=4",
        );
        assert_eq!(filters.kept(), "query=%20a%26b%20&tag%5Fids%5B%5D=2");
        assert_eq!(filters.words, "a&b");
        assert!(filters.is_any());
        assert!(!Filters::read(ReportKind::Bug, "page=3&query=+&status=").is_any());
    }

    #[test]
    fn an_address_with_several_values_keeps_them() {
        let filters = Filters::read(ReportKind::Bug, "status=open,closed");
        let chosen: Vec<_> = filters
            .statuses()
            .into_iter()
            .filter(|choice| choice.is_chosen)
            .collect();
        assert_eq!(chosen, [Choice::new("open,closed", "open,closed", "open,closed")]);
        let open = "open,in_progress,needs_more_info,pending_moderation";
        let filters = Filters::read(ReportKind::Bug, &format!("status={open}"));
        assert!(filters.statuses().first().is_some_and(|choice| choice.is_chosen));
    }
}
