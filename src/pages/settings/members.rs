//! `/projects/{project}/members` and `…/invitations`: who belongs to a project, and links by which others come in.

mod adding;
mod origin;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_actors::{CreatedInvitation, Group, InvitationState, ListMembers, Member, RemoveMember};
use bugle_storage::ProjectId;
use bugle_storage::records::Invitation;

use crate::http::access::{DeveloperOf, Managing, MemberOf, OwnerOf};
use crate::http::account::role_name;
use crate::http::error::ApiError;
use crate::http::invitations::{self, create_from, invitations_of, link, withdraw_one};
use crate::http::members::{change_from, check_removal, user_of};
use crate::http::page_query::PageQuery;
use crate::http::state::AppState;
use crate::pages::answer::{Page, page_with_status, see, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::frame::{ProjectCard, initials};
use crate::pages::moments::Moment;
use crate::pages::paging::Paging;
use crate::pages::problems::Problems;
use crate::pages::turner::Turner;
use crate::pages::{Frame, Viewer};
pub use adding::add;
use origin::{Origin, Way};

type State = web::Data<AppState>;

/// The roles, with what their members may do.
pub const ROLES: [&str; 3] = ["tester", "developer", "owner"];

struct Row {
    id: u64,
    name: String,
    initials: String,
    email: String,
    /// What is worth knowing of the address, where nobody vouches for it.
    origin: Option<Origin>,
    role: &'static str,
    /// The role in the project itself, where there is one that can be changed here.
    own: Option<&'static str>,
    through: Option<&'static str>,
    since: Moment,
    is_self: bool,
}

impl Row {
    fn has_own(&self, role: &str) -> bool {
        self.own == Some(role)
    }

    fn of(member: &Member, frame: &Frame, state: &AppState) -> Option<Self> {
        Some(Self {
            id: member.user.id.0,
            name: member.user.name.clone(),
            initials: initials(&member.user.name),
            email: member.user.email.clone(),
            origin: Origin::doubtful(&member.user, frame, state),
            role: role_name(member.own.max(member.through_organization)?),
            own: member.own.map(role_name),
            through: member.through_organization.map(role_name),
            since: Moment::date(member.since),
            is_self: frame.person.as_ref().is_some_and(|own| own.id == member.user.id),
        })
    }
}

struct Link {
    number: u32,
    role: &'static str,
    state: InvitationState,
    made: Moment,
    ends: Moment,
    inviter: String,
}

#[derive(Template)]
#[template(path = "settings/members.html")]
struct MembersPage<'a> {
    frame: &'a Frame,
    base: String,
    is_owner: bool,
    members: Vec<Row>,
    turner: Turner,
    links: Vec<Link>,
    form_key: String,
    /// The key of the form that adds somebody.
    add_key: String,
    /// The link that was just made, and its role: this once.
    new_link: Option<(String, &'static str)>,
    /// Whether the form that made a link came again.
    was_shown: bool,
    problems: Problems,
}

impl MembersPage<'_> {
    fn has_organization(&self) -> bool {
        self.members.iter().any(|member| member.through.is_some())
    }
}

/// What the page shows besides the lists.
#[derive(Default)]
struct Extra {
    made: Option<CreatedInvitation>,
    problems: Problems,
    pages: PageQuery,
}

async fn shown(
    status: StatusCode,
    (frame, project): (&Frame, ProjectId),
    extra: Extra,
    state: &AppState,
) -> Page {
    let group = Group::Project(project);
    let members = state.ask_accounts(|reply| ListMembers { group, reply }).await?;
    let (page, _) = extra.pages.cut(&members);
    let is_owner = frame.project.as_ref().is_some_and(ProjectCard::is_owner);
    let links = if is_owner {
        links_of(&invitations_of(project, state).await?, state)
    } else {
        Vec::new()
    };
    let base = format!("/projects/{project}");
    let made = extra.made.as_ref();
    let new_link = made.and_then(|made| {
        let secret = made.secret.as_ref()?;
        Some((link(secret, state), role_name(made.invitation.role)))
    });
    let pages = extra.pages.pages;
    let rows = page.iter().filter_map(|member| Row::of(member, frame, state));
    let template = MembersPage {
        frame,
        is_owner,
        members: rows.collect(),
        turner: Turner::new(&format!("{base}/members"), "", pages, members.len() as u64),
        base,
        links,
        form_key: form::new_key(),
        add_key: form::new_key(),
        was_shown: made.is_some() && new_link.is_none(),
        new_link,
        problems: extra.problems,
    };
    page_with_status(status, frame, state, &template)
}

