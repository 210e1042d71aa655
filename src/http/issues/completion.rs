//! Completing a draft (protocol 5.4), by whoever sent it or works on the project: publishing it, and saying how its
//! reporter can be reached.

use actix_web::{HttpRequest, web};
use bugle_actors::{IssueChange, ReportName};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Answer, State, Told, Viewer, change, find, reference, tell};
use crate::http::access::{Caller, Holder};
use crate::http::body::{Flag, Text};
use crate::http::error::{ApiError, FieldError};
use crate::http::openapi::fields;
use crate::http::text_rules::trimmed;
use crate::http::{contact, request_body};

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, expecting = "an object")]
pub(super) struct CompletionBody {
    #[schema(schema_with = fields::email)]
    email: Option<Text>,
    #[schema(schema_with = fields::discord_id)]
    discord_id: Option<Text>,
    #[schema(schema_with = fields::flag)]
    email_my_report: Option<Flag>,
}

/// `POST /projects/{project}/issues/{issue}/publish`
pub async fn publish(
    caller: Caller<Holder>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    complete(caller, state, request, payload, |body| {
        Ok(IssueChange::Publish {
            email_my_report: body.email_my_report.map(|flag| flag.0),
        })
    })
    .await
}

/// `POST /projects/{project}/issues/{issue}/set_reporter_email`
pub async fn set_reporter_email(
    caller: Caller<Holder>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    complete(caller, state, request, payload, |body| {
        let email = checked_email(body.email)?;
        let email =
            email.ok_or_else(|| ApiError::invalid(vec![FieldError::new("email", "can't be blank")]))?;
        Ok(IssueChange::SetContact {
            email: Some(email),
            discord_id: None,
        })
    })
    .await
}

/// `POST /projects/{project}/issues/{issue}/set_contact_info`
pub async fn set_contact_info(
    caller: Caller<Holder>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    complete(caller, state, request, payload, |body| {
        let discord_id = trimmed(body.discord_id);
        if discord_id
            .as_deref()
            .is_some_and(|id| !contact::is_discord_id(id))
        {
            return Err(ApiError::invalid(vec![FieldError::new(
                "discord_id",
                "must be digits",
            )]));
        }
        Ok(IssueChange::SetContact {
            email: checked_email(body.email)?,
            discord_id,
        })
    })
    .await
}

fn checked_email(email: Option<Text>) -> Result<Option<String>, ApiError> {
    let email = trimmed(email);
    if email
        .as_deref()
        .is_some_and(|email| !contact::is_email_address(email))
    {
        return Err(ApiError::invalid(vec![FieldError::new(
            "email",
            "is not an e-mail address",
        )]));
    }
    Ok(email)
}

async fn complete(
    caller: Caller<Holder>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
    to_change: impl FnOnce(CompletionBody) -> Result<IssueChange, ApiError>,
) -> Answer {
    let writer = caller.0;
    let body = request_body::read(&state, &request, payload).await?;
    let wanted = to_change(body.decode()?)?;
    let issue = writer.issue(reference(&request)?)?;
    // A global id has been compared with the update token's own; whose a number is shows only in the record.
    if matches!(issue.name, ReportName::Number(_)) {
        let found = find(&state, writer.project, issue, false).await?;
        writer.may_write(&found.issue, &state)?;
    }
    let (changed, links) = change(&state, writer.project, issue, wanted, writer.submission(None)).await?;
    let told = Told {
        kind: issue.kind,
        report: &changed,
        links: Some(&links),
        potential_duplicate: None,
    };
    // A member who gets here is a developer.
    let viewer = writer.member().map_or_else(Viewer::default, Viewer::developer);
    tell(told, writer.project, viewer, &state).await
}
