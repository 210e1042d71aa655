//! One report: what the player sent, what was said and done about it, and what can be done next.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use bugle_actors::{FoundIssue, ListCustomFields, ReportReference, VoteCount};
use bugle_storage::ProjectId;
use bugle_storage::records::{CustomField, CustomValue, Issue, ReportKind, Role};
use futures_util::future::join;

use super::comments::{self, CommentCard};
use super::files::FileCards;
use super::history::{self, Entry};
use super::people::Somebody;
use super::sidebar::Sidebar;
use super::words::{KindWords, StatusMark};
use super::{State, list_address, report_address};
use crate::http::access::{MemberOf, Membership, Policy};
use crate::http::error::ApiError;
use crate::http::issues::{find_published, reference};
use crate::http::query::{self, Pages};
use crate::http::report_search::{SimilarQuery, find_like};
use crate::http::state::AppState;
use crate::http::views::{ContactView, Sight, step_texts};
use crate::http::{feature_requests, potential_duplicate};
use crate::pages::answer::{Page, PageError, large_page};
use crate::pages::form;
use crate::pages::frame::Frame;
use crate::pages::moments::Moment;
use crate::pages::problems::Problems;
use crate::pages::turner::Turner;
use crate::pages::viewer::Viewer;

/// How many similar reports are named beside one.
const SIMILAR_SHOWN: usize = 5;
/// How similar these are at least, in percent.
const SIMILARITY_MIN: u32 = 30;
/// How many changes stand on a report's page; all of them are on a page of their own.
const CHANGES_SHOWN: u32 = 8;

/// Another report, as one is led to it.
pub struct Other {
    /// Its page.
    pub address: String,
    /// Its number.
    pub number: u32,
    /// What it is about.
    pub title: String,
    /// Where the work on it stands.
    pub status: StatusMark,
    /// How similar it is, in percent.
    pub similarity: Option<u32>,
}

impl Other {
    fn of(project: ProjectId, kind: ReportKind, report: &Issue) -> Self {
        Self {
            address: report_address(project, kind, report),
            number: report.number.unwrap_or_default(),
            title: report.title.clone(),
            status: StatusMark::of(report.status),
            similarity: None,
        }
    }
}

/// A form that was not taken, shown again with what was written.
#[derive(Default)]
pub struct Attempt {
    error: Option<ApiError>,
    comment: String,
    /// What was given as the report that this one is a duplicate of.
    original: Option<String>,
}

impl Attempt {
    /// A change of fields, with what was given as the original.
    pub const fn change(error: ApiError, original: Option<String>) -> Self {
        Self {
            error: Some(error),
            comment: String::new(),
            original,
        }
    }

    /// A comment.
    pub const fn comment(error: ApiError, written: String) -> Self {
        Self {
            error: Some(error),
            comment: written,
            original: None,
        }
    }
}

#[derive(Template)]
#[template(path = "reports/show.html")]
struct ReportPage {
    frame: Frame,
    words: KindWords,
    list: String,
    address: String,
    number: u32,
    report: Box<Issue>,
    status: StatusMark,
    sender: Somebody,
    sent: Moment,
    files: FileCards,
    values: Vec<(String, String)>,
    contact: Vec<(&'static str, String)>,
    original: Option<Other>,
    /// What stands in the field for the original's number.
    original_field: String,
    potential: Option<Other>,
    duplicates: u32,
    similar: Vec<Other>,
    votes: Option<VoteCount>,
    side: Sidebar,
    comments: Vec<CommentCard>,
    comments_total: u64,
    turner: Turner,
    comment_hint: &'static str,
    comment: String,
    form_key: String,
    history: Vec<Entry>,
    /// How many changes there are, where that is more than stand here.
    all_changes: Option<u64>,
    problems: Problems,
}

impl ReportPage {
    fn is_original_refused(&self) -> bool {
        ["original", "duplicate_of_id"]
            .iter()
            .any(|field| self.problems.told(field).is_some())
    }