fn links_of(invitations: &[Invitation], state: &AppState) -> Vec<Link> {
    let now = state.now();
    let links = invitations.iter().map(|invitation| {
        let inviter = state.directory().user(invitation.created_by);
        Link {
            number: invitation.number,
            role: role_name(invitation.role),
            state: InvitationState::of(invitation, now),
            made: Moment::ago(invitation.created_at, now),
            ends: Moment::date(invitation.expires_at),
            inviter: inviter.map_or_else(|| "Somebody".to_owned(), |user| user.name.clone()),
        }
    });
    links.collect()
}

/// The page again, with what was wrong with a form of it.
async fn refused(frame: &Frame, project: ProjectId, error: ApiError, state: &AppState) -> Page {
    let extra = Extra {
        problems: Problems::of_fields(error, frame)?,
        ..Extra::default()
    };
    shown(StatusCode::UNPROCESSABLE_ENTITY, (frame, project), extra, state).await
}

/// `GET /projects/{project}/members`
pub async fn list(viewer: Viewer<DeveloperOf>, state: State, Paging(pages): Paging) -> Page {
    let extra = Extra {
        pages,
        ..Extra::default()
    };
    let of = (&viewer.frame, viewer.pass.project);
    shown(StatusCode::OK, of, extra, &state).await
}

/// `POST /projects/{project}/members/{user}`: gives a member another role.
pub async fn change(viewer: Viewer<OwnerOf>, form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let group = Group::Project(project);
    let changed = async { change_from(group, user_of(&request)?, form.record()?, &state).await };
    match changed.await {
        Ok(_) => Ok(see_with_notice(&format!("/projects/{project}/members"), "saved")),
        Err(error) => refused(&viewer.frame, project, error, &state).await,
    }
}

/// `POST /projects/{project}/members/{user}/delete`: an owner removes somebody, or anybody leaves.
pub async fn remove(
    viewer: Viewer<Managing<MemberOf>>,
    _form: PageForm,
    state: State,
    request: HttpRequest,
) -> Page {
    let membership = &viewer.pass;
    let user = user_of(&request)?;
    check_removal(membership, user)?;
    let group = Group::Project(membership.project);
    let removed = state.ask_accounts(|reply| RemoveMember { group, user, reply });
    match removed.await {
        Ok(_) if user == membership.person.user => Ok(see_with_notice("/projects", "left")),
        Ok(_) => Ok(see_with_notice(
            &format!("/projects/{}/members", membership.project),
            "removed",
        )),
        Err(error) => refused(&viewer.frame, membership.project, error, &state).await,
    }
}

/// `GET /projects/{project}/invitations`: they stand on the page of the members.
pub async fn lead(viewer: Viewer<OwnerOf>) -> Page {
    Ok(see(&format!("/projects/{}/members", viewer.pass.project)))
}

/// `POST /projects/{project}/invitations`: answers the page itself, with the link that nobody is shown again.
pub async fn invite(viewer: Viewer<OwnerOf>, form: PageForm, state: State) -> Page {
    let owner = &viewer.pass;
    let made = async { create_from(owner, form.record()?, form.key(), &state).await };
    let made = match made.await {
        Ok(made) => made,
        Err(error) => return refused(&viewer.frame, owner.project, error, &state).await,
    };
    let extra = Extra {
        made: Some(made),
        ..Extra::default()
    };
    shown(StatusCode::OK, (&viewer.frame, owner.project), extra, &state).await
}

/// `POST /projects/{project}/invitations/{invitation}/delete`
pub async fn withdraw(viewer: Viewer<OwnerOf>, _form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    let number = invitations::number_of(&request)?;
    withdraw_one(project, number, &state).await?;
    Ok(see_with_notice(
        &format!("/projects/{project}/members"),
        "withdrawn",
    ))
}
