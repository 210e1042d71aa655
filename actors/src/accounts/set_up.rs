//! The account that the first start made, until somebody has made it theirs.
//!
//! Whether that was done needs no record of its own: the account has the address that a first start gives and has not
//! been changed since it was made. Where somebody gave it a password or a name of their own by another way, there is
//! nothing left to ask them.

use std::fmt;
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use bugle_storage::records::User;
use bugle_storage::{Batch, Table, UserId};

use super::sessions::session_key;
use super::{Accounts, SessionHash, table};
use crate::{ActorError, Reply, UserEntry};

/// The address of the account that a first start makes.
pub const FIRST_OWNER_EMAIL: &str = "owner@bugle.local";

/// What the owner of a first start makes of the account.
pub struct OwnAccountSetUp {
    /// 1 to 120 characters.
    pub name: String,
    /// A checked e-mail address; stored in lower case.
    pub email: String,
    /// The new password, checked for its length.
    pub password: String,
    /// The session that goes on: the one that asks.
    pub kept: Option<SessionHash>,
}

impl fmt::Debug for OwnAccountSetUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OwnAccountSetUp")
    }
}

/// Makes the first account somebody's own, or leaves it as it is for good. `NotFound` when it is not to be set up (any
/// more), `Invalid` when the address is taken. It ends the account's other sessions: whoever saw the printed password
/// may have signed in before.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct SetUpAccount {
    /// Whose.
    pub user: UserId,
    /// What it is to be; `None` leaves all as it is.
    pub set_up: Option<OwnAccountSetUp>,
    /// Where the answer goes.
    pub reply: Reply<Arc<UserEntry>>,
}

/// Whether a first start made the account and nobody has changed it since.
pub(super) fn awaits_set_up(user: &User) -> bool {
    user.administrator && user.email == FIRST_OWNER_EMAIL && user.created_at == user.updated_at
}

impl Accounts {
    fn ensure_awaits_set_up(&self, id: UserId) -> Result<User, ActorError> {
        self.ledger.ensure_writable()?;
        let user = self.users.get(&id).filter(|user| awaits_set_up(user));
        user.cloned().ok_or(ActorError::NotFound)
    }

    /// `password_hash` is that of the new password, where one was given.
    fn set_up(
        &mut self,
        id: UserId,
        set_up: Option<(OwnAccountSetUp, String)>,
    ) -> Result<(Batch, User, Vec<SessionHash>), ActorError> {
        // Another window may have come first while this one's password was hashed.
        let mut user = self.ensure_awaits_set_up(id)?;
        let mut ended = Vec::new();
        if let Some((own, password_hash)) = set_up {
            let email = own.email.to_lowercase();
            if email != user.email {
                self.ensure_free(&email)?;
            }
            self.by_email.remove(&user.email);
            self.by_email.insert(email.clone(), id);
            user.name = own.name;
            user.email = email;
            user.password_hash = password_hash;
            let others = self.sessions.iter();
            let others = others.filter(|(hash, session)| session.user == id && Some(**hash) != own.kept);
            ended.extend(others.map(|(hash, _)| *hash));
        }
        // Later than it was made also by a clock that stands still: that is what says that it was seen to.
        user.updated_at = self.clock.now().max(user.created_at.plus_seconds(1));
        let mut batch = Batch::new();
        batch.put(table(Table::User).u64(id.0), &user)?;
        for session in &ended {
            batch.delete(session_key(*session));
            self.sessions.remove(session);
        }
        self.users.insert(id, user.clone());
        Ok((batch, user, ended))
    }

    fn answer_set_up(
        &mut self,
        id: UserId,
        set_up: Option<(OwnAccountSetUp, String)>,
        reply: Reply<Arc<UserEntry>>,
    ) {
        let (batch, user, ended) = match self.set_up(id, set_up) {
            Ok(changed) => changed,
            Err(refusal) => return reply.send(Err(refusal)),
        };
        let entry = self.user_entry(&user);
        let (directory, shown) = (Arc::clone(&self.directory), Arc::clone(&entry));
        let publish = move || {
            for session in ended {
                directory.sessions.remove(&session);
            }
            directory.users.insert(shown.id, shown);
        };
        self.ledger.commit_and_answer(batch, publish, entry, reply);
    }
}

impl Handler<SetUpAccount> for Accounts {
    type Result = ();

    fn handle(&mut self, message: SetUpAccount, context: &mut Context<Self>) {
        let SetUpAccount { user, set_up, reply } = message;
        if let Err(refusal) = self.ensure_awaits_set_up(user) {
            return reply.send(Err(refusal));
        }
        let Some(own) = set_up else {
            return self.answer_set_up(user, None, reply);
        };
        let hashing = self.sign_ins.hash(own.password.clone());
        let hashed = hashing.into_actor(self).map(move |hash, accounts, _| match hash {
            Some(hash) => accounts.answer_set_up(user, Some((own, hash)), reply),
            None => reply.send(Err(ActorError::Broken)),
        });
        context.spawn(hashed);
    }
}

#[cfg(test)]
mod tests {
    use bugle_storage::Timestamp;
    use bugle_storage::records::AccountOrigin;

    use super::*;

    fn user() -> User {
        User {
            id: UserId(1),
            name: "Owner".to_owned(),
            email: FIRST_OWNER_EMAIL.to_owned(),
            password_hash: String::new(),
            administrator: true,
            created_at: Timestamp(5),
            updated_at: Timestamp(5),
            origin: AccountOrigin::FirstStart,
            email_changed_at: None,
        }
    }

    #[test]
    fn only_the_first_account_as_it_was_made_awaits_its_set_up() {
        assert!(awaits_set_up(&user()));
        let changed = User {
            updated_at: Timestamp(6),
            ..user()
        };
        assert!(!awaits_set_up(&changed));
        let other = User {
            email: "ada@studio.example".to_owned(),
            ..user()
        };
        assert!(!awaits_set_up(&other));
        let plain = User {
            administrator: false,
            ..user()
        };
        assert!(!awaits_set_up(&plain));
    }
}
