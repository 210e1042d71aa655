//! The owner of every token: the only one that writes the token directory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use bugle_storage::codec::Record;
use bugle_storage::records::{
    FirstAnswer, IdempotencyRecord, PersonalToken, ProjectToken, Submitter, TokenHash,
};
use bugle_storage::{Batch, Key, ShardId, StorageError, Store, Table, Timestamp, TokenId};

use super::messages::{
    CreatePersonalToken, CreateProjectToken, CreatedToken, EditProjectToken, ListPersonalTokens,
    ListProjectTokens, ProjectTokenEdit, RevokePersonalToken, RevokeProjectToken, SaveLastUse,
};
use super::{PlainToken, TokenKind};
use crate::directory::{Grant, LastUsed, PersonalGrant, ProjectGrant, SpentMarks};
use crate::idempotency::{IdempotencyKey, IdempotencyKeys};
use crate::ledger::Ledger;
use crate::supervision::{Ping, Supervised};
use crate::{ActorError, Clock, Directory, Reply};

/// Distinguishes this actor's idempotency records from other system actors'.
const IDEMPOTENCY_OWNER: u64 = 2;
/// Idempotency records that are over and removed along with one change, at the most.
const EXPIRED_KEYS_MAX: usize = 100;
const LAST_USE_INTERVAL: Duration = Duration::from_secs(60);

/// The owner of every token.
pub struct TokenRegistry {
    ledger: Ledger,
    clock: Clock,
    directory: Arc<Directory>,
    projects: BTreeMap<TokenId, ProjectToken>,
    personal: BTreeMap<TokenId, PersonalToken>,
    keys: IdempotencyKeys,
    next_id: u64,
}

impl TokenRegistry {
    /// Reads all tokens from the store and publishes them. Blocks.
    pub(crate) fn load(
        store: Arc<dyn Store>,
        clock: Clock,
        directory: Arc<Directory>,
    ) -> Result<Self, StorageError> {
        let ledger = Ledger::open(store, ShardId::SYSTEM)?;
        let shard = ledger.shard();
        let projects = shard.load::<ProjectToken>(&Key::new(ShardId::SYSTEM, Table::ProjectToken))?;
        let personal = shard.load::<PersonalToken>(&Key::new(ShardId::SYSTEM, Table::PersonalToken))?;
        let prefix = Key::new(ShardId::SYSTEM, Table::Idempotency).u64(IDEMPOTENCY_OWNER);
        let stored = shard.load::<IdempotencyRecord>(&prefix)?;
        let mut keys = IdempotencyKeys::new(prefix);
        keys.restore(stored.into_iter().map(|(key, record)| (key, record.created_at)));
        let projects: BTreeMap<_, _> = projects.into_iter().map(|(_, token)| (token.id, token)).collect();
        let personal: BTreeMap<_, _> = personal.into_iter().map(|(_, token)| (token.id, token)).collect();
        let highest = projects.keys().chain(personal.keys()).map(|id| id.0).max();
        let next_id = highest.unwrap_or(0) + 1;
        let registry = Self {
            ledger,
            clock,
            directory,
            projects,
            personal,
            keys,
            next_id,
        };
        registry.publish_all();
        Ok(registry)
    }

    fn publish_all(&self) {
        let grants = &self.directory.tokens;
        grants.retain(|_, grant| {
            self.projects.contains_key(&grant.token()) || self.personal.contains_key(&grant.token())
        });
        for token in self.projects.values() {
            let last_used = self.last_used(&token.hash, token.last_used_at);
            grants.insert(token.hash, project_grant(token, last_used));
        }
        for token in self.personal.values() {
            let last_used = self.last_used(&token.hash, token.last_used_at);
            grants.insert(token.hash, personal_grant(token, last_used));
        }
    }

    /// The live note of a token's last use, which an edit or a restart of this actor keeps.
    fn last_used(&self, hash: &TokenHash, stored: Option<Timestamp>) -> Arc<LastUsed> {
        match self.directory.tokens.get(hash) {
            Some(grant) => Arc::clone(grant.last_used()),
            None => Arc::new(LastUsed::new(stored)),
        }
    }

