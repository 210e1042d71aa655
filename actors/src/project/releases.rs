//! Releases of the game, and which of them a report belongs to (protocol 5.2 and 5.6).

use std::collections::HashMap;

use actix::{Context, Handler, Message};
use bugle_storage::records::{EventKind, Release, ReleaseReference};
use bugle_storage::{Batch, ProjectId, Shard, StorageError, Timestamp};

use super::numbered::{ChangeNumbered, Create, NewNumbered, NumberedSet, numbered};
use super::{ProjectActor, Submission};
use crate::{ActorError, Reply};

/// The most releases of one project. All are held in memory, and a list shows all of them.
const RELEASES_MAX: usize = 10_000;

/// A release to be made, checked field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRelease {
    /// See [`Release::label`].
    pub label: String,
    /// See [`Release::summary`].
    pub summary: Option<String>,
    /// See [`Release::description`].
    pub description: Option<String>,
    /// See [`Release::download_link`].
    pub download_link: Option<String>,
}

/// Makes a release, or fills in the one that a report's `release_label` made known.
pub type CreateRelease = Create<NewRelease, Release>;

/// Gives every release, oldest first.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct ListReleases {
    /// Where the answer goes.
    pub reply: Reply<Vec<Release>>,
}

/// Gives one release.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct FindRelease {
    /// Its number.
    pub number: u32,
    /// Where the answer goes.
    pub reply: Reply<Release>,
}

/// What is done to a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseChange {
    /// Notes that it was announced; nothing happens to one that was.
    Publish,
    /// Takes it out of lists. Reports that belong to it stay as they are.
    Delete,
}

/// Changes a release, and answers with it as it is then.
pub type ChangeRelease = ChangeNumbered<Release, ReleaseChange>;

numbered!(Release);

/// A project's releases.
#[derive(Debug)]
pub(super) struct Releases {
    all: NumberedSet<Release>,
    /// The numbers of those that were not deleted.
    by_label: HashMap<String, u32>,
}

/// The release that a report belongs to.
#[derive(Debug)]
pub(super) struct Chosen {
    number: u32,
    /// The release itself, when the report makes it known.
    new: Option<Box<Release>>,
}

impl Chosen {
    pub(super) fn reference(&self) -> ReleaseReference {
        ReleaseReference::Id(self.number.into())
    }
}

impl Releases {
    /// Reads a project's releases. Blocks.
    pub(super) fn load(shard: &Shard, project: ProjectId) -> Result<Self, StorageError> {
        let all = NumberedSet::<Release>::load(shard, project)?;
        let by_label = all.iter().map(|release| (release.label.clone(), release.number));
        Ok(Self {
            by_label: by_label.collect(),
            all,
        })
    }

    /// The number that was given last; also of one that was deleted since.
    pub(super) fn newest(&self) -> Option<u32> {
        self.all.last_number()
    }

    fn labelled(&self, label: &str) -> Option<&Release> {
        self.all.get(*self.by_label.get(label)?)
    }

    /// The release that a report names, or else the latest one, if there is any. Changes nothing: [`Releases::add`]
    /// keeps one that is new. `may_create` is asked only when a label is unknown.
    pub(super) fn choose(
        &self,
        named: Option<ReleaseReference>,
        now: Timestamp,
        may_create: impl FnOnce() -> bool,
    ) -> Result<Option<Chosen>, ActorError> {
        let known = |number| Some(Chosen { number, new: None });
        match named {
            None => Ok(self
                .all
                .iter()
                .next_back()
                .and_then(|latest| known(latest.number))),
            Some(ReleaseReference::Id(id)) => {
                let number = u32::try_from(id)
                    .ok()
                    .filter(|number| self.all.get(*number).is_some());
                number.map(known).ok_or(ActorError::Invalid {
                    field: "release_id",
                    problem: "is not a release of the project",
                })
            }
            Some(ReleaseReference::Label(label)) => match self.by_label.get(&label) {
                Some(number) => Ok(known(*number)),
                // Clients look for "permission to create releases", and send the report again without the label.
                None if !may_create() => Err(ActorError::NotAllowed(
                    "name an unknown release_label without permission to create releases",
                )),
                None => {
                    let new = NewRelease {
                        label,
                        ..NewRelease::default()
                    };
                    let mut release = self.build(new, "release_label", now)?;
                    release.dynamically_created = true;
                    Ok(Some(Chosen {
                        number: release.number,
                        new: Some(Box::new(release)),
                    }))
                }
            },
        }
    }

