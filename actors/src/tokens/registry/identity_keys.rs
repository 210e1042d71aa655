//! Keys with which studios' own servers sign who is playing: registered, removed, and published once durable.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::{ActorFutureExt, AsyncContext, Context, Handler, Message, WrapFuture};
use bugle_storage::records::{FirstAnswer, IdLease, IdempotencyRecord, IdentityKey, KeyMaterial, Submitter};
use bugle_storage::{Batch, Key, ProjectId, Shard, ShardId, StorageError, Table, Timestamp};

use super::{TokenRegistry, ids_key};
use crate::directory::{Directory, LastUsed, PublishedKey};
use crate::{ActorError, IdempotencyKey, Reply};

/// The most keys of one project. A JWT that names none of them may be tried with all.
pub const IDENTITY_KEYS_MAX: usize = 20;

/// A key to be registered, checked as far as it can be without knowing the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIdentityKey {
    /// See [`IdentityKey::project`].
    pub project: ProjectId,
    /// See [`IdentityKey::name`].
    pub name: String,
    /// See [`IdentityKey::kid`]; made from the key's number when absent.
    pub kid: Option<String>,
    /// See [`IdentityKey::material`].
    pub material: KeyMaterial,
}

/// Registers a key. `Invalid` when the project has it already, or as many as it may.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct CreateIdentityKey {
    /// The key.
    pub new: NewIdentityKey,
    /// Whose idempotency key it is.
    pub submitter: Submitter,
    /// The request's `Idempotency-Key`.
    pub key: Option<IdempotencyKey>,
    /// Where the answer goes.
    pub reply: Reply<CreatedIdentityKey>,
}

/// A key that is on the disk.
#[derive(Debug)]
pub struct CreatedIdentityKey {
    /// Its record.
    pub record: IdentityKey,
    /// Whether this is the first answer again.
    pub replayed: bool,
}

/// Lists a project's keys, oldest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListIdentityKeys {
    /// Which project's.
    pub project: ProjectId,
    /// Where the answer goes.
    pub reply: Reply<Vec<IdentityKey>>,
}

/// Removes a key: to every request that starts after the answer its JWTs say nothing.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RemoveIdentityKey {
    /// Which project's; another project's key is not found.
    pub project: ProjectId,
    /// Its number.
    pub number: u32,
    /// Where the answer goes.
    pub reply: Reply<IdentityKey>,
}

/// Every key that is registered.
#[derive(Debug, Default)]
pub(super) struct IdentityKeys(BTreeMap<(ProjectId, u32), Kept>);

#[derive(Debug)]
struct Kept {
    record: IdentityKey,
    last_used: Arc<LastUsed>,
}

impl Kept {
    /// The record with the last use as it is now rather than as it was last written.
    fn current(&self) -> IdentityKey {
        IdentityKey {
            last_used_at: self.last_used.get(),
            ..self.record.clone()
        }
    }
}

impl IdentityKeys {
    /// Reads all keys. The notes of their last uses that are published stay. Blocks.
    pub(super) fn load(shard: &Shard, directory: &Directory) -> Result<Self, StorageError> {
        let stored = shard.load::<IdentityKey>(&Key::new(ShardId::SYSTEM, Table::IdentityKey))?;
        let mut keys = Self::default();
        for (_, record) in stored {
            let published = directory.identity_keys(record.project);
            let known = published
                .iter()
                .flat_map(|keys| keys.iter())
                .find(|key| key.number == record.number);
            let last_used = known.map_or_else(
                || Arc::new(LastUsed::new(record.last_used_at)),
                |key| Arc::clone(&key.last_used),
            );
            keys.0
                .insert((record.project, record.number), Kept { record, last_used });
        }
        Ok(keys)
    }

    fn of(&self, project: ProjectId) -> impl Iterator<Item = &Kept> {
        self.0
            .range((project, 0)..=(project, u32::MAX))
            .map(|(_, kept)| kept)
    }

    /// The record that a request makes, refused where it does not go with the others of its project.
    fn create(&self, new: NewIdentityKey, number: u32, now: Timestamp) -> Result<IdentityKey, ActorError> {
        let refuse = |field, problem| Err(ActorError::Invalid { field, problem });
        let kid = new.kid.unwrap_or_else(|| format!("ik-{number}"));
        let others = || self.of(new.project).map(|kept| &kept.record);
        if others().count() >= IDENTITY_KEYS_MAX {
            return refuse("name", "would be one key too many: delete one that is not needed");
        }
        if others().any(|other| other.kid == kid) {
            return refuse("kid", "has already been taken");
        }
        if others().any(|other| other.material == new.material) {
            let field = match new.material {
                KeyMaterial::Hs256(_) => "secret",
                _ => "public_key",
            };
            return refuse(field, "has already been registered");
        }
        Ok(IdentityKey {
            project: new.project,
            number,
            name: new.name,
            kid,
            material: new.material,
            created_at: now,
            last_used_at: None,
        })
    }

    /// What requests see of a project's keys.
    fn published(&self, project: ProjectId) -> Arc<[PublishedKey]> {
        let keys = self.of(project).map(|kept| PublishedKey {
            number: kept.record.number,
            kid: kept.record.kid.clone(),
            material: kept.record.material.clone(),
            last_used: Arc::clone(&kept.last_used),
        });
        keys.collect()
    }

