//! Making, changing and revoking tokens: both kinds alike, and published once durable.

use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};
use bugle_storage::records::{
    EventDetail, EventKind, EventSource, FirstAnswer, IdLease, Submitter, TokenHash, WebhookEvent,
};
use bugle_storage::{Batch, Key, StorageError, Timestamp, TokenId};

use super::kind::TokenRecord;
use super::{TokenRegistry, ids_key};
use crate::tokens::usage::UsageBook;
use crate::tokens::{CreatedToken, PlainToken};
use crate::{ActorError, IdempotencyKey, Reply};

/// What a new token is given by the registry.
pub(super) struct Fresh {
    pub(super) id: TokenId,
    pub(super) hash: TokenHash,
    pub(super) now: Timestamp,
}

impl TokenRegistry {
    /// Makes a token, or gives the first answer again when its key came before.
    pub(super) fn create<T: TokenRecord>(
        &mut self,
        (submitter, key): (Submitter, Option<IdempotencyKey>),
        make: impl FnOnce(Fresh) -> T,
        reply: Reply<CreatedToken<T>>,
        context: &mut Context<Self>,
    ) {
        let now = self.clock.now();
        if let Some(key) = key
            && let Some(place) = self.keys.find(submitter, key.hash, now)
        {
            return self.create_again(place, key.fingerprint, reply, context);
        }
        match self.add((submitter, key), make, now) {
            Ok((batch, created)) => {
                let (hash, grant) = (created.record.hash(), created.record.grant(Arc::default()));
                let directory = Arc::clone(&self.directory);
                let publish = move || directory.publish_token(hash, grant);
                self.ledger.commit_and_answer(batch, publish, created, reply);
            }
            Err(error) => reply.send(Err(error)),
        }
    }

    fn add<T: TokenRecord>(
        &mut self,
        keyed: (Submitter, Option<IdempotencyKey>),
        make: impl FnOnce(Fresh) -> T,
        now: Timestamp,
    ) -> Result<(Batch, CreatedToken<T>), ActorError> {
        self.ledger.ensure_writable()?;
        let plain = PlainToken::generate(T::KIND);
        let (id, hash) = (self.new_id(), plain.hash());
        let record = make(Fresh { id, hash, now });
        let mut batch = Batch::new();
        batch.put(T::key(id), &record)?;
        self.note_ids(&mut batch)?;
        self.note_event(EventKind::TokenCreated, &record, id.0, now, &mut batch)?;
        self.keys.store_answer(&mut batch, keyed, T::to_answer(id), now)?;
        T::all_mut(self).insert(id, record.clone());
        let plain = Some(plain);
        Ok((batch, CreatedToken { record, plain }))
    }

    /// The record that the first answer showed, without the token itself: nobody knows that any more.
    fn create_again<T: TokenRecord>(
        &mut self,
        place: Key,
        fingerprint: u64,
        reply: Reply<CreatedToken<T>>,
        context: &mut Context<Self>,
    ) {
        let (first, answer) = Reply::<FirstAnswer>::channel();
        self.ledger.replay(place, fingerprint, move |noted| {
            first.send(noted.map(|noted| noted.answer));
        });
        let found = answer.wait().into_actor(self).map(|answer, registry, _| {
            let record = answer.and_then(|answer| {
                let token = T::of_answer(&answer).ok_or(ActorError::KeyReused)?;
                registry.find(token, |_: &T| true)
            });
            reply.send(record.map(|record| CreatedToken { record, plain: None }));
        });
        context.spawn(found);
    }

