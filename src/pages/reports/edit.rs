//! `…/edit`: the texts of a report as a form. Of two people who change the same text at the same time, the second is shown
//! what the first wrote.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::{ReportReference, TextVersion, TextVersions, with_line_feeds};
use bugle_storage::records::{Issue, ReportKind};
use serde::Deserialize;

use super::words::KindWords;
use super::{State, report_address};
use crate::http::access::DeveloperOf;
use crate::http::body::Text;
use crate::http::error::ApiError;
use crate::http::issues::{find_published, reference, update_over};
use crate::http::report_body::IssueBody;
use crate::pages::answer::{Page, PageError, large_page, see_with_notice};
use crate::pages::form::PageForm;
use crate::pages::frame::Frame;
use crate::pages::problems::Problems;
use crate::pages::viewer::Viewer;

/// What the form holds. A text that is not there is left as it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    title: Option<Text>,
    description: Option<Text>,
    steps_to_reproduce: Option<Text>,
    /// The texts that whoever wrote this had before them.
    seen: Text,
}

impl Written {
    fn seen(&self) -> Result<TextVersions, ApiError> {
        TextVersions::parse(&self.seen.0).ok_or_else(|| {
            ApiError::bad_request("The form does not say what it was filled in over: open it anew")
        })
    }

    /// The texts that were changed in the form, with line ends as everybody else sends them.
    fn changes(self, seen: TextVersions) -> Changes {
        let changed = |text: Option<Text>, seen| {
            let text = text.filter(|text| TextVersion::of(&text.0) != seen)?;
            Some(with_line_feeds(&text.0).into_owned())
        };
        Changes {
            title: changed(self.title, seen.title),
            description: changed(self.description, seen.description),
            steps_to_reproduce: changed(self.steps_to_reproduce, seen.steps_to_reproduce),
        }
    }
}

/// Texts that were changed in the form.
#[derive(Debug, Clone, Default)]
struct Changes {
    title: Option<String>,
    description: Option<String>,
    steps_to_reproduce: Option<String>,
}

impl Changes {
    /// The same as the API takes it.
    fn body(&self) -> IssueBody {
        let text = |text: &Option<String>| text.clone().map(Text);
        IssueBody {
            title: text(&self.title),
            description: text(&self.description),
            steps_to_reproduce: text(&self.steps_to_reproduce),
            ..IssueBody::default()
        }
    }
}

/// A text of the form.
#[derive(Debug, PartialEq, Eq)]
struct Field {
    /// What stands in the form.
    written: String,
    /// What somebody else has made of the text meanwhile, where that is neither what was seen nor what is written.
    theirs: Option<String>,
}

impl Field {
    /// `sent` is absent where whoever sent the form left the text as they saw it.
    fn of(sent: Option<String>, current: &str, seen: TextVersion) -> Self {
        let Some(written) = sent else {
            return Self {
                written: current.to_owned(),
                theirs: None,
            };
        };
        let now = TextVersion::of(current);
        let is_other = now != seen && now != TextVersion::of(&written);
        Self {
            written,
            theirs: is_other.then(|| current.to_owned()),
        }
    }
}

struct Fields {
    title: Field,
    description: Field,
    steps_to_reproduce: Field,
}

impl Fields {
    fn of(sent: Changes, current: &Issue, seen: TextVersions) -> Self {
        let steps = sent.steps_to_reproduce;
        Self {
            title: Field::of(sent.title, &current.title, seen.title),
            description: Field::of(sent.description, &current.description, seen.description),
            steps_to_reproduce: Field::of(steps, &current.steps_to_reproduce, seen.steps_to_reproduce),
        }
    }
}

#[derive(Template)]
#[template(path = "reports/edit.html")]
struct EditPage {
    frame: Frame,
    words: KindWords,
    address: String,
    number: u32,
    title: String,
    texts: Fields,
    /// Only bug reports are shown with steps; others may have been sent some.
    has_steps: bool,
    seen: TextVersions,
    is_overtaken: bool,
    problems: Problems,
}

