//! The owner of every token, and of the keys that verify who is playing: the only one that writes what the directory has
//! of them.

mod changes;
mod handlers;
mod identity_keys;
mod kind;
mod usage;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, ActorContext, AsyncContext, Context, Handler};
use bugle_storage::records::{IdLease, PersonalToken, ProjectToken};
use bugle_storage::{Batch, Fence, Key, Shard, ShardId, StorageError, Store, Table, TokenId};

use crate::directory::{Grant, LastUsed};
use crate::idempotency::IdempotencyKeys;
use crate::ledger::Ledger;
use crate::supervision::{Ping, Supervised};
use crate::tokens::usage::UsageBook;
use crate::{ActorError, Clock, Directory, Reply};
use identity_keys::IdentityKeys;
pub use identity_keys::{
    CreateIdentityKey, CreatedIdentityKey, IDENTITY_KEYS_MAX, ListIdentityKeys, NewIdentityKey,
    RemoveIdentityKey,
};
use kind::TokenRecord;

/// Distinguishes this actor's idempotency records from other system actors'.
const IDEMPOTENCY_OWNER: u64 = 2;
const LAST_USE_INTERVAL: Duration = Duration::from_secs(60);

/// The owner of every token and identity key.
pub struct TokenRegistry {
    ledger: Ledger,
    clock: Clock,
    directory: Arc<Directory>,
    projects: BTreeMap<TokenId, ProjectToken>,
    personal: BTreeMap<TokenId, PersonalToken>,
    identity_keys: IdentityKeys,
    keys: IdempotencyKeys,
    usage: UsageBook,
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
        let projects = load_all::<ProjectToken>(shard)?;
        let personal = load_all::<PersonalToken>(shard)?;
        let identity_keys = IdentityKeys::load(shard, &directory)?;
        let prefix = Key::new(ShardId::SYSTEM, Table::Idempotency).u64(IDEMPOTENCY_OWNER);
        let keys = IdempotencyKeys::load(shard, prefix)?;
        let given_out = shard.load::<IdLease>(&ids_key())?;
        let next_id = given_out.first().map_or(1, |(_, ids)| ids.end);
        let holders = projects.keys().map(|token| ProjectToken::holder(*token));
        let holders = holders.chain(personal.keys().map(|token| PersonalToken::holder(*token)));
        let usage = UsageBook::load(shard, holders, clock.now().day())?;
        let registry = Self {
            ledger,
            clock,
            directory,
            projects,
            personal,
            identity_keys,
            keys,
            usage,
            next_id,
        };
        registry.publish_all();
        Ok(registry)
    }

    fn publish_all(&self) {
        self.directory
            .retain_tokens(|token| self.projects.contains_key(&token) || self.personal.contains_key(&token));
        self.projects.values().for_each(|token| self.publish(token));
        self.personal.values().for_each(|token| self.publish(token));
        self.identity_keys.publish_all(&self.directory);
    }

    fn publish<T: TokenRecord>(&self, token: &T) {
        let grant = token.grant(self.last_used(token));
        self.directory.publish_token(token.hash(), grant);
    }

    /// The live note of a token's last use, which an edit or a restart of this actor keeps.
    fn last_used<T: TokenRecord>(&self, token: &T) -> Arc<LastUsed> {
        match self.directory.tokens.get(&token.hash()) {
            Some(grant) => Arc::clone(grant.last_used()),
            None => Arc::new(LastUsed::new(token.last_used_at())),
        }
    }

    /// A batch of every token and key that was used since its record was written.
    fn uses(&mut self) -> Result<Batch, StorageError> {
        let mut batch = Batch::new();
        for grant in &self.directory.tokens {
            match grant.value() {
                Grant::Project(_) => note_use(&mut self.projects, &grant, &mut batch)?,
                Grant::Personal(_) => note_use(&mut self.personal, &grant, &mut batch)?,
            }
        }
        self.identity_keys.note_uses(&mut batch)?;
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
        let written = self.write_usage().and_then(|()| self.uses());
        match written {
            Ok(batch) if batch.is_empty() => self
                .ledger
                .when_durable(|outcome| answer(outcome.map_err(ActorError::from))),
            Ok(batch) => self
                .ledger
                .commit(batch, |outcome| answer(outcome.map_err(ActorError::from))),
            Err(error) => answer(Err(error.into())),
        }
    }
}

/// Where it is kept which ids were given out, to tokens and to keys: also those of revoked tokens, by which old reports
/// are known.
fn ids_key() -> Key {
    Key::new(ShardId::SYSTEM, Table::IdLease)
}

fn load_all<T: TokenRecord>(shard: &Shard) -> Result<BTreeMap<TokenId, T>, StorageError> {
    let stored = shard.load::<T>(&Key::new(ShardId::SYSTEM, T::TABLE))?;
    Ok(stored.into_iter().map(|(_, token)| (token.id(), token)).collect())
}

fn note_use<T: TokenRecord>(
    all: &mut BTreeMap<TokenId, T>,
    grant: &Grant,
    batch: &mut Batch,
) -> Result<(), StorageError> {
    let Some(token) = all.get_mut(&grant.token()) else {
        return Ok(());
    };
    let last_used_at = grant.last_used().get();
    if token.last_used_at() != last_used_at {
        token.set_last_used_at(last_used_at);
        batch.put(T::key(token.id()), token)?;
    }
    Ok(())
}

impl Actor for TokenRegistry {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.run_interval(LAST_USE_INTERVAL, |registry, context| {
            if registry.ledger.has_failed() {
                return context.stop();
            }
            registry.save_last_use(None);
        });
    }
}

impl Supervised for TokenRegistry {
    const NAME: &'static str = "token registry";

    fn fence(&self) -> &Fence {
        self.ledger.fence()
    }
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

#[cfg(test)]
mod tests;