    /// Publishes all of them, and takes back what is published of others.
    pub(super) fn publish_all(&self, directory: &Directory) {
        directory.retain_identity_keys(|project| self.of(project).next().is_some());
        let mut projects: Vec<_> = self.0.keys().map(|(project, _)| *project).collect();
        projects.dedup();
        for project in projects {
            directory.publish_identity_keys(project, self.published(project));
        }
    }

    /// Adds to the batch every key that was used since its record was written.
    pub(super) fn note_uses(&mut self, batch: &mut Batch) -> Result<(), StorageError> {
        for kept in self.0.values_mut() {
            let last_used_at = kept.last_used.get();
            if kept.record.last_used_at != last_used_at {
                kept.record.last_used_at = last_used_at;
                batch.put(place(kept.record.project, kept.record.number), &kept.record)?;
            }
        }
        Ok(())
    }
}

fn place(project: ProjectId, number: u32) -> Key {
    let table = Key::new(ShardId::SYSTEM, Table::IdentityKey);
    table.u64(project.0).u64(u64::from(number))
}

impl TokenRegistry {
    fn add_identity_key(
        &mut self,
        new: NewIdentityKey,
        sender: (Submitter, Option<IdempotencyKey>),
        now: Timestamp,
    ) -> Result<(Batch, IdentityKey), ActorError> {
        self.ledger.ensure_writable()?;
        // From the tokens' sequence, whose numbers are never given twice; it does not come near the end of these.
        let number = u32::try_from(self.next_id).map_err(|_| ActorError::Busy)?;
        let record = self.identity_keys.create(new, number, now)?;
        self.next_id += 1;
        let mut batch = Batch::new();
        batch.put(place(record.project, number), &record)?;
        let given_out = IdLease {
            start: 1,
            end: self.next_id,
        };
        batch.put(ids_key(), &given_out)?;
        let answer = FirstAnswer::Numbered {
            number,
            created_at: now,
        };
        self.keys.store_answer(&mut batch, sender, answer, now)?;
        let kept = Kept {
            record: record.clone(),
            last_used: Arc::default(),
        };
        self.identity_keys.0.insert((record.project, number), kept);
        Ok((batch, record))
    }

    fn find_identity_key(&self, project: ProjectId, number: u32) -> Result<IdentityKey, ActorError> {
        let kept = self.identity_keys.0.get(&(project, number));
        kept.map(Kept::current).ok_or(ActorError::NotFound)
    }

    /// Commits a change to a project's keys; requests see it, then it is answered.
    fn commit_keys<T: Send + 'static>(
        &mut self,
        project: ProjectId,
        batch: Batch,
        value: T,
        reply: Reply<T>,
    ) {
        let keys = self.identity_keys.published(project);
        let directory = Arc::clone(&self.directory);
        let publish = move || directory.publish_identity_keys(project, keys);
        self.ledger.commit_and_answer(batch, publish, value, reply);
    }
}

impl Handler<CreateIdentityKey> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: CreateIdentityKey, context: &mut Context<Self>) {
        let CreateIdentityKey {
            new,
            submitter,
            key,
            reply,
        } = message;
        let (now, project) = (self.clock.now(), new.project);
        if let Some(key) = key
            && let Some(place) = self.keys.find(submitter, key.hash, now)
        {
            let (first, answer) = Reply::<IdempotencyRecord>::channel();
            self.ledger
                .replay(place, key.fingerprint, move |noted| first.send(noted));
            let found = answer.wait().into_actor(self).map(move |noted, registry, _| {
                let record = noted.and_then(|noted| match noted.answer {
                    FirstAnswer::Numbered { number, .. } => registry.find_identity_key(project, number),
                    _ => Err(ActorError::KeyReused),
                });
                reply.send(record.map(|record| CreatedIdentityKey {
                    record,
                    replayed: true,
                }));
            });
            context.spawn(found);
            return;
        }
        match self.add_identity_key(new, (submitter, key), now) {
            Ok((batch, record)) => {
                let created = CreatedIdentityKey {
                    record,
                    replayed: false,
                };
                self.commit_keys(project, batch, created, reply);
            }
            Err(error) => reply.send(Err(error)),
        }
    }
}

impl Handler<ListIdentityKeys> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: ListIdentityKeys, _: &mut Context<Self>) {
        let keys = self.identity_keys.of(message.project).map(Kept::current);
        message.reply.send(Ok(keys.collect()));
    }
}

impl Handler<RemoveIdentityKey> for TokenRegistry {
    type Result = ();

    fn handle(&mut self, message: RemoveIdentityKey, _: &mut Context<Self>) {
        let RemoveIdentityKey {
            project,
            number,
            reply,
        } = message;
        let found = self
            .ledger
            .ensure_writable()
            .and_then(|()| self.find_identity_key(project, number));
        match found {
            Ok(record) => {
                self.identity_keys.0.remove(&(project, number));
                let mut batch = Batch::new();
                batch.delete(place(project, number));
                self.commit_keys(project, batch, record, reply);
            }
            Err(error) => reply.send(Err(error)),
        }
    }
}

#[cfg(test)]
mod tests;
