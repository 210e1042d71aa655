//! A person's name, password and e-mail address, changed by themselves.

use std::fmt;
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use bugle_storage::records::User;
use bugle_storage::{AddressHash, Batch, Table, UserId};

use super::sessions::session_key;
use super::{Accounts, SessionHash, table};
use crate::{ActorError, Reply, UserEntry};

/// A person's change to their own account; `None` stays as it is.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct EditProfile {
    /// Whose.
    pub user: UserId,
    /// 1 to 120 characters.
    pub name: Option<String>,
    /// What they sign in with.
    pub credentials: Option<CredentialsChange>,
    /// Where the answer goes.
    pub reply: Reply<Arc<UserEntry>>,
}

/// A new password or address, and what it takes to set it. It ends the person's sessions, which is what it is for where
/// somebody else knows the old one. `Invalid` when the current password is wrong, which counts as a failed sign-in does,
/// or when the address is somebody else's.
pub struct CredentialsChange {
    /// What the password is until now.
    pub current: String,
    /// What it is to be, checked for its length; `None` stays as it is.
    pub password: Option<String>,
    /// A checked e-mail address, stored in lower case; `None` stays as it is.
    pub email: Option<String>,
    /// Where the attempt comes from.
    pub address: AddressHash,
    /// The session that goes on: the one that asks.
    pub kept: Option<SessionHash>,
}

/// Gives somebody a new password without asking for the old one, for whoever has the data directory in hand. It ends all
/// their sessions. `NotFound` where nobody has that address.
#[derive(Message)]
#[rtype(result = "()")]
pub struct SetPassword {
    /// Whose: the e-mail address, in any case.
    pub email: String,
    /// What [`crate::hash_password`] made of it.
    pub password_hash: String,
    /// Where the answer goes.
    pub reply: Reply<Arc<UserEntry>>,
}

impl fmt::Debug for SetPassword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SetPassword")
    }
}

impl fmt::Debug for CredentialsChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialsChange")
    }
}

/// A password that fitted, and what is done about it.
struct NewCredentials {
    /// What the current one was checked against.
    old_hash: String,
    hash: String,
    email: Option<String>,
    kept: Option<SessionHash>,
}

const WRONG_PASSWORD: ActorError = ActorError::Invalid {
    field: "current_password",
    problem: "is wrong",
};

impl Accounts {
    /// Whether that is still what the user's password is hashed to.
    pub(super) fn has_password(&self, user: UserId, hash: &str) -> bool {
        self.users
            .get(&user)
            .is_some_and(|user| user.password_hash == hash)
    }

    fn change_credentials(
        &mut self,
        message: EditProfile,
        change: CredentialsChange,
        context: &mut Context<Self>,
    ) {
        let Some(user) = self.users.get(&message.user) else {
            return message.reply.send(Err(ActorError::NotFound));
        };
        let old_hash = user.password_hash.clone();
        let begun = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.sign_ins.begin(change.address, &user.email, self.clock.now()));
        let attempt = match begun {
            Ok(attempt) => attempt,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        let replaced = self
            .sign_ins
            .replace(change.current, old_hash.clone(), change.password);
        let replaced = replaced.into_actor(self).map(move |outcome, accounts, _| {
            accounts.sign_ins.end(attempt, outcome == Some(None));
            match outcome {
                Some(Some(hash)) => {
                    let new = NewCredentials {
                        old_hash,
                        hash,
                        email: change.email,
                        kept: change.kept,
                    };
                    accounts.answer_edit(message, Some(new));
                }
                Some(None) => message.reply.send(Err(WRONG_PASSWORD)),
                None => message.reply.send(Err(ActorError::Broken)),
            }
        });
        context.spawn(replaced);
    }

    fn answer_edit(&mut self, message: EditProfile, new: Option<NewCredentials>) {
        let (batch, user, ended) = match self.edit_profile(message.user, message.name, new) {
            Ok(changed) => changed,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        let entry = self.user_entry(&user);
        let (directory, shown) = (Arc::clone(&self.directory), Arc::clone(&entry));
        let publish = move || {
            for session in ended {
                directory.sessions.remove(&session);
            }
            directory.users.insert(shown.id, shown);
        };
        self.ledger
            .commit_and_answer(batch, publish, entry, message.reply);
    }

    /// Gives somebody what they sign in with from now on, and tells which sessions that ends.
    fn renew(&self, user: &mut User, new: NewCredentials) -> Result<Vec<SessionHash>, ActorError> {
        // Another change may have come first while this one's password was checked.
        if user.password_hash != new.old_hash {
            return Err(WRONG_PASSWORD);
        }
        user.password_hash = new.hash;
        let email = new.email.map(|email| email.to_lowercase());
        if let Some(email) = email.filter(|email| *email != user.email) {
            self.ensure_free(&email)?;
            user.email = email;
            user.email_changed_at = Some(self.clock.now());
        }
        let is_ended = |hash: &SessionHash, owner| owner == user.id && Some(*hash) != new.kept;
        let sessions = self.sessions.iter();
        let over = sessions.filter(|(hash, session)| is_ended(hash, session.user));
        Ok(over.map(|(hash, _)| *hash).collect())
    }

    /// What is to be written, the person as they are then, and the sessions that it ends.
    fn edit_profile(
        &mut self,
        id: UserId,
        name: Option<String>,
        new: Option<NewCredentials>,
    ) -> Result<(Batch, User, Vec<SessionHash>), ActorError> {
        self.ledger.ensure_writable()?;
        let now = self.clock.now();
        let present = self.users.get(&id).ok_or(ActorError::NotFound)?;
        let mut edited = present.clone();
        edited.name = name.unwrap_or(edited.name);
        let mut ended = Vec::new();
        if let Some(new) = new {
            ended = self.renew(&mut edited, new)?;
        }
        if edited != *present {
            edited.updated_at = present.updated_at.max(now);
        }
        let mut batch = Batch::new();
        if edited != *present {
            batch.put(table(Table::User).u64(id.0), &edited)?;
        }
        for session in &ended {
            batch.delete(session_key(*session));
            self.sessions.remove(session);
        }
        if edited.email != present.email {
            self.by_email.remove(&present.email);
            self.by_email.insert(edited.email.clone(), id);
        }
        self.users.insert(id, edited.clone());
        Ok((batch, edited, ended))
    }
}

impl Handler<SetPassword> for Accounts {
    type Result = ();

    fn handle(&mut self, message: SetPassword, _: &mut Context<Self>) {
        let SetPassword {
            email,
            password_hash,
            reply,
        } = message;
        let user = self.by_email.get(&email.to_lowercase());
        let Some(user) = user.and_then(|id| self.users.get(id)) else {
            return reply.send(Err(ActorError::NotFound));
        };
        let new = NewCredentials {
            old_hash: user.password_hash.clone(),
            hash: password_hash,
            email: None,
            kept: None,
        };
        let edit = EditProfile {
            user: user.id,
            name: None,
            credentials: None,
            reply,
        };
        self.answer_edit(edit, Some(new));
    }
}

impl Handler<EditProfile> for Accounts {
    type Result = ();

    fn handle(&mut self, mut message: EditProfile, context: &mut Context<Self>) {
        match message.credentials.take() {
            Some(change) => self.change_credentials(message, change, context),
            None => self.answer_edit(message, None),
        }
    }
}
