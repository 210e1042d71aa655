//! The first start on an empty data directory: an owner, a project and a token of each kind, shown once.

use std::fs::File;
use std::path::{Path, PathBuf};

use bugle_actors::{
    Actors, CreatePersonalToken, CreateProject, CreateProjectToken, CreateUser, FIRST_OWNER_EMAIL,
    NewPersonalToken, NewProject, NewProjectToken, NewUser, PlainToken, hash_password,
};
use bugle_storage::records::{AccountOrigin, Submitter, TokenLimits, Visibility};
use bugle_storage::{ProjectId, UserId};

use crate::http::auth_tokens::DEFAULT_RIGHTS;
use crate::server::ServerError;

const TOKEN_NAME: &str = "First token";
/// Stands in the data directory from before the first record until the tokens were shown.
const MARKER: &str = "FIRST-START";
/// Characters of a generated password; none that is easily taken for another.
const PASSWORD_ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
const PASSWORD_LENGTH: usize = 20;

/// What was made, in the clear.
pub(crate) struct Welcome {
    project: ProjectId,
    password: String,
    project_token: PlainToken,
    personal_token: PlainToken,
}

/// Makes what a new installation needs; `None` when it is not new.
///
/// # Errors
/// [`ServerError::HalfFirstStart`] when an earlier first start was cut short: nobody has seen its tokens.
pub(crate) async fn prepare(actors: &Actors, data: &Path) -> Result<Option<Welcome>, ServerError> {
    let marker = marker(data);
    let is_new = actors.directory().user_count() == 0;
    if marker.exists() && !is_new {
        return Err(ServerError::HalfFirstStart {
            path: data.to_owned(),
        });
    }
    if !is_new {
        return Ok(None);
    }
    write_durably(&marker, data).map_err(ServerError::Serve)?;
    let password = random_password();
    let user = create_owner(actors, &password).await?;
    let project = create_project(actors, user).await?;
    Ok(Some(Welcome {
        project,
        password,
        project_token: create_project_token(actors, user, project).await?,
        personal_token: create_personal_token(actors, user).await?,
    }))
}

/// Without the marker, a power cut now would leave an installation whose tokens nobody has seen.
fn write_durably(marker: &Path, data: &Path) -> std::io::Result<()> {
    File::create(marker)?.sync_all()?;
    File::open(data)?.sync_all()
}

async fn create_owner(actors: &Actors, password: &str) -> Result<UserId, ServerError> {
    let password_hash = hash_password(password)
        .ok_or_else(|| ServerError::Refused("the password could not be hashed".to_owned()))?;
    let new = NewUser {
        name: "Owner".to_owned(),
        email: FIRST_OWNER_EMAIL.to_owned(),
        password_hash,
        administrator: true,
        origin: AccountOrigin::FirstStart,
    };
    Ok(actors.ask_accounts(|reply| CreateUser { new, reply }).await?)
}

async fn create_project(actors: &Actors, owner: UserId) -> Result<ProjectId, ServerError> {
    let new = NewProject {
        name: "My game".to_owned(),
        description: String::new(),
        visibility: Visibility::Private,
        organization: None,
    };
    let (submitter, key) = (Submitter::User(owner), None);
    let created = actors.ask_accounts(|reply| CreateProject {
        owner,
        new,
        submitter,
        key,
        reply,
    });
    Ok(created.await?.project.id)
}

async fn create_project_token(
    actors: &Actors,
    owner: UserId,
    project: ProjectId,
) -> Result<PlainToken, ServerError> {
    let new = NewProjectToken {
        project,
        name: TOKEN_NAME.to_owned(),
        rights: DEFAULT_RIGHTS,
    };
    let (submitter, key) = (Submitter::User(owner), None);
    let created = actors.ask_tokens(|reply| CreateProjectToken {
        new,
        submitter,
        key,
        reply,
    });
    created.await?.plain.ok_or_else(not_made)
}

async fn create_personal_token(actors: &Actors, user: UserId) -> Result<PlainToken, ServerError> {
    let new = NewPersonalToken {
        user,
        name: TOKEN_NAME.to_owned(),
        expires_at: None,
        limits: TokenLimits::default(),
    };
    let (submitter, key) = (Submitter::User(user), None);
    let created = actors.ask_tokens(|reply| CreatePersonalToken {
        new,
        submitter,
        key,
        reply,
    });
    created.await?.plain.ok_or_else(not_made)
}

fn not_made() -> ServerError {
    ServerError::Refused("a token was not made".to_owned())
}

/// A password for somebody who will see it once.
pub(crate) fn random_password() -> String {
    // 32 characters make five bits each: a byte's remainder is as even as the byte.
    let random: [u8; PASSWORD_LENGTH] = rand::random();
    let letter = |byte: &u8| PASSWORD_ALPHABET.get(usize::from(*byte) % PASSWORD_ALPHABET.len());
    random
        .iter()
        .filter_map(letter)
        .map(|letter| char::from(*letter))
        .collect()
}

/// Says that the tokens were shown.
pub(crate) fn shown(data: &Path) {
    let _ = std::fs::remove_file(marker(data));
}

fn marker(data: &Path) -> PathBuf {
    data.join(MARKER)
}

impl Welcome {
    /// What is printed, once.
    pub(crate) fn text(&self, url: &str) -> String {
        let Self {
            project,
            password,
            project_token,
            personal_token,
        } = self;
        let (project_token, personal_token) = (project_token.reveal(), personal_token.reveal());
        format!(
            "First start: this is shown once. Keep it.
  Web address     {url}
  Owner e-mail    {FIRST_OWNER_EMAIL}
  Owner password  {password}
  Project         {project}
  Project token   {project_token}
  Personal token  {personal_token}
Open {url} and sign in with the e-mail address and the password above.
File a first report:
  curl -X POST {url}/projects/{project}/issues.json \\
    -H 'Authorization: FormUser {project_token}' \\
    -H 'BetaHub-Project-ID: {project}' \\
    -H 'Content-Type: application/json' \\
    -d '{{\"title\": \"Player falls through the floor\", \"description\": \"When jumping near the fountain in level 3.\"}}'"
        )
    }
}
