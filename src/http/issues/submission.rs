//! Storing a report of any kind, and the answer to it.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use bugle_actors::{
    Admission, AskAdmission, IdempotencyKey, NewAttachment, NewIssue, SubmitIssue, Submitted, WrongField,
};
use bugle_storage::ProjectId;
use bugle_storage::records::{AttachmentKind, ReportKind, Reporter};

use super::{Answer, State};
use crate::http::access::Reporting;
use crate::http::error::ApiError;
use crate::http::report_body::{IssueBody, ReportedIssue, Rules, body_of};
use crate::http::request_body::Body;
use crate::http::state::AppState;
use crate::http::update_token::UpdateGrant;
use crate::http::upload::StoredFile;
use crate::http::views::ReportView;
use crate::http::{created, idempotency, rate_limit, upload};

/// The files of a report that is not stored yet.
#[derive(Debug, Default)]
pub struct ReportFiles {
    attachments: Vec<NewAttachment>,
    stored: Vec<StoredFile>,
    are_left_out: bool,
}

impl ReportFiles {
    /// Files that were not kept, because the report can only be a retry that has brought them before.
    pub fn left_out() -> Self {
        Self {
            are_left_out: true,
            ..Self::default()
        }
    }

    /// Adds a file, and what is to be known of it.
    pub fn add(&mut self, attachment: NewAttachment, stored: StoredFile) {
        self.attachments.push(attachment);
        self.stored.push(stored);
    }
}

/// Asks the project's actor whether a report would be taken, before any file of it comes to the disk.
pub async fn admission(
    reporting: &Reporting,
    state: &AppState,
    request: &HttpRequest,
) -> Result<Admission, ApiError> {
    let submission = reporting.submission(idempotency::unread_key_of(request)?);
    let kind = reporting.kind;
    let asked = state.ask_project(reporting.project.project.id, |reply| AskAdmission {
        kind,
        submission,
        reply,
    });
    asked.await
}

/// Stores a report of the kind that was admitted, with the files that came beside its fields.
pub async fn submit(
    reporting: &Reporting,
    state: &State,
    request: &HttpRequest,
    body: &Body,
    files: ReportFiles,
) -> Answer {
    let key = idempotency::key_of(request, body)?;
    let sent = body_of(reporting.kind, body)?;
    let submitted = store(reporting, state, request, (sent, key), files).await?;
    let project = reporting.project.project.id;
    Ok(answer(reporting.kind, &submitted, project, state))
}

/// Stores a report of the kind that was admitted, as its fields describe it.
pub async fn store(
    reporting: &Reporting,
    state: &State,
    request: &HttpRequest,
    (sent, key): (IssueBody, Option<IdempotencyKey>),
    mut files: ReportFiles,
) -> Result<Submitted, ApiError> {
    let kind = reporting.kind;
    let mut reported = ReportedIssue::from_body(sent, &rules(reporting))?;
    // Nobody could publish a ticket later.
    reported.issue.draft &= kind != ReportKind::SupportTicket;
    if key.is_none()
        && let Some(objection) = reported.objection
    {
        return Err(vec![objection].into());
    }
    let mut submission = reporting.submission(key);
    if let Some(reporter) = named_reporter(reporting, &submission.reporter, &mut reported.issue) {
        submission.reporter = reporter;
    }
    // Nothing else has log files.
    let is_wanted = kind == ReportKind::Bug && reported.objection.is_none();
    if let Some(logs) = reported.logs.take().filter(|_| is_wanted) {
        // What most reports are without is in a box, so that they make no room for it.
        Box::pin(take_logs(reporting, state, request, logs, &mut files)).await?;
    }
    let project = reporting.project.project.id;
    let (new, asking) = (Box::new(reported.issue), State::clone(state));
    let objection = reported.objection.map(WrongField::from);
    let ReportFiles {
        attachments,
        stored,
        are_left_out,
    } = files;
    let replay_only = are_left_out || reporting.may_only_repeat();
    let asked = async move {
        let submit = |reply| SubmitIssue {
            kind,
            new,
            attachments,
            replay_only,
            submission,
            objection,
            reply,
        };
        asking.actors.ask_project(project, submit).await
    };
    // `named_by` would do for both, but it would take the request's room twice over in every report.
    let submitted = if stored.is_empty() {
        asked.await.map_err(|error| state.refusal(error))?
    } else {
        Box::pin(upload::named_by(stored, state, asked)).await?
    };
    if !submitted.replayed && kind == ReportKind::Bug {
        state.metrics.count_bug_reports(1);
    }
    Ok(submitted)
}