    fn steps(&self) -> Vec<&str> {
        step_texts(&self.report.steps_to_reproduce)
    }
}

/// `GET /projects/{project}/issues/{issue}`, and the same of suggestions and tickets.
pub async fn show(viewer: Viewer<MemberOf>, state: State, request: HttpRequest) -> Page {
    let mut pages = Pages::of(comments::PER_PAGE);
    let problems = query::read(request.query_string(), |key, value| {
        if key == "page" {
            pages.set(key, value)?;
        }
        Ok(())
    });
    if !problems.is_empty() {
        return Err(PageError::within(problems.into(), viewer.frame));
    }
    let reference = reference(&request)?;
    shown(
        &viewer.pass,
        &viewer.frame,
        &state,
        reference,
        (pages, Attempt::default()),
    )
    .await
}

/// The page again, with what was wrong with a form of it.
pub async fn shown_again<P: Policy<Pass = Membership>>(
    viewer: &Viewer<P>,
    state: &AppState,
    reference: ReportReference,
    attempt: Attempt,
) -> Page {
    let pages = Pages::of(comments::PER_PAGE);
    shown(&viewer.pass, &viewer.frame, state, reference, (pages, attempt)).await
}

/// Where a report's page is, however the request names it.
pub async fn address_of(
    reference: ReportReference,
    membership: &Membership,
    state: &AppState,
) -> Result<String, ApiError> {
    let found = find_published(state, membership.project, reference, false).await?;
    Ok(report_address(membership.project, reference.kind, &found.issue))
}

async fn shown(
    membership: &Membership,
    frame: &Frame,
    state: &AppState,
    reference: ReportReference,
    (pages, attempt): (Pages, Attempt),
) -> Page {
    let problems = match attempt.error {
        Some(error) => Problems::of_fields(error, frame)?,
        None => Problems::default(),
    };
    let (project, kind) = (membership.project, reference.kind);
    let found = find_published(state, project, reference, true).await?;
    let report = &*found.issue;
    let sight = Sight::of(membership.role, &found.hidden);
    let tags = history::tags_of(kind, project, state).await?;
    let (comments, comments_total) = comments::read(reference, pages, membership, state).await?;
    let history = history::read(reference, (0, CHANGES_SHOWN), membership, &tags, state).await?;
    let beside = others(&found, kind, membership, state).await;
    let address = report_address(project, kind, report);
    let status = if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = ReportPage {
        frame: frame.clone(),
        words: KindWords::of(kind),
        list: list_address(project, kind),
        number: report.number.unwrap_or_default(),
        status: StatusMark::of(report.status),
        sender: Somebody::sender(report, sight, state),
        sent: Moment::ago(report.created_at, state.now()),
        files: FileCards::of(&found.attachments, membership.role, &address),
        values: values(report, sight, project, state).await?,
        contact: sight
            .contact(report)
            .map(|contact| told_contact(&contact))
            .unwrap_or_default(),
        original_field: attempt.original.unwrap_or_else(|| {
            let original = beside.original.as_ref();
            original.map_or_else(String::new, |other| format!("#{}", other.number))
        }),
        original: beside.original,
        potential: beside.potential,
        duplicates: found.links.duplicates_count,
        similar: beside.similar,
        votes: votes(kind, report, membership, state).await?,
        side: Sidebar::of(kind, &found, &tags, membership, state).await?,
        turner: Turner::new(&address, "", pages, comments_total),
        comments,
        comments_total,
        comment_hint: comments::hint(kind, membership.role),
        comment: attempt.comment,
        form_key: form::new_key(),
        history: history.entries,
        all_changes: (history.total > CHANGES_SHOWN.into()).then_some(history.total),
        problems,
        report: found.issue,
        address,
    };
    large_page(status, frame, state, move || template).await
}

/// Other reports that one has to do with.
#[derive(Default)]
struct Others {
    original: Option<Other>,
    potential: Option<Other>,
    similar: Vec<Other>,
}

/// What cannot be told just now, because the search is not ready, is left out.
async fn others(found: &FoundIssue, kind: ReportKind, membership: &Membership, state: &AppState) -> Others {
    let project = membership.project;
    let marked = match found.links.duplicate_of {
        Some(id) => {
            let reference = ReportReference::global(kind, id);
            find_published(state, project, reference, false).await.ok()
        }
        None => None,
    };
    let original = marked.map(|original| Other::of(project, kind, &original.issue));
    if kind != ReportKind::Bug {
        return Others {
            original,
            ..Others::default()
        };
    }
    // Two searches: in a large project each takes some milliseconds, so neither waits for the other.
    let has_original = original.is_some();
    let potential = async {
        if has_original {
            return None;
        }
        potential_duplicate::find(found, project, state).await
    };
    let (potential, similar) = join(potential, similar_to(found, membership, state)).await;
    let mut others = Others {
        potential: potential.map(|report| Other::of(project, kind, &report)),
        original,
        similar,
    };
    let named = [&others.original, &others.potential];
    let named: Vec<_> = named.into_iter().flatten().map(|other| other.number).collect();
    others.similar.retain(|other| !named.contains(&other.number));
    others
}

/// What is similar to a bug report. As of the API, that is for whoever sorts reports.
async fn similar_to(found: &FoundIssue, membership: &Membership, state: &AppState) -> Vec<Other> {
    if membership.role < Role::Developer {
        return Vec::new();
    }
    let wanted = SimilarQuery {
        limit: SIMILAR_SHOWN,
        include_archived: true,
    };
    let project = membership.project;
    let Ok((scores, page)) = find_like(&found.issue, project, &wanted, state).await else {
        return Vec::new();
    };
    let similarity = |report: &Issue| {
        let score = scores.iter().find(|score| score.id == report.id)?;
        percent(score.similarity)
    };
    let similar = page.issues.iter().map(|report| Other {
        similarity: similarity(report),
        ..Other::of(project, ReportKind::Bug, report)
    });
    similar
        .filter(|other| other.similarity >= Some(SIMILARITY_MIN))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is brought between 0 and 1 first"
)]
fn percent(share: f32) -> Option<u32> {
    share
        .is_finite()
        .then(|| (share.clamp(0.0, 1.0) * 100.0).round() as u32)
}