/// `GET …/edit`
pub async fn ask(viewer: Viewer<DeveloperOf>, state: State, request: HttpRequest) -> Page {
    let reference = reference(&request)?;
    let form = Form {
        sent: Changes::default(),
        seen: None,
        is_overtaken: false,
        problems: Problems::default(),
    };
    shown(&viewer, &state, reference, form).await
}

/// `POST …/edit`
pub async fn save(viewer: Viewer<DeveloperOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let membership = &viewer.pass;
    let reference = reference(&request)?;
    let written: Written = form.read()?;
    let seen = written
        .seen()
        .map_err(|error| PageError::within(error, viewer.frame.clone()))?;
    // A text may be long, and this thread answers games too.
    let changes = web::block(move || written.changes(seen)).await;
    let sent = changes.map_err(ApiError::internal)?;
    let changes = (sent.body(), seen);
    let saved = update_over(membership, reference, changes, state.address(&request), &state).await;
    let Err(error) = saved else {
        let address = super::show::address_of(reference, membership, &state).await?;
        return Ok(see_with_notice(&address, "saved"));
    };
    let is_overtaken = error.status() == StatusCode::CONFLICT;
    let problems = if is_overtaken {
        Problems::default()
    } else {
        Problems::of_fields(error, &viewer.frame)?
    };
    let form = Form {
        sent,
        seen: Some(seen),
        is_overtaken,
        problems,
    };
    shown(&viewer, &state, reference, form).await
}

/// What the page is to show beside the report itself.
struct Form {
    sent: Changes,
    seen: Option<TextVersions>,
    is_overtaken: bool,
    problems: Problems,
}

async fn shown(viewer: &Viewer<DeveloperOf>, state: &State, reference: ReportReference, form: Form) -> Page {
    let membership = &viewer.pass;
    let found = find_published(state, membership.project, reference, false)
        .await
        .map_err(|error| PageError::within(error, viewer.frame.clone()))?;
    let frame = viewer.frame.clone();
    let (report, kind) = (found.issue, reference.kind);
    let address = report_address(membership.project, kind, &report);
    let status = match (form.is_overtaken, form.problems.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (false, true) => StatusCode::OK,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let make = move || {
        let now = TextVersions::of(&report);
        EditPage {
            frame,
            words: KindWords::of(kind),
            address,
            number: report.number.unwrap_or_default(),
            texts: Fields::of(form.sent, &report, form.seen.unwrap_or(now)),
            has_steps: kind == ReportKind::Bug || !report.steps_to_reproduce.is_empty(),
            title: report.title,
            // All that is there is shown, so what is saved next was written over it.
            seen: now,
            is_overtaken: form.is_overtaken,
            problems: form.problems,
        }
    };
    large_page(status, &viewer.frame, state, make).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        Text(text.to_owned())
    }

    #[test]
    fn what_was_not_touched_is_not_sent() {
        let seen = TextVersions {
            title: TextVersion::of("Door"),
            description: TextVersion::of("a\nb"),
            steps_to_reproduce: TextVersion::of(""),
        };
        let written = Written {
            title: Some(text("Door")),
            description: Some(text("a\r\nb")),
            steps_to_reproduce: Some(text("Go\r\nThere")),
            seen: text(&seen.to_string()),
        };
        assert_eq!(written.seen().unwrap(), seen);
        let changes = written.changes(seen);
        assert!(changes.title.is_none() && changes.description.is_none());
        assert_eq!(changes.steps_to_reproduce.as_deref(), Some("Go\nThere"));
        assert!(Written::default().seen().is_err());
    }

    #[test]
    fn what_somebody_else_wrote_is_shown_where_both_wrote() {
        let seen = TextVersion::of("Old");
        let mine = || Some("Mine".to_owned());
        for (sent, current, written, theirs) in [
            (None, "Old", "Old", None),
            (None, "Theirs", "Theirs", None),
            (mine(), "Old", "Mine", None),
            (mine(), "Mine", "Mine", None),
            (mine(), "Theirs", "Mine", Some("Theirs")),
        ] {
            let expected = Field {
                written: written.to_owned(),
                theirs: theirs.map(str::to_owned),
            };
            assert_eq!(Field::of(sent, current, seen), expected);
        }
    }
}
