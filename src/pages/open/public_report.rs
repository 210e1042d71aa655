//! `/projects/{project}/report`: the form with which anybody reports to a project that allows it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::records::{AttachmentKind, ReportKind};

use crate::http::access::{FormVisitor, OpenProject, PublicReporter};
use crate::http::body::{Text, decode_pairs};
use crate::http::error::{ApiError, FieldError};
use crate::http::issues::{ReportFiles, store};
use crate::http::multipart::FilePart;
use crate::http::query;
use crate::http::report_body::IssueBody;
use crate::http::sniff;
use crate::http::state::AppState;
use crate::http::upload::StoredFile;
use crate::pages::answer::{Page, PageError, page, page_with_status, refused_page, see};
use crate::pages::form;
use crate::pages::form_with_files::{FormWithFiles, FormWithPicture};
use crate::pages::problems::Problems;
use crate::pages::send_again;
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

/// The kinds by what the form calls them.
const KINDS: [(&str, ReportKind); 3] = [
    ("bug", ReportKind::Bug),
    ("suggestion", ReportKind::FeatureRequest),
    ("support", ReportKind::SupportTicket),
];

/// The fields that the page shows what is wrong with beside themselves.
const SHOWN: [&str; 5] = [
    "title",
    "description",
    "unformatted_steps_to_reproduce",
    "reporter_email",
    PICTURE,
];
/// Where such reports come from, as developers see it.
const SOURCE: &str = "report-page";
/// The field that brings a picture.
const PICTURE: &str = "screenshot";

fn kind_named(name: &str) -> ReportKind {
    let found = KINDS.iter().find(|(known, _)| *known == name);
    found.map_or(ReportKind::Bug, |(_, kind)| *kind)
}

fn name_of(kind: ReportKind) -> &'static str {
    let found = KINDS.iter().find(|(_, known)| *known == kind);
    found.map_or("bug", |(name, _)| name)
}

/// What somebody has put into the form.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Sent {
    form_key: Text,
    kind: Text,
    title: Text,
    description: Text,
    unformatted_steps_to_reproduce: Text,
    reporter_email: Text,
}

#[derive(Template)]
#[template(path = "open/report.html")]
struct ReportPage<'a> {
    frame: &'a Frame,
    project: &'a str,
    action: String,
    form_key: String,
    kind: &'static str,
    sent: &'a Sent,
    length_min: u32,
    problems: Problems,
    /// Why the report was not taken, where that is about none of its fields.
    refusal: Option<String>,
}

impl Sent {
    /// Whether all of it can be shown again: a page is made on a thread that answers games too.
    fn is_small(&self) -> bool {
        let texts = [
            &self.form_key,
            &self.title,
            &self.description,
            &self.unformatted_steps_to_reproduce,
            &self.reporter_email,
        ];
        texts.iter().map(|text| text.0.len()).sum::<usize>() <= send_again::SIZE_MAX
    }
}

impl<'a> ReportPage<'a> {
    fn of(open: &'a OpenProject, sent: &'a Sent, frame: &'a Frame) -> Self {
        let project = &open.project.project;
        Self {
            frame,
            project: &project.name,
            action: format!("/projects/{}/report", project.id),
            form_key: form::new_key(),
            kind: name_of(kind_named(&sent.kind.0)),
            sent,
            length_min: project.description_length_min,
            problems: Problems::default(),
            refusal: None,
        }
    }

    fn general(&self) -> Option<String> {
        self.refusal.clone().or_else(|| self.problems.besides(&SHOWN))
    }
}

/// Says that there is no form, and to a member how there can be one. A stranger learns nothing of a private project.
#[derive(Template)]
#[template(path = "open/no_report.html")]
struct NoForm<'a> {
    frame: &'a Frame,
}

/// `GET /projects/{project}/report`. `kind`, `title` and `description` of the query fill the form in.
pub async fn ask(viewer: Viewer<FormVisitor>, state: State, request: HttpRequest) -> Page {
    let Some(open) = &viewer.pass else {
        let frame = &viewer.frame;
        return page_with_status(StatusCode::NOT_FOUND, frame, &state, &NoForm { frame });
    };
    let said = |name| Text(query::value_of(request.query_string(), name).unwrap_or_default());
    let sent = Sent {
        kind: said("kind"),
        title: said("title"),
        description: said("description"),
        ..Sent::default()
    };
    let template = ReportPage::of(open, &sent, &viewer.frame);
    page(&viewer.frame, &state, &template)
}

