//! `bugle user …`

use bugle_actors::{ActorError, Actors, CreateUser, NewUser, SetPassword, hash_password};
use bugle_storage::records::AccountOrigin;

use super::{Outcome, checked_name, with_actors};
use crate::cli::{UserCommand, output};
use crate::first_start::random_password;
use crate::http::contact::is_email_address;
use crate::server::ServerError;
use crate::settings::DataOptions;

/// Does what the command says.
pub(in crate::cli) fn user(command: UserCommand, data: DataOptions) -> Outcome {
    let password = random_password();
    let password_hash = hash_password(&password).ok_or("the password could not be hashed")?;
    match command {
        UserCommand::Add {
            email,
            name,
            administrator,
        } => {
            if !is_email_address(&email) {
                return Err(format!("{email} is not an e-mail address").into());
            }
            let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
            let new = NewUser {
                name: checked_name(name)?,
                email,
                password_hash,
                administrator,
                origin: AccountOrigin::Operator,
            };
            with_actors(data, async move |actors| add(&actors, new, &password).await)
        }
        UserCommand::Password { email } => with_actors(data, async move |actors| {
            set_password(&actors, email, password_hash, &password).await
        }),
    }
}

async fn set_password(
    actors: &Actors,
    email: String,
    password_hash: String,
    password: &str,
) -> Result<(), ServerError> {
    let set = actors.ask_accounts(|reply| SetPassword {
        email: email.clone(),
        password_hash,
        reply,
    });
    match set.await {
        Ok(_) => {}
        Err(ActorError::NotFound) => {
            return Err(ServerError::Refused(format!(
                "there is no account with the address {email}"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    let shown = output::show(&format!(
        "{email} has a new password, and is signed in nowhere. It is shown once:\n  {password}\n"
    ));
    shown.map_err(|error| {
        ServerError::Refused(format!(
            "{email} has a new password, but it could not be shown: {error}. Set another one"
        ))
    })
}

async fn add(actors: &Actors, new: NewUser, password: &str) -> Result<(), ServerError> {
    let email = new.email.clone();
    let added = actors.ask_accounts(|reply| CreateUser { new, reply }).await;
    match added {
        Ok(_) => {}
        Err(ActorError::Invalid { field: "email", .. }) => {
            return Err(ServerError::Refused(format!(
                "{email} has an account already: nothing was changed"
            )));
        }
        Err(error) => return Err(error.into()),
    }
    let shown = output::show(&format!(
        "{email} has an account. The password is shown once:\n  {password}\n"
    ));
    shown.map_err(|error| {
        ServerError::Refused(format!(
            "{email} has an account, but its password could not be shown: {error}"
        ))
    })
}
