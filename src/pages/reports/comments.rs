//! What people write under a report: shown on its page, and changed by forms.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use bugle_actors::{CommentPage, ListComments, ReportReference};
use bugle_storage::records::{Attachment, Comment, ReportKind, Role};

use super::State;
use super::files::is_shown;
use super::people::Somebody;
use super::show::{Attempt, address_of, shown_again};
use super::words::size;
use crate::http::access::{MemberOf, Membership};
use crate::http::comments::{CommentBody, add_from, delete_named, edit_named, file_of};
use crate::http::error::ApiError;
use crate::http::issues::reference;
use crate::http::query::Pages;
use crate::http::state::AppState;
use crate::pages::answer::{Page, PageError, page_with_status, see, see_with_notice};
use crate::pages::form::PageForm;
use crate::pages::form_with_files::{FormWithFile, FormWithFiles, beside_field};
use crate::pages::frame::Frame;
use crate::pages::moments::Moment;
use crate::pages::problems::Problems;
use crate::pages::viewer::Viewer;

/// How many comments stand on a page. Each may have 64 KiB, and a thread that answers games too sends them.
pub const PER_PAGE: u32 = 20;

/// A comment.
pub struct CommentCard {
    /// Its number.
    pub id: u64,
    /// Who wrote it.
    pub author: Somebody,
    /// What.
    pub body: String,
    /// When.
    pub at: Moment,
    /// Whether it was changed since.
    pub is_edited: bool,
    /// The file that came with it.
    pub file: Option<CommentFileCard>,
    /// Whether whoever looks may change it.
    pub may_edit: bool,
    /// Whether whoever looks may delete it.
    pub may_delete: bool,
}

/// The file of a comment.
pub struct CommentFileCard {
    /// What it is called.
    pub name: String,
    /// How large it is.
    pub size: String,
    /// Whether it is a picture that browsers show.
    pub is_picture: bool,
}

impl CommentFileCard {
    fn of(file: Attachment) -> Self {
        Self {
            size: size(file.size),
            is_picture: is_shown(&file.content_type),
            name: file.filename,
        }
    }
}

/// Reads the comments of a page.
pub async fn read(
    report: ReportReference,
    pages: Pages,
    membership: &Membership,
    state: &AppState,
) -> Result<(Vec<CommentCard>, u64), ApiError> {
    let asked = state.ask_project(membership.project, |reply| ListComments {
        report,
        skip: pages.skip(),
        take: pages.per_page,
        reply,
    });
    let page: CommentPage = asked.await?;
    let cards = page
        .comments
        .into_iter()
        .map(|comment| card(comment, membership, state));
    Ok((cards.collect(), page.total))
}

fn card(comment: Comment, membership: &Membership, state: &AppState) -> CommentCard {
    let is_own = comment.author == membership.person.user;
    CommentCard {
        id: comment.id.0,
        author: Somebody::author(comment.author, state),
        at: Moment::ago(comment.created_at, state.now()),
        is_edited: comment.updated_at > comment.created_at,
        file: comment.file.map(CommentFileCard::of),
        may_edit: is_own,
        may_delete: is_own || membership.role >= Role::Developer,
        body: comment.body,
    }
}

/// What is said at the box in which somebody writes.
pub const fn hint(kind: ReportKind, role: Role) -> &'static str {
    match (kind, role) {
        (ReportKind::SupportTicket, Role::Developer | Role::Owner) => {
            "This is an answer to the player: it goes to their e-mail address, if the ticket has one and this server sends mail."
        }
        (ReportKind::SupportTicket, Role::Tester) => {
            "The player can read this: whoever has the link to the ticket sees its comments."
        }
        (ReportKind::Bug | ReportKind::FeatureRequest, _) => {
            "Only members of the project read comments. The player does not."
        }
    }
}

/// `POST …/comments`
pub async fn add(
    viewer: Viewer<MemberOf>,
    FormWithFile(sent): FormWithFile,
    state: State,
    request: HttpRequest,
) -> Page {
    let FormWithFiles { form, files, refused } = sent;
    let membership = &viewer.pass;
    let report = reference(&request)?;
    let sent: CommentBody = form.read()?;
    let written = sent.text().to_owned();
    let submission = membership.person.submission(state.address(&request), form.key());
    let file = files
        .into_iter()
        .next()
        .map(|(part, stored)| file_of(&part, stored));
    let added = match refused {
        Some(error) => Err(beside_field(error)),
        None => add_from(membership, report, (sent, file), submission, &state).await,
    };
    match added {
        Ok(added) => {
            let address = address_of(report, membership, &state).await?;
            let count = read(report, Pages::of(1), membership, &state).await?.1;
            let last = count.div_ceil(PER_PAGE.into()).max(1);
            Ok(see(&format!("{address}?page={last}#comment-{}", added.record.id)))
        }
        Err(error) => shown_again(&viewer, &state, report, Attempt::comment(error, written)).await,
    }
}

/// `POST …/comments/{comment}`
pub async fn edit(viewer: Viewer<MemberOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let membership = &viewer.pass;
    let within = |error| PageError::within(error, viewer.frame.clone());
    let sent: CommentBody = form.read()?;
    let written = sent.text().to_owned();
    let error = match edit_named(membership, &request, sent, &state).await {
        Ok(edited) => {
            let address = address_of(reference(&request)?, membership, &state).await?;
            return Ok(see(&format!("{address}?notice=saved#comment-{}", edited.id)));
        }
        Err(error) => error,
    };
    let problems = Problems::of_fields(error, &viewer.frame)?;
    let template = EditPage {
        frame: &viewer.frame,
        action: request.path(),
        back: address_of(reference(&request)?, membership, &state)
            .await
            .map_err(within)?,
        written: &written,
        problems,
    };
    page_with_status(StatusCode::UNPROCESSABLE_ENTITY, &viewer.frame, &state, &template)
}

/// A comment whose change was not taken, with what was written.
#[derive(Template)]
#[template(path = "reports/comment_edit.html")]
struct EditPage<'a> {
    frame: &'a Frame,
    action: &'a str,
    back: String,
    written: &'a str,
    problems: Problems,
}

/// `POST …/comments/{comment}/delete`
pub async fn delete(viewer: Viewer<MemberOf>, _: PageForm, state: State, request: HttpRequest) -> Page {
    let membership = &viewer.pass;
    let within = |error| PageError::within(error, viewer.frame.clone());
    delete_named(membership, &request, &state).await.map_err(within)?;
    let address = address_of(reference(&request)?, membership, &state).await?;
    Ok(see_with_notice(&address, "deleted"))
}
