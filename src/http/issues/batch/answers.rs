//! What became of each line, a line for each.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use bugle_actors::{ActorError, BatchedAnswer, SubmittedBatch};
use bugle_storage::records::ReportKind;
use bugle_storage::{AddressHash, ProjectId, TokenId};
use bytes::Bytes;
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::ApiError;
use crate::http::rate_limit;
use crate::http::request_body::Reservation;
use crate::http::state::AppState;
use crate::http::update_token::UpdateGrant;
use crate::http::views::url_of;

/// Answers that are written in one go, so that nothing else on the thread waits long.
const LINES_IN_A_ROW: usize = 250;
/// About what one takes, in bytes.
const LINE_SIZE: usize = 400;

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchLine)]
pub struct LineAnswer {
    /// Its number in the request, from 1 on.
    line: u32,
    /// The status that a single report would have been answered with.
    status: u16,
    /// With 201: what was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<ShortIssue>,
    /// With 201: whether it was stored before, under the same key.
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<bool>,
    /// With any other status: what a single report's refusal says.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// With any other status: sentences that name the fields, where some are not right.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

/// A stored report, as short as can be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchIssue)]
pub(super) struct ShortIssue {
    /// The global id.
    id: u64,
    /// The number in the project; a draft has none.
    scoped_id: Option<String>,
    /// Where it is seen.
    url: String,
    /// The update token.
    token: String,
}

type Outcome = Result<BatchedAnswer, Box<ApiError>>;

/// Whose batch it is, and of what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sender {
    pub(super) kind: ReportKind,
    pub(super) project: ProjectId,
    /// The project token it came with.
    pub(super) token: Option<TokenId>,
    /// From where.
    pub(super) address: AddressHash,
}

impl Sender {
    /// Counts the lines that were refused, as single reports are. Those that were taken are counted where they are stored.
    fn count_refused(self, told: &[(u32, Outcome)], state: &AppState) {
        let Some(token) = self.token else {
            return;
        };
        let today = state.now().day();
        for refusal in told.iter().filter_map(|(_, outcome)| outcome.as_ref().err()) {
            let refused = (self.kind, refusal.reason());
            let usage = state.directory().usage();
            usage.refuse_report(token, refused, self.address, today);
        }
    }
}

/// The whole answer. It is written while it is sent, and holds the share of the memory until it is read.
pub(super) fn answer(
    sender: Sender,
    lines: Vec<(u32, Option<Box<ApiError>>)>,
    share: Arc<Reservation>,
    submitted: SubmittedBatch,
    state: &web::Data<AppState>,
) -> HttpResponse {
    let Sender { kind, project, .. } = sender;
    let is_new = |outcome: &&Result<BatchedAnswer, ActorError>| outcome.as_ref().is_ok_and(|it| !it.replayed);
    let stored = submitted.outcomes.iter().filter(is_new).count();
    state.metrics.count_bug_reports(stored as u64);
    let mut response = HttpResponse::Ok();
    response.content_type("application/x-ndjson");
    if let Some(quota) = submitted.quota {
        for pair in rate_limit::headers(kind, quota, state.now()) {
            response.insert_header(pair);
        }
    }
    let told = told(lines, submitted.outcomes, state);
    sender.count_refused(&told, state);
    let mut told = told.into_iter();
    let state = web::Data::clone(state);
    let pieces = std::iter::from_fn(move || {
        let _held = &share;
        let mut piece = Vec::with_capacity(LINES_IN_A_ROW * LINE_SIZE);
        for (line, outcome) in told.by_ref().take(LINES_IN_A_ROW) {
            if let Err(error) = write(&LineAnswer::of(kind, project, line, outcome, &state), &mut piece) {
                return Some(Err(ApiError::internal(error)));
            }
        }
        (!piece.is_empty()).then(|| Ok(Bytes::from(piece)))
    });
    response.streaming(stream::iter(pieces))
}

/// What became of each line: refused before anybody was asked, or what the project made of it.
fn told(
    lines: Vec<(u32, Option<Box<ApiError>>)>,
    outcomes: Vec<Result<BatchedAnswer, ActorError>>,
    state: &AppState,
) -> Vec<(u32, Outcome)> {
    let mut outcomes = outcomes.into_iter();
    let mut outcome_of = |refusal: Option<Box<ApiError>>| match refusal {
        Some(refusal) => Err(refusal),
        // There are as many as lines that were right.
        None => outcomes
            .next()
            .unwrap_or(Err(ActorError::Broken))
            .map_err(|error| Box::new(state.refusal(error))),
    };
    let lines = lines.into_iter();
    lines.map(|(line, refusal)| (line, outcome_of(refusal))).collect()
}

fn write(answer: &LineAnswer, piece: &mut Vec<u8>) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *piece, answer)?;
    piece.push(b'\n');
    Ok(())
}

impl LineAnswer {
    fn of(kind: ReportKind, project: ProjectId, line: u32, outcome: Outcome, state: &AppState) -> Self {
        match outcome {
            Ok(stored) => Self {
                line,
                status: 201,
                issue: Some(ShortIssue::of(kind, project, &stored, state)),
                replayed: Some(stored.replayed),
                error: None,
                errors: Vec::new(),
            },
            Err(refusal) => Self {
                line,
                status: refusal.status().as_u16(),
                issue: None,
                replayed: None,
                error: Some(refusal.text().to_owned()),
                errors: refusal.sentences(),
            },
        }
    }
}

impl ShortIssue {
    fn of(kind: ReportKind, project: ProjectId, stored: &BatchedAnswer, state: &AppState) -> Self {
        let grant = UpdateGrant {
            project,
            issue: stored.id,
        };
        Self {
            id: stored.id.0,
            scoped_id: stored.number.map(|number| number.to_string()),
            url: url_of(kind, (stored.id, stored.number), project, state),
            token: state.update_tokens.sign(grant, stored.created_at.seconds()),
        }
    }
}
