//! Commands that work on a data directory which no server has open.

use std::error::Error;
use std::process::ExitCode;

use bugle_actors::{
    Actors, ActorsOptions, Clock, CreatePersonalToken, CreateProjectToken, CreateUser, FindUser,
    ListPersonalTokens, ListProjectTokens, NewPersonalToken, NewProjectToken, NewUser, RevokePersonalToken,
    RevokeProjectToken, hash_password,
};
use bugle_storage::records::{Submitter, TokenHash};
use bugle_storage::{ProjectId, Timestamp, TokenId, UserId};

use super::{TokenCommand, UserCommand};
use crate::first_start::random_password;
use crate::http::auth_tokens::DEFAULT_RIGHTS;
use crate::http::contact::is_email_address;
use crate::server::{ServerError, open_store};
use crate::settings::{DataOptions, ServeOptions};

type Outcome = Result<ExitCode, Box<dyn Error>>;

/// Opens the data directory, lets `work` ask the actors, and closes it again.
fn with_actors<F>(data: DataOptions, work: impl FnOnce(Actors) -> F) -> Outcome
where
    F: Future<Output = Result<(), ServerError>>,
{
    let settings = ServeOptions::default().settle(data)?;
    if !settings.data.is_dir() {
        return Err(format!("there is no data directory {}", settings.data.display()).into());
    }
    actix::System::new().block_on(async {
        let store = open_store(&settings)?;
        let actors = Actors::start(ActorsOptions {
            store,
            clock: Clock::System,
        })?;
        let outcome = work(actors.clone()).await;
        actors.stop().await?;
        outcome?;
        Ok(ExitCode::SUCCESS)
    })
}

/// `bugle user …`
pub(super) fn user(command: UserCommand, data: DataOptions) -> Outcome {
    let UserCommand::Add {
        email,
        name,
        administrator,
    } = command;
    if !is_email_address(&email) {
        return Err(format!("{email} is not an e-mail address").into());
    }
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let password = random_password();
    let password_hash = hash_password(&password).ok_or("the password could not be hashed")?;
    let new = NewUser {
        name,
        email: email.clone(),
        password_hash,
        administrator,
    };
    with_actors(data, async move |actors| {
        actors.ask_accounts(|reply| CreateUser { new, reply }).await?;
        println!("{email} has an account. The password is shown once:\n  {password}");
        Ok(())
    })
}

/// `bugle token …`
pub(super) fn token(command: TokenCommand, data: DataOptions) -> Outcome {
    match command {
        TokenCommand::Create {
            user: Some(email),
            name,
            ..
        } => with_actors(data, async move |actors| {
            create_personal(&actors, email, name).await
        }),
        TokenCommand::Create { project, name, .. } => with_actors(data, async move |actors| {
            create_for_project(&actors, project, name).await
        }),
        TokenCommand::List => with_actors(data, async move |actors| list(&actors).await),
        TokenCommand::Revoke { token } => {
            with_actors(data, async move |actors| revoke(&actors, TokenId(token)).await)
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
    };
    let submitter = Submitter::User(user.id);
    let created = actors
        .ask_tokens(|reply| CreatePersonalToken {
            new,
            submitter,
            key: None,
            reply,
        })
        .await?;
    print_token(
        created.record.id,
        created.plain.as_ref().map(bugle_actors::PlainToken::reveal),
    );
    Ok(())
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
    let created = actors
        .ask_tokens(|reply| CreateProjectToken {
            new,
            submitter,
            key: None,
            reply,
        })
        .await?;
    print_token(
        created.record.id,
        created.plain.as_ref().map(bugle_actors::PlainToken::reveal),
    );
    Ok(())
}

fn print_token(id: TokenId, plain: Option<&str>) {
    println!(
        "Token {} is made. It is shown once:\n  {}",
        id.0,
        plain.unwrap_or_default()
    );
}

/// One line of the list.
struct Row<'a> {
    id: TokenId,
    hash: TokenHash,
    of: &'a str,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    name: &'a str,
}

impl Row<'_> {
    fn print(&self) {
        let (id, partial, of) = (self.id.0, self.hash.partial(), self.of);
        let (created, name) = (self.created_at.to_iso(), self.name);
        let used = self
            .last_used_at
            .map_or_else(|| "never".to_owned(), Timestamp::to_iso);
        println!("{id:>6}  {partial:8}  {of:24}  {created:24}  {used:24}  {name}");
    }
}

async fn list(actors: &Actors) -> Result<(), ServerError> {
    println!(
        "{:>6}  {:8}  {:24}  {:24}  {:24}  NAME",
        "TOKEN", "PARTIAL", "OF", "CREATED", "LAST USED"
    );
    list_personal(actors).await?;
    list_of_projects(actors).await
}

async fn list_personal(actors: &Actors) -> Result<(), ServerError> {
    for user in users(actors) {
        let entry = actors.directory().user(user);
        let of = entry.as_deref().map_or("", |entry| entry.email.as_str());
        for token in actors
            .ask_tokens(|reply| ListPersonalTokens { user, reply })
            .await?
        {
            Row {
                id: token.id,
                hash: token.hash,
                of,
                created_at: token.created_at,
                last_used_at: token.last_used_at,
                name: &token.name,
            }
            .print();
        }
    }
    Ok(())
}

async fn list_of_projects(actors: &Actors) -> Result<(), ServerError> {
    for entry in actors.directory().projects() {
        let project = entry.project.id;
        let of = project.to_string();
        for token in actors
            .ask_tokens(|reply| ListProjectTokens { project, reply })
            .await?
        {
            Row {
                id: token.id,
                hash: token.hash,
                of: &of,
                created_at: token.created_at,
                last_used_at: token.last_used_at,
                name: &token.name,
            }
            .print();
        }
    }
    Ok(())
}

fn users(actors: &Actors) -> Vec<UserId> {
    let mut users = actors.directory().user_ids();
    users.sort();
    users
}

async fn revoke(actors: &Actors, token: TokenId) -> Result<(), ServerError> {
    if revoke_personal(actors, token).await || revoke_of_project(actors, token).await {
        println!("Token {} no longer works.", token.0);
        return Ok(());
    }
    Err(ServerError::Refused(format!(
        "there is no token {}: `bugle token list` shows them",
        token.0
    )))
}

async fn revoke_personal(actors: &Actors, token: TokenId) -> bool {
    for user in users(actors) {
        let revoked = actors.ask_tokens(|reply| RevokePersonalToken { user, token, reply });
        if revoked.await.is_ok() {
            return true;
        }
    }
    false
}

async fn revoke_of_project(actors: &Actors, token: TokenId) -> bool {
    for entry in actors.directory().projects() {
        let project = entry.project.id;
        let revoked = actors.ask_tokens(|reply| RevokeProjectToken {
            project,
            token,
            reply,
        });
        if revoked.await.is_ok() {
            return true;
        }
    }
    false
}
