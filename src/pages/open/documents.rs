//! `/docs`: how to put each engine's plugin on this server.

use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::ProjectId;
use bugle_storage::records::Role;

use crate::http::access::Anybody;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::pages::answer::{Page, PageError, page};
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

/// A document as the list of all of them shows it.
pub struct Document {
    /// The last part of its address.
    pub name: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Who wants to read it, in a sentence.
    pub about: &'static str,
}

const fn document(name: &'static str, title: &'static str, about: &'static str) -> Document {
    Document { name, title, about }
}

const ENGINES: [Document; 4] = [
    document(
        "unity",
        "Unity",
        "The bug reporter plugin: drafts, screenshots, logs, videos, sign-in.",
    ),
    document(
        "unreal",
        "Unreal Engine",
        "The plugin's endpoint, its uploads in two steps, and releases.",
    ),
    document(
        "roblox",
        "Roblox",
        "Reports and suggestions from a server script, with the console's log.",
    ),
    document(
        "web",
        "Web widget",
        "One script tag for web games and sites, also while they are offline.",
    ),
];

const MORE: [Document; 5] = [
    document(
        "scripts",
        "Scripts and curl",
        "Anything else that speaks HTTP: tools, build servers, engines of your own.",
    ),
    document(
        "launcher",
        "Launchers and batches",
        "Send what was kept while there was no connection, without doubles.",
    ),
    document(
        "identity",
        "Who is playing",
        "Let your own server vouch for the player who reports.",
    ),
    document(
        "webhooks",
        "Webhooks",
        "Hear of reports as they come, and check that they come from here.",
    ),
    document(
        "betahub",
        "Coming from BetaHub",
        "What has to change in a game that reports to BetaHub today.",
    ),
];

/// What every document stands in: the list of all, and this server's own address for the examples.
struct Shelf<'a> {
    /// Without a slash at its end.
    url: &'a str,
    /// The id that examples show: of the reader's project, where they have just one.
    project: String,
    /// The first of the projects for which the reader may make tokens.
    places: Vec<Place>,
    /// Whether there are more of these.
    has_more: bool,
    engines: &'static [Document],
    more: &'static [Document],
}

/// A project for which the reader may make tokens.
struct Place {
    id: ProjectId,
    name: String,
}

/// How many projects are named.
const PLACES_MAX: usize = 8;

macro_rules! documents {
    ($($name:ident $path:literal)*) => {
        $(
            #[derive(Template)]
            #[template(path = $path)]
            struct $name<'a> {
                shelf: Shelf<'a>,
                frame: &'a Frame,
            }
        )*
    };
}

documents! {
    Index "open/docs.html"
    Unity "open/docs_unity.html"
    Unreal "open/docs_unreal.html"
    Roblox "open/docs_roblox.html"
    Web "open/docs_web.html"
    Scripts "open/docs_scripts.html"
    Launcher "open/docs_launcher.html"
    Identity "open/docs_identity.html"
    Webhooks "open/docs_webhooks.html"
    BetaHub "open/docs_betahub.html"
}

fn shelf<'a>(frame: &Frame, state: &'a AppState) -> Shelf<'a> {
    let directory = state.directory();
    let own = frame.person.as_ref();
    let own = own.map(|person| (person.id, directory.projects_of(person.id)));
    let project = match &own {
        Some((_, projects)) if projects.len() == 1 => projects.first().map(ToString::to_string),
        _ => None,
    };
    let mut places: Vec<_> = own
        .into_iter()
        .flat_map(|(person, projects)| projects.into_iter().map(move |project| (person, project)))
        .filter(|(person, project)| directory.role(*person, *project) >= Some(Role::Developer))
        .filter_map(|(_, project)| {
            let name = directory.project(project)?.project.name.clone();
            Some(Place { id: project, name })
        })
        .collect();
    places.sort_by_cached_key(|place| place.name.to_lowercase());
    let has_more = places.len() > PLACES_MAX;
    places.truncate(PLACES_MAX);
    Shelf {
        url: state.options.public_url.trim_end_matches('/'),
        project: project.unwrap_or_else(|| "pr-…".to_owned()),
        places,
        has_more,
        engines: &ENGINES,
        more: &MORE,
    }
}

/// `GET /docs`
pub async fn index(viewer: Viewer<Anybody>, state: State) -> Page {
    let frame = &viewer.frame;
    let shelf = shelf(frame, &state);
    page(frame, &state, &Index { shelf, frame })
}

/// `GET /docs/{document}`
pub async fn show(viewer: Viewer<Anybody>, state: State, request: HttpRequest) -> Page {
    let frame = &viewer.frame;
    let shelf = shelf(frame, &state);
    match request.match_info().get("document").unwrap_or_default() {
        "unity" => page(frame, &state, &Unity { shelf, frame }),
        "unreal" => page(frame, &state, &Unreal { shelf, frame }),
        "roblox" => page(frame, &state, &Roblox { shelf, frame }),
        "web" => page(frame, &state, &Web { shelf, frame }),
        "scripts" => page(frame, &state, &Scripts { shelf, frame }),
        "launcher" => page(frame, &state, &Launcher { shelf, frame }),
        "identity" => page(frame, &state, &Identity { shelf, frame }),
        "webhooks" => page(frame, &state, &Webhooks { shelf, frame }),
        "betahub" => page(frame, &state, &BetaHub { shelf, frame }),
        _ => Err(PageError::within(ApiError::not_found(), viewer.frame)),
    }
}
