//! One line of a batch: a report like a single one, but for what a single one alone can bring.

use bugle_actors::{BatchedReport, NewIssue, WrongField};
use bugle_storage::records::{CustomValue, Reporter};

use super::line_key::LineKeys;
use crate::http::access::Reporting;
use crate::http::body;
use crate::http::error::{ApiError, FieldError};
use crate::http::issues::submission::{named_reporter, rules};
use crate::http::report_body::{IssueBody, ReportedIssue, Rules};

/// Reads the lines of one caller.
pub(super) struct LineReader<'a> {
    reporting: &'a Reporting,
    rules: Rules,
    /// Who reports unless a line says more.
    reporter: Reporter,
    keys: LineKeys,
}

impl<'a> LineReader<'a> {
    pub(super) fn new(reporting: &'a Reporting) -> Self {
        Self {
            rules: rules(reporting),
            reporter: reporting.submission(None).reporter,
            keys: LineKeys::new(reporting.project.project.id),
            reporting,
        }
    }

    /// Reads a line that has no blanks around it.
    pub(super) fn read(&self, line: &[u8]) -> Result<BatchedReport, ApiError> {
        let line =
            std::str::from_utf8(line).map_err(|_| ApiError::bad_request("The line is not valid UTF-8"))?;
        let mut body = body::decode_line::<IssueBody>(line)?.into_fields();
        let key = body.idempotency_key.take();
        let key = key.map(|name| self.keys.of(&name, line)).transpose()?;
        let key = self.reporting.within_sender(key);
        let mut reported = ReportedIssue::from_body(body, &self.rules)?;
        if reported.logs.is_some() {
            let problem = "can't be sent in a batch: add it to the issue as a file";
            return Err(vec![FieldError::new("logs", problem)].into());
        }
        if key.is_none()
            && let Some(objection) = reported.objection
        {
            return Err(vec![objection].into());
        }
        let named = named_reporter(self.reporting, &self.reporter, &mut reported.issue);
        Ok(BatchedReport {
            new: Box::new(reported.issue),
            reporter: named.unwrap_or_else(|| self.reporter.clone()),
            key,
            objection: reported.objection.map(WrongField::from),
        })
    }
}

/// Bytes that a report takes in memory, or somewhat more.
pub(super) fn size(new: &NewIssue) -> usize {
    // A short text on the heap, and where it lies.
    const TEXT: usize = 48;
    let size_of_value = |value: &CustomValue| match value {
        CustomValue::One(text) => TEXT + text.len(),
        CustomValue::Many(texts) => texts.iter().map(|text| TEXT + text.len()).sum(),
    };
    let values = new
        .custom_fields
        .iter()
        .map(|(name, value)| TEXT + name.len() + size_of_value(value));
    let extras = new
        .extras
        .iter()
        .map(|(name, value)| 2 * TEXT + name.len() + value.len());
    let texts = new.title.len() + new.description.len() + new.steps_to_reproduce.len();
    size_of::<NewIssue>() + texts + values.sum::<usize>() + extras.sum::<usize>()
}