/// The reporter whom the body names, where it may. What it must not say is taken out.
pub(super) fn named_reporter(
    reporting: &Reporting,
    known: &Reporter,
    new: &mut NewIssue,
) -> Option<Reporter> {
    if reporting.has_vouched_address() {
        // It would be shown in the place of the address that is known to be right.
        new.contact_email = None;
    }
    let email = new.contact_email.as_ref()?;
    may_be_named(reporting.kind, known).then(|| Reporter::Email(email.clone()))
}

/// Whether an address in the body says who reports. That of a ticket counts more than what the game knows (protocol 1.2).
fn may_be_named(kind: ReportKind, reporter: &Reporter) -> bool {
    match reporter {
        Reporter::Anonymous => true,
        Reporter::Email(_) | Reporter::Discord(_) => kind == ReportKind::SupportTicket,
        Reporter::User(_) | Reporter::Vouched(_) => false,
    }
}

/// What the project asks of this caller's reports.
pub(super) fn rules(reporting: &Reporting) -> Rules {
    let is_ticket = reporting.kind == ReportKind::SupportTicket;
    let length_min = reporting.project.project.description_length_min;
    // A retry had who is playing looked at the first time.
    let is_unknown = reporting.is_by_nobody_known() && !reporting.may_only_repeat();
    let is_free = is_ticket || reporting.is_by_member();
    Rules {
        description_length_min: if is_free { 0 } else { length_min as usize },
        needs_contact: is_ticket && is_unknown,
    }
}

async fn take_logs(
    reporting: &Reporting,
    state: &State,
    request: &HttpRequest,
    logs: String,
    files: &mut ReportFiles,
) -> Result<(), ApiError> {
    match admission(reporting, state, request).await? {
        Admission::New => store_logs(state, logs, files).await,
        Admission::Retry => {
            files.are_left_out = true;
            Ok(())
        }
    }
}

async fn store_logs(state: &State, logs: String, files: &mut ReportFiles) -> Result<(), ApiError> {
    let stored = upload::store_text(state, logs).await?;
    let attachment = NewAttachment {
        kind: AttachmentKind::LogFile,
        filename: "log.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        size: stored.size,
        blob: stored.blob,
        developer_private: false,
    };
    files.add(attachment, stored);
    Ok(())
}

fn answer(kind: ReportKind, submitted: &Submitted, project: ProjectId, state: &AppState) -> HttpResponse {
    let issue = &*submitted.issue;
    let grant = UpdateGrant {
        project,
        issue: issue.id,
    };
    let token = state.update_tokens.sign(grant, issue.created_at.seconds());
    let view = ReportView::created(kind, issue, token, project, state);
    let mut response = created::at(view.url(), submitted.replayed);
    if let Some(quota) = submitted.quota {
        for pair in rate_limit::headers(kind, quota, state.now()) {
            response.insert_header(pair);
        }
    }
    // As large as it will be: growing step by step would copy it several times.
    let mut body = Vec::with_capacity(1024 + issue.description.len() + issue.steps_to_reproduce.len());
    match serde_json::to_writer(&mut body, &view) {
        Ok(()) => response.content_type(ContentType::json()).body(body),
        Err(error) => ApiError::internal(error).error_response(),
    }
}
