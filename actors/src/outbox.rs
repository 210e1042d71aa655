//! The mails that are due. Projects put them in, along with what they tell of; the one thread that sends mail takes them out.

use std::ops::ControlFlow;
use std::sync::Arc;

use bugle_storage::records::OutgoingMail;
use bugle_storage::{Batch, Key, ProjectId, RecordId, Shard, ShardId, StorageError, Store, Table, Timestamp};
use foldhash::{HashMap, HashMapExt};

/// The most that are looked at in one go; those behind them have their turn when these are done with.
const LOOKED_AT_MAX: usize = 5000;
/// After so many milliseconds a mail that was taken out and still shows is taken out again: the store would not have it.
const REMOVED_AGAIN_AFTER: u64 = 60_000;

/// Where a mail lies: below its project, by the sequence of what it tells of, which nothing else has.
pub(crate) fn place(project: ProjectId, about: RecordId) -> Key {
    all().u64(project.0).u64(about.sequence())
}

fn all() -> Key {
    Key::new(ShardId::SYSTEM, Table::MailOutbox)
}

/// A mail that is due, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMail {
    /// What tells it from all others, also after a restart.
    pub place: MailPlace,
    /// The project that the report belongs to.
    pub project: ProjectId,
    /// What it tells.
    pub mail: OutgoingMail,
}

/// Where a mail lies.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MailPlace(Key);

impl MailPlace {
    /// The number of what it tells of; with the project, it names the mail.
    pub fn number(&self) -> u64 {
        self.0.last_u64().unwrap_or_default()
    }
}

/// What the thread that sends mail has of the store.
pub struct Outbox {
    shard: Shard,
    /// What was taken out and may show for a while, and when that was.
    removed: HashMap<Key, Timestamp>,
}

impl Outbox {
    /// Opens it. Blocks.
    pub fn open(store: &Arc<dyn Store>) -> Result<Self, StorageError> {
        Ok(Self {
            shard: Shard::open(Arc::clone(store), ShardId::SYSTEM)?,
            removed: HashMap::new(),
        })
    }

    /// The mails that are in it. What was put in a moment ago may not show yet. Blocks.
    pub fn look(&mut self, now: Timestamp) -> Result<Vec<DueMail>, StorageError> {
        let (mut due, mut shown) = (Vec::new(), HashMap::new());
        let removed = &self.removed;
        self.shard.visit(&all(), None, |key, mail: OutgoingMail| {
            let Some(project) = project_of(key) else {
                return ControlFlow::Continue(());
            };
            let key = all().bytes(key.get(2..).unwrap_or_default());
            match removed.get(&key) {
                Some(when) => drop(shown.insert(key, *when)),
                None => due.push(DueMail {
                    place: MailPlace(key),
                    project,
                    mail,
                }),
            }
            if due.len() < LOOKED_AT_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        // Who was not looked at may still show.
        if due.len() < LOOKED_AT_MAX {
            self.removed = shown;
        }
        self.remove_again(now);
        Ok(due)
    }

    /// Takes a mail out. Should the server die before that is on the disk, it is sent once more.
    pub fn remove(&mut self, place: &MailPlace, now: Timestamp) {
        self.removed.insert(place.0.clone(), now);
        let mut batch = Batch::new();
        batch.delete(place.0.clone());
        self.shard.commit(batch, Box::new(|_| ()));
    }

    fn remove_again(&mut self, now: Timestamp) {
        let is_late = |when: &Timestamp| now.0 - when.0 >= REMOVED_AGAIN_AFTER.cast_signed();
        let late: Vec<_> = self.removed.iter().filter(|(_, when)| is_late(when)).collect();
        let late: Vec<_> = late.into_iter().map(|(key, _)| MailPlace(key.clone())).collect();
        for place in late {
            self.remove(&place, now);
        }
    }
}

fn project_of(key: &[u8]) -> Option<ProjectId> {
    let number = key.get(2..)?.first_chunk::<8>()?;
    Some(ProjectId(u64::from_be_bytes(*number)))
}

#[cfg(test)]
mod tests {
    use bugle_storage::MemoryStore;
    use bugle_storage::records::{MailReason, ReportKind};

    use super::*;

    fn mail(report: u64) -> OutgoingMail {
        OutgoingMail {
            kind: ReportKind::Bug,
            report: RecordId(report),
            reason: MailReason::Received,
            created_at: Timestamp(5),
        }
    }

    #[test]
    fn what_is_put_in_shows_until_it_is_taken_out() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut projects = Shard::open(Arc::clone(&store), ShardId(3)).unwrap();
        let mut batch = Batch::new();
        for (project, report) in [(3, 67), (67, 131)] {
            batch
                .put(place(ProjectId(project), RecordId(report)), &mail(report))
                .unwrap();
        }
        projects.commit(batch, Box::new(Result::unwrap));
        let mut outbox = Outbox::open(&store).unwrap();
        let due = outbox.look(Timestamp(9)).unwrap();
        let told: Vec<_> = due.iter().map(|due| (due.project, due.mail.report)).collect();
        assert_eq!(
            told,
            [(ProjectId(3), RecordId(67)), (ProjectId(67), RecordId(131))]
        );
        outbox.remove(&due[0].place, Timestamp(9));
        assert_eq!(outbox.look(Timestamp(9)).unwrap(), due[1..]);
        let mut again = Outbox::open(&store).unwrap();
        assert_eq!(
            again.look(Timestamp(9)).unwrap(),
            due[1..],
            "for another one, too"
        );
    }
}
