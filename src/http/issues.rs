//! `/projects/{project}/issues`: create, list, read, change (protocol 5.2) and complete drafts (5.4).

use actix_web::http::header::{self, ContentType};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use bugle_actors::{
    ActorError, ChangeIssue, FindIssue, FoundIssue, IssueChange, IssueReference, ListIssues, NewAttachment,
    Submission, SubmitIssue, Submitted,
};
use bugle_storage::ProjectId;
use bugle_storage::records::{AttachmentKind, Issue, ReportKind, Reporter};
use serde::Serialize;

use super::access::{BugReporter, Caller, DeveloperOf, Holder, MemberOf, Reporting};
use super::body::{Flag, Text};
use super::error::{ApiError, FieldError};
use super::issue_query::IssueQuery;
use super::report_body::{IssueBody, ReportedIssue, Rules, patch_from_body};
use super::state::AppState;
use super::update_token::UpdateGrant;
use super::views::{IssueView, Pagination};
use super::{contact, failure, idempotency, rate_limit, request_body, upload};

type State = web::Data<AppState>;
type Answer = Result<HttpResponse, ApiError>;

/// `POST /projects/{project}/issues.json`
pub async fn create(
    caller: Caller<BugReporter>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let reporting = caller.0;
    let body = request_body::read(&state, &request, payload).await?;
    let key = idempotency::key_of(&request, &body)?;
    let mut reported = ReportedIssue::from_body(body.decode::<IssueBody>()?, &rules(&reporting))?;
    let mut submission = reporting.submission(key);
    if submission.reporter == Reporter::Anonymous
        && let Some(email) = &reported.issue.contact_email
    {
        submission.reporter = Reporter::Email(email.clone());
    }
    let project = reporting.project.project.id;
    let attachments = match reported.logs.take().filter(|_| !reporting.retries_only) {
        Some(logs) => vec![store_logs(&state, logs).await?],
        None => Vec::new(),
    };
    let new = Box::new(reported.issue);
    let asked = state
        .actors
        .ask_project(project, |reply| SubmitIssue {
            new,
            attachments,
            submission,
            reply,
        })
        .await;
    let submitted = asked.map_err(|error| failure::answer(error, state.now()))?;
    Ok(created(&submitted, project, &state))
}

fn rules(reporting: &Reporting) -> Rules {
    let length_min = reporting.project.project.description_length_min;
    let length_min = if reporting.is_by_member() { 0 } else { length_min };
    Rules {
        description_length_min: length_min as usize,
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

fn created(submitted: &Submitted, project: ProjectId, state: &AppState) -> HttpResponse {
    if !submitted.replayed {
        state.metrics.count_bug_report();
    }
    let issue = &*submitted.issue;
    let grant = UpdateGrant {
        project,
        issue: issue.id,
    };
    let token = state.update_tokens.sign(grant, issue.created_at.seconds());
    let view = IssueView::of(issue, project, state).with_token(token);
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, view.url.as_str()));
    if let Some(quota) = submitted.quota {
        for pair in rate_limit::headers(ReportKind::Bug, quota, state.now()) {
            response.insert_header(pair);
        }
    }
    if submitted.replayed {
        response.insert_header((idempotency::REPLAYED, "true"));
    }
    // As large as it will be: growing step by step would copy it several times.
    let mut body = Vec::with_capacity(1024 + issue.description.len() + issue.steps_to_reproduce.len());
    match serde_json::to_writer(&mut body, &view) {
        Ok(()) => response.content_type(ContentType::json()).body(body),
        Err(error) => ApiError::internal(error).error_response(),
    }
}

#[derive(Serialize)]
struct IssueList<'a> {
    issues: Vec<IssueView<'a>>,
    pagination: Pagination,
}

/// `GET /projects/{project}/issues.json`
pub async fn list(caller: Caller<MemberOf>, state: State, query: IssueQuery) -> Answer {
    let project = caller.0.project;
    let IssueQuery {
        filter,
        page,
        per_page,
    } = query;
    let skip = (page - 1).saturating_mul(u64::from(per_page));
    let asked = state
        .actors
        .ask_project(project, |reply| ListIssues {
            filter,
            skip,
            take: per_page,
            reply,
        })
        .await;
    let found = asked.map_err(|error| failure::answer(error, state.now()))?;
    let issues = found
        .issues
        .iter()
        .map(|issue| {
            let tags = found.tags.get(&issue.id).map_or(&[][..], Vec::as_slice);
            IssueView::of(issue, project, &state).with_tags(tags)
        })
        .collect();
    let pagination = Pagination::new(page, per_page, found.total);
    Ok(HttpResponse::Ok().json(IssueList { issues, pagination }))
}