/// `POST /projects/{project}/report`
pub async fn submit(
    viewer: Viewer<PublicReporter>,
    sent: FormWithPicture,
    state: State,
    request: HttpRequest,
) -> Page {
    let FormWithFiles { form, files, refused } = sent.0;
    let written: Sent = form.read()?;
    let reporting = viewer.pass.reporting(kind_named(&written.kind.0));
    let stored = async {
        if let Some(error) = refused {
            return Err(beside_picture(error));
        }
        let files = picture_of(reporting.kind, files)?;
        let fields = fields_of(&written)?;
        store(&reporting, &state, &request, (fields, form.key()), files).await
    };
    match stored.await {
        Ok(stored) => {
            let number = stored.issue.number.unwrap_or_default();
            let kind = name_of(reporting.kind);
            Ok(see(&format!(
                "{}/thanks?kind={kind}&number={number}",
                request.path()
            )))
        }
        Err(error) => shown_again(&viewer, &written, error, &state),
    }
}

/// The form with what was written, and why that was not taken.
fn shown_again(viewer: &Viewer<PublicReporter>, written: &Sent, error: ApiError, state: &AppState) -> Page {
    let (open, frame) = (&viewer.pass, &viewer.frame);
    if !written.is_small() {
        return Err(PageError::within(error, frame.clone()));
    }
    if is_worth_another_try(error.status()) {
        let template = ReportPage {
            refusal: Some(refusal(&error)),
            // It may have arrived all the same: with its key it is still one report.
            form_key: written.form_key.0.clone(),
            ..ReportPage::of(open, written, frame)
        };
        return refused_page(&error, frame, state, &template);
    }
    let template = ReportPage {
        problems: Problems::of_fields(error, frame)?,
        ..ReportPage::of(open, written, frame)
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, frame, state, &template)
}

/// What the form is shown again with.
fn refusal(error: &ApiError) -> String {
    let reason = error.text().trim_end_matches('.');
    let outcome = if error.status() == StatusCode::SERVICE_UNAVAILABLE {
        "It is not certain that your report has arrived"
    } else {
        "Your report was not sent"
    };
    format!("{outcome}: {reason}. What you wrote is still here; a picture has to be chosen again.")
}

/// Whether the same report may be taken another time.
fn is_worth_another_try(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::FORBIDDEN
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::INSUFFICIENT_STORAGE
    )
}

/// The fields that the form shows. Whatever else came with them is not for strangers to say: that it is a draft, say.
fn fields_of(written: &Sent) -> Result<IssueBody, ApiError> {
    let source = Text(SOURCE.to_owned());
    let pairs = [
        ("source", &source),
        ("title", &written.title),
        ("description", &written.description),
        (
            "unformatted_steps_to_reproduce",
            &written.unformatted_steps_to_reproduce,
        ),
        ("reporter_email", &written.reporter_email),
    ];
    decode_pairs(&pairs.map(|(name, text)| (name.to_owned(), text.0.clone())))
}

/// A picture that was not taken is a field that is not right.
fn beside_picture(error: ApiError) -> ApiError {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => wrong_picture("is too large".to_owned()),
        StatusCode::BAD_REQUEST => wrong_picture("must be one file".to_owned()),
        _ => error,
    }
}

fn wrong_picture(problem: String) -> ApiError {
    ApiError::invalid(vec![FieldError::new(PICTURE, problem)])
}

/// The picture that came with a report of this kind, if there is one.
fn picture_of(kind: ReportKind, files: Vec<(FilePart, StoredFile)>) -> Result<ReportFiles, ApiError> {
    let mut picture = ReportFiles::default();
    let mut files = files.into_iter();
    let Some((part, stored)) = files.next() else {
        return Ok(picture);
    };
    let kind = match kind {
        ReportKind::Bug => AttachmentKind::Screenshot,
        ReportKind::FeatureRequest => AttachmentKind::Image,
        ReportKind::SupportTicket => {
            return Err(wrong_picture("goes with bugs and suggestions only".to_owned()));
        }
    };
    if files.next().is_some() {
        return Err(wrong_picture("must be one file".to_owned()));
    }
    if !sniff::fits(stored.content_type, kind) {
        return Err(wrong_picture(format!(
            "is no picture, but {}",
            stored.content_type
        )));
    }
    let attachment = stored.describe(&part.filename, kind);
    picture.add(attachment, stored);
    Ok(picture)
}

#[derive(Template)]
#[template(path = "open/thanks.html")]
struct ThanksPage<'a> {
    frame: &'a Frame,
    project: &'a str,
    again: String,
    kind: &'static str,
    number: Option<u32>,
}

/// `GET /projects/{project}/report/thanks`
pub async fn thanks(viewer: Viewer<PublicReporter>, state: State, request: HttpRequest) -> Page {
    let said = |name| query::value_of(request.query_string(), name).unwrap_or_default();
    let project = &viewer.pass.project.project;
    let template = ThanksPage {
        frame: &viewer.frame,
        project: &project.name,
        again: format!("/projects/{}/report", project.id),
        kind: name_of(kind_named(&said("kind"))),
        number: said("number").parse().ok().filter(|number| *number > 0),
    };
    page(&viewer.frame, &state, &template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for (name, kind) in KINDS {
            assert_eq!(kind_named(name), kind);
            assert_eq!(name_of(kind), name);
        }
        assert_eq!(kind_named("<b>"), ReportKind::Bug);
    }
}