    /// The record with the last use as it is now rather than as it was last written.
    fn current_project(&self, token: &ProjectToken) -> ProjectToken {
        let last_used_at = self.last_used(&token.hash, token.last_used_at).get();
        ProjectToken {
            last_used_at,
            ..token.clone()
        }
    }

    fn current_personal(&self, token: &PersonalToken) -> PersonalToken {
        let last_used_at = self.last_used(&token.hash, token.last_used_at).get();
        PersonalToken {
            last_used_at,
            ..token.clone()
        }
    }

    /// The place of the first answer, when the key came before.
    fn replayed(
        &self,
        submitter: Submitter,
        key: Option<IdempotencyKey>,
        now: Timestamp,
    ) -> Option<(Key, u64)> {
        let key = key?;
        Some((self.keys.find(submitter, key.hash, now)?, key.fingerprint))
    }

    /// A batch that stores a new token and its idempotency key.
    fn write_new<R: Record>(
        &mut self,
        place: Key,
        record: &R,
        answer: FirstAnswer,
        (submitter, key): (Submitter, Option<IdempotencyKey>),
        now: Timestamp,
    ) -> Result<Batch, StorageError> {
        let mut batch = Batch::new();
        batch.put(place, record)?;
        if let Some(key) = key {
            let first = IdempotencyRecord {
                created_at: now,
                fingerprint: key.fingerprint,
                answer,
            };
            batch.put(self.keys.remember(submitter, key.hash, now), &first)?;
        }
        for over in self.keys.expire(now, EXPIRED_KEYS_MAX) {
            batch.delete(over);
        }
        Ok(batch)
    }

    fn new_id(&mut self) -> TokenId {
        self.next_id += 1;
        TokenId(self.next_id - 1)
    }

    fn project_token(
        &self,
        message_project: bugle_storage::ProjectId,
        id: TokenId,
    ) -> Result<ProjectToken, ActorError> {
        let token = self
            .projects
            .get(&id)
            .filter(|token| token.project == message_project);
        token.cloned().ok_or(ActorError::NotFound)
    }

    fn create_personal(
        &mut self,
        message: &CreatePersonalToken,
    ) -> Result<(Batch, PersonalToken, PlainToken), ActorError> {
        self.ledger.ensure_writable()?;
        let now = self.clock.now();
        let plain = PlainToken::generate(TokenKind::Personal);
        let token = PersonalToken {
            id: self.new_id(),
            hash: plain.hash(),
            user: message.new.user,
            name: message.new.name.clone(),
            created_at: now,
            expires_at: message.new.expires_at,
            last_used_at: None,
        };
        let answer = FirstAnswer::PersonalToken(token.id);
        let keyed = (message.submitter, message.key);
        let batch = self.write_new(personal_key(token.id), &token, answer, keyed, now)?;
        self.personal.insert(token.id, token.clone());
        Ok((batch, token, plain))
    }

    fn create_project(
        &mut self,
        message: &CreateProjectToken,
    ) -> Result<(Batch, ProjectToken, PlainToken), ActorError> {
        self.ledger.ensure_writable()?;
        let now = self.clock.now();
        let plain = PlainToken::generate(TokenKind::Project);
        let token = ProjectToken {
            id: self.new_id(),
            hash: plain.hash(),
            project: message.new.project,
            name: message.new.name.clone(),
            rights: message.new.rights,
            created_at: now,
            updated_at: now,
            last_used_at: None,
        };
        let answer = FirstAnswer::ProjectToken(token.id);
        let keyed = (message.submitter, message.key);
        let batch = self.write_new(project_key(token.id), &token, answer, keyed, now)?;
        self.projects.insert(token.id, token.clone());
        Ok((batch, token, plain))
    }

