//! `/projects/{project}/identity_keys`: the keys with which a studio's own server signs who is playing.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;
use bugle_storage::ProjectId;
use bugle_storage::records::IdentityKey;
use serde::Deserialize;

use crate::http::access::OwnerOf;
use crate::http::body::Text;
use crate::http::identity_keys::{
    ALGORITHMS, IdentityKeyBody, create_from, fingerprint, keys_of, remove_one,
};
use crate::http::state::AppState;
use crate::pages::answer::{Page, page_with_status, see_with_notice};
use crate::pages::form::{self, PageForm};
use crate::pages::moments::Moment;
use crate::pages::problems::Problems;
use crate::pages::{Frame, Viewer};

type State = web::Data<AppState>;

struct Row {
    number: u32,
    name: String,
    kid: String,
    algorithm: &'static str,
    fingerprint: String,
    made: Moment,
    last_used: Option<Moment>,
}

impl Row {
    fn of(key: &IdentityKey, state: &AppState) -> Self {
        Self {
            number: key.number,
            name: key.name.clone(),
            kid: key.kid.clone(),
            algorithm: key.material.algorithm(),
            fingerprint: fingerprint(&key.material).chars().take(16).collect(),
            made: Moment::date(key.created_at),
            last_used: key.last_used_at.map(|at| Moment::ago(at, state.now())),
        }
    }
}

/// What stands in the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Values {
    name: Text,
    algorithm: Text,
    public_key: Text,
    kid: Text,
}

/// What became of a key that was just added.
struct Added {
    name: String,
    kid: String,
    secret: Option<String>,
    replayed: bool,
}

#[derive(Template)]
#[template(path = "settings/keys.html")]
struct KeysPage<'a> {
    frame: &'a Frame,
    base: String,
    keys: Vec<Row>,
    added: Option<Added>,
    form_key: String,
    values: Values,
    problems: Problems,
}

fn base_of(project: ProjectId) -> String {
    format!("/projects/{project}/identity_keys")
}

async fn shown(
    status: StatusCode,
    (frame, project): (&Frame, ProjectId),
    added: Option<Added>,
    (values, problems): (Values, Problems),
    state: &AppState,
) -> Page {
    let keys = keys_of(project, state).await?;
    let template = KeysPage {
        frame,
        base: base_of(project),
        keys: keys.iter().map(|key| Row::of(key, state)).collect(),
        added,
        form_key: form::new_key(),
        values,
        problems,
    };
    page_with_status(status, frame, state, &template)
}

/// `GET /projects/{project}/identity_keys`
pub async fn list(viewer: Viewer<OwnerOf>, state: State) -> Page {
    let of = (&viewer.frame, viewer.pass.project);
    let empty = (Values::default(), Problems::default());
    shown(StatusCode::OK, of, None, empty, &state).await
}

/// `POST /projects/{project}/identity_keys`: answers the page itself, with the secret that nobody is shown again.
pub async fn create(viewer: Viewer<OwnerOf>, form: PageForm, state: State) -> Page {
    let of = (&viewer.frame, viewer.pass.project);
    let made = async {
        let sent = form.record::<IdentityKeyBody>()?.without_blanks();
        create_from(&viewer.pass, sent, form.key(), &state).await
    };
    let error = match made.await {
        Ok((created, secret)) => {
            let added = Added {
                name: created.record.name,
                kid: created.record.kid,
                secret,
                replayed: created.replayed,
            };
            let empty = (Values::default(), Problems::default());
            return shown(StatusCode::OK, of, Some(added), empty, &state).await;
        }
        Err(error) => error,
    };
    let filled = (form.read()?, Problems::of_fields(error, &viewer.frame)?);
    shown(StatusCode::UNPROCESSABLE_ENTITY, of, None, filled, &state).await
}

/// `POST /projects/{project}/identity_keys/{key}/delete`
pub async fn remove(viewer: Viewer<OwnerOf>, _form: PageForm, state: State, request: HttpRequest) -> Page {
    let project = viewer.pass.project;
    remove_one(project, &request, &state).await?;
    Ok(see_with_notice(&base_of(project), "removed"))
}
