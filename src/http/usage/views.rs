//! The use of tokens as answers tell it.

use std::collections::{BTreeMap, HashMap};

use bugle_actors::{TokenUse, UsedDays};
use bugle_storage::records::{
    AcceptedReports, PersonalToken, ProjectToken, RefusalReason, ReportKind, RequestCounts, SourceCount,
    TokenUsage, USAGE_DAYS,
};
use bugle_storage::{AddressHash, Day};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::http::views::Iso;

/// How many sources are told.
const SOURCES_MAX: usize = 20;

/// A UTC date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Date(pub(crate) Day);

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let moment = self.0.start().to_iso();
        serializer.serialize_str(moment.split('T').next().unwrap_or_default())
    }
}

/// The use of a project token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProjectTokenUsage)]
pub struct ProjectUsageView {
    pub(crate) token_id: u64,
    pub(crate) last_used_at: Option<Iso>,
    /// What the client called itself that used the token last, within these days.
    pub(crate) last_user_agent: Option<String>,
    /// The first of the 90 days.
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    /// The last of them: today, in UTC.
    #[schema(value_type = String, format = Date)]
    pub(crate) to: Date,
    pub(crate) totals: ReportCounts,
    /// Days on which there was something, latest first.
    pub(crate) days: Vec<ReportDay>,
    pub(crate) top_sources: Vec<SourceView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenUsageOfReports)]
pub(crate) struct ReportDay {
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    #[serde(flatten)]
    pub(crate) counts: ReportCounts,
}

/// Reports of each kind.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = TokenUsageByKind)]
pub(crate) struct ReportCounts {
    pub(crate) bug_reports: KindCounts,
    pub(crate) feature_requests: KindCounts,
    pub(crate) support_tickets: KindCounts,
}

/// Reports of one kind.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = TokenUsageOfKind)]
pub(crate) struct KindCounts {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// Why they were refused.
    pub(crate) refused_because: Reasons,
}

#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = RefusalReasons)]
pub(crate) struct Reasons {
    /// The token may not do that.
    pub(crate) right: u64,
    /// The daily limit of the address was used up.
    pub(crate) limit: u64,
    /// The submission token was missing or no good.
    pub(crate) submission_token: u64,
    /// The request was wrong: a field, the encoding, the size.
    pub(crate) invalid: u64,
    /// The server could not take it.
    pub(crate) unavailable: u64,
}

impl Reasons {
    fn add(&mut self, reason: RefusalReason, count: u64) {
        let place = match reason {
            RefusalReason::Right => &mut self.right,
            RefusalReason::Limit => &mut self.limit,
            RefusalReason::SubmissionToken => &mut self.submission_token,
            RefusalReason::Invalid => &mut self.invalid,
            RefusalReason::Unavailable => &mut self.unavailable,
        };
        *place += count;
    }
}

impl ReportCounts {
    const fn of(&mut self, kind: ReportKind) -> &mut KindCounts {
        match kind {
            ReportKind::Bug => &mut self.bug_reports,
            ReportKind::FeatureRequest => &mut self.feature_requests,
            ReportKind::SupportTicket => &mut self.support_tickets,
        }
    }

    /// Each kind, in the order of [`ReportKind::ALL`].
    pub(crate) const fn kinds(&self) -> [KindCounts; 3] {
        [self.bug_reports, self.feature_requests, self.support_tickets]
    }

    fn add_accepted(&mut self, accepted: &AcceptedReports) {
        for (kind, count) in ReportKind::ALL.into_iter().zip(accepted.counts) {
            self.of(kind).accepted += count;
        }
    }

    fn add_refused(&mut self, usage: &TokenUsage) {
        for refused in &usage.refused {
            let counts = self.of(refused.kind);
            counts.refused += refused.count;
            counts.refused_because.add(refused.reason, refused.count);
        }
    }
}

impl ProjectUsageView {
    /// Puts what the project has accepted beside what was refused.
    pub fn of(used: &TokenUse<ProjectToken>, mut accepted: Vec<AcceptedReports>) -> Self {
        let TokenUse { token, used } = used;
        let window = Window::of(used, accepted.iter().map(|accepted| accepted.day).max());
        accepted.retain(|accepted| window.has(accepted.day));
        let refused: Vec<_> = used.days.iter().filter(|usage| window.has(usage.day)).collect();
        let (mut days, mut totals) = (BTreeMap::<_, ReportCounts>::new(), ReportCounts::default());
        let mut sources = Sources::default();
        for accepted in &accepted {
            days.entry(accepted.day).or_default().add_accepted(accepted);
            totals.add_accepted(accepted);
            sources.add(&accepted.sources);
        }
        for usage in refused.iter().filter(|usage| !usage.refused.is_empty()) {
            days.entry(usage.day).or_default().add_refused(usage);
            totals.add_refused(usage);
            sources.add(&usage.sources);
        }
        let day = |(day, counts)| ReportDay {
            date: Date(day),
            counts,
        };
        Self {
            token_id: token.id.0,
            last_used_at: token.last_used_at.map(Iso),
            last_user_agent: last_user_agent(used),
            from: Date(window.first),
            to: Date(window.last),
            totals,
            days: days.into_iter().rev().map(day).collect(),
            top_sources: sources.most(),
        }
    }
}