    fn edit_project(
        &mut self,
        project: bugle_storage::ProjectId,
        id: TokenId,
        edit: Box<dyn FnOnce(ProjectTokenEdit) -> ProjectTokenEdit + Send>,
    ) -> Result<(Batch, ProjectToken), ActorError> {
        self.ledger.ensure_writable()?;
        let token = self.current_project(&self.project_token(project, id)?);
        let edited = edit(ProjectTokenEdit {
            name: token.name.clone(),
            rights: token.rights,
        });
        let updated_at = self.clock.now().max(token.updated_at);
        let token = ProjectToken {
            name: edited.name,
            rights: edited.rights,
            updated_at,
            ..token
        };
        let mut batch = Batch::new();
        batch.put(project_key(id), &token)?;
        self.projects.insert(id, token.clone());
        Ok((batch, token))
    }

    /// A batch of every token that was used since its record was written.
    fn uses(&mut self) -> Result<Batch, StorageError> {
        let mut batch = Batch::new();
        for grant in &self.directory.tokens {
            let last_used_at = grant.last_used().get();
            if let Some(token) = self.projects.get_mut(&grant.token())
                && token.last_used_at != last_used_at
            {
                token.last_used_at = last_used_at;
                batch.put(project_key(token.id), token)?;
            } else if let Some(token) = self.personal.get_mut(&grant.token())
                && token.last_used_at != last_used_at
            {
                token.last_used_at = last_used_at;
                batch.put(personal_key(token.id), token)?;
            }
        }
        Ok(batch)
    }

    fn save_last_use(&mut self, reply: Option<Reply<()>>) {
        let answer = |outcome| {
            if let Some(reply) = reply {
                reply.send(outcome);
            }
        };
        if let Err(refusal) = self.ledger.ensure_writable() {
            return answer(Err(refusal));
        }
        match self.uses() {
            Ok(batch) if batch.is_empty() => answer(Ok(())),
            Ok(batch) => self
                .ledger
                .commit(batch, |outcome| answer(outcome.map_err(ActorError::from))),
            Err(error) => answer(Err(error.into())),
        }
    }
}

fn project_key(id: TokenId) -> Key {
    Key::new(ShardId::SYSTEM, Table::ProjectToken).u64(id.0)
}

fn personal_key(id: TokenId) -> Key {
    Key::new(ShardId::SYSTEM, Table::PersonalToken).u64(id.0)
}

fn project_grant(token: &ProjectToken, last_used: Arc<LastUsed>) -> Grant {
    Grant::Project(Arc::new(ProjectGrant {
        token: token.id,
        project: token.project,
        rights: token.rights,
        last_used,
        spent: SpentMarks::default(),
    }))
}

fn personal_grant(token: &PersonalToken, last_used: Arc<LastUsed>) -> Grant {
    Grant::Personal(Arc::new(PersonalGrant {
        token: token.id,
        user: token.user,
        expires_at: token.expires_at,
        last_used,
    }))
}

impl Actor for TokenRegistry {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.run_interval(LAST_USE_INTERVAL, |registry, _| registry.save_last_use(None));
    }
}

impl Supervised for TokenRegistry {
    const NAME: &'static str = "token registry";
}

impl Handler<Ping> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, ping: Ping, context: &mut Context<Self>) {
        if self.ledger.has_failed() {
            return context.stop();
        }
        ping.reply.send(Ok(0));
    }
}

impl Handler<SaveLastUse> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: SaveLastUse, _: &mut Context<Self>) {
        self.save_last_use(Some(message.reply));
    }
}

