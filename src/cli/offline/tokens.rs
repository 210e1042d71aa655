//! `bugle token …`

use bugle_actors::{
    Actors, CreatePersonalToken, CreateProjectToken, CreatedToken, FindUser, ListPersonalTokens,
    ListProjectTokens, NewPersonalToken, NewProjectToken, PlainToken, RevokePersonalToken,
    RevokeProjectToken,
};
use bugle_storage::records::{PersonalToken, ProjectToken, Submitter, TokenLimits};
use bugle_storage::{ProjectId, TokenId};

use super::listed::{self, ListedToken, TokenOwner};
use super::{Outcome, checked_name, with_actors};
use crate::cli::{TokenCommand, output};
use crate::http::auth_tokens::DEFAULT_RIGHTS;
use crate::server::ServerError;
use crate::settings::DataOptions;

/// Does what the command says.
pub(in crate::cli) fn token(command: TokenCommand, data: DataOptions) -> Outcome {
    match command {
        TokenCommand::Create {
            user: Some(email),
            name,
            ..
        } => {
            let name = checked_name(name)?;
            with_actors(data, async move |actors| {
                create_personal(&actors, email, name).await
            })
        }
        TokenCommand::Create { project, name, .. } => {
            let name = checked_name(name)?;
            with_actors(data, async move |actors| {
                create_for_project(&actors, project, name).await
            })
        }
        TokenCommand::List => with_actors(data, async move |actors| {
            output::print(&listed::table(&all(&actors).await?)).map_err(ServerError::Output)
        }),
        TokenCommand::Revoke { token } => {
            with_actors(data, async move |actors| revoke(&actors, &token).await)
        }
    }
}

async fn create_personal(actors: &Actors, email: String, name: String) -> Result<(), ServerError> {
    let missing = ServerError::Refused(format!("there is no account with the address {email}"));
    let user = actors
        .ask_accounts(|reply| FindUser { email, reply })
        .await
        .map_err(|_| missing)?;
    let new = NewPersonalToken {
        user: user.id,
        name,
        expires_at: None,
        limits: TokenLimits::default(),
    };
    let submitter = Submitter::User(user.id);
    let created = actors.ask_tokens(|reply| CreatePersonalToken {
        new,
        submitter,
        key: None,
        reply,
    });
    let CreatedToken { record, plain } = created.await?;
    show(record.id, plain.as_ref())
}

async fn create_for_project(
    actors: &Actors,
    project: Option<String>,
    name: String,
) -> Result<(), ServerError> {
    let text = project.unwrap_or_default();
    let known = text
        .parse::<ProjectId>()
        .ok()
        .filter(|id| actors.directory().project(*id).is_some());
    let project = known.ok_or_else(|| ServerError::Refused(format!("there is no project {text}")))?;
    let new = NewProjectToken {
        project,
        name,
        rights: DEFAULT_RIGHTS,
    };
    // Made on the machine itself, so by nobody that has an account.
    let submitter = Submitter::Anonymous;
    let created = actors.ask_tokens(|reply| CreateProjectToken {
        new,
        submitter,
        key: None,
        reply,
    });
    let CreatedToken { record, plain } = created.await?;
    show(record.id, plain.as_ref())
}

fn show(TokenId(number): TokenId, plain: Option<&PlainToken>) -> Result<(), ServerError> {
    let plain = plain.map(PlainToken::reveal).unwrap_or_default();
    let shown = output::show(&format!("Token {number} is made. It is shown once:\n  {plain}\n"));
    shown.map_err(|error| {
        ServerError::Refused(format!(
            "token {number} is made, but could not be shown ({error}): revoke it and make another"
        ))
    })
}

/// Every token, in the order that they were made in.
async fn all(actors: &Actors) -> Result<Vec<ListedToken>, ServerError> {
    let mut tokens = Vec::new();
    for user in actors.directory().user_ids() {
        let entry = actors.directory().user(user);
        let email = entry.map(|entry| entry.email.clone()).unwrap_or_default();
        let listed = actors.ask_tokens(|reply| ListPersonalTokens { user, reply });
        let of_person = |token| personal(token, &email);
        tokens.extend(listed.await?.into_iter().map(of_person));
    }
    for entry in actors.directory().projects() {
        let project = entry.project.id;
        let listed = actors.ask_tokens(|reply| ListProjectTokens { project, reply });
        tokens.extend(listed.await?.into_iter().map(of_project));
    }
    tokens.sort_by_key(|token| token.id);
    Ok(tokens)
}

fn personal(token: PersonalToken, email: &str) -> ListedToken {
    ListedToken {
        id: token.id,
        hash: token.hash,
        owner: TokenOwner::Person(token.user, email.to_owned()),
        created_at: token.created_at,
        expires_at: token.expires_at,
        last_used_at: token.last_used_at,
        limits: Some(token.limits),
        name: token.name,
    }
}

fn of_project(token: ProjectToken) -> ListedToken {
    ListedToken {
        id: token.id,
        hash: token.hash,
        owner: TokenOwner::Project(token.project),
        created_at: token.created_at,
        expires_at: None,
        last_used_at: token.last_used_at,
        limits: None,
        name: token.name,
    }
}

async fn revoke(actors: &Actors, wanted: &str) -> Result<(), ServerError> {
    let tokens = all(actors).await?;
    let found = listed::find(&tokens, wanted).map_err(ServerError::Refused)?;
    let token = found.id;
    let of = match &found.owner {
        TokenOwner::Person(user, email) => {
            let user = *user;
            let revoked = actors.ask_tokens(|reply| RevokePersonalToken {
                user,
                within: TokenLimits::default(),
                token,
                reply,
            });
            revoked.await?;
            email.clone()
        }
        TokenOwner::Project(project) => {
            let project = *project;
            let revoked = actors.ask_tokens(|reply| RevokeProjectToken {
                project,
                token,
                reply,
            });
            revoked.await?;
            project.to_string()
        }
    };
    let said = format!("Token {} ({}, of {of}) no longer works.\n", token.0, found.name);
    output::print(&said).map_err(ServerError::Output)
}
