//! The page behind a mailed link: a report, for whoever sent it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use askama::Template;
use bugle_storage::records::{Comment, Issue};

use super::told::{Told, answered};
use crate::http::state::AppState;
use crate::pages::Frame;
use crate::pages::answer::{Page, page};
use crate::pages::moments::Moment;

struct Remark {
    author: String,
    at: Moment,
    body: String,
}

#[derive(Template)]
#[template(path = "account/mailed_report.html")]
struct ReportPage<'a> {
    frame: &'a Frame,
    title: &'a str,
    description: &'a str,
    sent: Moment,
    status: String,
    remarks: Vec<Remark>,
}

/// The report with what was answered.
pub fn shown(report: &Issue, comments: &[Comment], state: &AppState) -> HttpResponse {
    let remarks = comments.iter().map(|comment| {
        let author = state.directory().user(comment.author);
        Remark {
            author: author.map_or_else(|| "Somebody".to_owned(), |author| author.name.clone()),
            at: Moment::date(comment.created_at),
            body: comment.body.clone(),
        }
    });
    // Nobody's own page: whoever has the link sees it, and it has no form.
    let frame = Frame::default();
    let template = ReportPage {
        frame: &frame,
        title: &report.title,
        description: &report.description,
        sent: Moment::date(report.published_at.unwrap_or(report.created_at)),
        status: report.status.name().replace('_', " "),
        remarks: remarks.collect(),
    };
    kept_secret(page(&frame, state, &template))
}

/// Says why there is nothing to see.
pub fn told(status: StatusCode, heading: &str, text: &str, state: &AppState) -> HttpResponse {
    let frame = Frame::default();
    let told = Told {
        frame: &frame,
        heading,
        text,
    };
    kept_secret(told.page(status, state))
}

/// The address is a secret: nobody is to learn it from where the page leads to.
fn kept_secret(page: Page) -> HttpResponse {
    let mut answer = answered(page);
    let value = HeaderValue::from_static("no-referrer");
    answer.headers_mut().insert(header::REFERRER_POLICY, value);
    answer
}
