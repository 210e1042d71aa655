//! `…/log_files/{file}/view`: a log file with numbers at its lines, and a search in it.

mod finding;
mod lines;
mod plain;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::records::Attachment;

use super::words::size;
use super::{State, report_address};
use crate::http::access::MemberOf;
use crate::http::error::ApiError;
use crate::http::issues::{find_published, reference};
use crate::http::media::visible_file;
use crate::http::query::{read, value_of, whole_number};
use crate::http::state::AppState;
use crate::pages::answer::{Page, PageError, large_page};
use crate::pages::frame::Frame;
use crate::pages::moments::count;
use crate::pages::viewer::Viewer;
use lines::{LINES_MAX, Read, SCANNED_MAX, Wanted};

/// How many lines are shown before one that was found.
const LINES_BEFORE: u64 = 20;
/// The longest text that is looked for, in characters.
const WORDS_LENGTH_MAX: usize = 200;

#[derive(Template)]
#[template(path = "reports/log.html")]
struct LogPage {
    frame: Frame,
    report: String,
    number: u32,
    title: String,
    file: Attachment,
    size: String,
    /// How far into a file is read.
    scanned: String,
    address: String,
    words: String,
    read: Read,
    /// The first line of the page, from 1.
    from: u64,
    previous: Option<String>,
    next: Option<String>,
}

impl LogPage {
    fn first(&self) -> String {
        count(self.from)
    }

    fn last(&self) -> String {
        count(self.read.lines.last().map_or(0, |line| line.number))
    }

    fn hits(&self) -> usize {
        self.read.lines.len()
    }

    /// The page on which a line stands.
    fn at(&self, line: u64) -> String {
        format!("{}/view?from={}#L{line}", self.address, beginning(line))
    }
}

/// Where the page begins on which a line is shown: with a few lines before it.
fn beginning(line: u64) -> u64 {
    line.saturating_sub(LINES_BEFORE).max(1)
}

/// `GET …/log_files/{file}/view`
pub async fn show(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    let membership = &viewer.pass;
    let within = |error| PageError::within(error, viewer.frame.clone());
    let file = visible_file(membership, &state, &request).await.map_err(within)?;
    let reference = reference(&request)?;
    let found = find_published(&state, membership.project, reference, false)
        .await
        .map_err(within)?;
    let from = first_line(request.query_string()).map_err(within)?;
    let words = value_of(request.query_string(), "find").unwrap_or_default();
    let words: String = words.trim().chars().take(WORDS_LENGTH_MAX).collect();
    let wanted = if words.is_empty() {
        Wanted::From(from)
    } else {
        Wanted::With(words.to_lowercase())
    };
    let read = read_lines(&file, wanted, &state).await?;
    let report = report_address(membership.project, reference.kind, &found.issue);
    let address = format!("{report}/log_files/{}", file.id);
    let at = |line: u64| format!("{address}/view?from={line}");
    let template = LogPage {
        frame: viewer.frame.clone(),
        number: found.issue.number.unwrap_or_default(),
        title: found.issue.title,
        size: size(file.size),
        scanned: size(SCANNED_MAX),
        previous: (from > 1).then(|| at(from.saturating_sub(LINES_MAX).max(1))),
        next: read
            .lines
            .last()
            .filter(|_| read.has_more)
            .map(|last| at(last.number + 1)),
        file,
        words,
        read,
        from,
        report,
        address,
    };
    large_page(StatusCode::OK, &viewer.frame, &state, move || template).await
}

/// The first line that the address asks for; where it names a search, the page begins anew.
fn first_line(query: &str) -> Result<u64, ApiError> {
    let mut from = 1;
    let problems = read(query, |key, value| {
        if key == "from" {
            from = whole_number(value)?.max(1);
        }
        Ok(())
    });
    crate::http::error::none_or(problems, from)
}

/// Reads where blocking harms nobody.
async fn read_lines(file: &Attachment, wanted: Wanted, state: &AppState) -> Result<Read, ApiError> {
    let (blobs, blob) = (Arc::clone(&state.blobs), file.blob);
    let read = web::block(move || match blobs.get(blob)? {
        Some(reader) => lines::read(&wanted, |offset, buffer| reader.read_at(offset, buffer)).map(Some),
        None => Ok(None),
    });
    let read = read
        .await
        .map_err(ApiError::internal)?
        .map_err(ApiError::internal)?;
    read.ok_or_else(|| ApiError::internal("a blob is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_found_is_shown_with_some_before_it() {
        let pages = [1, 20, 21, 22, 2000].map(beginning);
        assert_eq!(pages, [1, 1, 1, 2, 1980]);
    }
}
