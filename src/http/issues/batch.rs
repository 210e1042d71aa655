//! `POST /projects/{project}/issues/batch.json`: what a launcher kept while it was offline, one report a line. Beyond
//! `BetaHub`; `docs/decisions/0018-batch.md` says why it is as it is.

mod answers;
mod line_key;
mod lines;
mod report_line;

use std::sync::Arc;

use actix_web::http::header;
use actix_web::{HttpRequest, web};
use bugle_actors::{BatchedReport, SubmitBatch};
use futures_util::StreamExt;

use super::{Answer, State};
use crate::http::access::{BatchReporter, Caller};
use crate::http::error::{ApiError, FieldError};
use crate::http::request_body::Reservation;
use crate::http::state::AppState;
pub use answers::LineAnswer;
use answers::Sender;
use lines::{Line, Lines};
use report_line::LineReader;

/// The most reports of one batch.
pub const LINES_MAX: usize = 10_000;
/// Bytes of one line.
pub const LINE_SIZE_MAX: usize = 256 << 10;
/// Bytes of a whole batch.
pub const BATCH_SIZE_MAX: usize = 32 << 20;
/// Lines after which others on the same thread have a turn.
const LINES_IN_A_ROW: usize = 200;
/// What each line takes of the memory beside what it says, in bytes.
const LINE_OVERHEAD: usize = 512;

/// `POST /projects/{project}/issues/batch.json`
pub async fn create(
    caller: Caller<BatchReporter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let reporting = caller.0;
    ensure_json_lines(&request)?;
    let gathered = gather(LineReader::new(&reporting), payload, &state).await?;
    let project = reporting.project.project.id;
    let (kind, submission) = (reporting.kind, reporting.submission(None));
    let sender = Sender {
        kind,
        project,
        token: reporting.game.as_ref().map(|game| game.grant.token),
        address: reporting.address(),
    };
    let Gathered {
        reports,
        lines,
        share,
        ..
    } = gathered;
    let share = Arc::new(share);
    let held = Arc::<Reservation>::clone(&share);
    let submitted = state.ask_project(project, |reply| SubmitBatch {
        kind,
        reports,
        replay_only: reporting.may_only_repeat(),
        submission,
        share: held,
        reply,
    });
    let submitted = submitted.await?;
    Ok(answers::answer(sender, lines, share, submitted, &state))
}

fn ensure_json_lines(request: &HttpRequest) -> Result<(), ApiError> {
    const NAMES: [&str; 5] = [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/json-lines",
    ];
    let Some(value) = request.headers().get(header::CONTENT_TYPE) else {
        return Ok(());
    };
    let essence = value
        .to_str()
        .unwrap_or("?")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let is_known = essence.is_empty() || NAMES.iter().any(|name| essence.eq_ignore_ascii_case(name));
    if is_known {
        Ok(())
    } else {
        Err(ApiError::not_json_lines())
    }
}

/// What was made of the lines.
#[derive(Default)]
struct Gathered {
    /// Those that can be asked for.
    reports: Vec<BatchedReport>,
    /// Every line that is not blank, in order: its number, and what is wrong with it. Where nothing is, it is the next of
    /// `reports`.
    lines: Vec<(u32, Option<Box<ApiError>>)>,
    /// Bytes that all this takes.
    held: usize,
    share: Reservation,
}

/// Reads the lines while they come: no more of the body is held than a line that is not whole yet.
async fn gather(
    reader: LineReader<'_>,
    payload: web::Payload,
    state: &AppState,
) -> Result<Gathered, ApiError> {
    let mut pieces = state.bodies.timed(payload);
    let mut lines = Lines::new(LINE_SIZE_MAX);
    let mut gathered = Gathered::default();
    let (mut received, mut in_a_row) = (0, 0);
    while let Some(piece) = pieces.next().await.transpose()? {
        received += piece.len();
        if received > BATCH_SIZE_MAX {
            return Err(ApiError::too_large(BATCH_SIZE_MAX as u64));
        }
        let before = gathered.lines.len();
        lines.feed(&piece, &mut |number, line| gathered.take(number, &line, &reader))?;
        gathered
            .share
            .cover(&state.bodies.memory, gathered.held + lines.held())?;
        in_a_row += gathered.lines.len() - before;
        if in_a_row >= LINES_IN_A_ROW {
            in_a_row = 0;
            tokio::task::yield_now().await;
        }
    }
    lines.finish(&mut |number, line| gathered.take(number, &line, &reader))?;
    if gathered.lines.is_empty() {
        return Err(vec![FieldError::new("body", "must have at least one line")].into());
    }
    Ok(gathered)
}

impl Gathered {
    fn take(&mut self, number: u32, line: &Line<'_>, reader: &LineReader<'_>) -> Result<(), ApiError> {
        if self.lines.len() >= LINES_MAX {
            return Err(ApiError::too_many_lines(LINES_MAX));
        }
        self.held += LINE_OVERHEAD;
        let read = match line {
            Line::Whole(line) => reader.read(line),
            Line::TooLong => Err(too_long()),
        };
        let problem = match read {
            Ok(report) => {
                self.held += report_line::size(&report.new);
                self.reports.push(report);
                None
            }
            Err(error) => {
                self.held += 2 * error.text().len();
                Some(Box::new(error))
            }
        };
        self.lines.push((number, problem));
        Ok(())
    }
}

fn too_long() -> ApiError {
    let problem = format!("is too long (maximum is {LINE_SIZE_MAX} bytes)");
    vec![FieldError::new("line", problem)].into()
}