/// `GET /projects/{project}/issues/{issue}.json`. A draft is not found: it is nobody's business yet.
pub async fn show(caller: Caller<MemberOf>, state: State, request: HttpRequest) -> Answer {
    show_one(&state, caller.0.project, reference(&request)?).await
}

/// Answers with an issue, unless it is a draft.
pub async fn show_one(state: &AppState, project: ProjectId, issue: IssueReference) -> Answer {
    let found = find(state, project, issue, false).await?;
    if found.issue.published_at.is_none() {
        return Err(ApiError::not_found());
    }
    let view = IssueView::of(&found.issue, project, state).with_tags(&found.tags);
    Ok(HttpResponse::Ok().json(view))
}

/// Reads an issue, draft or not.
pub async fn find(
    state: &AppState,
    project: ProjectId,
    issue: IssueReference,
    with_attachments: bool,
) -> Result<FoundIssue, ApiError> {
    let asked = state
        .actors
        .ask_project(project, |reply| FindIssue {
            issue,
            with_attachments,
            reply,
        })
        .await;
    asked.map_err(|error| failure::answer(error, state.now()))
}

/// `PATCH|PUT /projects/{project}/issues/{issue}.json`
pub async fn update(
    caller: Caller<DeveloperOf>,
    state: State,
    request: HttpRequest,
    payload: web::Payload,
) -> Answer {
    let membership = caller.0;
    let project = membership.project;
    let body = request_body::read(&state, &request, payload).await?;
    let patch = patch_from_body(body.decode::<IssueBody>()?)?;
    if let Some(Some(assignee)) = patch.assigned_to
        && state.directory().role(assignee, project).is_none()
    {
        return Err(ApiError::invalid(vec![FieldError::new(
            "assigned_to_id",
            "is not a member of the project",
        )]));
    }
    let reference = reference(&request)?;
    if find(&state, project, reference, false)
        .await?
        .issue
        .published_at
        .is_none()
    {
        return Err(ApiError::not_found());
    }
    let submission = Submission {
        submitter: membership.person.submitter,
        grant: None,
        address: state.address(&request),
        reporter: Reporter::User(membership.person.user),
        key: None,
    };
    let (issue, tags) = change(
        &state,
        project,
        reference,
        IssueChange::Patch(Box::new(patch)),
        submission,
    )
    .await?;
    let view = IssueView::of(&issue, project, &state).with_tags(&tags);
    Ok(HttpResponse::Ok().json(view))
}

async fn change(
    state: &AppState,
    project: ProjectId,
    issue: IssueReference,
    change: IssueChange,
    submission: Submission,
) -> Result<(Box<Issue>, Vec<u32>), ApiError> {
    let asked = state
        .actors
        .ask_project(project, |reply| ChangeIssue {
            issue,
            change,
            submission,
            reply,
        })
        .await;
    let changed = asked.and_then(|changed| {
        let issue = changed.issue.ok_or(ActorError::Broken)?;
        Ok((issue, changed.tags))
    });
    changed.map_err(|error| failure::answer(error, state.now()))
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, expecting = "an object")]
struct CompletionBody {
    email: Option<Text>,
    discord_id: Option<Text>,
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
        let discord_id = body
            .discord_id
            .map(|text| text.0.trim().to_owned())
            .filter(|id| !id.is_empty());
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
    let email = email
        .map(|text| text.0.trim().to_owned())
        .filter(|email| !email.is_empty());
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
    if matches!(issue, IssueReference::Number(_)) {
        let found = find(&state, writer.project, issue, false).await?;
        writer.may_write(&found.issue, &state)?;
    }
    let (changed, tags) = change(&state, writer.project, issue, wanted, writer.submission(None)).await?;
    let view = IssueView::of(&changed, writer.project, &state).with_tags(&tags);
    Ok(HttpResponse::Ok().json(view))
}

/// The issue that the path names, `.json` or not.
pub fn reference(request: &HttpRequest) -> Result<IssueReference, ApiError> {
    let text = request.match_info().get("issue").unwrap_or_default();
    text.strip_suffix(".json")
        .unwrap_or(text)
        .parse()
        .map_err(|()| ApiError::not_found())
}