/// The use of a personal token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalTokenUsage)]
pub struct PersonalUsageView {
    pub(crate) token_id: u64,
    pub(crate) last_used_at: Option<Iso>,
    /// What the client called itself that used the token last, within these days.
    pub(crate) last_user_agent: Option<String>,
    /// The first of the 90 days.
    #[schema(value_type = String, format = Date)]
    pub(crate) from: Date,
    /// The last of them: today, in UTC.
    #[schema(value_type = String, format = Date)]
    pub(crate) to: Date,
    pub(crate) totals: RequestCountsView,
    /// Days on which there was something, latest first.
    pub(crate) days: Vec<RequestDay>,
    pub(crate) top_sources: Vec<SourceView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenUsageOfRequests)]
pub(crate) struct RequestDay {
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    #[serde(flatten)]
    pub(crate) counts: RequestCountsView,
}

#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = TokenUsageByMethod)]
pub(crate) struct RequestCountsView {
    /// `GET` and `HEAD`.
    pub(crate) reads: Outcomes,
    /// All other methods.
    pub(crate) writes: Outcomes,
}

#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = TokenUsageOutcomes)]
pub(crate) struct Outcomes {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
}

impl RequestCountsView {
    const fn add(&mut self, counts: RequestCounts) {
        self.reads.accepted += counts.reads_accepted;
        self.reads.refused += counts.reads_refused;
        self.writes.accepted += counts.writes_accepted;
        self.writes.refused += counts.writes_refused;
    }
}

impl PersonalUsageView {
    /// The use of that token.
    pub fn of(used: &TokenUse<PersonalToken>) -> Self {
        let TokenUse { token, used } = used;
        let window = Window::of(used, None);
        let (mut totals, mut sources) = (RequestCountsView::default(), Sources::default());
        let mut days = Vec::new();
        for usage in used
            .days
            .iter()
            .filter(|usage| usage.requests != RequestCounts::default())
        {
            let mut counts = RequestCountsView::default();
            counts.add(usage.requests);
            totals.add(usage.requests);
            sources.add(&usage.sources);
            days.push(RequestDay {
                date: Date(usage.day),
                counts,
            });
        }
        Self {
            token_id: token.id.0,
            last_used_at: token.last_used_at.map(Iso),
            last_user_agent: last_user_agent(used),
            from: Date(window.first),
            to: Date(window.last),
            totals,
            days,
            top_sources: sources.most(),
        }
    }
}

fn last_user_agent(used: &UsedDays) -> Option<String> {
    used.days.iter().find_map(|usage| usage.user_agent.clone())
}

/// The days that are told of.
#[derive(Debug, Clone, Copy)]
struct Window {
    first: Day,
    last: Day,
}

impl Window {
    fn of(used: &UsedDays, last: Option<Day>) -> Self {
        let last = last.map_or(used.last, |last| last.max(used.last));
        let first = Day(last.0 - i32::from(USAGE_DAYS) + 1);
        Self { first, last }
    }

    fn has(self, day: Day) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// How much came from one address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenSource)]
pub(crate) struct SourceView {
    /// A keyed hash of the client's address: the same for the same address on this server, and no way back.
    pub(crate) source: String,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
}

#[derive(Debug, Default)]
struct Sources(HashMap<AddressHash, (u64, u64)>);

impl Sources {
    fn add(&mut self, counts: &[SourceCount]) {
        for count in counts {
            let (accepted, refused) = self.0.entry(count.address).or_default();
            *accepted += count.accepted;
            *refused += count.refused;
        }
    }

    /// Those that most came from, most first.
    fn most(self) -> Vec<SourceView> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_unstable_by_key(|(address, (accepted, refused))| {
            std::cmp::Reverse((accepted + refused, *address))
        });
        let told = all.into_iter().take(SOURCES_MAX);
        told.map(|(address, (accepted, refused))| SourceView {
            source: format!("{:016x}", address.0),
            accepted,
            refused,
        })
        .collect()
    }
}
