//! `…/usage`: what a token was used for, day by day.

use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::{Day, Timestamp};

use super::within;
use crate::http::access::{DeveloperOf, Managing, TokenKeeper};
use crate::http::error::ApiError;
use crate::http::personal_access_tokens::token_of;
use crate::http::state::AppState;
use crate::http::usage::{PersonalUsageView, ProjectUsageView, Reasons, SourceView};
use crate::http::{auth_tokens, personal_access_tokens};
use crate::pages::answer::{Page, page};
use crate::pages::chart::{DailyChart, Ink, Series};
use crate::pages::frame::Frame;
use crate::pages::moments::{self, Moment};
use crate::pages::viewer::Viewer;

type State = web::Data<AppState>;

/// One kind of use.
struct Line {
    name: &'static str,
    accepted: String,
    refused: String,
}

impl Line {
    fn of(name: &'static str, accepted: u64, refused: u64) -> Self {
        Self {
            name,
            accepted: moments::count(accepted),
            refused: moments::count(refused),
        }
    }
}

/// Why reports were refused, and how many.
struct Reason {
    text: &'static str,
    count: u64,
}

/// An address that it was used from, which nobody can read out of its hash.
struct Source {
    hash: String,
    accepted: String,
    refused: String,
}

#[derive(Template)]
#[template(path = "tokens/usage.html")]
struct UsagePage<'a> {
    frame: &'a Frame,
    name: &'a str,
    partial: String,
    back: String,
    back_name: &'static str,
    /// What is counted: `Reports`.
    counted: &'static str,
    last_used: Option<Moment>,
    user_agent: Option<&'a str>,
    chart: DailyChart,
    lines: Vec<Line>,
    reasons: Vec<Reason>,
    sources: Vec<Source>,
}

/// Accepted and refused of each day, first day first.
struct Days {
    first: Day,
    accepted: Vec<u64>,
    refused: Vec<u64>,
}

impl Days {
    fn new(first: Day, last: Day) -> Self {
        let days = usize::try_from(last.0 - first.0 + 1).unwrap_or_default();
        Self {
            first,
            accepted: vec![0; days],
            refused: vec![0; days],
        }
    }

    fn add(&mut self, day: Day, accepted: u64, refused: u64) {
        let place = usize::try_from(day.0 - self.first.0).unwrap_or(usize::MAX);
        let places = (self.accepted.get_mut(place), self.refused.get_mut(place));
        if let (Some(accepted_then), Some(refused_then)) = places {
            *accepted_then += accepted;
            *refused_then += refused;
        }
    }

    fn chart(self, title: &str) -> Result<DailyChart, ApiError> {
        let series = vec![
            Series {
                name: "Accepted",
                ink: Ink::First,
                counts: self.accepted,
            },
            Series {
                name: "Refused",
                ink: Ink::Bad,
                counts: self.refused,
            },
        ];
        DailyChart::draw(title.to_owned(), self.first, series)
    }
}

fn days_of_project(view: &ProjectUsageView) -> Days {
    let mut days = Days::new(view.from.0, view.to.0);
    for day in &view.days {
        for kind in day.counts.kinds() {
            days.add(day.date.0, kind.accepted, kind.refused);
        }
    }
    days
}

fn days_of_person(view: &PersonalUsageView) -> Days {
    let mut days = Days::new(view.from.0, view.to.0);
    for day in &view.days {
        for outcomes in [day.counts.reads, day.counts.writes] {
            days.add(day.date.0, outcomes.accepted, outcomes.refused);
        }
    }
    days
}

/// The reasons that there were, most frequent first.
fn reasons_of(view: &ProjectUsageView) -> Vec<Reason> {
    let sum = |of: fn(&Reasons) -> u64| -> u64 {
        let kinds = view.totals.kinds();
        kinds.iter().map(|kind| of(&kind.refused_because)).sum()
    };
    let mut reasons = vec![
        Reason {
            text: "The daily limit of the address was used up",
            count: sum(|reasons| reasons.limit),
        },
        Reason {
            text: "The token may not do that",
            count: sum(|reasons| reasons.right),
        },
        Reason {
            text: "The submission token was missing or not valid",
            count: sum(|reasons| reasons.submission_token),
        },
        Reason {
            text: "The report was wrong: a field, the encoding or the size",
            count: sum(|reasons| reasons.invalid),
        },
        Reason {
            text: "The server could not take it",
            count: sum(|reasons| reasons.unavailable),
        },
    ];
    reasons.retain(|reason| reason.count > 0);
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.count));
    reasons
}

fn sources_of(sources: &[SourceView]) -> Vec<Source> {
    let sources = sources.iter().map(|source| Source {
        hash: source.source.clone(),
        accepted: moments::count(source.accepted),
        refused: moments::count(source.refused),
    });
    sources.collect()
}

fn used(at: Option<Timestamp>, now: Timestamp) -> Option<Moment> {
    at.map(|at| Moment::ago(at, now))
}

/// `GET /projects/{project}/auth_tokens/{token}/usage`
pub async fn of_project_token(
    viewer: Viewer<Managing<DeveloperOf>>,
    state: State,
    request: HttpRequest,
) -> Page {
    let frame = &viewer.frame;
    let project = viewer.pass.project;
    let id = token_of(&request).map_err(within(frame))?;
    let usage = auth_tokens::usage_of(project, id, &state).await;
    let (token, view) = usage.map_err(within(frame))?;
    let [bugs, suggestions, tickets] = view.totals.kinds();
    let template = UsagePage {
        frame,
        name: &token.name,
        partial: token.hash.partial(),
        back: format!("/projects/{project}/auth_tokens"),
        back_name: "API Tokens",
        counted: "Reports",
        last_used: used(token.last_used_at, state.now()),
        user_agent: view.last_user_agent.as_deref(),
        chart: days_of_project(&view)
            .chart("Reports per day, last 90 days")
            .map_err(within(frame))?,
        lines: vec![
            Line::of("Bug reports", bugs.accepted, bugs.refused),
            Line::of("Suggestions", suggestions.accepted, suggestions.refused),
            Line::of("Tickets", tickets.accepted, tickets.refused),
        ],
        reasons: reasons_of(&view),
        sources: sources_of(&view.top_sources),
    };
    page(frame, &state, &template)
}

/// `GET /personal_access_tokens/{token}/usage`
pub async fn of_personal_token(viewer: Viewer<TokenKeeper>, state: State, request: HttpRequest) -> Page {
    let frame = viewer.frame;
    let id = token_of(&request).map_err(within(&frame))?;
    let usage = personal_access_tokens::usage_of(viewer.pass, id, &state).await;
    let usage = usage.map_err(within(&frame))?;
    let view = PersonalUsageView::of(&usage);
    let (reads, writes) = (view.totals.reads, view.totals.writes);
    let template = UsagePage {
        frame: &frame,
        name: &usage.token.name,
        partial: usage.token.hash.partial(),
        back: "/personal_access_tokens".to_owned(),
        back_name: "Personal Access Tokens",
        counted: "Requests",
        last_used: used(usage.token.last_used_at, state.now()),
        user_agent: view.last_user_agent.as_deref(),
        chart: days_of_person(&view)
            .chart("Requests per day, last 90 days")
            .map_err(within(&frame))?,
        lines: vec![
            Line::of("Reading", reads.accepted, reads.refused),
            Line::of("Writing", writes.accepted, writes.refused),
        ],
        reasons: Vec::new(),
        sources: sources_of(&view.top_sources),
    };
    page(&frame, &state, &template)
}
