//! Signed-in browsers: who is, since when, and until when.

use std::collections::HashMap;
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, WrapFuture};
use bugle_storage::records::Session;
use bugle_storage::{Batch, Key, Shard, StorageError, Table, Timestamp, UserId};

use super::messages::{NewSession, SignIn, SignOut};
use super::{Accounts, SessionHash, SessionValue, table};
use crate::{ActorError, Reply};

/// How long a session lasts, in seconds: thirty days.
pub const SESSION_LIFE_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Sessions that are over and removed at a time, so that a batch stays small.
const PURGED_MAX: usize = 1000;

/// A session that is about to be written.
pub(super) struct AddedSession {
    pub(super) hash: SessionHash,
    pub(super) session: Session,
    pub(super) new: NewSession,
}

/// Reads every session, those that are over included. Blocks.
pub(super) fn load(shard: &Shard) -> Result<HashMap<SessionHash, Session>, StorageError> {
    let stored = shard.load::<Session>(&table(Table::Session))?;
    let with_hash = stored.into_iter().filter_map(|(key, session)| {
        let hash = key.as_bytes().last_chunk::<32>()?;
        Some((SessionHash(*hash), session))
    });
    Ok(with_hash.collect())
}

pub(super) fn session_key(session: SessionHash) -> Key {
    table(Table::Session).bytes(&session.0)
}

impl Accounts {
    /// What happens once the password was checked; `fits` is `None` when that was not possible. Of `user`, it was
    /// checked against that hash: somebody who has changed their password meanwhile is not to be signed in with the
    /// old one.
    fn password_checked(
        &mut self,
        user: Option<(UserId, String)>,
        fits: Option<bool>,
        reply: Reply<NewSession>,
    ) {
        match (fits, user) {
            (Some(true), Some((user, hash))) if self.has_password(user, &hash) => {
                self.begin_session(user, reply);
            }
            (Some(_), _) => reply.send(Err(ActorError::WrongPassword)),
            (None, _) => reply.send(Err(ActorError::Broken)),
        }
    }

    fn begin_session(&mut self, user: UserId, reply: Reply<NewSession>) {
        let mut batch = Batch::new();
        let added = match self.add_session(&mut batch, user) {
            Ok(added) => added,
            Err(error) => return reply.send(Err(error)),
        };
        let directory = Arc::clone(&self.directory);
        let publish = move || {
            directory.sessions.insert(added.hash, added.session);
        };
        self.ledger.commit_and_answer(batch, publish, added.new, reply);
    }

    /// Adds a new session of the user's to a batch.
    pub(super) fn add_session(
        &mut self,
        batch: &mut Batch,
        user: UserId,
    ) -> Result<AddedSession, ActorError> {
        self.ledger.ensure_writable()?;
        let entry = self.users.get(&user).map(|user| self.user_entry(user));
        let now = self.clock.now();
        let session = Session {
            user,
            created_at: now,
            expires_at: now.plus_seconds(SESSION_LIFE_SECONDS),
        };
        let new = NewSession {
            value: SessionValue::generate(),
            user: entry.ok_or(ActorError::WrongPassword)?,
            expires_at: session.expires_at,
        };
        let hash = new.value.hash();
        batch.put(session_key(hash), &session)?;
        self.sessions.insert(hash, session.clone());
        Ok(AddedSession { hash, session, new })
    }

    /// Removes sessions that are over, up to [`PURGED_MAX`]. Nobody waits for it: they are refused already.
    pub(super) fn purge_sessions(&mut self, now: Timestamp) {
        if self.ledger.ensure_writable().is_err() {
            return;
        }
        let over = self
            .sessions
            .iter()
            .filter(|(_, session)| session.expires_at <= now);
        let over: Vec<_> = over.map(|(hash, _)| *hash).take(PURGED_MAX).collect();
        if over.is_empty() {
            return;
        }
        let mut batch = Batch::new();
        for hash in over {
            batch.delete(session_key(hash));
            self.sessions.remove(&hash);
            self.directory.sessions.remove(&hash);
        }
        self.ledger.commit(batch, |_| ());
    }
}

impl Handler<SignIn> for Accounts {
    type Result = ();

    fn handle(&mut self, message: SignIn, context: &mut Context<Self>) {
        let SignIn {
            email,
            password,
            address,
            reply,
        } = message;
        let email = email.to_lowercase();
        let begun = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.sign_ins.begin(address, &email, self.clock.now()));
        let attempt = match begun {
            Ok(attempt) => attempt,
            Err(refusal) => return reply.send(Err(refusal)),
        };
        let user = self.by_email.get(&email).and_then(|id| self.users.get(id));
        let user = user.map(|user| (user.id, user.password_hash.clone()));
        let hash = user.as_ref().map(|(_, hash)| hash.clone());
        let check = self.sign_ins.check(password, hash);
        let checked = check.into_actor(self).map(move |fits, accounts, _| {
            accounts.sign_ins.end(attempt, fits == Some(false));
            accounts.password_checked(user, fits, reply);
        });
        context.spawn(checked);
    }
}

impl Handler<SignOut> for Accounts {
    type Result = ();

    fn handle(&mut self, message: SignOut, _: &mut Context<Self>) {
        let SignOut { session, reply } = message;
        if let Err(refusal) = self.ledger.ensure_writable() {
            return reply.send(Err(refusal));
        }
        self.sessions.remove(&session);
        let mut batch = Batch::new();
        batch.delete(session_key(session));
        let directory = Arc::clone(&self.directory);
        let publish = move || {
            directory.sessions.remove(&session);
        };
        self.ledger.commit_and_answer(batch, publish, (), reply);
    }
}

#[cfg(test)]
mod tests;
