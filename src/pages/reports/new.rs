//! `/projects/{project}/issues/new`, and the same of suggestions and tickets: the form for a report by a member, which an
//! address can fill in.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use bugle_storage::records::{AttachmentKind, ReportKind};
use serde::Deserialize;

use super::words::{self, Choice, KindWords};
use super::{State, list_address, report_address};
use crate::http::access::{BugReporter, FeatureRequester, Policy, Reporting, TicketSender};
use crate::http::body::Text;
use crate::http::error::{ApiError, FieldError};
use crate::http::issues::{ReportFiles, store};
use crate::http::multipart::FilePart;
use crate::http::query::value_of;
use crate::http::report_body::IssueBody;
use crate::http::sniff;
use crate::http::upload::StoredFile;
use crate::pages::answer::{Page, page, page_with_status, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::form_with_files::{FormWithFiles, FormWithPictures, beside_field};
use crate::pages::frame::Frame;
use crate::pages::problems::Problems;
use crate::pages::viewer::Viewer;

/// The fields of the form that bring files, and what these are.
const SCREENSHOTS: &str = "screenshots[]";
const LOGS: &str = "log_files[]";
const PICTURES: &str = "files[]";

/// The fields that the page shows what is wrong with beside themselves.
const SHOWN: [&str; 8] = [
    "title",
    "description",
    "unformatted_steps_to_reproduce",
    "priority",
    "reporter_email",
    SCREENSHOTS,
    LOGS,
    PICTURES,
];

/// What the form holds: as an address fills it in, or as it was sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    title: Text,
    description: Text,
    steps_to_reproduce: Text,
    priority: Text,
    reporter_email: Text,
}

impl Written {
    /// What an address says (protocol 5.7): names of the API, steps under either of theirs.
    fn in_address(query: &str) -> Self {
        let value = |key| Text(value_of(query, key).unwrap_or_default());
        let steps = value("steps_to_reproduce");
        Self {
            title: value("title"),
            description: value("description"),
            steps_to_reproduce: if steps.0.is_empty() {
                value("unformatted_steps_to_reproduce")
            } else {
                steps
            },
            priority: value("priority"),
            reporter_email: value("reporter_email"),
        }
    }

    fn priorities(&self) -> Vec<Choice> {
        let chosen = match &*self.priority.0 {
            "" => "medium",
            chosen => chosen,
        };
        words::priorities(chosen)
    }
}

#[derive(Template)]
#[template(path = "reports/new.html")]
struct NewPage<'a> {
    frame: &'a Frame,
    kind: ReportKind,
    words: KindWords,
    /// Of the list, which is where the form goes.
    address: String,
    written: Written,
    priorities: Vec<Choice>,
    form_key: String,
    problems: Problems,
}

impl NewPage<'_> {
    fn is_bug(&self) -> bool {
        self.kind == ReportKind::Bug
    }

    fn is_suggestion(&self) -> bool {
        self.kind == ReportKind::FeatureRequest
    }

    fn is_ticket(&self) -> bool {
        self.kind == ReportKind::SupportTicket
    }

    /// What is wrong with what has no place of its own in the form.
    fn general_problem(&self) -> Option<String> {
        self.problems.besides(&SHOWN)
    }
}

impl<'a> NewPage<'a> {
    fn of(reporting: &Reporting, frame: &'a Frame, written: Written) -> Self {
        Self {
            frame,
            kind: reporting.kind,
            words: KindWords::of(reporting.kind),
            address: list_address(reporting.project.project.id, reporting.kind),
            priorities: written.priorities(),
            written,
            form_key: form::new_key(),
            problems: Problems::default(),
        }
    }
}

/// `GET /projects/{project}/issues/new`, and the same of suggestions and tickets, by their policies.
pub async fn ask<P: Policy<Pass = Reporting>>(viewer: Viewer<P>, state: State, request: HttpRequest) -> Page {
    let written = Written::in_address(request.query_string());
    page(
        &viewer.frame,
        &state,
        &NewPage::of(&viewer.pass, &viewer.frame, written),
    )
}

/// `POST /projects/{project}/issues`
pub async fn create(
    viewer: Viewer<BugReporter>,
    sent: FormWithFiles,
    state: State,
    request: HttpRequest,
) -> Page {
    submit(&viewer, sent, &state, &request).await
}

/// `POST /projects/{project}/feature_requests`
pub async fn create_suggestion(
    viewer: Viewer<FeatureRequester>,
    FormWithPictures(sent): FormWithPictures,
    state: State,
    request: HttpRequest,
) -> Page {
    submit(&viewer, sent, &state, &request).await
}

/// `POST /projects/{project}/tickets`; as by the API, no files come with one.
pub async fn create_ticket(
    viewer: Viewer<TicketSender>,
    form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let sent = FormWithFiles {
        form,
        files: Vec::new(),
        refused: None,
    };
    submit(&viewer, sent, &state, &request).await
}

async fn submit<P: Policy<Pass = Reporting>>(
    viewer: &Viewer<P>,
    sent: FormWithFiles,
    state: &State,
    request: &HttpRequest,
) -> Page {
    let FormWithFiles { form, files, refused } = sent;
    let reporting = &viewer.pass;
    let stored = async {
        if let Some(error) = refused {
            return Err(beside_field(error));
        }
        let fields: IssueBody = form.read()?;
        store(reporting, state, request, (fields, form.key()), sorted(files)?).await
    };
    match stored.await {
        Ok(submitted) => {
            let project = reporting.project.project.id;
            let address = report_address(project, reporting.kind, &submitted.issue);
            Ok(see_with_notice(&address, "created"))
        }
        Err(error) => {
            let template = NewPage {
                problems: Problems::of_fields(error, &viewer.frame)?,
                ..NewPage::of(reporting, &viewer.frame, form.read()?)
            };
            page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, state, &template)
        }
    }
}

/// The files of the form as those of a report: a screenshot, and what comes with a suggestion, must be a picture.
fn sorted(files: Vec<(FilePart, StoredFile)>) -> Result<ReportFiles, ApiError> {
    let mut sorted = ReportFiles::default();
    for (part, stored) in files {
        let kind = match &*part.field {
            SCREENSHOTS => AttachmentKind::Screenshot,
            LOGS => AttachmentKind::LogFile,
            PICTURES => AttachmentKind::Image,
            _ => continue,
        };
        if !sniff::fits(stored.content_type, kind) {
            let problem = format!("must be pictures, and one is {}", stored.content_type);
            return Err(ApiError::invalid(vec![FieldError::new(part.field, problem)]));
        }
        let attachment = stored.describe(&part.filename, kind);
        sorted.add(attachment, stored);
    }
    Ok(sorted)
}
