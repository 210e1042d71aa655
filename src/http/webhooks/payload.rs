//! What a webhook says: the event, and the record that it is about as it is when the message is made, in the view that the
//! API gives a developer.

use bugle_actors::{ActorError, FindComment, FindIssue, FindRelease, ListProjectTokens, ReportReference};
use bugle_storage::records::{EventDetail, EventKind, ReportEvent, ReportKind, WebhookEvent};
use bugle_storage::{ProjectId, RecordId, TokenId};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::http::comments::CommentView;
use crate::http::feature_requests::votes_for;
use crate::http::releases::ReleaseView;
use crate::http::state::AppState;
use crate::http::views::{Beside, Iso, ProjectTokenView, ReportView, Sight};

/// Why a message cannot be made now.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// Whoever owns the record could not be asked.
    #[error(transparent)]
    Actor(#[from] ActorError),
    /// It does not become JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// A message (Standard Webhooks, "Payload structure"): `type`, `timestamp`, `data`, and of ours the project.
#[derive(Serialize)]
struct Payload {
    r#type: &'static str,
    /// When it happened.
    timestamp: Iso,
    project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Value>,
    data: Value,
}

/// The body of the message of an event.
pub async fn body_of(
    project: ProjectId,
    event: &WebhookEvent,
    state: &AppState,
) -> Result<Bytes, PayloadError> {
    let data = data_of(project, event, state).await?;
    let payload = Payload {
        r#type: event.kind.name(),
        timestamp: Iso(event.at),
        project_id: project.to_string(),
        changes: match event.detail {
            EventDetail::Status { from, to } => {
                Some(json!({"status": {"from": from.name(), "to": to.name()}}))
            }
            _ => None,
        },
        data: data.unwrap_or_else(|| json!({"id": event.subject, "deleted": true})),
    };
    Ok(serde_json::to_vec(&payload)?.into())
}

/// What is told of the record; `None` when it is gone.
async fn data_of(
    project: ProjectId,
    event: &WebhookEvent,
    state: &AppState,
) -> Result<Option<Value>, PayloadError> {
    match (event.kind.report(), &event.detail) {
        (Some((kind, ReportEvent::Commented)), EventDetail::Under(report)) => {
            comment(project, kind, (*report, RecordId(event.subject)), state).await
        }
        (Some((kind, _)), _) => report(project, kind, RecordId(event.subject), state).await,
        (None, EventDetail::Named(name)) => token(project, event, name, state).await.map(Some),
        (None, EventDetail::Quota { kind, limit }) => {
            quota(project, event, (*kind, *limit), state).await.map(Some)
        }
        (None, _) if event.kind == EventKind::ReleaseCreated => release(project, event.subject, state).await,
        (None, _) => Ok(Some(json!({
            "webhook_id": event.subject,
            "message": "This is a test of the webhook.",
        }))),
    }
}

/// What was asked for, or `None` where it is gone.
fn if_there<T>(asked: Result<T, ActorError>) -> Result<Option<T>, ActorError> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(ActorError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn report(
    project: ProjectId,
    kind: ReportKind,
    id: RecordId,
    state: &AppState,
) -> Result<Option<Value>, PayloadError> {
    let asked = state.actors.ask_project(project, |reply| FindIssue {
        issue: ReportReference::global(kind, id),
        with_attachments: false,
        reply,
    });
    let Some(found) = if_there(asked.await)? else {
        return Ok(None);
    };
    // An answer that is an error already says no more than that it cannot be done now.
    let votes = votes_for(kind, id, project, None, state).await;
    let beside = Beside {
        links: Some(&found.links),
        potential_duplicate: None,
        votes: votes.map_err(|_| ActorError::Busy)?,
        sight: Sight::Developer,
    };
    let view = ReportView::of(kind, &found.issue, beside, project, state);
    Ok(Some(serde_json::to_value(view)?))
}

async fn comment(
    project: ProjectId,
    kind: ReportKind,
    (report, comment): (RecordId, RecordId),
    state: &AppState,
) -> Result<Option<Value>, PayloadError> {
    let asked = state.actors.ask_project(project, |reply| FindComment {
        report: ReportReference::global(kind, report),
        comment,
        reply,
    });
    let found = if_there(asked.await)?;
    let view = found.map(|comment| serde_json::to_value(CommentView::of(&comment, kind, project, state)));
    Ok(view.transpose()?)
}

async fn release(project: ProjectId, number: u64, state: &AppState) -> Result<Option<Value>, PayloadError> {
    let Ok(number) = u32::try_from(number) else {
        return Ok(None);
    };
    let asked = state
        .actors
        .ask_project(project, |reply| FindRelease { number, reply });
    let found = if_there(asked.await)?;
    let view = found.map(|release| serde_json::to_value(ReleaseView::of(&release, project)));
    Ok(view.transpose()?)
}

/// A project token as it is listed. Of one that was revoked there is left what it was called.
async fn token(
    project: ProjectId,
    event: &WebhookEvent,
    name: &str,
    state: &AppState,
) -> Result<Value, PayloadError> {
    let asked = state
        .actors
        .ask_tokens(|reply| ListProjectTokens { project, reply });
    let tokens = asked.await?;
    let found = tokens.iter().find(|token| token.id == TokenId(event.subject));
    match found {
        Some(token) => Ok(serde_json::to_value(ProjectTokenView::of(token, None))?),
        None => Ok(json!({
            "id": event.subject,
            "project_id": project.to_string(),
            "name": name,
            "deleted": true,
        })),
    }
}

async fn quota(
    project: ProjectId,
    event: &WebhookEvent,
    (kind, limit): (ReportKind, u32),
    state: &AppState,
) -> Result<Value, PayloadError> {
    let asked = state
        .actors
        .ask_tokens(|reply| ListProjectTokens { project, reply });
    let tokens = asked.await?;
    let found = tokens.iter().find(|token| token.id == TokenId(event.subject));
    let kind = match kind {
        ReportKind::Bug => "issue",
        ReportKind::FeatureRequest => "feature_request",
        ReportKind::SupportTicket => "ticket",
    };
    Ok(json!({
        "auth_token_id": event.subject,
        "auth_token_name": found.map(|token| &token.name),
        "report_type": kind,
        "per_day": limit,
        "day": event.at.to_iso().get(..10),
    }))
}