/// Values of custom fields and what the client said of the device, by what people call them.
async fn values(
    report: &Issue,
    sight: Sight<'_>,
    project: ProjectId,
    state: &AppState,
) -> Result<Vec<(String, String)>, ApiError> {
    let fields: Vec<CustomField> = if report.custom_fields.is_empty() {
        Vec::new()
    } else {
        state
            .ask_project(project, |reply| ListCustomFields { reply })
            .await?
    };
    let label = |name: &str| {
        let field = fields.iter().find(|field| field.ident == name);
        field.map_or_else(|| name.to_owned(), |field| field.name.clone())
    };
    let shown = report.custom_fields.iter();
    let shown = shown
        .filter(|(name, _)| sight.shows_value(name))
        .map(|(name, value)| {
            let value = match value {
                CustomValue::One(text) => text.clone(),
                CustomValue::Many(texts) => texts.join(", "),
            };
            (label(name), value)
        });
    Ok(shown.chain(report.extras.iter().cloned()).collect())
}

fn told_contact(contact: &ContactView<'_>) -> Vec<(&'static str, String)> {
    let vouched = contact.vouched.as_ref();
    let told = [
        ("E-mail", contact.email),
        ("Discord", contact.discord_id),
        ("Name", vouched.and_then(|vouched| vouched.name)),
        ("Player id", vouched.and_then(|vouched| vouched.subject)),
    ];
    let told = told.into_iter();
    told.filter_map(|(label, value)| Some((label, value?.to_owned())))
        .collect()
}

async fn votes(
    kind: ReportKind,
    report: &Issue,
    membership: &Membership,
    state: &AppState,
) -> Result<Option<VoteCount>, ApiError> {
    if kind != ReportKind::FeatureRequest {
        return Ok(None);
    }
    let (project, user) = (membership.project, membership.person.user);
    let votes = feature_requests::votes_for(kind, report.id, project, Some(user), state).await?;
    Ok(Some(votes))
}
