//! `/projects/{project}`: what came in, what is open, and which limits were used up.

use askama::Template;
use bugle_actors::{
    IssueFilter, ListIssues, ListProjectTokens, Overview, ReadOverview, ReadSpentQuotas, ReportOrder,
    open_statuses,
};
use bugle_storage::records::{IssueStatus, Priority, ProjectToken, ReportKind, Role};
use bugle_storage::{ProjectId, Timestamp};

use super::row::{Row, RowContext};
use super::tags::Tags;
use super::words::{KindWords, priority_label};
use super::{State, list_address};
use crate::http::access::{MemberOf, Membership};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::http::views::Sight;
use crate::pages::answer::{Page, page};
use crate::pages::chart::{DailyChart, Ink, Series};
use crate::pages::frame::Frame;
use crate::pages::moments::count;
use crate::pages::viewer::Viewer;

/// How many days the chart has.
const DAYS: u32 = 30;
/// How many reports are named as the newest.
const NEWEST: usize = 8;

/// A kind of report, counted.
struct Tile {
    title: &'static str,
    open: String,
    total: String,
    address: String,
}

/// How many open bug reports have a priority.
struct Bar {
    name: &'static str,
    label: &'static str,
    open: String,
    /// Of the longest bar, in percent.
    percent: u64,
    address: String,
}

/// A limit that was used up today.
struct Spent {
    token: String,
    /// `10 bug reports`.
    limit: String,
    addresses: u64,
}

#[derive(Template)]
#[template(path = "reports/dashboard.html")]
struct DashboardPage<'a> {
    frame: &'a Frame,
    project: ProjectId,
    is_developer: bool,
    is_empty: bool,
    tiles: Vec<Tile>,
    chart: DailyChart,
    bars: Vec<Bar>,
    newest: Vec<Row>,
    spent: Vec<Spent>,
}

/// `GET /projects/{project}`
pub async fn show(viewer: Viewer<MemberOf>, state: State) -> Page {
    let membership = &viewer.pass;
    let project = membership.project;
    let asked = state.ask_project(project, |reply| ReadOverview { days: DAYS, reply });
    let overview: Overview = asked.await?;
    let is_developer = membership.role >= Role::Developer;
    let template = DashboardPage {
        frame: &viewer.frame,
        project,
        is_developer,
        is_empty: overview.kinds.iter().all(|kind| kind.total == 0),
        tiles: tiles(project, &overview),
        chart: chart(&overview)?,
        bars: bars(project, &overview),
        newest: newest(membership, &state).await?,
        spent: if is_developer {
            spent(project, &state).await?
        } else {
            Vec::new()
        },
    };
    page(&viewer.frame, &state, &template)
}

fn open_query(kind: ReportKind) -> String {
    let names: Vec<_> = open_statuses(kind).into_iter().map(IssueStatus::name).collect();
    let statuses = format!("status={}", names.join(","));
    match kind {
        ReportKind::FeatureRequest => format!("{statuses}&sort=new"),
        ReportKind::Bug | ReportKind::SupportTicket => statuses,
    }
}

fn tiles(project: ProjectId, overview: &Overview) -> Vec<Tile> {
    let tile = |kind| Tile {
        title: KindWords::of(kind).title,
        open: count(overview.of(kind).open),
        total: count(overview.of(kind).total),
        address: format!("{}?{}", list_address(project, kind), open_query(kind)),
    };
    ReportKind::ALL.map(tile).into()
}

fn chart(overview: &Overview) -> Result<DailyChart, ApiError> {
    let inks = [Ink::First, Ink::Second, Ink::Third];
    let series = ReportKind::ALL.into_iter().zip(inks).map(|(kind, ink)| Series {
        name: KindWords::of(kind).title,
        ink,
        counts: overview.of(kind).by_day.clone(),
    });
    DailyChart::draw(
        format!("Reports of the last {DAYS} days"),
        overview.from,
        series.collect(),
    )
}

fn bars(project: ProjectId, overview: &Overview) -> Vec<Bar> {
    let counts = &overview.of(ReportKind::Bug).open_by_priority;
    let longest = counts.iter().copied().max().unwrap_or(0).max(1);
    let list = list_address(project, ReportKind::Bug);
    let bar = |(priority, open): (&Priority, &u64)| Bar {
        name: priority.name(),
        label: priority_label(*priority),
        open: count(*open),
        percent: (open * 100).div_ceil(longest),
        address: format!(
            "{list}?{}&priority={}",
            open_query(ReportKind::Bug),
            priority.name()
        ),
    };
    Priority::ALL.iter().zip(counts).rev().map(bar).collect()
}

/// The newest reports of all kinds.
async fn newest(membership: &Membership, state: &AppState) -> Result<Vec<Row>, ApiError> {
    let project = membership.project;
    let tags = Tags::read(project, state).await?;
    let mut rows: Vec<(Timestamp, Row)> = Vec::new();
    for kind in ReportKind::ALL {
        let list = |reply| ListIssues {
            kind,
            filter: IssueFilter::default(),
            order: ReportOrder::Newest,
            skip: 0,
            take: u32::try_from(NEWEST).unwrap_or(1),
            reply,
        };
        let page = state.ask_project(project, list).await?;
        let context = RowContext {
            project,
            kind,
            has_others: true,
            sight: Sight::of(membership.role, &page.hidden),
            tags: &tags,
            state,
        };
        rows.extend(context.rows(&page).into_iter().map(|row| (row.created_at, row)));
    }
    rows.sort_by_key(|(created_at, _)| std::cmp::Reverse(*created_at));
    rows.truncate(NEWEST);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

async fn spent(project: ProjectId, state: &AppState) -> Result<Vec<Spent>, ApiError> {
    let tokens = state
        .ask_tokens(|reply| ListProjectTokens { project, reply })
        .await?;
    let limits = tokens.iter().map(|token| {
        let per_day = |kind| {
            let right = token.rights.of(kind);
            if right.allowed { right.per_day } else { 0 }
        };
        (token.id, ReportKind::ALL.map(per_day))
    });
    let limits = limits.collect();
    let found = state
        .ask_project(project, |reply| ReadSpentQuotas { limits, reply })
        .await?;
    let told = |spent: &bugle_actors::SpentQuota| {
        let token: &ProjectToken = tokens.iter().find(|token| token.id == spent.token)?;
        Some(Spent {
            token: token.name.clone(),
            limit: KindWords::of(spent.kind).counted(token.rights.of(spent.kind).per_day.into()),
            addresses: spent.addresses,
        })
    };
    Ok(found.iter().filter_map(told).collect())
}