    /// Puts a changed record in the place of the present one.
    pub(super) fn replace<T: TokenRecord>(
        &mut self,
        token: TokenId,
        is_theirs: impl Fn(&T) -> bool,
        change: impl FnOnce(T, Timestamp) -> T,
        reply: Reply<T>,
    ) {
        let now = self.clock.now();
        let found = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.find(token, is_theirs));
        let written = found.and_then(|record| {
            let mut batch = Batch::new();
            let changed = change(record.clone(), now);
            if changed != record {
                batch.put(T::key(token), &changed)?;
            }
            Ok((batch, changed))
        });
        let (batch, record) = match written {
            Ok(written) => written,
            Err(error) => return reply.send(Err(error)),
        };
        T::all_mut(self).insert(token, record.clone());
        let (hash, grant) = (record.hash(), record.grant(self.last_used(&record)));
        let directory = Arc::clone(&self.directory);
        let publish = move || directory.publish_token(hash, grant);
        self.ledger.commit_and_answer(batch, publish, record, reply);
    }

    /// Takes a token out of the store and the directory.
    pub(super) fn revoke<T: TokenRecord>(
        &mut self,
        token: TokenId,
        is_theirs: impl Fn(&T) -> bool,
        reply: Reply<T>,
    ) {
        let found = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.find(token, is_theirs));
        let record = match found {
            Ok(record) => record,
            Err(error) => return reply.send(Err(error)),
        };
        let mut batch = Batch::new();
        batch.delete(T::key(token));
        if let Err(error) = self.note_revocation(&record, &mut batch) {
            return reply.send(Err(error.into()));
        }
        T::all_mut(self).remove(&token);
        self.usage.forget(T::holder(token));
        for key in UsageBook::keys(T::holder(token)) {
            batch.delete(key);
        }
        let (directory, hash) = (Arc::clone(&self.directory), record.hash());
        let publish = move || directory.withdraw_token(&hash);
        self.ledger.commit_and_answer(batch, publish, record, reply);
    }

    /// Notes for the project that a token works no more. Events are numbered as tokens are, so it takes a number.
    fn note_revocation<T: TokenRecord>(&mut self, record: &T, batch: &mut Batch) -> Result<(), StorageError> {
        let kind = EventKind::TokenRevoked;
        let listens = |(project, _)| self.directory.subscription(project).wants(kind);
        if !record.told().is_some_and(listens) {
            return Ok(());
        }
        let number = self.new_id();
        self.note_ids(batch)?;
        self.note_event(kind, record, number.0, self.clock.now(), batch)
    }

    /// Puts an event of a token into the batch of the change, where its project wants to hear of it.
    fn note_event<T: TokenRecord>(
        &self,
        kind: EventKind,
        record: &T,
        number: u64,
        now: Timestamp,
        batch: &mut Batch,
    ) -> Result<(), StorageError> {
        let Some((project, name)) = record.told() else {
            return Ok(());
        };
        let subscription = self.directory.subscription(project);
        if !subscription.wants(kind) {
            return Ok(());
        }
        let event = WebhookEvent {
            kind,
            subject: record.id().0,
            at: now,
            detail: EventDetail::Named(name.to_owned()),
        };
        subscription.put((project, EventSource::Tokens, number), event, batch)
    }

    fn note_ids(&self, batch: &mut Batch) -> Result<(), StorageError> {
        let given_out = IdLease {
            start: 1,
            end: self.next_id,
        };
        batch.put(ids_key(), &given_out)
    }

    /// The tokens that are theirs, newest first.
    pub(super) fn list<T: TokenRecord>(&self, is_theirs: impl Fn(&T) -> bool) -> Vec<T> {
        let theirs = T::all(self).values().rev().filter(|record| is_theirs(record));
        theirs.map(|record| self.current(record)).collect()
    }

    pub(super) fn find<T: TokenRecord>(
        &self,
        token: TokenId,
        is_theirs: impl Fn(&T) -> bool,
    ) -> Result<T, ActorError> {
        let found = T::all(self).get(&token).filter(|record| is_theirs(record));
        found
            .map(|record| self.current(record))
            .ok_or(ActorError::NotFound)
    }

    /// The record with the last use as it is now rather than as it was last written.
    fn current<T: TokenRecord>(&self, record: &T) -> T {
        let mut record = record.clone();
        record.set_last_used_at(self.last_used(&record).get());
        record
    }

    fn new_id(&mut self) -> TokenId {
        self.next_id += 1;
        TokenId(self.next_id - 1)
    }
}
