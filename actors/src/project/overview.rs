//! What a project's dashboard shows: how much came in day by day, what is open, which limits were used up.
//!
//! Reports are counted as they come and change, and those of a day by rank in the index; none is looked at. So a project of
//! a million costs about what one of a thousand does.

use std::collections::{BTreeMap, HashMap};

use actix::{Context, Handler, Message};
use bugle_storage::records::{IssueStatus, Priority, ReportKind, Submitter};
use bugle_storage::{Day, Timestamp, TokenId};

use super::ProjectActor;
use super::index::IssueIndex;
use super::quotas::Counted;
use crate::Reply;

/// The most days that an overview tells of.
pub const OVERVIEW_DAYS_MAX: u32 = 366;

/// Counts a project's reports.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadOverview {
    /// How many days are told, today the last of them: 1 to [`OVERVIEW_DAYS_MAX`].
    pub days: u32,
    /// Where the answer goes.
    pub reply: Reply<Overview>,
}

/// A project's reports, counted. Drafts are no reports yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// One for each kind, in the order of [`ReportKind::ALL`].
    pub kinds: [KindOverview; ReportKind::ALL.len()],
    /// The first of the days.
    pub from: Day,
}

impl Overview {
    /// Those of a kind.
    pub const fn of(&self, kind: ReportKind) -> &KindOverview {
        let [bugs, suggestions, tickets] = &self.kinds;
        match kind {
            ReportKind::Bug => bugs,
            ReportKind::FeatureRequest => suggestions,
            ReportKind::SupportTicket => tickets,
        }
    }
}

/// The reports of one kind, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KindOverview {
    /// How many there are.
    pub total: u64,
    /// How many of them wait for somebody to do something.
    pub open: u64,
    /// How many of those have each priority, in the order of [`Priority::ALL`].
    pub open_by_priority: Vec<u64>,
    /// How many arrived on each day.
    pub by_day: Vec<u64>,
}

impl KindOverview {
    fn of(index: &IssueIndex, kind: ReportKind, days: &[Day]) -> Self {
        let statuses = open_statuses(kind);
        let open = Priority::ALL
            .iter()
            .map(|priority| index.count(&statuses, *priority));
        let open: Vec<_> = open.collect();
        Self {
            total: index.published_count(),
            open: open.iter().sum(),
            open_by_priority: open,
            by_day: days
                .iter()
                .map(|day| index.count_created(day.start(), day.end()))
                .collect(),
        }
    }
}

/// The statuses of what somebody still has to do something about.
pub fn open_statuses(kind: ReportKind) -> Vec<IssueStatus> {
    let is_open = |status: &&IssueStatus| {
        !status.is_settled() && !matches!(status, IssueStatus::Hidden | IssueStatus::Muted)
    };
    IssueStatus::of(kind).iter().filter(is_open).copied().collect()
}

impl Handler<ReadOverview> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ReadOverview, _: &mut Context<Self>) {
        self.handled += 1;
        let days = days_until(self.clock.now(), message.days);
        let of = |kind| KindOverview::of(self.index_of(kind), kind, &days);
        let overview = Overview {
            kinds: ReportKind::ALL.map(of),
            from: days.first().copied().unwrap_or_default(),
        };
        message.reply.send(Ok(overview));
    }
}

fn days_until(now: Timestamp, count: u32) -> Vec<Day> {
    let count = i32::try_from(count.clamp(1, OVERVIEW_DAYS_MAX)).unwrap_or(1);
    let last = now.day().0;
    (last - count + 1..=last).map(Day).collect()
}

/// Asks from how many addresses the daily limits of project tokens were used up today.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ReadSpentQuotas {
    /// Tokens of the project, with what each allows of every kind a day, in the order of [`ReportKind::ALL`]. A limit of 0
    /// allows none, so nothing is used up.
    pub limits: Vec<(TokenId, [u32; ReportKind::ALL.len()])>,
    /// Where the answer goes: by token and kind, those that nobody has used up left out.
    pub reply: Reply<Vec<SpentQuota>>,
}

/// A limit that was used up today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SpentQuota {
    /// Whose.
    pub token: TokenId,
    /// Of what.
    pub kind: ReportKind,
    /// From how many addresses; each has its own counter. On a day with more than 100,000 of them at least so many.
    pub addresses: u64,
}

impl Handler<ReadSpentQuotas> for ProjectActor {
    type Result = ();

    /// Goes through today's counters, of which there is one for each address that has sent something, but not through more
    /// of them than a report may wait for.
    fn handle(&mut self, message: ReadSpentQuotas, _: &mut Context<Self>) {
        self.handled += 1;
        self.begin_day(self.clock.now());
        let limits = message.limits.into_iter().collect();
        message
            .reply
            .send(Ok(spent(self.quotas.today().take(COUNTERS_MAX), &limits)));
    }
}

/// How many counters are looked at for one answer: some milliseconds.
const COUNTERS_MAX: usize = 100_000;

type Limits = HashMap<TokenId, [u32; ReportKind::ALL.len()]>;

fn spent<'a>(counters: impl Iterator<Item = (&'a Counted, u32)>, limits: &Limits) -> Vec<SpentQuota> {
    let mut addresses = BTreeMap::<(TokenId, u8), u64>::new();
    for (counted, count) in counters {
        let Submitter::ProjectToken(token) = counted.submitter else {
            continue;
        };
        let limits = limits.get(&token);
        let limit = limits.and_then(|limits| limits.get(counted.kind as usize).copied());
        if limit.is_some_and(|limit| limit > 0 && count >= limit) {
            *addresses.entry((token, counted.kind as u8)).or_default() += 1;
        }
    }
    let quota = |((token, kind), addresses)| {
        let kind = ReportKind::from_byte(kind)?;
        Some(SpentQuota {
            token,
            kind,
            addresses,
        })
    };
    addresses.into_iter().filter_map(quota).collect()
}

#[cfg(test)]
mod tests;