impl Handler<CreatePersonalToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: CreatePersonalToken, _: &mut Context<Self>) {
        let now = self.clock.now();
        if let Some((place, fingerprint)) = self.replayed(message.submitter, message.key, now) {
            let all = self.personal.clone();
            return self.ledger.replay(place, fingerprint, move |answer| {
                message.reply.send(answer.and_then(|answer| match answer {
                    FirstAnswer::PersonalToken(id) => {
                        let record = all.get(&id).cloned().ok_or(ActorError::NotFound)?;
                        Ok(CreatedToken { record, plain: None })
                    }
                    _ => Err(ActorError::KeyReused),
                }));
            });
        }
        match self.create_personal(&message) {
            Ok((batch, record, plain)) => {
                let grant = personal_grant(&record, Arc::default());
                let (directory, hash) = (Arc::clone(&self.directory), record.hash);
                let publish = move || drop(directory.tokens.insert(hash, grant));
                let created = CreatedToken {
                    record,
                    plain: Some(plain),
                };
                self.ledger
                    .commit_and_answer(batch, publish, created, message.reply);
            }
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl Handler<CreateProjectToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: CreateProjectToken, _: &mut Context<Self>) {
        let now = self.clock.now();
        if let Some((place, fingerprint)) = self.replayed(message.submitter, message.key, now) {
            let all = self.projects.clone();
            return self.ledger.replay(place, fingerprint, move |answer| {
                message.reply.send(answer.and_then(|answer| match answer {
                    FirstAnswer::ProjectToken(id) => {
                        let record = all.get(&id).cloned().ok_or(ActorError::NotFound)?;
                        Ok(CreatedToken { record, plain: None })
                    }
                    _ => Err(ActorError::KeyReused),
                }));
            });
        }
        match self.create_project(&message) {
            Ok((batch, record, plain)) => {
                let grant = project_grant(&record, Arc::default());
                let (directory, hash) = (Arc::clone(&self.directory), record.hash);
                let publish = move || drop(directory.tokens.insert(hash, grant));
                let created = CreatedToken {
                    record,
                    plain: Some(plain),
                };
                self.ledger
                    .commit_and_answer(batch, publish, created, message.reply);
            }
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl Handler<EditProjectToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: EditProjectToken, _: &mut Context<Self>) {
        match self.edit_project(message.project, message.token, message.edit) {
            Ok((batch, token)) => {
                let grant = project_grant(&token, self.last_used(&token.hash, token.last_used_at));
                let (directory, hash) = (Arc::clone(&self.directory), token.hash);
                let publish = move || drop(directory.tokens.insert(hash, grant));
                self.ledger
                    .commit_and_answer(batch, publish, token, message.reply);
            }
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl Handler<RevokeProjectToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: RevokeProjectToken, _: &mut Context<Self>) {
        let found = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.project_token(message.project, message.token));
        match found {
            Ok(token) => {
                self.projects.remove(&token.id);
                let mut batch = Batch::new();
                batch.delete(project_key(token.id));
                let (directory, hash) = (Arc::clone(&self.directory), token.hash);
                let publish = move || drop(directory.tokens.remove(&hash));
                self.ledger
                    .commit_and_answer(batch, publish, token, message.reply);
            }
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl Handler<RevokePersonalToken> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: RevokePersonalToken, _: &mut Context<Self>) {
        let found = self
            .personal
            .get(&message.token)
            .filter(|token| token.user == message.user)
            .cloned();
        let found = self
            .ledger
            .ensure_writable()
            .and_then(|()| found.ok_or(ActorError::NotFound));
        match found {
            Ok(token) => {
                self.personal.remove(&token.id);
                let mut batch = Batch::new();
                batch.delete(personal_key(token.id));
                let (directory, hash) = (Arc::clone(&self.directory), token.hash);
                let publish = move || drop(directory.tokens.remove(&hash));
                self.ledger
                    .commit_and_answer(batch, publish, token, message.reply);
            }
            Err(error) => message.reply.send(Err(error)),
        }
    }
}

impl Handler<ListProjectTokens> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ListProjectTokens, _: &mut Context<Self>) {
        let ours = self
            .projects
            .values()
            .rev()
            .filter(|token| token.project == message.project);
        message
            .reply
            .send(Ok(ours.map(|token| self.current_project(token)).collect()));
    }
}

impl Handler<ListPersonalTokens> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ListPersonalTokens, _: &mut Context<Self>) {
        let ours = self
            .personal
            .values()
            .rev()
            .filter(|token| token.user == message.user);
        message
            .reply
            .send(Ok(ours.map(|token| self.current_personal(token)).collect()));
    }
}
