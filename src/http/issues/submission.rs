//! Storing a report of any kind, and the answer to it.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use bugle_actors::{NewAttachment, SubmitIssue, Submitted, WrongField};
use bugle_storage::ProjectId;
use bugle_storage::records::{AttachmentKind, ReportKind, Reporter};

use super::{Answer, State};
use crate::http::access::Reporting;
use crate::http::error::ApiError;
use crate::http::report_body::{ReportedIssue, Rules, body_of};
use crate::http::request_body::Body;
use crate::http::state::AppState;
use crate::http::update_token::UpdateGrant;
use crate::http::views::ReportView;
use crate::http::{created, failure, idempotency, rate_limit, upload};

/// Stores a report of the kind that was admitted, with the files that came beside its fields.
pub async fn submit(
    reporting: &Reporting,
    state: &State,
    request: &HttpRequest,
    body: &Body,
    mut attachments: Vec<NewAttachment>,
) -> Answer {
    let kind = reporting.kind;
    let key = idempotency::key_of(request, body)?;
    let mut reported = ReportedIssue::from_body(body_of(kind, body)?, &rules(reporting))?;
    // Nobody could publish a ticket later.
    reported.issue.draft &= kind != ReportKind::SupportTicket;
    if key.is_none()
        && let Some(objection) = reported.objection
    {
        return Err(vec![objection].into());
    }
    let mut submission = reporting.submission(key);
    if let Some(email) = &reported.issue.contact_email
        && may_be_named(kind, &submission.reporter)
    {
        submission.reporter = Reporter::Email(email.clone());
    }
    let project = reporting.project.project.id;
    // Nothing else has log files.
    let is_wanted = kind == ReportKind::Bug && !reporting.retries_only && reported.objection.is_none();
    if let Some(logs) = reported.logs.take().filter(|_| is_wanted) {
        attachments.push(store_logs(state, logs).await?);
    }
    let new = Box::new(reported.issue);
    let objection = reported.objection.map(|objection| WrongField {
        field: objection.field.into_owned(),
        problem: objection.message.into_owned(),
    });
    let submitted = state
        .ask_project(project, |reply| SubmitIssue {
            kind,
            new,
            attachments,
            submission,
            objection,
            reply,
        })
        .await?;
    Ok(answer(kind, &submitted, project, state))
}

/// Whether an address in the body says who reports. That of a ticket counts more than what the game knows (protocol 1.2).
fn may_be_named(kind: ReportKind, reporter: &Reporter) -> bool {
    match reporter {
        Reporter::Anonymous => true,
        Reporter::Email(_) | Reporter::Discord(_) => kind == ReportKind::SupportTicket,
        Reporter::User(_) => false,
    }
}

fn rules(reporting: &Reporting) -> Rules {
    let is_ticket = reporting.kind == ReportKind::SupportTicket;
    let length_min = reporting.project.project.description_length_min;
    let is_free = is_ticket || reporting.is_by_member();
    Rules {
        description_length_min: if is_free { 0 } else { length_min as usize },
        needs_contact: is_ticket && reporting.is_by_nobody_known(),
    }
}

async fn store_logs(state: &State, logs: String) -> Result<NewAttachment, ApiError> {
    failure::ensure_writable(state)?;
    let stored = upload::store_text(state, logs).await?;
    Ok(NewAttachment {
        kind: AttachmentKind::LogFile,
        filename: "log.txt".to_owned(),
        content_type: "text/plain".to_owned(),
        size: stored.size,
        blob: stored.blob,
        developer_private: false,
    })
}

fn answer(kind: ReportKind, submitted: &Submitted, project: ProjectId, state: &AppState) -> HttpResponse {
    if !submitted.replayed && kind == ReportKind::Bug {
        state.metrics.count_bug_report();
    }
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