    /// Keeps a release that a report made known, in the batch of the report.
    pub(super) fn add(&mut self, chosen: Chosen, batch: &mut Batch) -> Result<(), StorageError> {
        chosen.new.map_or(Ok(()), |release| self.put(*release, batch))
    }

    fn build(&self, new: NewRelease, field: &'static str, now: Timestamp) -> Result<Release, ActorError> {
        let number = self
            .all
            .next_number()
            .filter(|_| self.by_label.len() < RELEASES_MAX);
        let number = number.ok_or(ActorError::Invalid {
            field,
            problem: "would be one release too many: delete some",
        })?;
        Ok(build_release(number, new, now))
    }

    /// The release that a request to create one makes: a new one, or what reports made known by its label, filled
    /// in. A game in testing may well name a release before it is announced.
    fn create(&self, new: NewRelease, now: Timestamp) -> Result<Release, ActorError> {
        match self.labelled(&new.label) {
            None => self.build(new, "label", now),
            Some(known) if known.dynamically_created => Ok(Release {
                created_at: known.created_at,
                published_at: known.published_at,
                ..build_release(known.number, new, now)
            }),
            Some(_) => Err(ActorError::Invalid {
                field: "label",
                problem: "has already been taken",
            }),
        }
    }

    fn put(&mut self, release: Release, batch: &mut Batch) -> Result<(), StorageError> {
        if release.deleted {
            self.by_label.remove(&release.label);
        } else {
            self.by_label.insert(release.label.clone(), release.number);
        }
        self.all.put(release, batch)
    }
}

fn build_release(number: u32, new: NewRelease, now: Timestamp) -> Release {
    Release {
        number,
        label: new.label,
        summary: new.summary,
        description: new.description,
        download_link: new.download_link,
        dynamically_created: false,
        published_at: None,
        created_at: now,
        updated_at: now,
        deleted: false,
    }
}

impl ProjectActor {
    /// Whether a report of theirs may make a release known: a game whose token says so, and developers.
    pub(super) fn may_create_releases(&self, submission: &Submission) -> bool {
        match &submission.grant {
            Some(grant) => grant.rights.create_releases,
            None => self.is_by_developer(submission),
        }
    }
}

impl NewNumbered for NewRelease {
    type Record = Release;

    const EVENT: Option<EventKind> = Some(EventKind::ReleaseCreated);

    fn accept(self, project: &ProjectActor, now: Timestamp) -> Result<Release, ActorError> {
        project.releases.create(self, now)
    }

    fn keep(release: Release, project: &mut ProjectActor, batch: &mut Batch) -> Result<(), StorageError> {
        project.releases.put(release, batch)
    }

    fn repeat(self, number: u32, created_at: Timestamp, answered_at: Timestamp) -> Release {
        Release {
            created_at,
            ..build_release(number, self, answered_at)
        }
    }
}

impl Handler<ListReleases> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ListReleases, _: &mut Context<Self>) {
        self.handled += 1;
        message
            .reply
            .send(Ok(self.releases.all.iter().cloned().collect()));
    }
}

impl Handler<FindRelease> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: FindRelease, _: &mut Context<Self>) {
        self.handled += 1;
        let found = self.releases.all.get(message.number).cloned();
        message.reply.send(found.ok_or(ActorError::NotFound));
    }
}

impl Handler<ChangeRelease> for ProjectActor {
    type Result = ();

    fn handle(&mut self, message: ChangeRelease, _: &mut Context<Self>) {
        self.handled += 1;
        let now = self.clock.now();
        let known = self.releases.all.get(message.number).cloned();
        let writable = self.ledger.ensure_writable();
        let mut release = match writable.and_then(|()| known.ok_or(ActorError::NotFound)) {
            Ok(release) => release,
            Err(refusal) => return message.reply.send(Err(refusal)),
        };
        match message.change {
            ReleaseChange::Publish if release.published_at.is_some() => {
                let reply = message.reply;
                return self.ledger.when_durable(move |outcome| {
                    reply.send(outcome.map(|()| release).map_err(ActorError::from));
                });
            }
            ReleaseChange::Publish => release.published_at = Some(now),
            ReleaseChange::Delete => release.deleted = true,
        }
        release.updated_at = now.max(release.updated_at);
        let mut batch = Batch::new();
        match self.releases.put(release.clone(), &mut batch) {
            Ok(()) => self
                .ledger
                .commit_and_answer(batch, || (), release, message.reply),
            Err(error) => message.reply.send(Err(self.ledger.give_up(error))),
        }
    }
}

#[cfg(test)]
mod tests;
